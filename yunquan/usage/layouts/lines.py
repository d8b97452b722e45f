"""Blocks of delimited lines into columns: whole blocks at once, line by line only where a line is ragged."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Sequence

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from yunquan.usage.layouts.rows import (
    Rows,
    count_lines,
    is_utf8,
    line_texts,
    of_fields,
    of_frame,
    pieces,
    put_together,
    unique_names,
)
from yunquan.usage.layouts.spans import PAD, Buffer, Ints, Mask, Spans

PIECE = 128 * 1024
Splitter = Callable[[str], list[str] | None]


def csv_splitter(separator: str, quotes: bool = True) -> Splitter:
    """One line of a CSV into its fields; None where its quotes don't close."""

    def split(line: str) -> list[str] | None:
        if not quotes or '"' not in line:
            return line.split(separator)
        try:
            rows = list(csv.reader([line], delimiter=separator, strict=True))
        except csv.Error:
            return None
        return rows[0] if len(rows) == 1 else None

    return split


class Delimited:
    """Reader of lines of fields between separators, with or without quotes."""

    def __init__(self, columns: Sequence[str], separator: str, *, split: Splitter | None = None,
                 quotes: bool = True, private: bool = False, ignore: Sequence[str] = ()) -> None:  # fmt: skip
        self.columns = unique_names(columns)
        self.separator, self.quotes, self.private = separator, quotes, private
        self.ignore = re.compile("|".join(ignore)) if ignore else None
        self.split = split or csv_splitter(separator, quotes)

    def read(self, block: bytes, first_line: int) -> Rows:
        """The rows of a block, one a line; blank lines are passed over."""
        text = line_texts(block, first_line)
        whole = self.at_once(block, first_line)
        if whole is not None:
            whole.text = text
            return whole
        parts = []
        for piece in pieces(block, PIECE):
            part = self.at_once(piece, first_line)
            parts.append(part if part is not None else self._line_by_line(piece, first_line))
            first_line += count_lines(piece)
        return put_together(parts, text)

    def at_once(self, block: bytes, first_line: int) -> Rows | None:
        """The whole block by whole columns; None unless every line has exactly its fields."""
        rows = self._grid(block, first_line)
        if rows is None and self.quotes and b'"' in block and b'\\"' not in block:
            return self._quoted(block, first_line)
        return rows

    def _grid(self, block: bytes, first_line: int) -> Rows | None:
        """Places of all separators outside quotes, as many in each line as there are columns."""
        if not block.endswith(b"\n"):
            block += b"\n"
        buffer = Buffer(block)
        letters = buffer.letters[PAD : PAD + len(block)]
        # Between fields set apart by blanks no other letter is below a blank, so that one comparison serves.
        blanks = self.separator == " " and b"\r" not in block
        marked = letters <= 32 if blanks else (letters == ord(self.separator)) | (letters == ord("\n"))
        quoted, quotes = self.quotes and b'"' in block, 0
        if quoted:
            mask = letters == ord('"')
            quotes = int(np.count_nonzero(mask))
            marked &= ~_inside_quotes(mask)
        found = np.flatnonzero(marked)
        width = len(self.columns)
        if len(found) % width or not len(found):
            return None
        ends: Ints = found.reshape(-1, width)
        if (letters[ends[:, -1]] != ord("\n")).any() or (letters[ends[:, :-1]] == ord("\n")).any():
            return None
        if blanks and (letters[ends[:, :-1]] != 32).any():
            return None
        if width == 1 and b"\n\n" in block:
            return None
        columns = spans_of_ends(buffer, ends, b"\r" in block, self.columns)
        if quoted and not _unquoted(columns, quotes):
            return None
        return Rows(columns, np.arange(first_line, first_line + len(ends)))

    def _quoted(self, block: bytes, first_line: int) -> Rows | None:
        lines = count_lines(block)
        schema = {column: pl.String() for column in self.columns}
        try:
            frame = pl.read_csv(block, has_header=False, schema=schema, separator=self.separator)
        except PolarsError:
            return None
        # A line that is short by one field shows as an empty last column; a long one is refused by the reader.
        if frame.height != lines or frame.get_column(self.columns[-1]).null_count():
            return None
        return of_frame(frame, np.arange(first_line, first_line + lines))

    def _line_by_line(self, piece: bytes, first_line: int) -> Rows:
        good: list[list[str]] = []
        kept: list[int] = []
        apart: list[tuple[int, str, str, str]] = []
        wanted = len(self.columns)
        for number, raw in enumerate(piece.split(b"\n"), start=first_line):
            text = raw.rstrip(b"\r").decode("utf-8", "replace")
            if not text.strip() or (self.ignore is not None and self.ignore.fullmatch(text)):
                continue
            shown = "" if self.private else text
            if "�" in text and not is_utf8(raw):
                apart.append((number, "文字不是 UTF-8", "UTF-8 编码的一行", shown))
                continue
            fields = self.split(text)
            if fields is None:
                apart.append((number, "不是该格式的写法，或引号没有成对", "与首行同样写法的一行", shown))
            elif len(fields) != wanted:
                apart.append((number, f"有 {len(fields)} 列", f"{wanted} 列", shown))
            else:
                good.append(fields)
                kept.append(number)
        rows = of_fields(self.columns, good, kept)
        for fault in apart:
            rows.set_apart(*fault)
        return rows


def spans_of_ends(buffer: Buffer, ends: Ints, returns: bool, columns: Sequence[str]) -> dict[str, Spans]:
    """Columns from the places of the separators that end them (rows by columns, counted from the block)."""
    found = {}
    # Column by column, so that what is read together lies together.
    turned = np.ascontiguousarray(ends.T)
    before = np.concatenate(([-1], turned[-1][:-1])) + 1
    for place, name in enumerate(columns):
        start = before if place == 0 else turned[place - 1] + 1
        end = turned[place]
        if returns and place == len(columns) - 1:
            end = end - ((buffer.letters[end - 1 + PAD] == ord("\r")) & (end > start))
        found[name] = Spans(buffer, start + PAD, end - start)
    return found


_SHIFTS = tuple(np.uint64(1 << power) for power in range(6))


def _inside_quotes(quotes: Mask) -> Mask:
    """Is each letter behind an odd number of quotes (the opening one included)? Sixty-four letters at a time."""
    size = len(quotes)
    bits = np.packbits(quotes, bitorder="little")
    words = np.zeros(-(-size // 64), dtype="<u8")
    words.view(np.uint8)[: len(bits)] = bits
    for shift in _SHIFTS:
        words ^= words << shift
    odd = words >> np.uint64(63)
    before = np.bitwise_xor.accumulate(odd) ^ odd
    words ^= np.uint64(0) - before
    return np.unpackbits(words.view(np.uint8), count=size, bitorder="little").view(np.bool_)


def _unquoted(columns: dict[str, Spans], quotes: int) -> bool:
    """Take the quotes off the fields that have them; False where a quote stands anywhere else."""
    found = 0
    for column in columns.values():
        letters = column.buffer.letters
        opens = (letters[column.starts] == ord('"')) & (column.sizes > 0)
        count = int(opens.sum())
        if not count:
            continue
        closes = (letters[column.starts + column.sizes - 1] == ord('"')) & (column.sizes > 1)
        if (opens & ~closes).any():
            return False
        found += 2 * count
        column.starts = column.starts + opens
        column.sizes = column.sizes - 2 * opens
    return found == quotes
