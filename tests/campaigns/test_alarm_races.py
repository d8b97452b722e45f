"""An alarm on an invoice at the very moment of its approval, list, order: one came first, and nothing held is paid."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest

from tests.campaigns.racing import race
from tests.campaigns.test_races import sound
from tests.cast import CLAIMING, DONGGUAN, PAYING, World
from yunquan.evidence.models import InvoiceAlarm
from yunquan.settlement import actions as settlement
from yunquan.settlement.models import PaymentInstruction
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.models import Voucher

NOW = CLAIMING + timedelta(days=30)


def alarm(world: World, voucher: Voucher, **changes: Any) -> Any:
    key = voucher.claim_invoices.get().invoice.key
    told = {
        "key": key, "kind": "void", "happened_on": date(2019, 3, 1), "note": "查验（测试）",
        "by": world["province_officer"], "now": NOW,
    }  # fmt: skip
    return partial(vouchers.raise_alarm, **{**told, **changes})


@pytest.mark.clause("D47-5.14", "F2")
def test_an_alarm_and_the_approval_at_once(lasting_world: World) -> None:
    world = lasting_world
    for _ in range(3):
        voucher = world.verdict(world.attest(world.claim(world.issued())))
        by, seen = world["dg_reviewer"], voucher.claim_hash
        approve = partial(vouchers.approve_claim, voucher=voucher, seen_hash=seen, by=by, now=NOW)
        told, approved = race([alarm(world, voucher), approve])
        assert isinstance(told, InvoiceAlarm)
        assert approved == ("invoice_alarm",) or approved.state == "approved"
    sound()


@pytest.mark.clause("D47-5.14", "F2")
def test_an_alarm_and_the_drawing_up_of_the_list_at_once(lasting_world: World) -> None:
    world = lasting_world
    held, free = world.approved(), world.approved()
    draw = partial(settlement.draw_up, cycle=world.cycle, city=DONGGUAN, by=world["dg_reviewer"], now=PAYING)
    told, drawn = race([alarm(world, held), draw])
    assert isinstance(told, InvoiceAlarm)
    listed = {line.voucher_number for line in drawn.lines.all()}
    assert free.number in listed and listed <= {held.number, free.number}
    sound()


@pytest.mark.clause("D47-5.15", "F2")
def test_an_alarm_and_the_release_of_the_run_at_once_and_nothing_held_is_ordered(
    lasting_world: World,
) -> None:
    world = lasting_world
    rows = [world.approved() for _ in range(3)]
    world.standing()
    run = settlement.prepare_run(cycle=world.cycle, city=DONGGUAN, by=world["dg_reviewer"], now=PAYING)
    release = partial(settlement.release, run=run, by=world["dg_cashier"], now=PAYING + timedelta(minutes=1))
    told, released = race([alarm(world, rows[1], now=PAYING + timedelta(minutes=1)), release])
    assert isinstance(told, InvoiceAlarm)
    ordered = PaymentInstruction.objects.count()
    assert (released, ordered) == (("plan_outdated",), 0) or (released.state, ordered) == ("released", 3)
    if not ordered:
        settlement.cancel(run=run, by=world["dg_reviewer"], now=PAYING + timedelta(minutes=2))
        run = settlement.prepare_run(cycle=world.cycle, city=DONGGUAN, by=world["dg_reviewer"], now=PAYING)
        settlement.release(run=run, by=world["dg_cashier"], now=PAYING + timedelta(minutes=3))
        ordered = set(PaymentInstruction.objects.values_list("voucher__number", flat=True))
        assert ordered == {rows[0].number, rows[2].number}
    sound()


@pytest.mark.clause("D47-5.14", "S3")
def test_the_same_alarm_told_at_once_is_one_and_is_answered_once(lasting_world: World) -> None:
    world = lasting_world
    voucher = world.verdict(world.attest(world.claim(world.issued())))
    tellers = ("dg_cashier", "province_officer", "supplier")
    told = race([alarm(world, voucher, by=world[name]) for name in tellers])
    assert sorted(isinstance(one, InvoiceAlarm) for one in told) == [False, False, True]
    assert {one for one in told if isinstance(one, tuple)} == {("alarm_known",)}
    row = InvoiceAlarm.objects.get()
    answer = {"alarm": row, "answer": "lifted", "reason": "已核查", "now": NOW}
    answered = race(
        [partial(vouchers.answer_alarm, by=world[name], **answer) for name in ("dg_reviewer", "dg_approver")]
    )
    assert sum(isinstance(one, InvoiceAlarm) for one in answered) == 1
    assert ("not_from_this_state",) in answered
    sound()


@pytest.mark.clause("D47-5.14", "S2")
def test_a_party_accepted_while_the_claim_goes_back_is_accepted_or_gone(lasting_world: World) -> None:
    world = lasting_world
    voucher = world.issued()
    typed = world.typed_claim(voucher)
    typed["proofs"][0]["payer_name"] = "虚构集团（测试）有限公司"
    typed["parties"] = [
        {"part": "payer", "name": "虚构集团（测试）有限公司", "uscc": "", "relation": "parent", "reason": "代付",
         "file": str(world.file(world["dg_enterprise"]).pk)}
    ]  # fmt: skip
    voucher = vouchers.claim(voucher=voucher, typed=typed, by=world["dg_enterprise"], now=CLAIMING)
    voucher = world.verdict(world.attest(voucher))
    party, by = voucher.claim_parties.get().party, world["dg_reviewer"]
    back = partial(vouchers.send_back_claim, voucher=voucher, reasons=[{"label": "补正"}], by=by, now=NOW)
    accepted, returned = race([partial(vouchers.accept_party, party=party, by=by, now=NOW), back])
    assert returned.state == "claim_returned"
    assert accepted == ("not_from_this_state",) or accepted.accepted_by == by.person
    sound()
