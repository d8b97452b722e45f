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
HEAD = 32
_ODD = np.uint64(0x9E3779B97F4A7C15)
_STEP = np.uint64(0xBF58476D1CE4E5B9)
# The first k letters of a word.
KEEP = np.array([(1 << (8 * size)) - 1 for size in range(9)], dtype=np.uint64)
HIGH = np.uint64(0x8080808080808080)


_PLACES, _TO_PLACE = 1 << 14, np.uint64(50)


def packed(letters: bytes) -> np.uint64:
    """Up to eight letters as a word."""
    return np.uint64(int.from_bytes(letters, "little"))


def before_mark(marks: Words) -> Ints:
    """How many letters of a word stand before the first that is marked by its highest bit; 8 where none is."""
    below = (marks - np.uint64(1)) & ~marks
    return (np.bitwise_count(below) >> 3).astype(np.int64)


class Buffer:
    """The bytes of a block with room before and after, seen as letters and as words at every place."""

    __slots__ = ("_padded", "letters", "words")

    def __init__(self, block: bytes, behind: int = 0) -> None:
        room = b" " * PAD
        padded = b"".join((room, block, room, b" " * behind))
        self._padded = padded
        self.letters = np.frombuffer(padded, dtype=np.uint8)
        self.words: Words = np.ndarray((len(padded) - 7,), dtype="<u8", buffer=padded, strides=(1,))

    def stretches(self, starts: Ints, size: int) -> Words:
        """So many letters (a multiple of eight) from each place on, as words: fetching 64 costs what eight cost."""
        kind, room = np.dtype((np.void, size)), len(self._padded) - size + 1
        fetched = np.ndarray((room,), dtype=kind, buffer=self._padded, strides=(1,))[starts]
        return fetched.view("<u8").reshape(len(starts), size // 8)


@dataclass(slots=True)
class Spans:
    """One column: for each row the place of its value in the buffer and its number of bytes.

    `numbers` are the values of a column of which each is known to be a whole number without a sign; `head` the
    letters of each value from the first on, fetched when they are first asked for.
    """

    buffer: Buffer
    starts: Ints
    sizes: Ints
    numbers: Ints | None = None
    head: Words | None = None

    def __len__(self) -> int:
        return len(self.starts)

    def words(self, at: int) -> Words:
        """Eight letters from this place of each value on, whatever follows the value included."""
        if at % 8 or at >= HEAD:
            return self._words_from(self.starts, at)
        if self.head is None:
            self.head = self.buffer.stretches(self.starts, HEAD)
        return self.head[:, at // 8]

    def _words_from(self, starts: Ints, at: int) -> Words:
        """Eight letters so far behind each start; short values at the buffer's end have its last ones there."""
        places = starts + at
        if at > PAD - 8:
            places = np.minimum(places, len(self.buffer.words) - 1)
        return self.buffer.words[places]

    def words_before_end(self, back: int) -> Words:
        """Eight letters that end this many before the end of each value."""
        return self.buffer.words[self.starts + (self.sizes - back - 8)]

    def letter(self, at: int) -> NDArray[np.uint8]:
        return self.buffer.letters[self.starts + at]

    def rows(self, chosen: Ints | Mask) -> Spans:
        numbers = None if self.numbers is None else self.numbers[chosen]
        return Spans(self.buffer, self.starts[chosen], self.sizes[chosen], numbers)

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
        if len(state) > 1 and least == most <= HEAD and self._all_alike(most):
            return np.full(len(state), self.rows(np.zeros(1, dtype=np.int64)).hashes()[0])
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
                words = self._words_from(self.starts[rows], at) & keep
                state[rows] = np.where(left > 0, _mixed(state[rows], words), state[rows])
        return state ^ (state >> np.uint64(32))

    def _all_alike(self, size: int) -> bool:
        """Are all values, each of this size, the same? Most columns differ in the first letters."""
        for at in range(0, size, 8):
            words, keep = self.words(at), KEEP[min(size - at, 8)]
            if ((words ^ words[0]) & keep).any():
                return False
        return True

    def different(self) -> tuple[Words, Ints, Ints]:
        """The hashes of the different values, a row that has each, and which of them each row has."""
        hashes = self.hashes()
        if len(hashes) and (hashes == hashes[0]).all():
            return hashes[:1], np.zeros(1, dtype=np.int64), np.zeros(len(hashes), dtype=np.int64)
        # Each value takes the place that its hash names; only those whose place is another's are sorted.
        places = (hashes >> _TO_PLACE).view(np.int64)
        holder, taken = np.empty(_PLACES, dtype=np.int64), np.zeros(_PLACES, dtype=np.bool_)
        holder[places], taken[places] = np.arange(len(hashes)), True
        used = np.flatnonzero(taken)
        number = np.empty(_PLACES, dtype=np.int64)
        number[used] = np.arange(len(used))
        rows, which = holder[used], number[places]
        others = np.flatnonzero(hashes[holder[places]] != hashes)
        if len(others):
            _, first, other = np.unique(hashes[others], return_index=True, return_inverse=True)
            which[others] = len(rows) + other
            rows = np.concatenate((rows, others[first]))
        return hashes[rows], rows, which

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
