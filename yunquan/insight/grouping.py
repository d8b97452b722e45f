"""Sums by small groups: rows are told apart by a code, and what a group comes to is whole fen."""

from __future__ import annotations

import numpy as np

_WIDEST = 1 << 22


def coded(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The different values in order, and each row's place among them; quick where they lie close together."""
    if not len(values):
        return values, np.zeros(0, dtype=np.int64)
    least = int(values.min())
    width = int(values.max()) - least + 1
    if width > _WIDEST:
        return np.unique(values, return_inverse=True)
    since = values - least
    occurs = np.zeros(width, dtype=bool)
    occurs[since] = True
    places = np.cumsum(occurs) - 1
    return np.flatnonzero(occurs) + least, places[since]


def added(
    at: np.ndarray, groups: int, fen: np.ndarray | None = None, *, only: np.ndarray | None = None
) -> np.ndarray:
    """What each group comes to, exactly: the sum of its rows' fen, or how many it has; of those rows alone."""
    if only is not None and not only.all():
        rows = np.flatnonzero(only)
        at, fen = at[rows], None if fen is None else fen[rows]
    if fen is None:
        return np.bincount(at, minlength=groups)
    out = np.zeros(groups, dtype=np.int64)
    np.add.at(out, at, fen)
    return out
