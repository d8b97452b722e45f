"""Requests that meet are served together: nobody waits for company, each gets its own answer."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

import pytest

from yunquan.api.together import MOST, PATIENCE_S, PAUSE_S, Together, _Place


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


def test_those_of_a_round_and_those_behind_it_are_expected_together_afterwards() -> None:
    """Two groups that take turns become one, as each round of one costs as much as a round of both."""
    expected: list[int] = []

    def behind(asked: Sequence[int]) -> list[int]:
        first._waiting.extend(_Place(number) for number in (7, 8, 9))
        return list(asked)

    first: Together[int, int] = Together(lambda asked: list(asked))
    second: Together[int, int] = Together(behind, first=first)
    second._waiting.append(_Place(5))
    assert second.ask(6) == 6
    expected += [first._company, second._company]
    first._waiting.clear()
    # Whoever stays away is expected a little less each time.
    for _ in range(2):
        assert first.ask(1) == 1
        expected.append(first._company)
    assert expected == [5, 5, 4, 3]


def test_nobody_is_waited_for_after_a_pause_nor_longer_than_a_round_takes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    naps: list[float] = []
    monkeypatch.setattr("yunquan.api.together.time.sleep", naps.append)
    together: Together[int, int] = Together(lambda asked: list(asked))
    for took_s, pause_s, waits in ((0.0, 0.0, False), (3600.0, PAUSE_S + 1, False), (3600.0, 0.0, True)):
        naps.clear()
        together._company, together._took_s = MOST, took_s
        together._last_at = time.monotonic() - pause_s
        start = time.monotonic()
        assert together.ask(1) == 1
        assert bool(naps) is waits
    assert time.monotonic() - start >= PATIENCE_S
