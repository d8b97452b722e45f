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
from yunquan.usage.layouts.spans import HIGH, KEEP, Ints, Mask, Spans, Words, before_mark, packed
from yunquan.usage.records import MAPPED, signed

Fast = Callable[[Spans], tuple[Ints, Mask]]
_DAYS_FROM, _DAYS_TO = 1970, 2100
_U = np.uint64


_ZEROS, _LOW = packed(b"0" * 8), _U(0x7F7F7F7F7F7F7F7F)
# A dot less the zero letter's bits; the upper half of each letter.
_DOTS, _UPPER_HALVES = _U(0x1E1E1E1E1E1E1E1E), _U(0xF0F0F0F0F0F0F0F0)
_GATHER, _NINES = _U(0x0102040810204080), _U(0x7676767676767676)
_PAIRS, _FOURS, _EIGHT = _U(0x00FF00FF00FF00FF), _U(0x0000FFFF0000FFFF), _U(0xFFFFFFFF)
_BYTE = _U(0xFF)


def _is_digits(values: Words) -> Mask:
    """Is each of the eight a value from 0 to 9 (the zero letter already taken away)?"""
    return ((values + _NINES | values) & HIGH) == 0


@cache
def _shapes() -> tuple[NDArray[np.uint8], Words, Words]:
    """Four short numbers with dots: the number of their shape by the dots and the end (a bit each, 0 = none),

    and by that number and octet how far its letters lie from where `_octets` wants them, and how many they are.
    """
    shape = np.zeros(65536, dtype=np.uint8)
    shifts, lengths = np.zeros((4, 82), dtype=np.uint64), np.zeros((4, 82), dtype=np.uint64)
    for number in range(81):
        sizes = [number // 3**power % 3 + 1 for power in range(4)]
        ends = [sum(sizes[: octet + 1]) + octet for octet in range(4)]
        shape[sum(1 << end for end in ends)] = number + 1
        # The first one is moved up, for it may have no three letters before its end.
        shifts[:, number + 1] = [4 * (3 - ends[0]), *(4 * (end - 3) for end in ends[1:])]
        lengths[:, number + 1] = [size << 12 for size in sizes]
    return shape, shifts, lengths


_WRONG = 1 << 15


@cache
def _octets() -> NDArray[np.uint16]:
    """A number up to 255 by its length and three letters that end with it, four bits each, the last one highest."""
    table = np.full(4 << 12, _WRONG, dtype=np.uint16)
    for letters in range(1 << 12):
        digits = [letters & 15, letters >> 4 & 15, letters >> 8]
        for size in (1, 2, 3):
            text = digits[3 - size :]
            if max(text) <= 9 and (size == 1 or text[0]):
                value = sum(digit * 10**place for place, digit in enumerate(reversed(text)))
                table[size << 12 | letters] = value if value <= 255 else _WRONG
    return table


def _nibbles(words: Words) -> Words:
    """The lower halves of the eight letters side by side."""
    words = words & _U(0x0F0F0F0F0F0F0F0F)
    words = (words | words >> _U(4)) & _PAIRS
    words = (words | words >> _U(8)) & _FOURS
    return (words | words >> _U(16)) & _EIGHT


def _dots(words: Words, ok: Mask) -> Words:
    """A bit for each of the eight letters that is a dot, the first lowest; all others must be near the digits."""
    hit = ~((words ^ _DOTS) + _LOW) & HIGH
    ok &= (words & _UPPER_HALVES) == hit >> _U(3)
    return ((hit >> _U(7)) * _GATHER) >> _U(56)


# By the size of a value, which letters of its first and second word are its own, and the bit behind its last.
_FIRST, _SECOND = KEEP[np.minimum(np.arange(17), 8)], KEEP[np.clip(np.arange(17) - 8, 0, 8)]
_END = np.array([1 << size if size < 16 else 1 for size in range(17)], dtype=np.uint64)


def ipv4(column: Spans) -> tuple[Ints, Mask]:
    """IPv4 addresses as the lower halves of their ends; leading zeros are not taken."""
    size = np.minimum(column.sizes, 16)
    first, second = (column.words(0) ^ _ZEROS) & _FIRST[size], (column.words(8) ^ _ZEROS) & _SECOND[size]
    ok = np.ones(len(size), dtype=np.bool_)
    pattern = _dots(first, ok) | _dots(second, ok) << _U(8) | _END[size]
    shapes, shifts, lengths = _shapes()
    shape = shapes[pattern.view(np.int64)].astype(np.int64)
    ok &= shape > 0
    letters = _nibbles(first) | _nibbles(second) << _U(32)
    octets = []
    for octet in range(4):
        shift = shifts[octet][shape]
        moved = (letters >> shift if octet else letters << shift) & _U(0xFFF)
        octets.append(_octets()[(moved | lengths[octet][shape]).view(np.int64)])
    one, two, three, four = octets
    ok &= (one | two | three | four) < _WRONG
    upper, lower = (one << 8 | two).astype(np.int64), (three << 8 | four).astype(np.int64)
    return (upper << 16 | lower | MAPPED) + np.int64(signed(0)), ok


def _eight(words: Words) -> Words:
    """The number that eight digits make (the zero letter already taken away)."""
    words = (words * _U(10) + (words >> _U(8))) & _PAIRS
    words = (words * _U(100) + (words >> _U(16))) & _FOURS
    return (words * _U(10000) + (words >> _U(32))) & _EIGHT


def leading_digits(words: Words) -> tuple[Ints, Ints]:
    """How many digits a word begins with, and the number that they make."""
    digits = words ^ _ZEROS
    sizes = before_mark((digits + _NINES | digits) & HIGH)
    away = (64 - (sizes << 3)).view(np.uint64)
    return sizes, np.where(sizes > 0, _eight(digits << away), _U(0)).view(np.int64)


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
    if column.numbers is not None:
        return column.numbers, np.ones(len(column), dtype=np.bool_)
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


def _dates(year: Words, month: Words, day: Words, ok: Mask) -> Ints:
    """Days since 1970; impossible ones are struck from `ok`."""
    begins, lengths = _months()
    index = (year.astype(np.int64) - _DAYS_FROM) * 12 + month.astype(np.int64) - 1
    ok &= (index >= 0) & (index < len(begins)) & (month >= 1) & (month <= 12)
    index = np.where(ok, index, 0)
    days = day.astype(np.int64)
    ok &= (days >= 1) & (days <= lengths[index])
    return begins[index] + days - 1


@cache
def _pattern(pattern: str) -> tuple[np.uint64, np.uint64, np.uint64]:
    """The digits of a pattern, its other letters, and what these are."""
    given = [letter not in "9?" for letter in pattern]
    marks = bytes(ord(letter) if known else 0 for letter, known in zip(pattern, given, strict=True))
    digit = packed(bytes(0xFF * (letter == "9") for letter in pattern))
    return digit, packed(bytes(0xFF * known for known in given)), packed(marks)


def _fields(words: Words, pattern: str, ok: Mask) -> Words:
    """Two-digit numbers at the places of a pattern (`9` a digit, `?` anything, else the letter itself).

    Each byte of the result is ten times the digit at its place and the digit after it.
    """
    digit, masks, marks = _pattern(pattern)
    values = (words ^ _ZEROS) & digit
    ok &= _is_digits(values) & ((words & masks) == marks)
    return values * _U(10) + (values >> _U(8))


def _pair(fields: Words, at: int) -> Words:
    return fields >> _U(8 * at) & _BYTE


# `00:00:00`: what the digits and the colons may at most be, and the numbers from there to their bounds.
_CLOCK, _CLOCK_PAIRS = packed(b"00:00:00"), _U(0x00FF0000FF0000FF)
_CLOCK_MOST, _CLOCK_ROOM = _U(0x76767F76767F7676), _U(128 - 24 | (128 - 60) << 24 | (128 - 60) << 48)
_HOURS_TO_MINUTES = _U(1 | 60 << 24)


def _clock(words: Words, ok: Mask) -> Ints:
    """Seconds since midnight of `08:00:00`."""
    digits = words ^ _CLOCK
    ok &= ((digits + _CLOCK_MOST | digits) & HIGH) == 0
    pairs = (digits * _U(10) + (digits >> _U(8))) & _CLOCK_PAIRS
    ok &= ((pairs + _CLOCK_ROOM) & HIGH) == 0
    minutes = (pairs * _HOURS_TO_MINUTES) >> _U(24) & _U(0xFFFF)
    return (minutes * _U(60) + (pairs >> _U(48))).view(np.int64)


def _runs(*words: Words) -> Ints:
    """The rows that differ from the one before them."""
    differs = np.ones(len(words[0]), dtype=np.bool_)
    differs[1:] = words[0][1:] != words[0][:-1]
    for more in words[1:]:
        differs[1:] |= more[1:] != more[:-1]
    return np.flatnonzero(differs)


def _across(column: Spans, at: int) -> Words:
    """Eight letters from a place that lies between two words of the head."""
    word, away = at & ~7, _U((at & 7) * 8)
    return column.words(word) >> away | column.words(word + 8) << (_U(64) - away)


def _civil(column: Spans) -> tuple[Ints, Mask]:
    """The part `2018-11-18T08:00:00` at the beginning of each value."""
    if not len(column):
        return column.sizes, np.zeros(0, dtype=np.bool_)
    ok = column.sizes >= 19
    seconds = _clock(_across(column, 11), ok)
    head, tail = column.words(0), _across(column, 3)
    # Logs are written in the order of time, so that a date is read once for all the rows that follow with it.
    rows = _runs(head, tail)
    whole_log = len(rows) * 2 > len(column)
    if not whole_log:
        head, tail = head[rows], tail[rows]
    good = np.ones(len(head), dtype=np.bool_)
    month, day, mark = _fields(head, "9999-99-", good), _fields(tail, "9-99-99?", good), tail >> _U(56)
    good &= (mark == _U(ord("T"))) | (mark == _U(ord(" "))) | (mark == _U(ord("t")))
    days = _dates(_pair(month, 0) * _U(100) + _pair(month, 2), _pair(month, 5), _pair(day, 5), good)
    if not whole_log:
        counts = np.diff(rows, append=len(column))
        days, good = np.repeat(days, counts), np.repeat(good, counts)
    return (days * 86_400 + seconds) * 1_000_000, ok & good


_FOURTH, _FOURTH_IS_POINT = _U(0xFF000000), _U(ord(".") << 24)


def _fraction(column: Spans) -> tuple[Ints | int, Ints | int]:
    """Microseconds after the point at place 19, and the place of what follows them."""
    rows = np.flatnonzero((column.words(16) & _FOURTH) == _FOURTH_IS_POINT)
    if not len(rows):
        return 0, 19
    size = len(column)
    micros, follows = np.zeros(size, dtype=np.int64), np.full(size, 19, dtype=np.int64)
    digits = column.buffer.words[column.starts[rows] + 20] ^ _ZEROS
    # At most six digits.
    count = np.minimum(before_mark((digits + _NINES | digits) & HIGH), 6)
    away = _U(64) - (count.astype(np.uint64) << _U(3))
    half: Words = away >> _U(1)
    other: Words = away - half
    micros[rows] = (_eight(digits << half << other).view(np.int64)) * 10 ** (6 - count)
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
    if not len(column):
        return column.sizes, np.zeros(0, dtype=np.bool_)
    moments, ok = _civil(column)
    micros, follows = _fraction(column)
    left = column.sizes - follows
    ok &= (left >= 1) & (left <= 6)
    words = _across(column, 19) if isinstance(follows, int) else column.buffer.words[column.starts + follows]
    words &= KEEP[left[0]] if ok[0] and (left == left[0]).all() else KEEP[np.clip(left, 0, 6)]
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


_CLF_ENDS, _CLF_MARKS = packed(b"\x00\xff\x00\x00\x00\x00\x00\xff"), packed(b"\x00 \x00\x00\x00\x00\x00]")


def clf(column: Spans) -> tuple[Ints, Mask]:
    """`[18/Nov/2018:08:00:00 +0800]`."""
    tail = _across(column, 20)  # `0 +0800]`
    ok = (column.sizes == 28) & ((column.words(0) & _BYTE) == _U(ord("[")))
    ok &= _is_digits((tail >> _U(24) ^ _ZEROS) & KEEP[4]) & ((tail & _CLF_ENDS) == _CLF_MARKS)
    day = _across(column, 1)
    days = _fields(day, "99/???/?", ok)
    key = day >> _U(24) & _U(0xFFFFFF)
    place = np.minimum(np.searchsorted(_MONTH_KEYS, key), 11)
    ok &= _MONTH_KEYS[place] == key
    year = _fields(column.words(8), "9999:99:", ok)
    seconds = _clock(_across(column, 13), ok)
    years = _pair(year, 0) * _U(100) + _pair(year, 2)
    moments = (_dates(years, _MONTH_VALUES[place], _pair(days, 0), ok) * 86_400 + seconds) * 1_000_000
    offsets, good = _offsets(tail >> _U(16) & KEEP[5], offset_of)
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
