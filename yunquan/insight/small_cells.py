"""Small cells: what is published in figures gives no single enterprise away. Pure.

A cell of fewer than three enterprises is hidden. Where the total is told, one hidden cell alone could be found by
subtracting the others, so the next smallest is hidden with it until what is hidden together is of three or more.
"""

from __future__ import annotations

from collections.abc import Sequence

LEAST = 3


def hidden(enterprises: Sequence[int], *, least: int = LEAST) -> frozenset[int]:
    """The places of the cells to hide, given how many enterprises each is of; empty cells need no hiding.

    >>> sorted(hidden([10, 2, 7])), sorted(hidden([1, 2, 9])), sorted(hidden([0, 5, 8]))
    ([1, 2], [0, 1], [])
    """
    order = sorted((count, place) for place, count in enumerate(enterprises) if count)
    chosen = [place for count, place in order if count < least]
    if not chosen:
        return frozenset()
    for _count, place in order[len(chosen) :]:
        if len(chosen) > 1 and sum(enterprises[one] for one in chosen) >= least:
            break
        chosen.append(place)
    return frozenset(chosen)
