"""A second look at time and the monitor: what people are told, when things end, and what the doctor sees."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from click.testing import CliRunner

from tests.cast import APPLYING, CLOCK, HUICHENG, HUIZHOU, PAYING, World, at, broken
from tests.settlement.making import several
from yunquan.config import cli
from yunquan.jobs.tick import tick
from yunquan.journal import clock
from yunquan.journal.actions import record
from yunquan.journal.models import Notice
from yunquan.parties.models import Bureau
from yunquan.settlement.models import PaymentInstruction, SettlementList
from yunquan.vouchers.models import Voucher


@pytest.mark.clause("D47-5.18", "T1")
def test_a_reminder_says_the_closing_time_as_it_was_published(world: World) -> None:
    world.start()
    tick(datetime(2018, 12, 30, 3, 0, tzinfo=UTC))
    assert "2018-12-31 17:00" in Notice.objects.get(kind="reminder").title


@pytest.mark.clause("T1", "D47-5.18")
def test_a_run_for_today_closes_nothing_before_its_time_of_day(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    voucher = world.start()
    monkeypatch.setattr(clock, "read", lambda: at("2018-12-31 09:00"))
    monkeypatch.setattr(cli, "open_archive", lambda folder: None)
    assert CliRunner().invoke(cli.main, ["tick", "--today", "2018-12-31"]).exit_code == 0
    assert Voucher.objects.get(pk=voucher.pk).state == "draft"


def found() -> set[tuple[str, str]]:
    return {(row.invariant, row.row.partition(":")[0]) for row in broken()}


def paid(world: World) -> Voucher:
    [voucher] = several(world, 1)
    world.standing()
    world.pay_all(world.released())
    assert broken() == []
    return voucher


@pytest.mark.clause("P1")
@pytest.mark.parametrize("change", [{"publicity_ends_at": at("2019-04-09 00:00")}, {"published_at": PAYING}])
def test_the_doctor_sees_a_payment_from_a_list_that_did_not_stand_its_full_time(
    world: World, change: dict[str, Any]
) -> None:
    paid(world)
    SettlementList.objects.update(**change)
    assert ("P1", "settlement_list") in found()


@pytest.mark.clause("T1")
def test_the_doctor_sees_what_was_accepted_outside_its_window(world: World) -> None:
    applied, claimed = world.apply(), paid(world)
    Voucher.objects.filter(pk=applied.pk).update(applied_at=at("2018-12-31 17:00"))
    Voucher.objects.filter(pk=claimed.pk).update(claimed_at=at("2019-03-31 17:00"))
    assert sum(row.invariant == "T1" for row in broken()) == 2


@pytest.mark.clause("L1", "M9")
def test_the_doctor_sees_an_instruction_changed_past_the_log(world: World) -> None:
    several(world, 1)
    world.standing()
    world.released()
    PaymentInstruction.objects.update(version=7)
    assert ("L1", "instruction") in found()


@pytest.mark.clause("S1")
def test_the_doctor_sees_a_step_that_no_table_allows(world: World) -> None:
    voucher = world.apply()
    record(
        "voucher.issue", by=CLOCK, obj=voucher.journal_key, now=APPLYING, why="D47-5.10",
        pre="submitted", post="issued", objv=2,
    )  # fmt: skip
    Voucher.objects.filter(pk=voucher.pk).update(version=2)
    assert ("S1", "log") in found()


@pytest.mark.clause("D47-5.10", "D47-5.21")
def test_the_county_that_reviews_is_told_and_reminded(world: World) -> None:
    Bureau.objects.filter(code=HUIZHOU).update(counties_review=True)
    voucher = world.confirm(world.apply("hc_enterprise"))
    told = {"org": f"bureau:{HUICHENG}", "obj": voucher.journal_key}
    assert Notice.objects.filter(kind="to_review", **told).exists()
    tick(at("2018-12-20 09:00"))
    assert Notice.objects.filter(kind="reminder", **told).exists()
