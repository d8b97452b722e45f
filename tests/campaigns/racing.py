"""Several hands at the same moment, each with a connection of its own, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Barrier, Thread
from typing import Any

from django.db import connection

from yunquan.kernel.refusal import Refused


@contextmanager
def many_connections(most: int = 16) -> Iterator[None]:
    """Let this process hold as many connections as there are hands (PostgreSQL's pool is small by default)."""
    if connection.vendor != "postgresql":
        yield
        return
    options = connection.settings_dict["OPTIONS"]
    usual = options.get("pool")
    connection.close()
    connection.close_pool()
    options["pool"] = {"min_size": 1, "max_size": most, "timeout": 60}
    try:
        yield
    finally:
        connection.close()
        connection.close_pool()
        options["pool"] = usual


def race(acts: Sequence[Callable[[], Any]]) -> list[Any]:
    """Start all acts at once; gives each one's answer, or the codes of its refusal as a sorted tuple.

    Anything else that an act raises is raised here: a race must never end in a fault of the program.
    """
    start = Barrier(len(acts))
    answers: list[Any] = [None] * len(acts)
    faults: list[BaseException] = []

    def run(place: int, act: Callable[[], Any]) -> None:
        try:
            start.wait(timeout=30)
            answers[place] = act()
        except Refused as refused:
            answers[place] = tuple(sorted({refusal.code for refusal in refused.refusals}))
        except BaseException as fault:
            faults.append(fault)
        finally:
            connection.close()

    with many_connections():
        threads = [Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=120)
        assert not any(thread.is_alive() for thread in threads)
    if faults:
        raise faults[0]
    return answers
