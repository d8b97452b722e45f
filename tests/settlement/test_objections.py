"""Objections: within the period, each holds its own voucher alone, every outcome (D47-5.22)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import CLOCK, DONGGUAN, PAYING, World, at, broken
from tests.settlement.making import line_of, object_to, outcomes, several
from tests.vouchers.refusing import codes, fields
from yunquan.kernel.workflow import Actor
from yunquan.ledger.queries import as_text, balance_fen
from yunquan.parties.models import Enterprise
from yunquan.programme import accounts
from yunquan.settlement import actions as settlement
from yunquan.settlement.access import objection_by_code
from yunquan.vouchers.models import Voucher

NOW = at("2019-04-11 09:00")


def prepared(world: World) -> Any:
    return settlement.prepare_run(cycle=world.cycle, city=DONGGUAN, by=world["dg_reviewer"], now=PAYING)


def close(shown: Any) -> None:
    settlement.close(settlement_list=shown, by=CLOCK, now=shown.publicity_ends_at)


@pytest.mark.clause("D47-5.22")
def test_an_objection_gets_a_code_by_which_it_can_be_followed(world: World) -> None:
    [voucher] = several(world, 1)
    raised = object_to(world, world.published(), voucher)
    assert raised.state == "raised"
    assert objection_by_code(raised.code.lower()) == raised
    assert str(raised.due_on) == "2019-04-24"
    assert broken() == []


@pytest.mark.clause("D47-5.22")
def test_an_objection_without_name_contact_or_grounds_is_refused_with_each(world: World) -> None:
    [voucher] = several(world, 1)
    shown = world.published()
    visitor = Actor(person="visitor", role="public", org="public")
    said = fields(
        settlement.raise_objection, line=line_of(shown, voucher), raised_by="", contact=" ", grounds="", file=None,
        by=visitor, now=NOW,
    )  # fmt: skip
    assert said == {("missing", "raised_by"), ("missing", "contact"), ("missing", "grounds")}


@pytest.mark.clause("D47-5.22", "T1")
def test_an_objection_is_raised_within_the_period_only(world: World) -> None:
    [voucher] = several(world, 1)
    shown = world.published()
    visitor = Actor(person="visitor", role="public", org="public")
    typed = {"raised_by": "测试", "contact": "测试", "grounds": "测试", "file": None, "by": visitor}
    line = line_of(shown, voucher)
    late = shown.publicity_ends_at
    assert codes(settlement.raise_objection, line=line, now=late, **typed) == {"publicity_over"}
    stale = line_of(shown, voucher)
    settlement.withdraw(settlement_list=shown, reason="测试", by=world["dg_approver"], now=NOW)
    assert codes(settlement.raise_objection, line=stale, now=NOW, **typed) == {"publicity_over"}


@pytest.mark.clause("D47-5.22", "F2")
def test_an_open_objection_holds_its_own_voucher_alone(world: World) -> None:
    first, second, third = several(world, 3)
    shown = world.published()
    object_to(world, shown, second)
    close(shown)
    run = prepared(world)
    assert outcomes(run) == [(first.number, "pay"), (second.number, "held"), (third.number, "pay")]
    assert run.plan[1]["reason"] == "异议处理中"


@pytest.mark.clause("D47-5.22")
def test_a_dismissed_objection_lets_the_voucher_be_paid(world: World) -> None:
    [voucher] = several(world, 1)
    shown = world.published()
    raised = object_to(world, shown, voucher)
    by = world["dg_approver"]
    assert codes(settlement.dismiss, objection=raised, reason="", by=by, now=NOW) == {"no_reason"}
    settlement.dismiss(objection=raised, reason="现场核实属实", by=by, now=NOW)
    close(shown)
    world.pay_all(world.released())
    voucher.refresh_from_db()
    assert voucher.state == "paid"
    assert broken() == []


@pytest.mark.clause("D47-5.22", "Q4")
def test_an_upheld_objection_ends_the_voucher_and_gives_its_quota_back(world: World) -> None:
    first, second = several(world, 2)
    quota = balance_fen(accounts.quota("2018", DONGGUAN))
    shown = world.published()
    settlement.uphold(
        objection=object_to(world, shown, first), reason="设备未联网", by=world["dg_approver"], now=NOW
    )
    first.refresh_from_db()
    assert first.state == "refused"
    assert balance_fen(accounts.quota("2018", DONGGUAN)) == quota + first.face_fen
    close(shown)
    assert outcomes(prepared(world)) == [(second.number, "pay")]
    assert broken() == []


@pytest.mark.clause("D47-5.22", "M7")
def test_a_reduced_amount_is_what_is_paid(world: World) -> None:
    [voucher] = several(world, 1)
    shown = world.published()
    raised = object_to(world, shown, voucher)
    by = world["dg_approver"]
    for wrong in (None, 0, -1, voucher.face_fen):
        said = codes(
            settlement.reduce, objection=raised, reason="部分属实", payable_fen=wrong, by=by, now=NOW
        )
        assert said == {"amount_out_of_range"}
    settlement.reduce(objection=raised, reason="部分属实", payable_fen=60_000_00, by=by, now=NOW)
    close(shown)
    world.pay_all(world.released())
    assert f"cash pay: committed:2018:441900 -> enterprise:{voucher.enterprise_id} 60,000.00" in as_text()
    assert broken() == []


@pytest.mark.clause("D47-5.22")
def test_an_objection_goes_to_the_province_and_comes_back_with_findings(world: World) -> None:
    [voucher] = several(world, 1)
    shown = world.published()
    raised = object_to(world, shown, voucher)
    escalated = settlement.escalate(objection=raised, reason="需专家核查", by=world["dg_reviewer"], now=NOW)
    assert escalated.state == "escalated"
    by = world["dg_approver"]
    assert codes(settlement.uphold, objection=raised, reason="测试", by=by, now=NOW) == {
        "not_from_this_state"
    }
    officer = world["province_officer"]
    assert codes(settlement.report, objection=raised, reason="", by=officer, now=NOW) == {"no_reason"}
    back = settlement.report(objection=raised, reason="专家组核实：已联网", by=officer, now=NOW)
    assert (back.state, back.findings) == ("raised", "专家组核实：已联网")
    assert settlement.dismiss(objection=back, reason="依核查结果", by=by, now=NOW).state == "dismissed"
    assert broken() == []


@pytest.mark.clause("D47-5.22", "F3")
def test_a_deferred_objection_puts_off_its_voucher_while_the_others_are_paid(world: World) -> None:
    first, second = several(world, 2)
    shown = world.published()
    raised = object_to(world, shown, first)
    raised = settlement.defer(objection=raised, reason="核查未完", by=world["dg_approver"], now=NOW)
    close(shown)
    world.pay_all(world.released())
    states = dict(Voucher.objects.values_list("number", "state"))
    assert (states[first.number], states[second.number]) == ("listed", "paid")
    settlement.dismiss(objection=raised, reason="核查属实", by=world["dg_approver"], now=PAYING)
    assert outcomes(prepared(world)) == [(first.number, "pay")]
    assert broken() == []


@pytest.mark.clause("P1", "D47-5.22")
def test_an_objection_outlives_the_version_of_the_list_it_was_raised_against(world: World) -> None:
    [voucher] = several(world, 1)
    shown = world.published()
    raised = object_to(world, shown, voucher)
    settlement.withdraw(settlement_list=shown, reason="测试", by=world["dg_approver"], now=NOW)
    close(world.published())
    assert outcomes(prepared(world)) == [(voucher.number, "held")]
    settlement.uphold(objection=raised, reason="属实", by=world["dg_approver"], now=PAYING)
    voucher.refresh_from_db()
    assert voucher.state == "refused"
    assert broken() == []


@pytest.mark.clause("D47-5.22")
def test_a_decided_objection_stays_decided(world: World) -> None:
    [voucher] = several(world, 1)
    raised = object_to(world, world.published(), voucher)
    by = world["dg_approver"]
    settlement.dismiss(objection=raised, reason="属实", by=by, now=NOW)
    for act in (settlement.uphold, settlement.dismiss, settlement.defer):
        assert codes(act, objection=raised, reason="再议", by=by, now=NOW) == {"not_from_this_state"}


@pytest.mark.clause("D47-4.4.5", "M5")
def test_a_bonus_that_was_never_paid_comes_with_the_next_approved_claim(world: World) -> None:
    Enterprise.objects.filter(pk=world.enterprise.pk).update(is_iia_certified=True)
    first = world.approved()
    assert first.bonus_fen == 200_000_00
    raised = object_to(world, world.published(), first)
    settlement.uphold(objection=raised, reason="设备未联网", by=world["dg_approver"], now=NOW)
    assert world.approved().bonus_fen == 200_000_00
    assert broken() == []
