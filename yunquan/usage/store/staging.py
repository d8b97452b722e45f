"""What a load has done so far, on disk, so that a killed one goes on where it stopped."""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from yunquan.papers.tables import harmless
from yunquan.usage.layouts.contract import BadLine
from yunquan.usage.store.durable import sync, write_whole
from yunquan.usage.store.marks import Part

KEPT_BAD_LINES = 100_000
_HEADER = ("file", "line", "column", "reason", "expected", "text")


@dataclass(slots=True)
class Progress:
    """How far a load is: the offset and line where the next block begins, and everything before it."""

    recipe: dict[str, str]
    now: str
    offset: int = 0
    line: int = 1
    coding: str = ""
    header: dict[str, Any] | None = None
    records: int = 0
    bad: int = 0
    skipped: int = 0
    kept_bad: int = 0
    bad_bytes: int = 0
    number: int = 0
    parts: list[Part] = field(default_factory=list)
    first_bad: list[Any] = field(default_factory=list)


class Staging:
    """The folder of one load that is under way."""

    def __init__(self, folder: Path, file: str) -> None:
        self.folder, self._file = folder, file
        self._saved: set[Part] = set()

    @property
    def bad_file(self) -> Path:
        return self.folder / "bad.csv"

    def place(self, part: Part) -> Path:
        return self.folder / f"{part.number}-{part.day.isoformat()}.parquet"

    def begin(self, recipe: dict[str, str], now: str) -> Progress:
        """The progress of an earlier, interrupted load of the same file by the same recipe, else a new one."""
        found = self._found(recipe)
        if found is not None:
            self._saved = set(found.parts)
            self._forget_after(found)
            return found
        self.drop()
        self.folder.mkdir(parents=True)
        sync([self.folder.parent])
        progress = Progress(recipe=recipe, now=now)
        self.bad_file.write_bytes(b"\xef\xbb\xbf" + _csv([_HEADER]))
        progress.bad_bytes = self.bad_file.stat().st_size
        return progress

    def _found(self, recipe: dict[str, str]) -> Progress | None:
        try:
            kept = json.loads((self.folder / "progress.json").read_text(encoding="utf-8"))
            sizes = {place: size for *_, place, size in kept["parts"]}
            kept["parts"] = [
                Part(date.fromisoformat(day), number, rows) for day, number, rows, *_ in kept["parts"]
            ]
            progress = Progress(**kept)
            whole = all((self.folder / place).stat().st_size == size for place, size in sizes.items())
            whole = whole and self.bad_file.stat().st_size >= progress.bad_bytes
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return progress if whole and progress.recipe == recipe else None

    def _forget_after(self, progress: Progress) -> None:
        named = {self.place(part).name for part in progress.parts} | {"progress.json", "bad.csv"}
        for path in self.folder.iterdir():
            if path.name not in named:
                path.unlink()
        os.truncate(self.bad_file, progress.bad_bytes)

    def set_apart(self, progress: Progress, lines: Iterable[BadLine]) -> None:
        """Keep bad lines with their reasons, up to a bound; they count beyond it all the same."""
        rows: list[tuple[object, ...]] = []
        for one in lines:
            if not progress.first_bad:
                progress.first_bad = [one.line, one.column, one.reason, one.expected]
            if progress.kept_bad + len(rows) >= KEPT_BAD_LINES:
                break
            rows.append((self._file, one.line, one.column, one.reason, one.expected, one.text))
        if rows:
            with self.bad_file.open("ab") as file:
                file.write(_csv(rows))
            progress.kept_bad += len(rows)
        progress.bad_bytes = self.bad_file.stat().st_size

    def save(self, progress: Progress) -> None:
        """Make everything so far last: parts and bad lines first, then the word that they are there."""
        fresh = [self.place(part) for part in progress.parts if part not in self._saved]
        sync([*fresh, self.bad_file, self.folder])
        kept = {name: getattr(progress, name) for name in Progress.__slots__}
        kept["parts"] = [
            [
                part.day.isoformat(),
                part.number,
                part.rows,
                self.place(part).name,
                self.place(part).stat().st_size,
            ]
            for part in progress.parts
        ]
        write_whole(self.folder / "progress.json", json.dumps(kept, ensure_ascii=False).encode("utf-8"))
        self._saved = set(progress.parts)

    def finish_bad(self, progress: Progress) -> bool:
        """Close the list of bad lines; False where there are none."""
        if progress.bad > progress.kept_bad:
            rest = f"另有 {progress.bad - progress.kept_bad} 行有错，未逐行列出"
            with self.bad_file.open("ab") as file:
                file.write(_csv([(self._file, "", "", rest, "", "")]))
        return progress.bad > 0

    def drop(self) -> None:
        """Throw away what was done."""
        shutil.rmtree(self.folder, ignore_errors=True)


def _csv(rows: Iterable[Iterable[object]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    for row in rows:
        writer.writerow([harmless(str(cell).replace("\x00", "�")) for cell in row])
    return text.getvalue().encode("utf-8", "replace")
