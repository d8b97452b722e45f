"""Logs whose lines are cut in columns by directives (`#Fields`, `#fields`), which may change on the way."""

from __future__ import annotations

from collections.abc import Iterator

from yunquan.usage.layouts.contract import Header
from yunquan.usage.layouts.lines import Delimited
from yunquan.usage.layouts.rows import Rows, count_lines
from yunquan.usage.layouts.spans import Spans, of_texts

W3C_TIME = "date time"
_W3C, _ZEEK = b"#Fields:", b"#fields"


def columns_of(line: bytes, kind: str) -> tuple[str, ...] | None:
    """The columns that a directive declares; None where it declares none."""
    text = line.rstrip(b"\r\n").decode("utf-8", "replace")
    if kind == "w3c":
        return tuple(text[len(_W3C) :].split()) if line.startswith(_W3C) else None
    return tuple(text.split("\t")[1:]) if line.startswith(_ZEEK + b"\t") else None


def header(head: bytes, kind: str) -> Header | None:
    """The columns that the first directive of a file declares."""
    for line in head.split(b"\n"):
        if line.strip() and not line.startswith(b"#"):
            return None
        columns = columns_of(line, kind)
        if columns:
            return Header(columns)
    return None


def segments(block: bytes, first_line: int, head: Header, kind: str) -> Iterator[tuple[bytes, int, Header]]:
    """Runs of lines between directives, each with its first line and the columns that hold there."""
    at = 0
    while at < len(block):
        if block.startswith(b"#", at):
            end = block.find(b"\n", at)
            end = len(block) if end < 0 else end + 1
            columns = columns_of(block[at:end], kind)
            head = Header(columns) if columns else head
            first_line += 1
        else:
            end = block.find(b"\n#", at)
            end = len(block) if end < 0 else end + 1
            yield block[at:end], first_line, head
            first_line += count_lines(block[at:end])
        at = end
    yield b"", first_line, head


def read(block: bytes, first_line: int, head: Header, kind: str, private: bool) -> Rows:
    """The rows of a run of lines; date and time of a W3C log become one column."""
    separator = " " if kind == "w3c" else "\t"
    rows = Delimited(head.columns, separator, quotes=False, private=private).read(block, first_line)
    if kind == "w3c" and "date" in rows.columns and "time" in rows.columns:
        date, time = rows.columns.pop("date"), rows.columns.pop("time")
        rows.columns[W3C_TIME] = _beside(date, time)
    return rows


def _beside(date: Spans, time: Spans) -> Spans:
    """Two columns as one, a blank between them; without a copy where they stand so in the file."""
    if date.buffer is time.buffer and (time.starts == date.starts + date.sizes + 1).all():
        return Spans(date.buffer, date.starts, time.starts + time.sizes - date.starts)
    return of_texts([f"{date.text(row)} {time.text(row)}" for row in range(len(date))])
