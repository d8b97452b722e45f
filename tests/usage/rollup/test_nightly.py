"""A night evaluates what is new, late or corrected, and nothing else."""

from __future__ import annotations

from datetime import date, timedelta

import polars as pl
import pytest

from tests.usage.rollup.stage import Record, at, load
from yunquan.kernel.calendar import WorkingCalendar
from yunquan.usage.rollup.figures import figures
from yunquan.usage.rollup.kept import Rollups
from yunquan.usage.rollup.nightly import MOST_PARTS, update
from yunquan.usage.rollup.registry import Registry
from yunquan.usage.store import Store

pytestmark = pytest.mark.clause("D47-5.13")
FIRST, LAST = date(2018, 10, 8), date(2018, 10, 12)


def registry(*clients: str) -> Registry:
    return Registry.of(
        {"voucher": f"V{place}", "service": "8", "end": end, "kind": "ip", "value": value, "port": ""}
        for place, client in enumerate(clients)
        for end, value in (("client", client), ("cloud", "203.0.113.5"))
    )


def use(client: str, day: int, hour: int = 9) -> Record:
    return Record(client, "203.0.113.5", at(f"2018-10-08T{hour:02}:00:00") + timedelta(days=day))


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path)
    load(store, [use("198.51.100.1", day) for day in range(5)], name="first")
    load(store, [use("198.51.100.2", day) for day in range(5)], name="second")
    return store


def test_a_late_file_brings_up_its_own_day_alone(store):
    known = registry("198.51.100.1", "198.51.100.2")
    assert len(update(store, known).evaluated) == 5
    assert update(store, known).evaluated == ()
    load(store, [use("198.51.100.1", 2, 11)], name="late")
    assert update(store, known).evaluated == ((date(2018, 10, 10), "operator"),)
    assert [row.total.records for row in figures(store, known, FIRST, LAST)] == [6, 5]


def test_a_new_group_is_evaluated_by_itself_and_a_withdrawn_one_is_not_counted(store):
    update(store, registry("198.51.100.1"))
    both = registry("198.51.100.1", "198.51.100.2")
    assert len(update(store, both).evaluated) == 5
    files = Rollups(store.root).files(FIRST, LAST)["operator"]
    assert len(files) == 10 and sum(pl.read_parquet(file).height for file in files) == 10
    assert [row.total.records for row in figures(store, both, FIRST, LAST)] == [5, 5]
    one = registry("198.51.100.1")
    assert update(store, one).evaluated == ()
    assert [row.total.records for row in figures(store, one, FIRST, LAST)] == [5]


def test_many_pieces_of_a_day_become_one_again(store):
    for place in range(MOST_PARTS + 2):
        update(store, registry("198.51.100.1", *(f"198.51.100.{10 + one}" for one in range(place))))
        parts = Rollups(store.root).state(FIRST, "operator").parts
        assert len(parts) <= MOST_PARTS
    assert figures(store, registry("198.51.100.1"), FIRST, LAST)[0].total.records == 5


def test_days_to_come_wait(store):
    report = update(store, registry("198.51.100.1"), today=date(2018, 10, 9))
    assert [day for day, _ in report.evaluated] == [date(2018, 10, 8), date(2018, 10, 9)]


def test_a_corrected_calendar_brings_up_its_days_alone(store):
    known = registry("198.51.100.1")
    update(store, known)
    calendar = WorkingCalendar({date(2018, 10, 9): False})
    assert update(store, known, calendar=calendar).evaluated == ((date(2018, 10, 9), "operator"),)
    assert figures(store, known, FIRST, LAST)[0].total.work == 4


def test_what_a_killed_night_left_behind_is_swept(store):
    known = registry("198.51.100.1")
    rollups = Rollups(store.root)
    (rollups.root / "scratch-dead").mkdir(parents=True)
    folder = rollups.folder(FIRST, "operator")
    folder.mkdir(parents=True)
    (folder / "unfinished.parquet").write_bytes(b"half")
    update(store, known)
    assert not list(rollups.root.glob("scratch-*")) and not (folder / "unfinished.parquet").exists()
    assert figures(store, known, FIRST, LAST)[0].total.records == 5


def test_a_night_that_dies_before_its_mark_is_done_again(store, monkeypatch):
    known = registry("198.51.100.1")

    def die(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(Rollups, "write_state", die)
        with pytest.raises(KeyboardInterrupt):
            update(store, known)
    assert figures(store, known, FIRST, LAST)[0].total.records == 0
    assert len(update(store, known).evaluated) == 5
    assert figures(store, known, FIRST, LAST)[0].total.records == 5
