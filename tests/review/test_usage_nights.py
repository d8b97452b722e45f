"""A night among loads, corrections and faults of the disk: a verdict names what it was computed from (E1)."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cast import World, broken
from tests.usage.judging import attested
from tests.usage.test_verdicts import NOW, background, load, log_of
from yunquan.kernel.calendar import WorkingCalendar
from yunquan.usage import nightly
from yunquan.usage.pictures import root
from yunquan.usage.queries import latest_verdict
from yunquan.usage.rollup import nightly as rollup

FIRST, LAST = date(2018, 11, 9), date(2019, 2, 20)


@pytest.mark.clause("E1")
def test_what_is_loaded_while_the_night_computes_is_judged_the_next_night(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    voucher = attested(world)
    background(tmp_path)
    usual = rollup.update

    def and_then_a_load(*given: Any, **more: Any) -> rollup.Report:
        report = usual(*given, **more)
        load(tmp_path, log_of(["120.79.10.8"], FIRST, LAST))
        return report

    monkeypatch.setattr(rollup, "update", and_then_a_load)
    assert nightly.run(now=NOW).written == {"not_done": 1}
    monkeypatch.setattr(rollup, "update", usual)
    assert nightly.run(now=NOW + timedelta(days=1)).written == {"done": 1}
    verdict = latest_verdict(voucher.number)
    assert verdict is not None and verdict.services.get(service=2).figures["active_days"] > 60
    assert broken() == []


@pytest.mark.clause("E1")
def test_another_calendar_is_another_input(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    voucher = attested(world)
    load(tmp_path, log_of(["120.79.10.8"], FIRST, LAST))
    assert nightly.run(now=NOW).written == {"done": 1}
    before = latest_verdict(voucher.number)
    shut = WorkingCalendar({FIRST + timedelta(days=step): False for step in range((LAST - FIRST).days + 1)})
    monkeypatch.setattr(nightly, "working_calendar", lambda: shut)
    assert nightly.run(now=NOW + timedelta(days=1)).written == {"not_done": 1}
    after = latest_verdict(voucher.number)
    assert before is not None and after is not None
    assert before.input_hash != after.input_hash


@pytest.mark.parametrize("ruin", [b"", b"{", b"[]", b'{"version": 2}', b"\x00" * 64])
def test_a_spoilt_state_of_a_day_is_worked_out_anew(world: World, tmp_path: Path, ruin: bytes) -> None:
    attested(world)
    load(tmp_path, log_of(["120.79.10.8"], FIRST, LAST))
    assert nightly.run(now=NOW).written == {"done": 1}
    for path in list((root() / "rollups").glob("day=*/source=*/state.json"))[::9]:
        path.write_bytes(ruin)
    done = nightly.run(now=NOW + timedelta(days=1))
    assert done.days > 3 and done.written == {}


def test_lost_lists_of_groups_are_worked_out_anew(world: World, tmp_path: Path) -> None:
    attested(world)
    load(tmp_path, log_of(["120.79.10.8"], FIRST, LAST))
    assert nightly.run(now=NOW).written == {"done": 1}
    lists = list((root() / "rollups" / "registries").iterdir())
    lists[0].write_bytes(b"")
    assert nightly.run(now=NOW + timedelta(days=1)).written == {}
    for path in (root() / "rollups" / "registries").iterdir():
        path.unlink()
    assert nightly.run(now=NOW + timedelta(days=2)).written == {}
