"""What a layout gives and takes: blocks of text in, frames of records and the lines set apart out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol

import polars as pl

from yunquan.usage.records import SCHEMA

KEPT_BAD = 1000
SHOWN_TEXT = 200
HEAD = 64 * 1024


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line set apart: where, why, and what was expected there; `text` never holds business content."""

    line: int
    column: str
    reason: str
    expected: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Header:
    """The order of the columns of a file, as its head gives it.

    `columns` are the file's own names, `lines` the number of lines before the first row (they are part of
    the first block). A log may declare other columns on its way: `Parsed.header` then says what holds from
    there on.
    """

    columns: tuple[str, ...]
    lines: int = 0


@dataclass(frozen=True, slots=True)
class Options:
    """What a file can't say itself.

    `cloud` is the application's end (host or address, a port after a colon) for logs that name none; `zone`
    serves producers that write local times; rows that start after `now` lie in the future.
    """

    now: datetime
    cloud: str | None = None
    zone: str = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A block understood: records in the columns of SCHEMA, lines set apart, rows that prove nothing."""

    frame: pl.DataFrame
    bad: list[BadLine] = field(default_factory=list)
    bad_count: int = 0
    skipped: int = 0
    header: Header | None = None


class Layout(Protocol):
    """One form of one producer's log; `kind` is text, table or binary."""

    @property
    def id(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def kind(self) -> str: ...

    def header(self, head: bytes) -> Header | None:
        """The columns, where the head of a file is in this layout; None where it is not."""

    def parse(self, block: bytes, *, first_line: int, header: Header, options: Options) -> Parsed:
        """Whole lines of UTF-8 (kind text)."""

    def parse_file(self, path: Path, options: Options) -> Iterator[Parsed]:
        """A whole file (kinds table and binary)."""


class LayoutUnknown(Exception):
    """A file or a name of a layout isn't recognised, or a file can't be read as what it is."""

    def __init__(self, reason: str, expected: str, *, line: int = 0, column: str = "") -> None:
        self.reason, self.expected, self.line, self.column = reason, expected, line, column
        super().__init__(f"{reason}；应为：{expected}")


def no_records() -> pl.DataFrame:
    """A frame of SCHEMA without rows."""
    return pl.DataFrame(schema=SCHEMA)
