"""Columns of text without strings: where each value begins in a buffer and how long it is.

Eight letters are one unaligned 64-bit word, so that a value is compared, checked and turned into a number
by a few whole-column operations (SIMD within a register), and a text is only made where one must be shown.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Words = NDArray[np.uint64]
Mask = NDArray[np.bool_]
PAD = 64
_ODD = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(0xBF58476D1CE4E5B9)
# The first k letters of a word.
KEEP = np.array([(1 << (8 * size)) - 1 for size in range(9)], dtype=np.uint64)


class Buffer:
    """The bytes of a block with room before and after, seen as letters and as words at every place."""

    __slots__ = ("letters", "words")

    def __init__(self, block: bytes) -> None:
        room = b" " * PAD
        padded = b"".join((room, block, room))
        self.letters = np.frombuffer(padded, dtype=np.uint8)
        self.words: Words = np.ndarray((len(padded) - 7,), dtype="<u8", buffer=padded, strides=(1,))


@dataclass(slots=True)
class Spans:
    """One column: for each row the place of its value in the buffer and its number of bytes."""

    buffer: Buffer
    starts: Ints
    sizes: Ints

    def __len__(self) -> int:
        return len(self.starts)

    def words(self, at: int) -> Words:
        """Eight letters from this place of each value on, whatever follows the value included."""
        return self.buffer.words[self.starts + at if at else self.starts]

    def words_before_end(self, back: int) -> Words:
        """Eight letters that end this many before the end of each value."""
        return self.buffer.words[self.starts + (self.sizes - back - 8)]

    def letter(self, at: int) -> NDArray[np.uint8]:
        return self.buffer.letters[self.starts + at]

    def rows(self, chosen: Ints | Mask) -> Spans:
        return Spans(self.buffer, self.starts[chosen], self.sizes[chosen])

    def text(self, row: int) -> str:
        """The value of a row."""
        start = int(self.starts[row])
        return self.buffer.letters[start : start + int(self.sizes[row])].tobytes().decode("utf-8", "replace")

    def equals(self, value: str) -> Mask:
        """The rows whose value is this one."""
        wanted = value.encode()
        hit = self.sizes == len(wanted)
        for at in range(0, len(wanted), 8):
            if not hit.any():
                break
            part = wanted[at : at + 8]
            hit &= (self.words(at) & KEEP[len(part)]) == np.uint64(int.from_bytes(part, "little"))
        return hit

    def hashes(self) -> Words:
        """A stable hash of each value: the same bytes give the same number on every machine."""
        state = self.sizes.astype(np.uint64) * _ODD
        if not len(state):
            return state
        least, most = int(self.sizes.min()), int(self.sizes.max())
        rows: Ints | None = None
        for at in range(0, most, 8):
            if at + 8 <= least:
                state = _mixed(state, self.words(at))
                continue
            left = (self.sizes if rows is None else self.sizes[rows]) - at
            if rows is None and (left > 0).sum() * 2 < len(state):
                rows = np.flatnonzero(left > 0)
                left = left[rows]
            elif rows is not None and (left > 0).sum() * 2 < len(rows):
                rows, left = rows[left > 0], left[left > 0]
            keep = KEEP[np.clip(left, 0, 8)]
            if rows is None:
                state = np.where(left > 0, _mixed(state, self.words(at) & keep), state)
            else:
                words = self.buffer.words[self.starts[rows] + at] & keep
                state[rows] = np.where(left > 0, _mixed(state[rows], words), state[rows])
        return state ^ (state >> np.uint64(32))

    def different(self) -> tuple[Words, Ints, Ints]:
        """The hashes of the different values, a row that has each, and which of them each row has."""
        hashes = self.hashes()
        if len(hashes) and (hashes == hashes[0]).all():
            return hashes[:1], np.zeros(1, dtype=np.int64), np.zeros(len(hashes), dtype=np.int64)
        known = np.unique(hashes)
        which = np.searchsorted(known, hashes)
        rows = np.zeros(len(known), dtype=np.int64)
        rows[which] = np.arange(len(hashes))
        return known, rows, which

    def distinct(self) -> tuple[list[str], Ints]:
        """The different values, and for each row which of them it has."""
        _, rows, which = self.different()
        return [self.text(row) for row in rows.tolist()], which


def _mixed(state: Words, words: Words) -> Words:
    state = (state ^ words) * _STEP
    return state ^ (state >> np.uint64(29))


def of_series(column: pl.Series) -> Spans:
    """Spans over a column of strings; null is an empty value."""
    column = column.fill_null("")
    sizes = column.str.len_bytes().cast(pl.Int64()).to_numpy()
    text = column.str.join("").item().encode("utf-8") if len(column) else b""
    return Spans(Buffer(text), np.cumsum(sizes) - sizes + PAD, sizes)


def of_texts(texts: Sequence[str]) -> Spans:
    """Spans over a list of strings."""
    raw = [text.encode("utf-8", "replace") for text in texts]
    sizes = np.array([len(text) for text in raw], dtype=np.int64)
    return Spans(Buffer(b"".join(raw)), np.cumsum(sizes) - sizes + PAD, sizes)


def joined(columns: Sequence[Spans]) -> Spans:
    """The columns one below the other."""
    if len(columns) == 1:
        return columns[0]
    base, buffers, starts = 0, [], []
    for column in columns:
        buffers.append(column.buffer.letters)
        starts.append(column.starts + base + PAD)
        base += len(column.buffer.letters)
    buffer = Buffer(np.concatenate(buffers).tobytes())
    return Spans(buffer, np.concatenate(starts), np.concatenate([column.sizes for column in columns]))


def either(chosen: Mask, one: Spans, other: Spans) -> Spans:
    """The values of `one` in the chosen rows, of `other` in the rest."""
    if one.buffer is not other.buffer:
        pair = joined([one, other])
        size = len(one)
        one, other = pair.rows(np.arange(size)), pair.rows(np.arange(size, 2 * size))
    starts, sizes = np.where(chosen, one.starts, other.starts), np.where(chosen, one.sizes, other.sizes)
    return Spans(one.buffer, starts, sizes)
