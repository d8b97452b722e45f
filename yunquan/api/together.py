"""Requests that arrive while one transaction runs are decided and written in the next one, together.

A rush of a whole city meets one quota, one ledger account and one head of the log. Taken one by one, each
request would wait for these locks and for a flush of its own; taken together, a transaction serves many.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

from django.db import connection

Asked = TypeVar("Asked")
Told = TypeVar("Told")
MOST = 32
# How long at most a round waits for those who are expected (never longer than the last one took), and after
# which pause nobody is expected any more.
PATIENCE_S, PAUSE_S = 0.05, 0.25
# How long at most a question waits for the rounds that its asker would have to wait for anyway.
BEHIND_S = 0.25


class _Place(Generic[Asked, Told]):
    """A request in the queue, and what it was told."""

    __slots__ = ("asked", "fault", "is_done", "told")

    def __init__(self, asked: Asked) -> None:
        self.asked, self.is_done = asked, False
        self.told: Told | None = None
        self.fault: BaseException | None = None


class Together(Generic[Asked, Told]):
    """`run` answers several at once, in the order in which they arrived; one transaction at a time.

    A request that comes alone is served alone and at once. Those that come in the meantime queue, and the
    first of them serves all that have gathered (at most MOST). In a rush, where those who were just answered
    ask again, a round waits a few milliseconds for them: one round of many costs far less than two of few.
    `first` is where its askers ask before; they are expected here together, and who comes to `first` while
    a round runs here waits there for company rather than here alone.
    """

    def __init__(
        self,
        run: Callable[[Sequence[Asked]], Sequence[Told]],
        *,
        first: Together[Any, Any] | None = None,
    ) -> None:
        self._run, self._first = run, first
        self._waiting: deque[_Place[Asked, Told]] = deque()
        self._turn = threading.Lock()
        self._then: list[Together[Any, Any]] = []
        self._served, self._company, self._last_at, self._took_s = 0, 1, 0.0, 0.0
        if first is not None:
            first._then.append(self)

    def ask(self, asked: Asked) -> Told:
        """Wait for one's turn and give the answer; raises what `run` raised."""
        place: _Place[Asked, Told] = _Place(asked)
        self._waiting.append(place)
        with self._turn:
            while not place.is_done:
                self._gather()
                self._serve()
        if place.fault is not None:
            raise place.fault
        return place.told  # type: ignore[return-value]

    def _gather(self) -> None:
        """Wait until those who are expected have come, but not for long."""
        start = time.monotonic()
        while any(one._served for one in self._then) and time.monotonic() - start < BEHIND_S:
            time.sleep(0.001)
        start = time.monotonic()
        lately = [one._took_s for one in (self, *self._then) if start - one._last_at <= PAUSE_S]
        patience_s = min(PATIENCE_S, max(lately, default=0.0))
        while len(self._waiting) < self._company and time.monotonic() - start < patience_s:
            time.sleep(0.001)

    def _serve(self) -> None:
        places = [self._waiting.popleft() for _ in range(min(MOST, len(self._waiting)))]
        self._served, start = len(places), time.monotonic()
        try:
            self._answer(places)
        finally:
            for place in places:
                place.is_done = True
            self._last_at = time.monotonic()
            self._took_s = self._last_at - start
            for one in (self, self._first):
                if one is not None:
                    one._expect()
            self._served = 0
            _give_back()

    def _expect(self) -> None:
        """Expect as many as are about now, here and after; fewer by and by where they stay away.

        Those of a round that has just ended count: in a rush they are back at once.
        """
        about = sum(one._served + len(one._waiting) for one in (self, *self._then))
        if self._first is not None:
            about += len(self._first._waiting)
        self._company = min(MOST, max(about, self._company - 1))

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
