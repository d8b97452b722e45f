"""Requests that meet are served together: nobody waits for company, each gets its own answer."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from yunquan.api.together import MOST, Together


def test_one_that_comes_alone_is_served_alone() -> None:
    seen: list[list[int]] = []

    def run(asked: Sequence[int]) -> list[int]:
        seen.append(list(asked))
        return [number * 2 for number in asked]

    together: Together[int, int] = Together(run)
    assert [together.ask(1), together.ask(2)] == [2, 4]
    assert seen == [[1], [2]]


def test_those_that_come_meanwhile_are_served_in_one_go_and_get_their_own_answers() -> None:
    first_runs, others_wait = threading.Event(), threading.Event()
    seen: list[list[int]] = []

    def run(asked: Sequence[int]) -> list[int]:
        seen.append(list(asked))
        if asked[0] == 0:
            first_runs.set()
            assert others_wait.wait(20)
        return [number * 2 for number in asked]

    together: Together[int, int] = Together(run)
    told: dict[int, int] = {}

    def ask(number: int) -> None:
        told[number] = together.ask(number)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(MOST + 9)]
    threads[0].start()
    assert first_runs.wait(20)
    for thread in threads[1:]:
        thread.start()
    while len(together._waiting) < MOST + 8:
        threading.Event().wait(0.01)
    others_wait.set()
    for thread in threads:
        thread.join(20)
    assert told == {number: number * 2 for number in range(MOST + 9)}
    assert [len(batch) for batch in seen] == [1, MOST, 8]


def test_a_fault_reaches_everyone_it_concerns_and_nobody_else() -> None:
    def run(asked: Sequence[int]) -> list[int]:
        if 13 in asked:
            raise RuntimeError("unlucky")
        return list(asked)

    together: Together[int, int] = Together(run)
    with pytest.raises(RuntimeError, match="unlucky"):
        together.ask(13)
    assert together.ask(14) == 14


def test_whoever_waits_beside_a_fault_gets_an_answer_all_the_same() -> None:
    first_runs, others_wait = threading.Event(), threading.Event()

    def run(asked: Sequence[int]) -> list[int]:
        if asked[0] == 0:
            first_runs.set()
            assert others_wait.wait(20)
        if 13 in asked:
            raise RuntimeError("unlucky")
        return list(asked)

    together: Together[int, int] = Together(run)
    told: dict[int, int | str] = {}

    def ask(number: int) -> None:
        try:
            told[number] = together.ask(number)
        except RuntimeError as fault:
            told[number] = str(fault)

    threads = [threading.Thread(target=ask, args=(number,)) for number in (0, 12, 13, 14)]
    threads[0].start()
    assert first_runs.wait(20)
    for thread in threads[1:]:
        thread.start()
    while len(together._waiting) < 3:
        threading.Event().wait(0.01)
    others_wait.set()
    for thread in threads:
        thread.join(20)
    assert told == {0: 0, 12: 12, 13: "unlucky", 14: 14}
