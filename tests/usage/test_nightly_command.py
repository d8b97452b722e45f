"""`yunquan usage nightly`: says what it did, and does nothing twice (D47-5.13)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.cast import World
from tests.usage.judging import attested
from tests.usage.test_verdicts import load, log_of
from yunquan.jobs.tick import tick
from yunquan.journal import clock
from yunquan.usage.commands.nightly import nightly
from yunquan.usage.models import Verdict


@pytest.mark.clause("D47-5.13")
def test_the_command_tells_what_it_wrote_and_a_second_run_writes_nothing(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    attested(world)
    load(tmp_path, log_of(["120.79.10.8"], date(2018, 11, 9), date(2019, 2, 20)))
    first = CliRunner().invoke(nightly, ["--today", "2019-02-26"])
    assert first.exit_code == 0, first.output
    assert "写入判定：完成 1 张" in first.output
    again = CliRunner().invoke(nightly, ["--today", "2019-02-27"])
    assert "没有写入" in again.output
    assert Verdict.objects.count() == 1
    assert CliRunner().invoke(nightly, ["--today", "昨天"]).exit_code == 2


@pytest.mark.clause("D47-5.13")
def test_the_chores_of_the_day_judge_once(world: World, tmp_path: Path) -> None:
    attested(world)
    load(tmp_path, log_of(["120.79.10.8"], date(2018, 11, 9), date(2019, 2, 20)))
    moment = clock.read().replace(year=2019, month=2, day=26)
    assert tick(moment).done["verdicts_written"] == 1
    assert "verdicts_written" not in tick(moment).done
