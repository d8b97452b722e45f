"""Pulls of several suppliers at once, a few at a time: a slow interface holds nobody but itself (D47-5.12)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.cast import World
from tests.usage.test_pulling import NOW, Serve, endpoint, private, records, saying, serve
from yunquan.usage import pulling
from yunquan.usage.models import Delivery, PullAttempt, PullSource

__all__ = ["private", "serve"]
pytestmark = pytest.mark.clause("D47-5.12")
LONG = 20.0  # No test waits so long: it fails.


def sources(world: World, urls: list[str]) -> list[PullSource]:
    """An interface a supplier."""
    rows = []
    for number, url in enumerate(urls):
        name = f"puller{number}"
        supplier = world.add_supplier(name)
        asked = {
            "url": url, "user_id": "YQ-001", "cloud": f"app{number}.example.com", "every_hours": "24",
            "from_on": "2019-06-14", "is_active": "1",
        }  # fmt: skip
        rows.append(pulling.save_source(supplier=supplier, typed=asked, by=world[name], now=NOW))
    return rows


def test_one_slow_supplier_does_not_hold_the_rest(world: World, serve: Serve) -> None:
    others_done = threading.Event()
    seen: list[str] = []

    def slow(start: datetime, end: datetime) -> Iterator[dict[str, str]]:
        assert others_done.wait(LONG), "the others were not asked while this one dawdled"
        seen.append("slow")
        return iter(records(start, end))

    def quick(start: datetime, end: datetime) -> Iterator[dict[str, str]]:
        seen.append("quick")
        if seen.count("quick") == 8:  # Two interfaces, four periods each: all that they have.
            others_done.set()
        yield from ({**row, "user": f"Q{len(seen)}"} for row in records(start, end))

    rows = sources(world, [serve(endpoint(given=given)) for given in (slow, quick, quick)])
    told = pulling.pull_due(NOW)
    assert (told.done, told.failed) == (12, [])
    assert seen == ["quick"] * 8 + ["slow"] * 4
    for row in rows:
        row.refresh_from_db()
        assert row.fetched_to_at == NOW - pulling.LAG
        periods = PullAttempt.objects.filter(pull_source=row).order_by("pk")
        assert [one.from_at for one in periods][1:] == [one.to_at for one in periods][:-1]
    assert Delivery.objects.count() == 12


def test_no_more_than_a_few_are_asked_at_once(world: World, serve: Serve, monkeypatch: Any) -> None:
    together = threading.Barrier(pulling.AT_ONCE, timeout=LONG)
    lock, now_asked, most = threading.Lock(), [0], [0]

    def counted(row: PullSource, start: datetime, end: datetime) -> bytes:
        with lock:
            now_asked[0] += 1
            most[0] = max(most[0], now_asked[0])
        together.wait()  # As many as may be are under way at the same moment.
        with lock:
            now_asked[0] -= 1
        return b""

    monkeypatch.setattr(pulling, "fetched", counted)
    sources(world, ["http://127.0.0.1:9/usage"] * (2 * pulling.AT_ONCE))
    assert pulling.pull_due(NOW).done == 2 * pulling.AT_ONCE * 4
    assert most[0] == pulling.AT_ONCE


def test_what_fails_at_one_is_its_own_affair(world: World, serve: Serve) -> None:
    good, bad = sources(world, [serve(endpoint()), serve(saying(b"", status=500))])
    told = pulling.pull_due(NOW)
    assert told.done == 4 and len(told.failed) == 1
    good.refresh_from_db()
    bad.refresh_from_db()
    assert (good.failures, bad.failures) == (0, 1)


def test_a_second_worker_finds_nothing_to_do(world: World, serve: Serve, monkeypatch: Any) -> None:
    told = []

    def asking(row: PullSource, start: datetime, end: datetime) -> bytes:
        return b""

    settle = pulling.settle

    def settled(*given: Any) -> Any:
        told.append(pulling.pull_due(NOW).done)  # Another worker, while this one is at work.
        return settle(*given)

    monkeypatch.setattr(pulling, "fetched", asking)
    monkeypatch.setattr(pulling, "settle", settled)
    sources(world, ["http://127.0.0.1:9/usage"])
    assert pulling.pull_due(NOW).done == 4
    assert told == [0] * 4
