"""Documents by their bands: who shares a band with a new one is found without looking at the others.

Every band key leads to one slot of a table, every slot to a chain of numbers, newest first.  A chain is followed
for a bounded number of steps, and the table doubles when it fills, so that the cost of a new document doesn't
depend on how many are stored.  A wrong neighbour in a slot costs a comparison, never a wrong pair.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

# A form that thousands fill in makes endless chains; the newest of each band are looked at, and the narrow
# bands still bring the nearly identical together.
MOST_STEPS = 48
_NOBODY = -1


class BandIndex:
    """Numbers 0, 1, 2 … under `lanes` band keys each."""

    def __init__(self, lanes: int, *, slots: int = 1 << 12) -> None:
        self._lanes = lanes
        self._count = 0
        self._keys: NDArray[np.uint64] = np.zeros((256, lanes), dtype=np.uint64)
        self._next: NDArray[np.int64] = np.full((256, lanes), _NOBODY, dtype=np.int64)
        self._heads: NDArray[np.int64] = np.full(slots, _NOBODY, dtype=np.int64)

    def __len__(self) -> int:
        return self._count

    def add(self, keys: Sequence[int]) -> int:
        """Store a document under its band keys and give its number."""
        if len(keys) != self._lanes:
            raise ValueError(f"{len(keys)} keys, {self._lanes} lanes")
        self._make_room()
        number, self._count = self._count, self._count + 1
        self._keys[number] = np.asarray(keys, dtype=np.uint64)
        self._link(number)
        return number

    def candidates(self, keys: Sequence[int]) -> list[int]:
        """The stored numbers that share a band with these keys, ascending; at most 48 a band, the newest."""
        asked = np.asarray(keys, dtype=np.uint64)
        node = self._heads[self._slots_of(asked)]
        found: list[NDArray[np.int64]] = []
        lane = np.arange(self._lanes)
        for _step in range(MOST_STEPS):
            held = node >= 0
            if not held.any():
                break
            node, lane = node[held], lane[held]
            number, where = node // self._lanes, node % self._lanes
            found.append(number[self._keys[number, where] == asked[lane]])
            node = self._next[number, where]
        return [int(number) for number in np.unique(np.concatenate(found))] if found else []

    def _slots_of(self, keys: NDArray[np.uint64]) -> NDArray[np.int64]:
        mixed = keys * np.uint64(0x9E3779B97F4A7C15)
        mixed ^= mixed >> np.uint64(32)
        return (mixed & np.uint64(len(self._heads) - 1)).astype(np.int64)

    def _link(self, number: int) -> None:
        for lane, slot in enumerate(self._slots_of(self._keys[number]).tolist()):
            self._next[number, lane] = self._heads[slot]
            self._heads[slot] = number * self._lanes + lane

    def _make_room(self) -> None:
        if self._count == len(self._keys):
            more = len(self._keys)
            self._keys = np.concatenate([self._keys, np.zeros((more, self._lanes), dtype=np.uint64)])
            self._next = np.concatenate([self._next, np.full((more, self._lanes), _NOBODY, dtype=np.int64)])
        if self._count * self._lanes * 2 > len(self._heads):
            self._rehash(len(self._heads) * 4)

    def _rehash(self, slots: int) -> None:
        """Lead every key to its slot in a larger table, the order within a chain kept."""
        self._heads = np.full(slots, _NOBODY, dtype=np.int64)
        if not self._count:
            return
        leads = self._slots_of(self._keys[: self._count].ravel())
        nodes = np.arange(len(leads), dtype=np.int64)
        order = np.lexsort((nodes, leads))
        sorted_leads, sorted_nodes = leads[order], nodes[order]
        before = np.full(len(leads), _NOBODY, dtype=np.int64)
        same = sorted_leads[1:] == sorted_leads[:-1]
        before[sorted_nodes[1:][same]] = sorted_nodes[:-1][same]
        self._next[: self._count] = before.reshape(self._count, self._lanes)
        last = np.append(~same, True)
        self._heads[sorted_leads[last]] = sorted_nodes[last]
