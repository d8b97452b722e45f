"""Two loaders, two roll-ups, two nights at once: one after the other, nothing lost, nothing twice (D47-5.12, 5.13)."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cast import World
from tests.usage.judging import attested
from tests.usage.rollup.stage import Record, at
from tests.usage.rollup.stage import load as commit
from tests.usage.store.making import OPTIONS, held, lines
from tests.usage.test_verdicts import NOW, load, log_of
from yunquan.usage import judging, nightly
from yunquan.usage.models import Verdict
from yunquan.usage.pictures import root
from yunquan.usage.rollup.figures import figures
from yunquan.usage.rollup.kept import Rollups
from yunquan.usage.rollup.nightly import update
from yunquan.usage.rollup.registry import Registry
from yunquan.usage.store import Store, StoreBusy


def at_once(*calls: Callable[[], Any]) -> list[BaseException]:
    """Let all begin at the same moment, each in a thread of its own; gives what they raised."""
    raised: list[BaseException] = []
    together = threading.Barrier(len(calls), timeout=60)

    def begin(call: Callable[[], Any]) -> None:
        together.wait()
        try:
            call()
        except BaseException as fault:
            raised.append(fault)

    threads = [threading.Thread(target=begin, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return raised


@pytest.mark.clause("D47-5.12")
def test_loaders_at_once_lose_nothing_and_write_nothing_twice(tmp_path: Path) -> None:
    files = []
    for number in range(3):
        path = tmp_path / f"{number}.csv"
        path.write_text(lines(number * 50, 50))
        files += [path, path]  # The same file comes twice, by two loaders.
    busy = [0]

    def loader(path: Path) -> None:
        store = Store(tmp_path / "store")
        for _ in range(2000):
            try:
                store.load(path, source="operator", options=OPTIONS)
                return
            except StoreBusy:
                busy[0] += 1
                threading.Event().wait(0.005)
        raise AssertionError("the store was never free")

    assert at_once(*(lambda path=path: loader(path) for path in files)) == []
    store = Store(tmp_path / "store")
    assert held(store) == list(range(150)) and len(store.loads()) == 3
    assert [one.order for one in store.loads()] == [1, 2, 3]
    assert busy[0] > 0  # They did meet.


@pytest.mark.clause("D47-5.12")
def test_a_load_and_a_withdrawal_at_once_leave_one_of_both_states(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(lines(0, 50))
    store = Store(tmp_path / "store")
    sha256 = store.load(path, source="operator", options=OPTIONS).sha256

    def withdraw() -> None:
        Store(store.root).withdraw(sha256, "operator", reason="误装", by="p", now=datetime.now(UTC))

    for _ in range(5):
        raised = at_once(withdraw, lambda: Store(store.root).load(path, source="operator", options=OPTIONS))
        assert all(isinstance(fault, StoreBusy) for fault in raised)
        assert held(Store(store.root)) in ([], list(range(50)))
        store.load(path, source="operator", options=OPTIONS)
        assert held(Store(store.root)) == list(range(50))


@pytest.mark.clause("D47-5.13")
def test_two_roll_ups_at_once_give_the_rows_of_one(tmp_path: Path) -> None:
    store = Store(tmp_path)
    ends = (("client", "198.51.100.1"), ("cloud", "203.0.113.5"))
    known = Registry.of(
        {"voucher": "V1", "service": "8", "end": end, "kind": "ip", "value": value, "port": ""}
        for end, value in ends
    )
    for day in range(8, 13):
        commit(
            store, [Record("198.51.100.1", "203.0.113.5", at(f"2018-10-{day:02}T09:00:00"))], name=str(day)
        )
    reports: list[int] = []
    run = lambda: reports.append(len(update(Store(tmp_path), known).evaluated))  # noqa: E731
    assert at_once(run, run) == []
    assert sorted(reports) == [0, 5]  # The second waited, and found its work done.
    assert figures(store, known, date(2018, 10, 8), date(2018, 10, 12))[0].total.records == 5
    assert all(len(files) == 5 for files in [Rollups(tmp_path).files(date.min, date.max)["operator"]])


@pytest.mark.clause("D47-5.13")
def test_a_second_night_waits_for_the_first_and_then_writes_nothing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attested(world)
    load(tmp_path, log_of(["120.79.10.8"], date(2018, 11, 9), date(2019, 2, 20)))
    compute, met = judging.compute, []

    def computing(*given: Any, **named: Any) -> Any:
        handle = os.open(root() / "nightly.lock", os.O_RDWR)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            met.append("waits")
        finally:
            os.close(handle)
        return compute(*given, **named)

    monkeypatch.setattr(judging, "compute", computing)
    assert nightly.run(now=NOW).written == {"done": 1}
    assert met == ["waits"]
    assert nightly.run(now=NOW).written == {}
    assert Verdict.objects.count() == 1
