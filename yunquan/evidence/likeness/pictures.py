"""A picture as the lowest frequencies of its cosine transform, and a small print of it to look closer."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float32]

_SIDE, _LOW = 64, 16
BITS = _LOW * _LOW
BANDS, _BAND_BITS = 16, BITS // 16
PRINT_SIDE = 128
# Of 256 bits; a picture saved again at low quality changes some ten, another picture about 128.
MOST_BITS_APART = 40
# The correlation of two prints: a copy stays above 0.9, another filling of the same form falls below.
LEAST_CORRELATION = 0.8
_LEAST_CONTRAST = 4.0
_SLACK = 2


@dataclass(frozen=True, slots=True)
class Picture:
    """What is kept of a picture: 256 bits for finding it and a grey print of 128 × 128 for looking closer."""

    bits: bytes
    grey: bytes

    @property
    def bands(self) -> tuple[int, ...]:
        """The keys under which the picture stands in an index, apart from those of texts."""
        whole = int.from_bytes(self.bits, "big")
        mask = (1 << _BAND_BITS) - 1
        return tuple(
            ((band + 1) << 48 | (whole >> (band * _BAND_BITS)) & mask) * 0x9E3779B97F4A7C15 % 2**64 >> 1
            for band in range(BANDS)
        )


def picture_of(grey: NDArray[np.uint8]) -> Picture | None:
    """The picture of a grey image (rows of bytes), its empty margins cut; None where it shows nothing."""
    if grey.ndim != 2 or min(grey.shape) < 16 or float(grey.std()) < _LEAST_CONTRAST:
        return None
    cut = _without_margins(grey.astype(np.float32))
    small = _shrunk(cut, _SIDE)
    waves = _cosines(_SIDE)
    low = (waves @ small @ waves.T)[:_LOW, :_LOW].ravel()
    # The first value is the brightness of the whole, which says nothing about what is shown.
    bits = low > np.median(low[1:])
    bits[0] = False
    detail = _shrunk(cut, PRINT_SIDE)
    return Picture(np.packbits(bits).tobytes(), np.clip(np.rint(detail), 0, 255).astype(np.uint8).tobytes())


def bits_apart(one: Picture, other: Picture) -> int:
    """In how many of the 256 bits two pictures differ."""
    return (int.from_bytes(one.bits, "big") ^ int.from_bytes(other.bits, "big")).bit_count()


def correlation(one: Picture, other: Picture) -> float:
    """How well the fine marks of two prints lie on each other, at the best of a few small shifts; 1 is a copy."""
    left, right = _marks(one), _marks(other)
    inner = left[_SLACK:-_SLACK, _SLACK:-_SLACK]
    size, best = inner.shape[0], 0.0
    inner_norm = float(np.linalg.norm(inner))
    for down in range(2 * _SLACK + 1):
        for across in range(2 * _SLACK + 1):
            moved = right[down : down + size, across : across + size]
            norm = inner_norm * float(np.linalg.norm(moved))
            if norm:
                best = max(best, float(np.sum(inner * moved)) / norm)
    return best


def likeness(one: Picture, other: Picture) -> float | None:
    """The correlation of two pictures that are one picture, saved or scanned anew; None where they aren't."""
    if bits_apart(one, other) > MOST_BITS_APART:
        return None
    same = correlation(one, other)
    return same if same >= LEAST_CORRELATION else None


def regions_apart(one: Picture, other: Picture, *, grid: int = 8) -> tuple[tuple[int, int, int, int], ...]:
    """Where two pictures differ: boxes left, top, right, bottom in thousandths of the picture."""
    step, boxes = PRINT_SIDE // grid, []
    left, right = (
        np.frombuffer(each.grey, np.uint8).reshape(PRINT_SIDE, PRINT_SIDE) for each in (one, other)
    )
    # A brighter or darker copy isn't another picture.
    apart = np.abs(_levelled(left) - _levelled(right))
    for row in range(grid):
        for column in range(grid):
            patch = apart[row * step : (row + 1) * step, column * step : (column + 1) * step]
            if float(patch.mean()) > 0.45:
                box = (column, row, column + 1, row + 1)
                boxes.append(tuple(edge * 1000 // grid for edge in box))
    return tuple((box[0], box[1], box[2], box[3]) for box in boxes)


def _levelled(grey: NDArray[np.uint8]) -> Grey:
    wide = grey.astype(np.float32)
    return (wide - wide.mean()) / max(float(wide.std()), 1.0)


def _marks(picture: Picture) -> Grey:
    """The print less its own blur: what is left are letters and lines, not light and paper."""
    grey = np.frombuffer(picture.grey, np.uint8).reshape(PRINT_SIDE, PRINT_SIDE).astype(np.float32)
    sums = np.pad(grey, 4, mode="edge").cumsum(axis=0).cumsum(axis=1)
    sums = np.pad(sums, ((1, 0), (1, 0)))
    size = 9
    blurred = (
        sums[size:, size:] - sums[:-size, size:] - sums[size:, :-size] + sums[:-size, :-size]
    ) / size**2
    marks: Grey = (grey - blurred).astype(np.float32)
    return marks


def _without_margins(grey: Grey) -> Grey:
    """The part that holds the ink, so that the same page scanned with other margins is the same picture."""
    paper = float(np.quantile(grey[:: max(1, grey.shape[0] // 200), :: max(1, grey.shape[1] // 200)], 0.9))
    ink = np.clip(paper - 32 - grey, 0, None)
    if float((ink > 0).mean()) > 0.5 or not ink.any():
        return grey
    (top, bottom), (left, right) = _span(ink.sum(axis=1)), _span(ink.sum(axis=0))
    if bottom - top < 16 or right - left < 16:
        return grey
    return grey[top:bottom, left:right]


def _span(along: Grey) -> tuple[int, int]:
    """Where all but a thousandth of the ink lies: a speck of dust at the edge doesn't move the margin."""
    grown = np.cumsum(along) / max(float(along.sum()), 1e-9)
    return int(np.searchsorted(grown, 0.001)), int(np.searchsorted(grown, 0.999)) + 1


def _shrunk(grey: Grey, side: int) -> Grey:
    """The mean of each of side × side fields, whatever the size of the picture."""
    for axis in (0, 1):
        length = grey.shape[axis]
        if length < side:
            grey = np.repeat(grey, -(-side // length), axis=axis)
            length = grey.shape[axis]
        edges = np.linspace(0, length, side + 1)
        sums = np.concatenate(
            [np.zeros_like(np.take(grey, [0], axis=axis)), np.cumsum(grey, axis=axis, dtype=np.float64)],
            axis=axis,
        )
        whole = np.minimum(edges.astype(int), length - 1)
        part = (edges - whole).reshape((-1, 1) if axis == 0 else (1, -1))
        # The running sum between two of its places, so that a field may begin and end within a pixel.
        at = np.take(sums, whole, axis=axis) * (1 - part) + np.take(sums, whole + 1, axis=axis) * part
        grey = (np.diff(at, axis=axis) * (side / length)).astype(np.float32)
    return grey


@lru_cache(maxsize=4)
def _cosines(side: int) -> Grey:
    """The matrix of the cosine transform (DCT-II) of a row of `side` values."""
    frequency, place = np.arange(side)[:, None], np.arange(side)[None, :]
    matrix: Grey = np.cos(np.pi * (2 * place + 1) * frequency / (2 * side)).astype(np.float32)
    return matrix
