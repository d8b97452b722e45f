"""Requests that arrive while one transaction runs are decided and written in the next one, together.

A rush of a whole city meets one quota, one ledger account and one head of the log. Taken one by one, each
request would wait for these locks and for a flush of its own; taken together, a transaction serves many.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from django.db import connection

Asked = TypeVar("Asked")
Told = TypeVar("Told")
MOST = 32


class _Place(Generic[Asked, Told]):
    """A request in the queue, and what it was told."""

    __slots__ = ("asked", "fault", "is_done", "told")

    def __init__(self, asked: Asked) -> None:
        self.asked, self.is_done = asked, False
        self.told: Told | None = None
        self.fault: BaseException | None = None


class Together(Generic[Asked, Told]):
    """`run` answers several at once, in the order in which they arrived; one transaction at a time.

    Nobody waits for company: a request that comes alone is served alone and at once. Those that come in
    the meantime queue, and the first of them serves all that have gathered (at most MOST).
    """

    def __init__(self, run: Callable[[Sequence[Asked]], Sequence[Told]]) -> None:
        self._run = run
        self._waiting: deque[_Place[Asked, Told]] = deque()
        self._turn = threading.Lock()

    def ask(self, asked: Asked) -> Told:
        """Wait for one's turn and give the answer; raises what `run` raised."""
        place: _Place[Asked, Told] = _Place(asked)
        self._waiting.append(place)
        with self._turn:
            while not place.is_done:
                self._serve()
        if place.fault is not None:
            raise place.fault
        return place.told  # type: ignore[return-value]

    def _serve(self) -> None:
        places = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
        try:
            self._answer(places)
        finally:
            for place in places:
                place.is_done = True
            _give_back()

    def _answer(self, places: Sequence[_Place[Asked, Told]]) -> None:
        """Answer these together; when that breaks, each alone, so that one's fault is its own affair."""
        try:
            answers = self._run([place.asked for place in places])
            for place, told in zip(places, answers, strict=True):
                place.told = told
        except Exception as fault:
            if len(places) == 1:
                places[0].fault = fault
                return
            for place in places:
                self._answer([place])
        except BaseException as fault:
            for place in places:
                place.fault = fault


def _give_back() -> None:
    """Return a pooled connection at once: whoever waits for the next turn must not hold one meanwhile."""
    if connection.vendor == "postgresql" and not connection.in_atomic_block:
        connection.close()
