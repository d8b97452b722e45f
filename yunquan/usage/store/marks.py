"""The commit mark of a load: written last, all at once. What no mark names does not exist."""

from __future__ import annotations

import json
import time
from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from yunquan.usage.store.durable import write_whole
from yunquan.usage.store.faults import StoreFailed

VERSION = 1
_CLOCK_STEP_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Part:
    """A Parquet file of one day: its number within the load, its rows."""

    day: date
    number: int
    rows: int


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file that is in the store whole. `known` where it had been there before it was asked for."""

    file: str
    sha256: str
    source: str
    scope: str
    layout: str
    records: int
    bad: int
    skipped: int
    days: tuple[date, ...]
    order: int = 0
    known: bool = False
    parts: tuple[Part, ...] = field(default=(), repr=False)
    reach: str = ""  # whose network in which cities a file of connections tells of; empty is all of it

    @property
    def key(self) -> str:
        """The name of its mark: the same bytes from the same source are one load."""
        return key_of(self.source, self.sha256)


def key_of(source: str, sha256: str) -> str:
    return f"{source}-{sha256}"


def part_path(root: Path, source: str, sha256: str, part: Part) -> Path:
    """Where a part stands once it is committed."""
    folder = root / "records" / f"day={part.day.isoformat()}" / f"source={source}"
    return folder / f"{sha256[:16]}-{part.number}.parquet"


def write_mark(root: Path, loaded: Loaded) -> None:
    """Commit: from here on the load is in the store, also after a power cut."""
    write_whole(root / "loads" / f"{loaded.key}.json", said_as_bytes(mark_of(loaded)))


def mark_of(loaded: Loaded) -> dict[str, Any]:
    """What the mark of a load says."""
    return {
        "version": VERSION,
        "order": loaded.order,
        "file": loaded.file,
        "sha256": loaded.sha256,
        "source": loaded.source,
        "scope": loaded.scope,
        "layout": loaded.layout,
        "records": loaded.records,
        "bad": loaded.bad,
        "skipped": loaded.skipped,
        "parts": [[part.day.isoformat(), part.number, part.rows] for part in loaded.parts],
        **({"reach": loaded.reach} if loaded.reach else {}),
    }


def said_as_bytes(mark: dict[str, Any]) -> bytes:
    return json.dumps(mark, ensure_ascii=False, indent=1).encode("utf-8")


class Marks:
    """The committed loads of a store. A mark never changes as long as it stands, so each is read once."""

    def __init__(self, root: Path) -> None:
        self.root, self.folder = root, root / "loads"
        self._read: dict[str, Loaded] = {}
        self._stamp = self._withdrawn = 0
        self._is_still = False
        self._in_order: list[Loaded] = []
        self._by_day: dict[date, list[Loaded]] = {}
        self._files: dict[tuple[date, str], list[Path]] = {}
        self._reaches = frozenset[str]()

    def still(self) -> Marks:
        """The same loads for good: what is committed from now on is not among them."""
        self._refresh()
        found = Marks(self.root)
        found._is_still, found._in_order = True, self._in_order
        found._by_day, found._files, found._reaches = self._by_day, self._files, self._reaches
        return found

    def all(self) -> list[Loaded]:
        """Every committed load, in order of commit."""
        self._refresh()
        return self._in_order

    def of_day(self, day: date) -> list[Loaded]:
        """The loads that touch a day."""
        self._refresh()
        return self._by_day.get(day, [])

    def days(self) -> list[date]:
        """The days that any load touches, in order."""
        self._refresh()
        return sorted(self._by_day)

    def reaches(self) -> frozenset[str]:
        """What the loads say of how far they reach."""
        self._refresh()
        return self._reaches

    def files(self, day: date, source: str) -> list[Path]:
        """The files of a day and source, in order of commit."""
        self._refresh()
        return list(self._files.get((day, source), ()))

    def _refresh(self) -> None:
        if self._is_still:
            return
        stamp = self.folder.stat().st_mtime_ns
        if stamp == self._stamp:
            return
        # Within the clock's step a further mark would leave the folder's time as it is.
        self._stamp = stamp if time.time_ns() - stamp > _CLOCK_STEP_NS else 0
        names = {path.name for path in self.folder.glob("*.json") if not path.name.startswith(".")}
        withdrawn = self.root / "withdrawn"
        since = withdrawn.stat().st_mtime_ns if withdrawn.exists() else 0
        if since != self._withdrawn:
            # A load that was taken back may have come again under the same name.
            self._read, self._withdrawn = {}, since
        if self._in_order and names == self._read.keys():
            return
        self._read = {name: self._read.get(name) or _read_mark(self.folder / name) for name in names}
        self._in_order = sorted(self._read.values(), key=lambda loaded: (loaded.order, loaded.key))
        by_day, files = defaultdict(list), defaultdict(list)
        for loaded in self._in_order:
            for day in loaded.days:
                by_day[day].append(loaded)
            for part in loaded.parts:
                place = part_path(self.root, loaded.source, loaded.sha256, part)
                files[part.day, loaded.source].append(place)
        self._by_day, self._files = dict(by_day), dict(files)
        self._reaches = frozenset(loaded.reach for loaded in self._in_order)

    def find(self, source: str, sha256: str) -> Loaded | None:
        """The load of this content from this source, if it is committed."""
        path = self.folder / f"{key_of(source, sha256)}.json"
        return replace(_read_mark(path), known=True) if path.exists() else None


def _read_mark(path: Path) -> Loaded:
    try:
        return _loaded(json.loads(path.read_text(encoding="utf-8")))
    except (ValueError, KeyError, TypeError) as wrong:
        # Without it nobody knows which records count; going on would sweep them away.
        raise StoreFailed(
            f"数据仓的装载标记 {path} 已损坏；请从备份恢复这个文件，记录本身没有改动"
        ) from wrong


def _loaded(mark: dict[str, Any]) -> Loaded:
    parts = tuple(Part(date.fromisoformat(day), number, rows) for day, number, rows in mark["parts"])
    return Loaded(
        file=mark["file"],
        sha256=mark["sha256"],
        source=mark["source"],
        scope=mark["scope"],
        layout=mark["layout"],
        records=mark["records"],
        bad=mark["bad"],
        skipped=mark["skipped"],
        days=tuple(sorted({part.day for part in parts})),
        order=mark["order"],
        parts=parts,
        reach=mark.get("reach", ""),
    )
