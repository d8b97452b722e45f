"""What roll-ups are kept, and for which records and groups they hold.

rollups/day=YYYY-MM-DD/source=operator/<name>.parquet   written once
rollups/day=YYYY-MM-DD/source=operator/state.json       which of them count; written last
rollups/registries/<sha256>.json                        the numbers of groups that were evaluated together
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path

from yunquan.kernel.canonical import content_hash
from yunquan.usage.records import SOURCES
from yunquan.usage.store.durable import write_whole

# Raised whenever the same records and groups would give other rows.
VERSION = 2


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of some groups: the snapshot that names the groups, and the files."""

    snapshot: str
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class State:
    """What the rows of one day and source were made from."""

    digest: str
    works: bool
    parts: tuple[Part, ...]

    @property
    def said(self) -> str:
        """The records and the calendar's word on the day, as the hash of a verdict's inputs names them."""
        return f"{self.digest}:{int(self.works)}"


class Rollups:
    """The roll-ups of one store."""

    def __init__(self, root: Path) -> None:
        self.root = root / "rollups"
        self._snapshots: dict[str, frozenset[int]] = {}

    def folder(self, day: date, source: str) -> Path:
        return self.root / f"day={day.isoformat()}" / f"source={source}"

    def state(self, day: date, source: str) -> State | None:
        """What is kept of a day; None where nothing is, or what is spoilt or an older version made.

        Whatever is not there is worked out again from the records.
        """
        folder = self.folder(day, source)
        try:
            kept = json.loads((folder / "state.json").read_bytes())
            if kept["version"] != VERSION:
                return None
            parts = tuple(Part(part["snapshot"], tuple(part["files"])) for part in kept["parts"])
            state = State(kept["digest"], kept["works"], parts)
            whole = all((folder / name).is_file() for part in parts for name in part.files)
            return state if whole and all(self.groups_of(part.snapshot) for part in parts) else None
        except (FileNotFoundError, ValueError, KeyError, TypeError):
            return None

    def write_state(self, day: date, source: str, state: State) -> None:
        """Make the files of a state count, all at once."""
        kept = {
            "version": VERSION,
            "digest": state.digest,
            "works": state.works,
            "parts": [{"snapshot": part.snapshot, "files": list(part.files)} for part in state.parts],
        }
        write_whole(self.folder(day, source) / "state.json", json.dumps(kept, indent=1).encode("ascii"))

    def sweep(self, day: date, source: str, state: State | None) -> None:
        """Remove files that no longer count; they are left for one update, for someone may be reading them."""
        named = {name for part in state.parts for name in part.files} if state else set()
        for path in self.folder(day, source).glob("*.parquet"):
            if path.name not in named:
                path.unlink()

    def keep_only(self, days: Collection[tuple[date, str]]) -> None:
        """Let days and sources of which no record is left count no more."""
        for day in self.days():
            for source in SOURCES:
                if (day, source) not in days:
                    (self.folder(day, source) / "state.json").unlink(missing_ok=True)

    def remember(self, numbers: frozenset[int]) -> str:
        """Keep a set of groups by its digest."""
        snapshot = content_hash(sorted(map(str, numbers)))
        path = self.root / "registries" / f"{snapshot}.json"
        said = json.dumps(sorted(numbers)).encode("ascii")
        if not path.exists() or path.read_bytes() != said:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, said)
        self._snapshots[snapshot] = numbers
        return snapshot

    def groups_of(self, snapshot: str) -> frozenset[int]:
        if snapshot not in self._snapshots:
            path = self.root / "registries" / f"{snapshot}.json"
            self._snapshots[snapshot] = frozenset(json.loads(path.read_bytes()))
        return self._snapshots[snapshot]

    def days(self) -> list[date]:
        """The days of which anything is kept, in order."""
        return sorted(date.fromisoformat(path.name.removeprefix("day=")) for path in self.root.glob("day=*"))

    def digests(self) -> dict[tuple[date, str], str]:
        """What the rows of each day and source were made from, in order."""
        kept = {(day, source): self.state(day, source) for day in self.days() for source in SOURCES}
        return {key: state.said for key, state in kept.items() if state is not None}

    def files(self, from_on: date, to_on: date) -> dict[str, list[Path]]:
        """The files that count in a period, by source, in order of days."""
        found: dict[str, list[Path]] = {source: [] for source in SOURCES}
        for day in self.days():
            if from_on <= day <= to_on:
                for source in SOURCES:
                    state = self.state(day, source)
                    names = [name for part in state.parts for name in part.files] if state else []
                    found[source] += [self.folder(day, source) / name for name in names]
        return found


@dataclass(frozen=True)
class Inventory:
    """The committed Parquet files of one day and source, with their rows and the scope of their delivery."""

    files: tuple[tuple[Path, int, int], ...]

    @cached_property
    def digest(self) -> str:
        """Another as soon as a file comes or goes; files are named by their content."""
        return content_hash(sorted([path.name, rows, str(scope)] for path, rows, scope in self.files))

    @property
    def scopes(self) -> dict[Path, int]:
        return {path: scope for path, _, scope in self.files}

    @property
    def rows(self) -> int:
        return sum(rows for _, rows, _ in self.files)


def numbers_in(rollups: Rollups, snapshots: Iterable[str]) -> frozenset[int]:
    """All groups that any of these snapshots names."""
    return frozenset[int]().union(*(rollups.groups_of(snapshot) for snapshot in snapshots))
