"""A second look at the money: nobody is paid on what no official has seen, and nobody loses a place."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import CLOCK, DONGGUAN, PAYING, World, broken
from tests.settlement.making import add_funds, leave_funds, object_to, outcomes, several
from tests.vouchers.refusing import codes
from yunquan.parties.models import Enterprise
from yunquan.settlement import actions as settlement
from yunquan.settlement.models import Objection, PaymentRun
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.models import Voucher

LATER = PAYING + timedelta(days=2)


def prepared(world: World, **changes: object) -> PaymentRun:
    asked = {"cycle": world.cycle, "city": DONGGUAN, "by": world["dg_reviewer"], "now": PAYING, **changes}
    return settlement.prepare_run(**asked)


def change_submitted(enterprise: Enterprise) -> None:
    """The enterprise handed in a change of its information, another account in it; nobody reviewed it yet."""
    Enterprise.objects.filter(pk=enterprise.pk).update(state="submitted", bank_account="6299999999999999")


@pytest.mark.clause("D47-5.15", "D47-5.20")
def test_no_money_goes_to_an_account_that_nobody_reviewed(world: World) -> None:
    first, second = several(world, 2)
    world.standing()
    change_submitted(first.enterprise)
    run = prepared(world)
    assert outcomes(run) == [(first.number, "held"), (second.number, "pay")]
    assert "单位资料" in run.plan[0]["reason"]


@pytest.mark.clause("D47-5.15", "D47-5.20", "F2")
def test_a_run_is_outdated_once_an_account_changed_without_review(world: World) -> None:
    [voucher] = several(world, 1)
    world.standing()
    run = prepared(world)
    change_submitted(voucher.enterprise)
    assert codes(settlement.release, run=run, by=world["dg_cashier"], now=LATER) >= {"plan_outdated"}


@pytest.mark.clause("D47-4.4.5", "M5", "D47-5.20")
def test_no_bonus_rests_on_information_that_nobody_reviewed(world: World) -> None:
    voucher = world.verdict(world.attest(world.claim(world.issued())))
    Enterprise.objects.filter(pk=world.enterprise.pk).update(state="submitted", is_iia_certified=True)
    approve = {"voucher": voucher, "seen_hash": voucher.claim_hash, "by": world["dg_reviewer"], "now": PAYING}
    assert codes(vouchers.approve_claim, **approve) == {"enterprise_under_review"}
    Enterprise.objects.filter(pk=world.enterprise.pk).update(state="registered")
    assert vouchers.approve_claim(**approve).bonus_fen == 20_0000_00


@pytest.mark.clause("D47-4.4.5", "M5")
def test_the_bonus_comes_with_the_first_approved_claim_or_not_at_all(world: World) -> None:
    assert world.approved().bonus_fen == 0
    Enterprise.objects.filter(pk=world.enterprise.pk).update(is_iia_certified=True)
    assert world.approved(lines=[{"service": "8", "fee": "130000.00"}]).bonus_fen == 0


@pytest.mark.clause("D47-8.2b", "F3", "D47-5.22")
def test_a_held_voucher_is_not_overtaken_by_what_stood_behind_it(world: World) -> None:
    held, behind = several(world, 2)
    leave_funds(world, 1_00)
    shown = world.published()
    objection = object_to(world, shown, held)
    settlement.close(settlement_list=shown, by=CLOCK, now=shown.publicity_ends_at)
    assert outcomes(world.released()) == [(held.number, "held"), (behind.number, "carry")]
    settlement.dismiss(objection=objection, reason="不成立（测试）", by=world["dg_approver"], now=LATER)
    add_funds(world, held.face_fen)
    run = prepared(world, now=LATER)
    assert outcomes(run) == [(held.number, "pay"), (behind.number, "carry")]


@pytest.mark.clause("D47-8.2b", "F3", "D47-5.15")
def test_a_payment_that_came_back_keeps_its_place_before_what_was_carried(world: World) -> None:
    first, second = several(world, 2)
    leave_funds(world, first.face_fen)
    world.standing()
    run = world.released()
    bounced = world.result(run, outcome="退票")
    settlement.take_result(run=run, columns=bounced, by=world["dg_cashier"], now=LATER)
    Enterprise.objects.filter(pk=first.enterprise_id).update(bank_account="6211111111111111")
    assert outcomes(prepared(world, now=LATER)) == [(first.number, "pay"), (second.number, "carry")]
    assert broken() == []


@pytest.mark.clause("D47-5.22")
def test_two_objections_to_one_voucher_may_both_be_upheld(world: World) -> None:
    [voucher] = several(world, 1)
    shown = world.published()
    one, two = object_to(world, shown, voucher), object_to(world, shown, voucher)
    for objection in (one, two):
        settlement.uphold(objection=objection, reason="成立（测试）", by=world["dg_approver"], now=PAYING)
    assert set(Objection.objects.values_list("state", flat=True)) == {"upheld"}
    assert Voucher.objects.get(pk=voucher.pk).state == "refused"
    assert broken() == []


@pytest.mark.clause("D47-5.15", "M9")
@pytest.mark.parametrize("length", [61, 200])
def test_a_bank_reference_that_is_too_long_is_refused_in_words(world: World, length: int) -> None:
    several(world, 1)
    world.standing()
    run = world.released()
    line = world.result(run, bank_reference="B" * length)
    asked = {"run": run, "columns": line, "by": world["dg_cashier"], "now": LATER}
    assert codes(settlement.take_result, **asked) == {"bad_result_line"}
