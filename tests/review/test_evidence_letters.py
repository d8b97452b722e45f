"""A paper of the platform says what the log says, to the fen and to the reason (D47-5.21, D47-5.22, L2)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.urls import reverse

from tests.cast import CLAIMING, CLOCK, World, at
from tests.settlement.making import object_to, several
from yunquan.desks.shared import letters
from yunquan.journal.models import LogEntry
from yunquan.settlement import actions as settlement
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.models import Voucher

LATER = CLAIMING + timedelta(days=31)


def letter(voucher: Voucher, verb: str) -> letters.Letter:
    row = LogEntry.objects.filter(obj=voucher.journal_key, act=f"voucher.{verb}").latest("seq")
    found = letters.letter(Voucher.objects.get(pk=voucher.pk), row.seq)
    assert found is not None
    return found


@pytest.mark.clause("D47-5.22", "D47-5.15")
def test_a_payment_that_an_objection_reduced_is_told_as_what_was_paid(world: World) -> None:
    [voucher] = several(world, 1)
    shown = world.published()
    raised = object_to(world, shown, voucher)
    settlement.reduce(
        objection=raised, reason="部分属实", payable_fen=60_000_00, by=world["dg_approver"],
        now=at("2019-04-11 09:00"),
    )  # fmt: skip
    settlement.close(settlement_list=shown, by=CLOCK, now=shown.publicity_ends_at)
    world.pay_all(world.released())
    told = letter(voucher, "pay")
    assert told.total_fen == 60_000_00
    facts = dict(told.facts)
    assert facts["兑付金额"] == "60,000.00 元" and "异议处理后核减" in facts


@pytest.mark.clause("D47-5.15")
def test_a_payment_in_full_says_its_sum_and_no_reduction(world: World) -> None:
    voucher = world.approved()
    world.standing()
    world.pay_all(world.released())
    voucher.refresh_from_db()
    told = letter(voucher, "pay")
    assert told.total_fen == voucher.face_fen + voucher.bonus_fen
    assert "异议处理后核减" not in dict(told.facts)


@pytest.mark.clause("D47-5.14", "D47-5.21")
def test_a_voucher_that_ended_for_a_reversed_invoice_is_not_told_of_an_objection(world: World) -> None:
    voucher = world.approved()
    alarm = vouchers.raise_alarm(
        key=voucher.claim_invoices.get().invoice.key, kind="void", happened_on=date(2019, 3, 1),
        note="查验平台（测试）", by=world["dg_cashier"], now=LATER,
    )  # fmt: skip
    vouchers.answer_alarm(alarm=alarm, answer="upheld", reason="属实", by=world["dg_reviewer"], now=LATER)
    vouchers.refuse_for_alarm(
        voucher=voucher, reason="发票已于三月作废", by=world["dg_approver"], now=LATER + timedelta(hours=1)
    )
    told = letter(voucher, "refuse")
    assert "异议" not in "".join(told.paragraphs) and "发票" in told.paragraphs[0]
    assert [one["says"] for one in told.items] == ["发票已于三月作废"]
    assert dict(told.facts)["依据"] == told.items[0]["article"] and "14" in told.items[0]["article"]


@pytest.mark.clause("L2")
def test_a_record_whose_details_were_altered_is_not_said_to_agree(world: World, client: Any) -> None:
    voucher = world.apply()
    told = letter(voucher, "submit")
    place = reverse("public:check_letter", args=[told.seq, told.digest])
    assert "与平台记录一致" in client.get(place).content.decode()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("DROP TRIGGER journal_logpayload_no_update")
        else:
            cursor.execute("ALTER TABLE journal_logpayload DISABLE TRIGGER USER")
        cursor.execute(
            "UPDATE journal_logpayload SET payload = replace(payload, 'face_fen', 'face_fem') WHERE seq = %s",
            [told.seq],
        )
    page = client.get(place).content.decode()
    assert "记录异常" in page and "与平台记录一致" not in page
