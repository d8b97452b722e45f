"""The commit mark of a load: written last, all at once. What no mark names does not exist."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from yunquan.usage.store.durable import write_whole

VERSION = 1


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
    mark: dict[str, Any] = {
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
    }
    path = root / "loads" / f"{loaded.key}.json"
    write_whole(path, json.dumps(mark, ensure_ascii=False, indent=1).encode("utf-8"))


class Marks:
    """The committed loads of a store. A mark never changes, so each is read once."""

    def __init__(self, root: Path) -> None:
        self.folder = root / "loads"
        self._read: dict[str, Loaded] = {}

    def all(self) -> list[Loaded]:
        """Every committed load, in order of commit."""
        names = {path.name for path in self.folder.glob("*.json") if not path.name.startswith(".")}
        for gone in self._read.keys() - names:
            del self._read[gone]
        for name in names - self._read.keys():
            self._read[name] = _read_mark(self.folder / name)
        return sorted(self._read.values(), key=lambda loaded: (loaded.order, loaded.key))

    def find(self, source: str, sha256: str) -> Loaded | None:
        """The load of this content from this source, if it is committed."""
        path = self.folder / f"{key_of(source, sha256)}.json"
        return replace(_read_mark(path), known=True) if path.exists() else None


def _read_mark(path: Path) -> Loaded:
    mark = json.loads(path.read_text(encoding="utf-8"))
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
    )
