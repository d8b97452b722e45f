"""Whole columns of text into numbers at once; what a fast reader does not take goes value by value to plain.py.

A fast reader gives the numbers and a mask of the rows it took. Rows it left are read by the exact reader of
the same kind, once for each different text, so that the two can never disagree about what a text means.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from yunquan.usage.layouts.plain import MONTHS, MOST, Wrong, offset_of
from yunquan.usage.layouts.spans import KEEP, Ints, Mask, Spans, Words
from yunquan.usage.records import MAPPED, signed

Fast = Callable[[Spans], tuple[Ints, Mask]]
_DAYS_FROM, _DAYS_TO = 1970, 2100
_U = np.uint64


def _of(text: str) -> np.uint64:
    """The letters as a word."""
    return _U(int.from_bytes(text.encode("latin-1"), "little"))


_ZEROS, _LOW, _HIGH = _of("0" * 8), _U(0x7F7F7F7F7F7F7F7F), _U(0x8080808080808080)
_DOTS, _GATHER, _NINES = _of("." * 8), _U(0x0102040810204080), _U(0x7676767676767676)
_PAIRS, _FOURS, _EIGHT = _U(0x00FF00FF00FF00FF), _U(0x0000FFFF0000FFFF), _U(0xFFFFFFFF)
_BYTE = _U(0xFF)


def _is_digits(values: Words) -> Mask:
    """Is each of the eight a value from 0 to 9 (the zero letter already taken away)?"""
    return ((values + _NINES | values) & _HIGH) == 0


def _dot_bits(words: Words) -> Words:
    """A bit for each of the eight letters that is a dot, the first letter lowest."""
    other = words ^ _DOTS
    hit = ~((other & _LOW) + _LOW | other) & _HIGH
    return ((hit >> _U(7)) * _GATHER) >> _U(56)


@cache
def _shapes() -> tuple[NDArray[np.uint8], Ints, NDArray[np.uint64]]:
    """Four short numbers with dots: the number of their shape by the dots and the end (a bit each, 0 = none),

    and by that number where each begins and how long it is.
    """
    shape = np.zeros(65536, dtype=np.uint8)
    begins, sizes = np.zeros((4, 82), dtype=np.int64), np.ones((4, 82), dtype=np.uint64)
    for number in range(81):
        lengths = [number // 3**power % 3 + 1 for power in range(4)]
        ends = [sum(lengths[: octet + 1]) + octet for octet in range(4)]
        shape[sum(1 << end for end in ends)] = number + 1
        begins[:, number + 1] = [0, *(end + 1 for end in ends[:3])]
        sizes[:, number + 1] = lengths
    return shape, begins, sizes


_LEAST = np.array([0, 0, 10, 100], dtype=np.uint64)
_INSIDE = np.array([(1 << size) - 1 for size in range(17)], dtype=np.uint64)


def ipv4(column: Spans) -> tuple[Ints, Mask]:
    """IPv4 addresses as the lower halves of their ends; leading zeros are not taken."""
    size = np.minimum(column.sizes, 16)
    dots = (_dot_bits(column.words(0)) | _dot_bits(column.words(8)) << _U(8)) & _INSIDE[size]
    pattern = ((dots | _U(1) << size.astype(np.uint64)) & _U(0xFFFF)).astype(np.int64)
    shapes, begins, sizes = _shapes()
    shape = shapes[pattern]
    ok = (shape > 0) & (size <= 15)
    number = np.zeros(len(size), dtype=np.uint64)
    for octet in range(4):
        length = sizes[octet][shape]
        word = column.buffer.words[column.starts + begins[octet][shape]] if octet else column.words(0)
        digits = ((word ^ _ZEROS) << (_U(24) - (length << _U(3)))) & _U(0xFFFFFF)
        value = (digits & _BYTE) * _U(100) + (digits >> _U(8) & _BYTE) * _U(10) + (digits >> _U(16))
        ok &= _is_digits(digits) & (value <= 255) & (value >= _LEAST[length])
        number = number << _U(8) | value
    return (number.view(np.int64) | MAPPED) + np.int64(signed(0)), ok


def _eight(words: Words) -> Words:
    """The number that eight digits make (the zero letter already taken away)."""
    words = (words * _U(10) + (words >> _U(8))) & _PAIRS
    words = (words * _U(100) + (words >> _U(16))) & _FOURS
    return (words * _U(10000) + (words >> _U(32))) & _EIGHT


def _tail(column: Spans, back: int) -> tuple[Words, Mask]:
    """The number in the eight letters that end this many before the end; letters before the value count as 0."""
    size = np.clip(column.sizes - back, 0, 8)
    away = _U(64) - (size.astype(np.uint64) << _U(3))
    # A shift by 64 is no shift, so that it is done in two steps.
    half: Words = away >> _U(1)
    other: Words = away - half
    letters: Words = column.words_before_end(back) ^ _ZEROS
    digits = letters >> half >> other << half << other
    return _eight(digits), _is_digits(digits)


def whole(column: Spans) -> tuple[Ints, Mask]:
    """Whole numbers of one to sixteen digits without a sign."""
    number, ok = _tail(column, 0)
    ok &= column.sizes > 0
    longest = int(column.sizes.max()) if len(column) else 0
    if longest > 8:
        upper, good = _tail(column, 8)
        number = number + upper * _U(10**8)
        ok &= good & (column.sizes <= 16)
    return number.view(np.int64), ok


def _within(most: int, factor: int = 1) -> Fast:
    def read(column: Spans) -> tuple[Ints, Mask]:
        numbers, ok = whole(column)
        if most < MOST:
            ok &= numbers <= most
        return numbers if factor == 1 else np.where(ok, numbers, 0) * factor, ok

    return read


volume, port, protocol = _within(MOST), _within(65535), _within(255)
seconds = _within(10**11 - 1, 1_000_000)
_SECONDS_DIGITS = 12  # More before the point are no seconds, even where they begin with zeros.


def decimal(column: Spans) -> tuple[Ints, Mask]:
    """Seconds with up to six decimals, in microseconds."""
    numbers, ok = seconds(column)
    ok &= column.sizes <= _SECONDS_DIGITS
    for places in range(7):
        if ok.all():
            break
        rows = np.flatnonzero(~ok & (column.sizes >= places + 2))
        rows = rows[column.buffer.letters[column.starts[rows] + column.sizes[rows] - places - 1] == ord(".")]
        if not len(rows):
            continue
        at, size = column.starts[rows], column.sizes[rows]
        upper, good = seconds(Spans(column.buffer, at, size - places - 1))
        good &= size - places - 1 <= _SECONDS_DIGITS
        if places:
            lower, fine = whole(Spans(column.buffer, at + size - places, np.full(len(rows), places)))
            upper, good = upper + lower * 10 ** (6 - places), good & fine
        numbers[rows], ok[rows] = upper, good
    return numbers, ok


@cache
def _months() -> tuple[Ints, Ints]:
    """Days since 1970 at the beginning of each month, and the days each month has."""
    named = [f"{year:04d}-{month:02d}" for year in range(_DAYS_FROM, _DAYS_TO + 1) for month in range(1, 13)]
    begins = np.array(named, dtype="datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return begins[:-1], np.diff(begins)


def _moments(year: Words, month: Words, day: Words, clock: tuple[Words, Words, Words], ok: Mask) -> Ints:
    """Microseconds since 1970 of a civil time; impossible ones are struck from `ok`."""
    begins, lengths = _months()
    index = (year.astype(np.int64) - _DAYS_FROM) * 12 + month.astype(np.int64) - 1
    ok &= (index >= 0) & (index < len(begins)) & (month >= 1) & (month <= 12)
    index = np.where(ok, index, 0)
    hour, minute, second = clock
    days = day.astype(np.int64)
    ok &= (days >= 1) & (days <= lengths[index]) & (hour <= 23) & (minute <= 59) & (second <= 59)
    passed = (hour * _U(3600) + minute * _U(60) + second).view(np.int64)
    return ((begins[index] + days - 1) * 86_400 + passed) * 1_000_000


def _fields(words: Words, pattern: str, ok: Mask) -> Words:
    """Two-digit numbers at the places of a pattern (`9` a digit, `?` anything, else the letter itself).

    Each byte of the result is ten times the digit at its place and the digit after it.
    """
    marks = "".join("\x00" if letter in "9?" else letter for letter in pattern)
    masks = "".join("\x00" if letter in "9?" else "\xff" for letter in pattern)
    digit = _of("".join("\xff" if letter == "9" else "\x00" for letter in pattern))
    values = (words ^ _ZEROS) & digit
    ok &= _is_digits(values) & ((words & _of(masks)) == _of(marks))
    return values * _U(10) + (values >> _U(8))


def _pair(fields: Words, at: int) -> Words:
    return fields >> _U(8 * at) & _BYTE


def _civil(column: Spans) -> tuple[Ints, Mask]:
    """The part `2018-11-18T08:00:00` at the beginning of each value."""
    ok = column.sizes >= 19
    day = _fields(column.words(0), "9999-99-", ok)
    clock = _fields(column.words(8), "99?99:99", ok)
    second = _fields(column.words(16) & KEEP[3], ":99", ok)
    mark = column.letter(10)
    ok &= (mark == ord("T")) | (mark == ord(" ")) | (mark == ord("t"))
    year = _pair(day, 0) * _U(100) + _pair(day, 2)
    times = (_pair(clock, 3), _pair(clock, 6), _pair(second, 1))
    return _moments(year, _pair(day, 5), _pair(clock, 0), times, ok), ok


def _fraction(column: Spans) -> tuple[Ints, Ints]:
    """Microseconds after the point at place 19, and the place of what follows them."""
    size = len(column)
    micros, follows = np.zeros(size, dtype=np.int64), np.full(size, 19, dtype=np.int64)
    rows = np.flatnonzero(column.letter(19) == ord("."))
    if len(rows):
        digits = column.buffer.words[column.starts[rows] + 20] ^ _ZEROS
        other = (digits + _NINES | digits) & _HIGH
        # The digits before the first letter that is none, at most six of them.
        below = (other & (~other + _U(1))) - _U(1)
        count = np.minimum(np.bitwise_count(below >> _U(7) & _U(0x0101010101010101)), 6).astype(np.int64)
        away = _U(64) - (count.astype(np.uint64) << _U(3))
        half = away >> _U(1)
        micros[rows] = (_eight(digits << half << (away - half)).view(np.int64)) * 10 ** (6 - count)
        follows[rows] = np.where(count > 0, 20 + count, 19)
    return micros, follows


def _offsets(words: Words, exact: Callable[[str], int]) -> tuple[Ints, Mask]:
    """The offsets that short texts (filled up with zero bytes) mean, read once for each different one."""
    if len(words) and (words == words[0]).all():
        known, which = words[:1], np.zeros(len(words), dtype=np.int64)
    else:
        known, which = np.unique(words, return_inverse=True)
    values, good = np.zeros(len(known), dtype=np.int64), np.ones(len(known), dtype=np.bool_)
    for place, word in enumerate(known.tolist()):
        text = word.to_bytes(8, "little").rstrip(b"\x00").decode("latin-1")
        try:
            values[place] = exact(text)
        except Wrong:
            good[place] = False
    return values[which], good[which]


def iso(column: Spans) -> tuple[Ints, Mask]:
    """ISO 8601 with an offset."""
    moments, ok = _civil(column)
    micros, follows = _fraction(column)
    left = column.sizes - follows
    ok &= (left >= 1) & (left <= 6)
    words = column.buffer.words[column.starts + follows] & KEEP[np.clip(left, 0, 6)]
    offsets, good = _offsets(words, offset_of)
    return moments + micros - offsets, ok & good


def local(column: Spans) -> tuple[Ints, Mask]:
    """`2018-11-18 08:00:00` with or without a fraction, as if it were UTC."""
    moments, ok = _civil(column)
    micros, follows = _fraction(column)
    return moments + micros, ok & (column.letter(10) != ord("t")) & (column.sizes == follows)


_MONTH_NUMBER = {
    int.from_bytes(name.encode(), "little"): number for number, name in enumerate(MONTHS, start=1)
}
_MONTH_KEYS = np.array(sorted(_MONTH_NUMBER), dtype=np.uint64)
_MONTH_VALUES = np.array([_MONTH_NUMBER[key] for key in sorted(_MONTH_NUMBER)], dtype=np.uint64)


def clf(column: Spans) -> tuple[Ints, Mask]:
    """`[18/Nov/2018:08:00:00 +0800]`."""
    ok = (column.sizes == 28) & (column.letter(0) == ord("[")) & (column.letter(27) == ord("]"))
    day = column.words(1)
    days = _fields(day, "99/???/?", ok)
    key = day >> _U(24) & _U(0xFFFFFF)
    place = np.minimum(np.searchsorted(_MONTH_KEYS, key), 11)
    ok &= _MONTH_KEYS[place] == key
    year, rest = _fields(column.words(8), "9999:99:", ok), _fields(column.words(16), "99:99 ??", ok)
    ok &= _is_digits((column.words(23) ^ _ZEROS) & KEEP[4])
    times = (_pair(year, 5), _pair(rest, 0), _pair(rest, 3))
    moments = _moments(
        _pair(year, 0) * _U(100) + _pair(year, 2), _MONTH_VALUES[place], _pair(days, 0), times, ok
    )
    offsets, good = _offsets(column.words(22) & KEEP[5], offset_of)
    return moments - offsets, ok & good


def decimal_or_iso(column: Spans) -> tuple[Ints, Mask]:
    """Seconds with decimals, or ISO 8601 where the column begins with it."""
    return iso(column) if len(column) and ":" in column.text(0) else decimal(column)


TIMES: dict[str, Fast] = {
    "iso": iso,
    "local": local,
    "utc": local,
    "clf": clf,
    "epoch_seconds": seconds,
    "epoch_decimal": decimal_or_iso,
}
