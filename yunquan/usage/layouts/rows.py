"""Rows as a reader gives them, and blocks cut into pieces and lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import polars as pl

from yunquan.usage.layouts.contract import KEPT_BAD, SHOWN_TEXT, BadLine
from yunquan.usage.layouts.spans import Ints, Mask, Spans, joined, of_series, of_texts


def _no_text(line: int) -> str:
    return ""


@dataclass(slots=True)
class Rows:
    """Columns of text, the line of each row, lines already set apart; `text` gives a line by its number."""

    columns: dict[str, Spans]
    lines: Ints
    text: Callable[[int], str] = _no_text
    bad: list[BadLine] = field(default_factory=list)
    bad_count: int = 0
    skipped: int = 0

    @property
    def height(self) -> int:
        return len(self.lines)

    def chosen(self, rows: Mask) -> Rows:
        """These rows alone; what was set apart stays."""
        columns = {name: column.rows(rows) for name, column in self.columns.items()}
        return Rows(columns, self.lines[rows], self.text, self.bad, self.bad_count, self.skipped)

    def set_apart(self, number: int, reason: str, expected: str, text: str) -> None:
        self.bad_count += 1
        if len(self.bad) < KEPT_BAD:
            self.bad.append(BadLine(number, "", reason, expected, text[:SHOWN_TEXT]))


def of_frame(frame: pl.DataFrame, lines: Ints, text: Callable[[int], str] = _no_text) -> Rows:
    return Rows({column.name: of_series(column) for column in frame}, lines, text)


def of_fields(names: Sequence[str], fields: Sequence[Sequence[str]], lines: Sequence[int]) -> Rows:
    columns = {name: of_texts([row[place] for row in fields]) for place, name in enumerate(names)}
    return Rows(columns, np.array(lines, dtype=np.int64))


def put_together(parts: Sequence[Rows], text: Callable[[int], str]) -> Rows:
    """Rows of pieces as one; a column that a piece does not have is empty there."""
    names = list(dict.fromkeys(name for part in parts for name in part.columns))
    columns = {}
    for name in names:
        held = [part.columns.get(name) or of_texts([""] * part.height) for part in parts]
        columns[name] = joined(held)
    lines = np.concatenate([part.lines for part in parts]) if parts else np.zeros(0, np.int64)
    bad = [line for part in parts for line in part.bad]
    counts = sum(part.bad_count for part in parts), sum(part.skipped for part in parts)
    return Rows(columns, lines, text, bad[:KEPT_BAD], *counts)


def unique_names(columns: Sequence[str]) -> list[str]:
    """Names of columns, a second one of the same name told apart by its place."""
    seen: set[str] = set()
    named = []
    for place, column in enumerate(columns):
        kept = column if column not in seen else f"{column}#{place + 1}"
        seen.add(kept)
        named.append(kept)
    return named


def pieces(block: bytes, size: int) -> Iterator[bytes]:
    """A block cut at ends of lines into pieces of about this size."""
    at = 0
    while at < len(block):
        end = block.find(b"\n", min(at + size, len(block) - 1))
        end = len(block) if end < 0 else end + 1
        yield block[at:end]
        at = end


def count_lines(block: bytes) -> int:
    return block.count(b"\n") + (bool(block) and not block.endswith(b"\n"))


def line_texts(block: bytes, first_line: int) -> Callable[[int], str]:
    """The text of a line by its number; the block is only cut when the first one is asked for."""
    cut: list[bytes] = []

    def text(line: int) -> str:
        if not cut:
            cut.extend(block.split(b"\n"))
        at = line - first_line
        return cut[at].rstrip(b"\r").decode("utf-8", "replace") if 0 <= at < len(cut) else ""

    return text


def is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
