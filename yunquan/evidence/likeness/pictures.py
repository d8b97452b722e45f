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
MOST_BITS_APART = 32
FIELDS = 16
# The correlation of the fields of two prints: a copy has 0.9 and more in the middle, another page 0.7 and less.
LEAST_AGREEMENT = 0.85
ALTERED = 0.75
_FALLS = 0.2
_MOST_ALTERED = 0.05
_LEAST_FIELDS = 8
_LEAST_CONTRAST = 4.0
_SLACK = 2
# A page has less ink than this; what has more is a photograph, which fills its frame.
_MOST_INK = 0.3

Box = tuple[int, int, int, int]


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


@dataclass(frozen=True, slots=True)
class PictureLikeness:
    """How much two pictures are one, 0 to 1, and the boxes (thousandths of the picture) in which they differ."""

    score: float
    boxes: tuple[Box, ...] = ()


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


def likeness(one: Picture, other: Picture) -> PictureLikeness | None:
    """How much two pictures are one picture, saved or scanned anew; None where they aren't.

    Field by field of 16 × 16 the fine marks are laid on each other at the best of a few small shifts, which a
    page scanned a little askew needs.  Where all but a few fields agree, those few are named: a spot was altered,
    or two papers were filled in on one form.
    """
    if bits_apart(one, other) > MOST_BITS_APART:
        return None
    fields = _agreement(one, other)
    seen = fields[~np.isnan(fields)]
    if seen.size < _LEAST_FIELDS:
        return None
    middle = float(np.median(seen))
    spread = float(np.median(np.abs(seen - middle)))
    low = np.nan_to_num(fields, nan=1.0) < middle - max(_FALLS, 6 * spread)
    boxes = tuple(_box(int(row), int(column)) for row, column in np.argwhere(low))
    if middle < LEAST_AGREEMENT or float(np.quantile(seen, 0.1)) < LEAST_AGREEMENT - 0.14:
        return None
    if len(boxes) > _MOST_ALTERED * seen.size:
        return None
    score = float(np.clip(seen, 0, 1).mean())
    return PictureLikeness(round(score if not boxes else score * ALTERED, 4), boxes)


def _agreement(one: Picture, other: Picture) -> Grey:
    """The best correlation of each field; not a number where neither picture shows anything."""
    left, right = _marks(one), _marks(other)
    padded = np.pad(right, _SLACK, mode="edge")
    best = np.full((FIELDS, FIELDS), -1.0, dtype=np.float32)
    own = _by_field(left * left)
    for down in range(2 * _SLACK + 1):
        for across in range(2 * _SLACK + 1):
            moved = padded[down : down + PRINT_SIDE, across : across + PRINT_SIDE]
            norm = np.sqrt(own * _by_field(moved * moved))
            best = np.maximum(best, _by_field(left * moved) / np.maximum(norm, 1e-6))
    ink = np.maximum(own, _by_field(right * right)) / (PRINT_SIDE // FIELDS) ** 2
    best[ink < _LEAST_CONTRAST**2] = np.nan
    return best


def _by_field(grey: Grey) -> Grey:
    size = PRINT_SIDE // FIELDS
    sums: Grey = grey.reshape(FIELDS, size, FIELDS, size).sum(axis=(1, 3))
    return sums


def _box(row: int, column: int) -> Box:
    return tuple(edge * 1000 // FIELDS for edge in (column, row, column + 1, row + 1))  # type: ignore[return-value]


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
    sample = grey[:: max(1, grey.shape[0] // 200), :: max(1, grey.shape[1] // 200)]
    dark, paper = (float(level) for level in np.quantile(sample, (0.01, 0.9)))
    # Whatever the light: paper is bright, ink is a third of the way down from it.
    ink = np.clip(paper - (paper - dark) / 3 - grey, 0, None)
    if float((ink > 0).mean()) > _MOST_INK or not ink.any():
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
