"""Lines of JSON that all have the shape of the first: each value is cut out between the letters known around it.

What stands around the values (keys, quotes, colons, commas) is compared with the first line's, eight letters at
a time; only where a value ends is looked for. A line that differs anywhere sends the whole block another way.
"""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from yunquan.usage.layouts.columns import leading_digits
from yunquan.usage.layouts.rows import Rows
from yunquan.usage.layouts.spans import HEAD, HIGH, KEEP, PAD, Buffer, Ints, Spans, Words, before_mark, packed

_QUOTE = ord('"')
_QUOTES, _LOW = packed(b'"' * 8), np.uint64(0x0101010101010101)
_FIRST, _TENS = np.uint64(0xFF), 10 ** np.arange(9)


@dataclass(frozen=True, slots=True)
class _Value:
    """One key of the shape: the letters that end where its value begins, and how long the first line's value is."""

    key: str
    quoted: bool
    before: bytes
    size: int


def of_one_shape(block: bytes, first_line: int) -> Rows | None:
    """Lines that have the keys of the first line in its order and spelling, without escapes or nesting.

    None where any line differs. Every quote of the block is then known to stand around a key or a value, so that
    none is inside one.
    """
    if b"\\" in block or not block.startswith(b'{"') or b"\r" in block:
        return None
    if not block.endswith(b"\n"):
        block += b"\n"
    first = block[: block.index(b"\n")]
    shape = _shape(first)
    if shape is None:
        return None
    # What is compared at a place inside the block is never longer than the first line.
    buffer = Buffer(block, behind=len(first))
    # No letter below a blank may stand in JSON but the ends of lines.
    ends: Ints = np.flatnonzero(buffer.letters < 32)
    if (buffer.letters[ends] != ord("\n")).any():
        return None
    if np.count_nonzero(buffer.letters == _QUOTE) != len(ends) * first.count(b'"'):
        return None
    return _cut(buffer, ends, shape, first_line)


def _shape(first: bytes) -> tuple[list[_Value], bytes] | None:
    """The keys of a line, and the letters behind its last value."""
    try:
        pairs = json.loads(first, object_pairs_hook=list)
    except (ValueError, RecursionError):
        return None
    if not isinstance(pairs, list) or not pairs or len({key for key, _ in pairs}) != len(pairs):
        return None
    values: list[_Value] = []
    at = 0
    for key, value in pairs:
        if isinstance(value, list | dict | bool) or value is None:
            return None
        name = json.dumps(key, ensure_ascii=False).encode()
        # The quote that closes a value, a comma and the next quote are not the key “,”.
        closed = bool(values) and values[-1].quoted
        start = first.index(name, at + closed) + len(name)
        while first[start : start + 1] in (b":", b" "):
            start += 1
        quoted = isinstance(value, str)
        start += quoted
        end = start
        while first[end : end + 1] not in ((b'"',) if quoted else (b",", b"}", b" ")):
            end += 1
        if first[start:end].decode() != str(value):
            return None
        values.append(_Value(key, quoted, first[at:start], end - start))
        at = end
    return values, first[at:]


def _cut(buffer: Buffer, ends: Ints, shape: tuple[list[_Value], bytes], first_line: int) -> Rows | None:
    values, close = shape
    columns: dict[str, Spans] = {}
    at: Ints = np.concatenate(([PAD], ends[:-1] + 1))
    behind = [value.before for value in values[1:]] + [close]
    for value, follows in zip(values, behind, strict=True):
        start = at + len(value.before)
        column = _value(buffer, start, value, follows[:8])
        if column is None:
            return None
        columns[value.key] = column
        at = start + column.sizes
    words = buffer.stretches(at, _whole_words(close))
    if not _all_equal(words, close) or (at + len(close) != ends).any():
        return None
    return Rows(columns, np.arange(first_line, first_line + len(ends)))


def _value(buffer: Buffer, start: Ints, value: _Value, follows: bytes) -> Spans | None:
    """The values that begin at these places, if the right letters stand before them and they end as they should."""
    before = _whole_words(value.before)
    words = buffer.stretches(start - before, before + HEAD)
    head = words[:, before // 8 :]
    if not _all_equal(words, value.before.rjust(before, b"\x00")):
        return None
    if value.quoted:
        sizes = _until_quote(buffer, start, head, value.size, follows)
        return None if sizes is None else Spans(buffer, start, sizes, head=head)
    found = _digits(buffer, start, head)
    return None if found is None else Spans(buffer, start, *found, head=head)


def _whole_words(letters: bytes) -> int:
    return -(-len(letters) // 8) * 8


def _until_quote(buffer: Buffer, start: Ints, head: Words, size: int, follows: bytes) -> Ints | None:
    """How many letters stand before the next quote; None where there is none.

    As many as in the first line where what follows the value stands there in every line (there may be another
    quote before it, but then the count of all quotes can't be right); else it is looked for.
    """
    if ((buffer.words[start + size] & KEEP[len(follows)]) == packed(follows)).all():
        return np.full(len(start), size)
    sizes: Ints = np.zeros(len(start), dtype=np.int64)
    rows: Ints | None = None
    for at in range(0, HEAD, 8):
        other = (head[:, at // 8] if rows is None else head[rows, at // 8]) ^ _QUOTES
        hit = (other - _LOW) & ~other & HIGH
        if not hit.any():
            continue
        found = before_mark(hit) + at
        if rows is None:
            sizes, rows = found, np.flatnonzero(hit == 0)
        else:
            sizes[rows], rows = found, rows[hit == 0]
        if not len(rows):
            return sizes
    # Where a longer value ends is looked up among all quotes.
    quotes: Ints = np.flatnonzero(buffer.letters == _QUOTE)
    rows = np.arange(len(start)) if rows is None else rows
    place = np.searchsorted(quotes, start[rows])
    if (place == len(quotes)).any():
        return None
    sizes[rows] = quotes[place] - start[rows]
    return sizes


def _digits(buffer: Buffer, start: Ints, head: Words) -> tuple[Ints, Ints] | None:
    """Whole numbers as JSON writes them, of at most sixteen digits: how long each is, and what it is."""
    sizes, numbers = leading_digits(head[:, 0])
    longer = np.flatnonzero(sizes == 8)
    if len(longer):
        more, lower = leading_digits(head[longer, 1])
        sizes[longer] += more
        numbers[longer] = numbers[longer] * _TENS[more] + lower
    if ((sizes == 0) | ((head[:, 0] & _FIRST) == ord("0")) & (sizes > 1)).any():
        return None
    return sizes, numbers


def _all_equal(words: Words, wanted: bytes) -> bool:
    """Does every row of words hold these letters (a zero byte stands for any)?"""
    for place in range(0, len(wanted), 8):
        part = wanted[place : place + 8]
        letters = words[:, place // 8]
        if len(part) < 8 or 0 in part:
            letters = letters & packed(bytes(0xFF * (letter > 0) for letter in part))
        if (letters != packed(part)).any():
            return False
    return True
