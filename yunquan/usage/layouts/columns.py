"""Whole columns of text into numbers at once; what a fast reader does not take goes value by value to plain.py.

A fast reader gives the numbers and a mask of the rows it took. Rows it left are read by the exact reader of
the same kind, once for each different text, so that the two can never disagree about what a text means.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from yunquan.usage.layouts.plain import MONTHS, MOST, Wrong
from yunquan.usage.records import MAPPED, Point, signed

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]
Fast = Callable[[pl.Series], tuple[Ints, Mask]]
_SPACE, _DOT, _ZERO = 32, 46, 48
_DAYS_FROM, _DAYS_TO = 1970, 2100


def letters(column: pl.Series, width: int) -> NDArray[np.uint8]:
    """The bytes of each text, filled up with spaces; a text that is longer or not ASCII becomes all spaces."""
    padded = column.str.pad_end(width, " ")
    fits = padded.str.len_bytes() == width
    if not fits.fill_null(False).all():
        blank = pl.Series([" " * width])
        padded = padded.zip_with(fits.fill_null(False), blank.new_from_index(0, len(column)))
    text = padded.str.join("").item() if len(column) else ""
    return np.frombuffer(text.encode("ascii"), dtype=np.uint8).reshape(len(column), width)


@cache
def _shapes() -> tuple[NDArray[np.bool_], NDArray[np.uint16], NDArray[np.uint8], NDArray[np.uint16]]:
    """For each pattern of separators in 16 letters: is it an IPv4 address, its dots, its digits, its least octets."""
    valid = np.zeros(65536, dtype=np.bool_)
    dots = np.zeros(65536, dtype=np.uint16)
    places = np.full((65536, 12), 15, dtype=np.uint8)
    least = np.zeros((65536, 4), dtype=np.uint16)
    for number in range(81):
        lengths = [number // 3**power % 3 + 1 for power in range(4)]
        at, pattern, dot = 0, 0, 0
        digits, smallest = [], []
        for octet, length in enumerate(lengths):
            digits += [15] * (3 - length) + list(range(at, at + length))
            smallest.append((0, 10, 100)[length - 1])
            at += length
            if octet < 3:
                dot |= 1 << (15 - at)
            else:
                pattern |= (1 << (16 - at)) - 1
            at += 1
        pattern |= dot
        valid[pattern], dots[pattern], places[pattern], least[pattern] = True, dot, digits, smallest
    return valid, dots, places, least


def _bits(mask: NDArray[np.bool_]) -> NDArray[np.uint16]:
    return np.packbits(mask, axis=1).view(">u2").ravel().astype(np.uint16)


def ipv4(column: pl.Series) -> tuple[Ints, Mask]:
    """IPv4 addresses as the lower halves of their ends; leading zeros are not taken."""
    text = letters(column, 16)
    valid, dots, places, least = _shapes()
    is_dot = text == _DOT
    pattern = _bits(is_dot | (text == _SPACE))
    ok = valid[pattern] & (dots[pattern] == _bits(is_dot))
    digits = text - np.uint8(_ZERO)
    digits[:, 15] = 0
    taken = np.take_along_axis(digits, places[pattern].astype(np.intp), axis=1)
    ok &= (taken <= 9).all(axis=1)
    wide = taken.astype(np.uint16).reshape(-1, 4, 3)
    octets = wide[:, :, 0] * 100 + wide[:, :, 1] * 10 + wide[:, :, 2]
    ok &= ((octets <= 255) & (octets >= least[pattern])).all(axis=1)
    number = octets[:, 0].astype(np.int64)
    for place in range(1, 4):
        number = number << 8 | octets[:, place]
    return (number | MAPPED) + np.int64(signed(0)), ok


def whole(column: pl.Series) -> tuple[Ints, Mask]:
    """Whole numbers of any sign."""
    numbers = column.cast(pl.Int64(), strict=False)
    ok = numbers.is_not_null().to_numpy()
    return numbers.fill_null(0).to_numpy(), ok & (numbers.fill_null(0).to_numpy() != -MOST - 1)


def _within(least: int, most: int, factor: int = 1) -> Fast:
    def read(column: pl.Series) -> tuple[Ints, Mask]:
        numbers, ok = whole(column)
        ok = ok & (numbers >= least) & (numbers <= most)
        return (numbers if factor == 1 else np.where(ok, numbers, 0) * factor), ok

    return read


volume, port, protocol = _within(0, MOST), _within(0, 65535), _within(0, 255)
seconds = _within(-(10**11) + 1, 10**11 - 1, 1_000_000)


def decimal(column: pl.Series) -> tuple[Ints, Mask]:
    """Seconds with up to nine decimals, in microseconds."""
    plain = column.str.contains(r"^[0-9]{1,11}(\.[0-9]{0,9})?$").fill_null(False)
    numbers = column.cast(pl.Float64(), strict=False).fill_null(0.0).to_numpy()
    ok = plain.to_numpy() & (np.abs(numbers) < 1e11)
    return np.rint(np.where(ok, numbers, 0.0) * 1e6).astype(np.int64), ok


@cache
def _months() -> tuple[Ints, Ints]:
    """Days since 1970 at the beginning of each month, and the days each month has."""
    begins = np.array(
        [f"{year:04d}-{month:02d}" for year in range(_DAYS_FROM, _DAYS_TO + 1) for month in range(1, 13)],
        dtype="datetime64[M]",
    ).astype("datetime64[D]")
    return begins[:-12].astype(np.int64), np.diff(begins.astype(np.int64))[: len(begins) - 12]


def _number(text: NDArray[np.uint8], places: tuple[int, ...], ok: Mask) -> Ints:
    """The number that digits at these places make; rows with other letters there are struck from `ok`."""
    total = np.zeros(text.shape[1], dtype=np.int32)
    for place in places:
        digit = text[place] - np.uint8(_ZERO)
        ok &= digit <= 9
        total = total * 10 + digit
    return total.astype(np.int64)


def _moments(year: Ints, month: Ints, day: Ints, hour: Ints, minute: Ints, second: Ints, ok: Mask) -> Ints:
    """Microseconds since 1970 of a civil time; impossible ones are struck from `ok`."""
    begins, lengths = _months()
    index = (year - _DAYS_FROM) * 12 + month - 1
    ok &= (index >= 0) & (index < len(begins)) & (month >= 1) & (month <= 12)
    index = np.where(ok, index, 0)
    ok &= (day >= 1) & (day <= lengths[index]) & (hour <= 23) & (minute <= 59) & (second <= 59)
    return (((begins[index] + day - 1) * 24 + hour) * 60 + minute) * 60_000_000 + second * 1_000_000


def _civil(text: NDArray[np.uint8]) -> tuple[Ints, Mask]:
    """The part `2018-11-18T08:00:00` in the first 19 letters."""
    ok = np.ones(text.shape[1], dtype=np.bool_)
    for place, mark in ((4, 45), (7, 45), (13, 58), (16, 58)):
        ok &= text[place] == mark
    ok &= (text[10] == ord("T")) | (text[10] == _SPACE) | (text[10] == ord("t"))
    numbers = [_number(text, at, ok) for at in ((0, 1, 2, 3), (5, 6), (8, 9), (11, 12), (14, 15), (17, 18))]
    return _moments(*numbers, ok=ok), ok


def _fraction(text: NDArray[np.uint8]) -> tuple[Ints, Ints]:
    """Microseconds after the point at letter 19, and the place of the letter that follows them."""
    follows = np.full(text.shape[1], 19, dtype=np.int64)
    if not (pointed := text[19] == _DOT).any():
        return np.zeros(text.shape[1], dtype=np.int64), follows
    value = np.zeros(text.shape[1], dtype=np.int64)
    going, count = pointed.copy(), np.zeros(text.shape[1], dtype=np.int64)
    for place in range(20, 26):
        digit = text[place] - np.uint8(_ZERO)
        going &= digit <= 9
        value = np.where(going, value * 10 + digit, value * 10)
        count += going
    return np.where(pointed, value, 0), np.where(pointed & (count > 0), 20 + count, follows)


def _offsets(text: NDArray[np.uint8], at: int, length: Ints) -> tuple[Ints, Mask]:
    """Z, +08, +0800 or +08:00 at a place, in microseconds; the text must end there."""
    first = text[at]
    zulu = ((first == ord("Z")) | (first == ord("z"))) & (length == at + 1)
    if zulu.all():
        return np.zeros(len(zulu), dtype=np.int64), zulu
    signs = (first == ord("+")) | (first == ord("-"))
    hours = _number(text, (at + 1, at + 2), signs)
    colon = text[at + 3] == ord(":")
    close, far = np.ones_like(signs), np.ones_like(signs)
    narrow, spread = _number(text, (at + 3, at + 4), close), _number(text, (at + 4, at + 5), far)
    bare, joined, apart = length == at + 3, (length == at + 5) & close, (length == at + 6) & far & colon
    minutes = np.where(bare, 0, np.where(joined, narrow, spread))
    signs &= (bare | joined | apart) & (hours <= 23) & (minutes <= 59)
    micros = (hours * 3600 + minutes * 60) * np.where(first == ord("-"), -1_000_000, 1_000_000)
    return np.where(zulu, 0, micros), zulu | signs


def _sized(column: pl.Series, width: int) -> tuple[NDArray[np.uint8], Ints]:
    text = np.ascontiguousarray(letters(column, width).T)
    return text, column.str.len_bytes().fill_null(0).cast(pl.Int64()).to_numpy()


def iso(column: pl.Series) -> tuple[Ints, Mask]:
    """ISO 8601 with an offset."""
    text, length = _sized(column, 34)
    moments, ok = _civil(text)
    micros, follows = _fraction(text)
    moments += micros
    for at in np.unique(follows).tolist():
        rows = follows == at
        if rows.all():
            offset, good = _offsets(text, at, length)
            return moments - offset, ok & good
        offset, good = _offsets(np.ascontiguousarray(text[:, rows]), at, length[rows])
        moments[rows] -= offset
        ok[rows] &= good
    return moments, ok


def local(column: pl.Series) -> tuple[Ints, Mask]:
    """`2018-11-18 08:00:00` with or without a fraction, as if it were UTC."""
    text, length = _sized(column, 28)
    moments, ok = _civil(text)
    micros, follows = _fraction(text)
    return moments + micros, ok & (text[10] != ord("t")) & (length == follows)


def clf(column: pl.Series) -> tuple[Ints, Mask]:
    """`[18/Nov/2018:08:00:00 +0800]`."""
    text, length = _sized(column, 29)
    ok = (length == 28) & (text[0] == ord("[")) & (text[27] == ord("]")) & (text[21] == _SPACE)
    for place, mark in ((3, "/"), (7, "/"), (12, ":"), (15, ":"), (18, ":")):
        ok &= text[place] == ord(mark)
    named = text[4].astype(np.int32) << 16 | text[5].astype(np.int32) << 8 | text[6]
    month = np.zeros(len(ok), dtype=np.int64)
    for number, known in enumerate(MONTHS, start=1):
        month[named == int.from_bytes(known.encode(), "big")] = number
    year, day, hour, minute, second = (
        _number(text, at, ok) for at in ((8, 9, 10, 11), (1, 2), (13, 14), (16, 17), (19, 20))
    )
    moments = _moments(year, month, day, hour, minute, second, ok)
    ok &= (text[22] == ord("+")) | (text[22] == ord("-"))
    hours, minutes = _number(text, (23, 24), ok), _number(text, (25, 26), ok)
    ok &= (hours <= 23) & (minutes <= 59)
    return moments - (hours * 3600 + minutes * 60) * np.where(text[22] == ord("-"), -1_000_000, 1_000_000), ok


TIMES: dict[str, Fast] = {
    "iso": iso,
    "local": local,
    "clf": clf,
    "epoch_seconds": seconds,
    "epoch_decimal": decimal,
}


def settle(
    column: pl.Series, fast: Fast, exact: Callable[[str], int], none: frozenset[str]
) -> tuple[Ints, Mask, Mask, dict[str, Wrong]]:
    """A column's numbers, the rows without a value, the rows that can't be read, and why by their text."""
    numbers, ok = fast(column)
    absent, bad = np.zeros(len(column), dtype=np.bool_), np.zeros(len(column), dtype=np.bool_)
    if ok.all():
        return numbers, absent, bad, {}
    rows = np.flatnonzero(~ok)
    left = column.gather(rows)
    known: dict[str, Any] = {}
    faults: dict[str, Wrong] = {}
    for text in left.unique().drop_nulls().to_list():
        if not text or text in none:
            continue
        try:
            known[text] = exact(text)
        except Wrong as wrong:
            faults[text] = wrong
    numbers = numbers.copy()
    found = left.replace_strict(list(known), list(known.values()), default=None, return_dtype=pl.Int64())
    numbers[rows] = found.fill_null(0).to_numpy()
    wrong_rows = (
        left.is_in(list(faults)).fill_null(False).to_numpy()
        if faults
        else np.zeros(len(rows), dtype=np.bool_)
    )
    bad[rows] = wrong_rows
    absent[rows] = found.is_null().to_numpy() & ~wrong_rows
    return numbers, absent, bad, faults


def settle_ends(
    column: pl.Series, exact: Callable[[str], Point], none: frozenset[str]
) -> tuple[Ints, Ints, pl.Series | None, Mask, Mask, dict[str, Wrong]]:
    """A column's ends: halves, names (None where all are addresses), rows without one, rows in fault."""
    size = len(column)
    low, ok = ipv4(column)
    high = np.full(size, signed(0), dtype=np.int64)
    absent, bad = np.zeros(size, dtype=np.bool_), np.zeros(size, dtype=np.bool_)
    if ok.all():
        return high, low, None, absent, bad, {}
    rows = np.flatnonzero(~ok)
    left = column.gather(rows)
    known: dict[str, Point] = {}
    faults: dict[str, Wrong] = {}
    for text in left.unique().drop_nulls().to_list():
        if not text or text in none:
            continue
        try:
            known[text] = exact(text)
        except Wrong as wrong:
            faults[text] = wrong
    texts = pl.Series("text", list(known) + list(faults), dtype=pl.String())
    place = left.replace_strict(texts, pl.Series(range(len(texts)), dtype=pl.Int64()), default=None,
                                return_dtype=pl.Int64())  # fmt: skip
    points = list(known.values()) + [Point(0, 0)] * len(faults)
    absent[rows] = place.is_null().to_numpy()
    index = place.fill_null(0).to_numpy()
    bad[rows] = (index >= len(known)) & ~absent[rows]
    low = low.copy()
    if not points:
        return high, low, None, absent, bad, faults
    high[rows] = np.array([point.hi for point in points], dtype=np.int64)[index]
    low[rows] = np.array([point.lo for point in points], dtype=np.int64)[index]
    if not any(point.name for point in known.values()):
        return high, low, None, absent, bad, faults
    by_place = pl.Series([point.name for point in points], dtype=pl.String())
    spread = np.full(size, -1, dtype=np.int64)
    spread[rows] = np.where(absent[rows], -1, index)
    where = pl.Series(spread)
    return high, low, by_place.gather(where.set(where < 0, None)), absent, bad, faults
