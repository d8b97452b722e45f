"""A stream of text cut into blocks of whole lines, so that memory is bounded whatever a file holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

_NEWLINE = 10
LONGEST = 1 << 20
# The columns of a block of this size stay in a processor's own cache, and are made again in the room that those of
# the block before it left; of 8 MB the same work took half as long again.
BLOCK = 2 << 20


@dataclass(frozen=True, slots=True)
class Overlong:
    """A line that is longer than any record: its number and how long."""

    line: int
    length: int


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines, each with its end; overlong ones left blank. `end` is where the next block begins."""

    text: bytes
    first_line: int
    lines: int
    end: int
    overlong: tuple[Overlong, ...] = ()


def blocks(
    pieces: Iterable[bytes],
    *,
    size: int = BLOCK,
    longest: int = LONGEST,
    skip: int = 0,
    first_line: int = 1,
) -> Iterator[Block]:
    """Blocks of about `size` bytes from offset `skip` on, where line `first_line` begins."""
    taken, line, held = skip, first_line, _Held()
    dropped: Overlong | None = None

    def block(text: bytes, end: int) -> Block:
        nonlocal line, dropped
        text, overlong = _blanked(text, line, longest)
        if dropped is not None:
            overlong, dropped = [dropped, *overlong], None
        made = Block(text, line, lines_in(text), end, tuple(overlong))
        line += made.lines
        return made

    inside = False
    for piece in _behind(pieces, skip):
        taken += len(piece)
        if inside:
            assert dropped is not None
            at = piece.find(b"\n")
            dropped = Overlong(dropped.line, dropped.length + (at if at >= 0 else len(piece)))
            if at < 0:
                continue
            inside, piece = False, piece[at:]
        held.add(piece)
        cut = -1
        while cut and held.length >= size:
            cut = held.behind_a_line(size)
            if cut:
                text = held.take(cut)
                yield block(text, taken - held.length)
        if not cut and held.length > longest:
            dropped = Overlong(line, held.length)
            inside = True
            held = _Held()
    text = held.take(held.length)
    if inside or (text and not text.endswith(b"\n")):
        text += b"\n"
    if text:
        yield block(text, taken)


class _Held:
    """Bytes that wait to be cut, in the pieces in which they came: they are copied once, into their block."""

    __slots__ = ("_pieces", "_start", "length")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._start = self.length = 0  # The first piece is taken up to its start.

    def add(self, piece: bytes) -> None:
        if piece:
            self._pieces.append(piece)
            self.length += len(piece)

    def behind_a_line(self, size: int) -> int:
        """Where the last line within so many bytes ends, or else the first behind them; 0 where none does."""
        within, before = 0, -self._start
        for piece in self._pieces:
            start, most = max(0, -before), size - before
            at = piece.rfind(b"\n", start, most) if most > start else -1
            if at < 0 and not within:
                at = piece.find(b"\n", max(start, most))
            if at >= 0:
                within = before + at + 1
            before += len(piece)
            if within and before >= size:
                break
        return within

    def take(self, count: int) -> bytes:
        """The first so many bytes, which no longer wait."""
        self.length -= count
        parts: list[bytes | memoryview] = []
        while count:
            first, start = self._pieces[0], self._start
            there = len(first) - start
            if there > count:
                parts.append(memoryview(first)[start : start + count])
                self._start += count
                break
            parts.append(memoryview(first)[start:] if start else first)
            del self._pieces[0]
            self._start, count = 0, count - there
        return b"".join(parts)


def lines_in(text: bytes) -> int:
    """How many lines end in a text; four times as fast as `bytes.count` where lines are short."""
    return int(np.count_nonzero(np.frombuffer(text, dtype=np.uint8) == _NEWLINE))


def _behind(pieces: Iterable[bytes], skip: int) -> Iterator[bytes]:
    for piece in pieces:
        if skip >= len(piece):
            skip -= len(piece)
            continue
        yield piece[skip:] if skip else piece
        skip = 0


def _blanked(text: bytes, line: int, longest: int) -> tuple[bytes, list[Overlong]]:
    """Leave lines longer than `longest` blank. Looks from line end to line end in strides, not at each line."""
    found: list[Overlong] = []
    kept: list[bytes] = []
    begun = at = 0
    while at < len(text):
        end = text.rfind(b"\n", at, at + longest + 1)
        if end >= 0:
            at = end + 1
            continue
        end = text.index(b"\n", at)
        found.append(Overlong(line + text.count(b"\n", 0, at), end - at))
        kept.append(text[begun:at])
        begun, at = end, end + 1
    return (b"".join([*kept, text[begun:]]), found) if found else (text, found)
