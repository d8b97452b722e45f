"""A stream of text cut into blocks of whole lines, so that memory is bounded whatever a file holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

_NEWLINE = 10
LONGEST = 1 << 20
# A block of this size is read again into the room that the one before it left; larger ones were slower.
BLOCK = 8 << 20


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
    taken, line, held = skip, first_line, bytearray()
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
        held += piece
        cut = -1
        while cut and len(held) >= size:
            cut = held.rfind(b"\n", 0, size) + 1 or held.find(b"\n", size) + 1
            if cut:
                text = bytes(memoryview(held)[:cut])
                del held[:cut]
                yield block(text, taken - len(held))
        if not cut and len(held) > longest:
            dropped = Overlong(line, len(held))
            inside = True
            held.clear()
    if inside or (held and not held.endswith(b"\n")):
        held += b"\n"
    if held:
        yield block(bytes(held), taken)


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
