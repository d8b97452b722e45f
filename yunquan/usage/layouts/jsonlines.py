"""One JSON object a line into columns: lines of one shape at once, others by the engine, broken ones by line."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import polars as pl
from polars.exceptions import PolarsError

from yunquan.usage.layouts.columns import whole
from yunquan.usage.layouts.rows import (
    Rows,
    count_lines,
    line_texts,
    of_fields,
    of_frame,
    pieces,
    put_together,
    unique_names,
)
from yunquan.usage.layouts.spans import KEEP, PAD, Buffer, Ints, Spans

PIECE = 128 * 1024
_EXPECTED = '一行一个 JSON 对象，如 {"client": …}'


class JsonLines:
    """Reader of one JSON object a line; a number or nested value counts as its text."""

    def __init__(self, columns: Sequence[str], *, private: bool = False) -> None:
        self.columns, self.private = unique_names(columns), private

    def read(self, block: bytes, first_line: int) -> Rows:
        """The rows of a block; blank lines are passed over, keys that only some rows have are read as well."""
        text = line_texts(block, first_line)
        whole = self._at_once(block, first_line)
        if whole is not None:
            whole.text = text
            return whole
        parts = []
        for piece in pieces(block, PIECE):
            part = self._at_once(piece, first_line)
            parts.append(part if part is not None else self._line_by_line(piece, first_line))
            first_line += count_lines(piece)
        return put_together(parts, text)

    def _none(self) -> Rows:
        return of_fields(self.columns, [], [])

    def _parsed(self, block: bytes, columns: Sequence[str]) -> pl.DataFrame | None:
        try:
            return pl.read_ndjson(block, schema={column: pl.String() for column in columns})
        except PolarsError:
            return None

    def _at_once(self, block: bytes, first_line: int) -> Rows | None:
        if not block:
            return self._none()
        found = of_one_shape(block, first_line)
        if found is not None:
            return found
        frame = self._by_engine(block)
        if frame is None:
            return None
        return of_frame(frame, np.arange(first_line, first_line + frame.height))

    def _by_engine(self, block: bytes) -> pl.DataFrame | None:
        lines = count_lines(block)
        frame = self._parsed(block, self.columns)
        if frame is None or frame.height != lines:
            return None
        held = sum(frame.height - column.null_count() for column in frame)
        if block.count(b'":') + block.count(b'" :') == held:
            return frame
        # There may be keys that the head of the file did not have: they are part of the record as well.
        more = [name for name in _all_keys(block) if name not in self.columns]
        return frame if not more else self._parsed(block, [*self.columns, *more])

    def _line_by_line(self, piece: bytes, first_line: int) -> Rows:
        good: list[bytes] = []
        kept: list[int] = []
        apart: list[tuple[int, str, str, str]] = []
        for number, raw in enumerate(piece.split(b"\n"), start=first_line):
            if not raw.decode("utf-8", "replace").strip():
                continue
            wrong = _json_fault(raw)
            if not wrong and (frame := self._by_engine(raw.strip())) is None:
                wrong = "JSON 写法不对"
            if wrong:
                shown = "" if self.private else raw.decode("utf-8", "replace").strip()
                apart.append((number, wrong, _EXPECTED, shown))
                continue
            good.append(raw.strip())
            kept.append(number)
        rows = self._none()
        if good:
            frame = self._by_engine(b"\n".join(good))
            if frame is None:
                raise RuntimeError("lines that are JSON one by one are JSON together")
            rows = of_frame(frame, np.array(kept, dtype=np.int64))
        for fault in apart:
            rows.set_apart(*fault)
        return rows


def of_one_shape(block: bytes, first_line: int) -> Rows | None:
    """Lines that have the keys of the first line in its order and spelling, without escapes or nesting.

    The quotes then stand at the same ordinal places in every line, so that a value lies between two known
    quotes. None where any line differs.
    """
    if b"\\" in block or not block.startswith(b'{"') or b"\r" in block:
        return None
    if not block.endswith(b"\n"):
        block += b"\n"
    first = block[: block.index(b"\n")]
    shape = _shape(first)
    if shape is None:
        return None
    buffer = Buffer(block)
    # No letter below a blank may stand in JSON but the ends of lines.
    ends = np.flatnonzero(buffer.letters < 32)
    lines = len(ends)
    found = np.flatnonzero(buffer.letters == ord('"'))
    per_line = first.count(b'"')
    if len(found) != lines * per_line:
        return None
    quotes: Ints = np.ascontiguousarray(found.reshape(lines, per_line).T)
    if (buffer.letters[ends] != ord("\n")).any():
        return None
    if (quotes[-1] > ends).any() or (quotes[0][1:] < ends[:-1]).any():
        return None
    begins = np.concatenate(([PAD], ends[:-1] + 1))
    return _cut(buffer, quotes, begins, ends, shape, first_line)


_Part = tuple[str, bool, bytes]


def _shape(first: bytes) -> tuple[list[_Part], bytes] | None:
    """For each key of a line: is its value quoted, and the letters before and after the value."""
    try:
        pairs = json.loads(first, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return None
    if not isinstance(pairs, list) or not pairs or len({key for key, _ in pairs}) != len(pairs):
        return None
    parts: list[_Part] = []
    at = 0
    for key, value in pairs:
        name = json.dumps(key, ensure_ascii=False).encode()
        if isinstance(value, list | dict | bool) or value is None:
            return None
        found = first.index(name, at)
        start = found + len(name)
        while first[start : start + 1] in (b":", b" "):
            start += 1
        before = first[at:start]
        quoted = isinstance(value, str)
        if quoted:
            end = first.index(b'"', start + 1)
            parts.append((key, True, before + b'"'))
            at = end + 1
        else:
            end = start
            while first[end : end + 1] not in (b",", b"}", b" "):
                end += 1
            parts.append((key, False, before))
            at = end
    return parts, first[at:]


def _cut(
    buffer: Buffer, quotes: Ints, begins: Ints, ends: Ints,
    shape: tuple[list[_Part], bytes], first_line: int,
) -> Rows | None:  # fmt: skip
    parts, close = shape
    columns: dict[str, Spans] = {}
    at, quote = begins, 0
    for place, (key, quoted, before) in enumerate(parts):
        start = at + len(before)
        quote += before.count(b'"')
        if quoted:
            # The quote that opens the value is known already: the letters before it are left to compare.
            if (quotes[quote - 1] != start - 1).any():
                return None
            before = before[:-1]
        if not _all_equal(buffer, at, before):
            return None
        if quoted:
            end = quotes[quote]
            quote += 1
            at = end + 1
        else:
            # A number ends where the letters before the next value's quotes begin, or the line's end.
            if place + 1 < len(parts):
                lead = parts[place + 1][2]
                end = quotes[quote] - lead.index(b'"')
            else:
                end = ends - len(close)
            at = end
        if (end < start).any():
            return None
        column = Spans(buffer, start, end - start)
        if not quoted and not _are_numbers(column):
            return None
        columns[key] = column
    if not _all_equal(buffer, at, close) or (at + len(close) != ends).any():
        return None
    return Rows(columns, np.arange(first_line, first_line + len(begins)))


def _are_numbers(column: Spans) -> bool:
    """Whole numbers of at most sixteen digits as JSON writes them (others go by the engine)."""
    ok = whole(column)[1]
    return bool((ok & ((column.letter(0) != ord("0")) | (column.sizes == 1))).all())


def _all_equal(buffer: Buffer, at: Ints, wanted: bytes) -> bool:
    for place in range(0, len(wanted), 8):
        part = wanted[place : place + 8]
        words = buffer.words[at + place] & KEEP[len(part)]
        if (words != np.uint64(int.from_bytes(part, "little"))).any():
            return False
    return True


def _all_keys(block: bytes) -> list[str]:
    found: dict[str, None] = {}
    try:
        found.update(dict.fromkeys(pl.read_ndjson(block, infer_schema_length=None).columns))
    except PolarsError:
        for line in block.split(b"\n"):
            try:
                held = json.loads(line)
            except (ValueError, RecursionError):
                continue
            if isinstance(held, dict):
                found.update(dict.fromkeys(held))
    return list(found)


def _no_constant(text: str) -> None:
    raise ValueError(text)


def _json_fault(raw: bytes) -> str:
    """What is wrong with a line that should be a JSON object; empty where nothing is."""
    try:
        found = json.loads(raw, parse_constant=_no_constant)
    except UnicodeDecodeError:
        return "文字不是 UTF-8"
    except (ValueError, RecursionError):
        return "不是 JSON"
    return "" if isinstance(found, dict) else "不是 JSON 对象"
