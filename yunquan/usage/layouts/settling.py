"""What the fast readers left: read exactly, once for each different text, with the reason where it can't be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import polars as pl
from numpy.typing import NDArray

from yunquan.usage.layouts.columns import Fast, ipv4
from yunquan.usage.layouts.plain import Wrong
from yunquan.usage.layouts.spans import Ints, Mask, Spans
from yunquan.usage.records import Point, signed

Filled = TypeVar("Filled", NDArray[np.int64], NDArray[np.bool_])


@dataclass(slots=True)
class Settled:
    """Numbers (or lower halves), rows without a value, rows that can't be read, and why."""

    values: Ints
    absent: Mask
    bad: Mask
    faults: dict[str, Wrong]
    high: Ints | None = None
    names: pl.Series | None = None


def _left(
    column: Spans, ok: Mask, exact: Callable[[str], Any], none: frozenset[str]
) -> tuple[Ints, Ints, list[Any], dict[str, Wrong]]:
    """The rows left, which text each has, and what the texts mean: a value, None for no value, or a fault."""
    rows = np.flatnonzero(~ok)
    texts, which = (column if len(rows) == len(column) else column.rows(rows)).distinct()
    meant: list[Any] = []
    faults: dict[str, Wrong] = {}
    for text in texts:
        if not text.strip() or text.strip() in none:
            meant.append(None)
            continue
        try:
            meant.append(exact(text))
        except Wrong as wrong:
            faults[text] = wrong
            meant.append(wrong)
    return rows, which, meant, faults


def _put(into: Filled, rows: Ints, which: Ints, meant: list[Any]) -> Filled:
    """What the texts mean, into the rows that have them."""
    values = np.array(meant, dtype=into.dtype)
    if not values.any() and not into.any():
        return into
    spread = values[which]
    if len(rows) == len(into):
        return spread
    into[rows] = spread
    return into


def settle(column: Spans, fast: Fast, exact: Callable[[str], int], none: frozenset[str]) -> Settled:
    """A column of numbers."""
    values, ok = fast(column)
    absent, bad = np.zeros(len(column), dtype=np.bool_), np.zeros(len(column), dtype=np.bool_)
    if ok.all():
        return Settled(values, absent, bad, {})
    rows, which, meant, faults = _left(column, ok, exact, none)
    absent = _put(absent, rows, which, [each is None for each in meant])
    bad = _put(bad, rows, which, [isinstance(each, Wrong) for each in meant])
    values = _put(values.copy(), rows, which, [each if isinstance(each, int) else 0 for each in meant])
    return Settled(values, absent, bad, faults)


def _are_names(column: Spans) -> bool:
    """Do a few values of the column, taken from all over it, all begin like names?"""
    if not len(column):
        return False
    some = column.rows(np.linspace(0, len(column) - 1, 16).astype(np.int64))
    return bool((some.letter(0) > ord("9")).all())


def settle_ends(column: Spans, exact: Callable[[str], Point], none: frozenset[str]) -> Settled:
    """A column of ends: addresses, or names where the layout has them."""
    if _are_names(column):
        low, ok = np.zeros(len(column), dtype=np.int64), np.zeros(len(column), dtype=np.bool_)
    else:
        low, ok = ipv4(column)
    high = np.full(len(column), signed(0), dtype=np.int64)
    absent, bad = np.zeros(len(column), dtype=np.bool_), np.zeros(len(column), dtype=np.bool_)
    if ok.all():
        return Settled(low, absent, bad, {}, high)
    rows, which, meant, faults = _left(column, ok, exact, none)
    absent = _put(absent, rows, which, [each is None for each in meant])
    bad = _put(bad, rows, which, [isinstance(each, Wrong) for each in meant])
    points = [each if isinstance(each, Point) else Point(0, 0) for each in meant]
    high = _put(high, rows, which, [point.hi for point in points])
    low = _put(low.copy(), rows, which, [point.lo for point in points])
    if not any(point.name is not None for point in points):
        return Settled(low, absent, bad, faults, high)
    texts = pl.Series([*(point.name for point in points), None], dtype=pl.String())
    if len(rows) == len(column):
        named = texts[:1].new_from_index(0, len(column)) if len(points) == 1 else texts.gather(which)
        return Settled(low, absent, bad, faults, high, named)
    place = np.full(len(column), len(points), dtype=np.int64)
    place[rows] = which
    return Settled(low, absent, bad, faults, high, texts.gather(place))
