"""Who may hold whose payment by telling of a reversed invoice, and that every alarm can be answered (D47-5.14, S3)."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import CLAIMING, World, broken
from tests.desks.officials import text_of
from tests.evidence.papers import lists
from tests.evidence.papers.einvoice import xml
from tests.evidence.papers.invoice import Paper
from tests.vouchers.refusing import codes
from yunquan.evidence import actions as evidence
from yunquan.evidence import readings
from yunquan.evidence.models import InvoiceAlarm
from yunquan.journal.models import Notice
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers import holding
from yunquan.vouchers.models import Voucher

NUMBER = "26440000000000000018"
LATER = CLAIMING + timedelta(hours=2)


def claimed(world: World) -> Voucher:
    """A claim that rests on a 数电票, whose number says all."""
    voucher = world.issued()
    typed = world.typed_claim(voucher)
    typed["invoices"][0] |= {"code": "", "number": NUMBER}
    return vouchers.claim(voucher=voucher, typed=typed, by=world["dg_enterprise"], now=CLAIMING)


def red(world: World) -> bytes:
    """A red invoice as anyone can write it who knows the number and the supplier's public code."""
    blue = Paper(
        number=NUMBER, day=date(2019, 2, 19), seller=world.supplier.name, seller_no=world.supplier.uscc,
        buyer=world.enterprise.name, buyer_no=world.enterprise.uscc,
    )  # fmt: skip
    return xml(blue.red())


def read(world: World, who: str, content: bytes) -> None:
    by = world[who]
    file = evidence.take_file(content=content, name="红字发票.xml", org=by.org, by=by, now=LATER)
    readings.read_file(file, "invoice", now=LATER)


def told(world: World, who: str = "dg_cashier") -> dict[str, Any]:
    return {
        "key": NUMBER, "kind": "void", "happened_on": date(2019, 2, 19), "note": "查验平台（测试）",
        "by": world[who], "now": LATER,
    }  # fmt: skip


@pytest.mark.clause("D47-5.14", "A1")
@pytest.mark.parametrize("stranger", ["fs_enterprise", "other_supplier"])
def test_a_strangers_file_holds_nobodys_payment_and_is_a_hint_to_the_city_once(
    world: World, stranger: str
) -> None:
    voucher = claimed(world)
    read(world, stranger, red(world))
    read(world, stranger, red(world) + b"\n")
    assert not InvoiceAlarm.objects.exists()
    assert holding.open_alarms(voucher) == []
    hint = Notice.objects.get(kind="alarm_hint")
    assert hint.org == "bureau:441900" and voucher.number in hint.title and "没有登记警示" in hint.title
    assert NUMBER in hint.text and "红字发票.xml" not in hint.title + hint.text


@pytest.mark.clause("D47-5.14")
@pytest.mark.parametrize("teller", ["supplier", "dg_enterprise", "dg_reviewer", "province_officer"])
def test_a_file_of_a_party_or_of_a_bureau_raises_the_alarm_also_when_a_stranger_sent_it_before(
    world: World, teller: str
) -> None:
    voucher = claimed(world)
    read(world, "fs_enterprise", red(world))
    read(world, teller, red(world))
    assert [one.answer for one in holding.open_alarms(voucher)] == ["open"]
    assert broken() == []


@pytest.mark.clause("D47-5.14")
def test_a_form_that_is_sent_again_tells_what_was_read_before(world: World, enter: Any, moment: Any) -> None:
    voucher = claimed(world)
    read(world, "fs_enterprise", red(world))
    mine = world.issued()
    by = world["dg_enterprise"]
    file = evidence.take_file(content=red(world), name="发票.xml", org=by.org, by=by, now=LATER)
    moment("2019-02-21 10:00")
    sent = {"invoices-0-file_id": str(file.pk), "fill": ""}
    assert enter("dg_enterprise").post(f"/enterprise/claims/{mine.number}/invoices/", sent).status_code == 200
    assert len(holding.open_alarms(voucher)) == 1


@pytest.mark.clause("D47-5.14", "S3")
def test_an_alarm_on_a_claim_that_was_taken_back_is_still_seen_and_answered(
    world: World, enter: Any, moment: Any
) -> None:
    voucher = claimed(world)
    alarm = vouchers.raise_alarm(**told(world))
    voucher = vouchers.withdraw_claim(voucher=voucher, by=world["dg_enterprise"], now=LATER)
    again = {"voucher": voucher, "by": world["dg_enterprise"], "now": LATER + timedelta(hours=2)}
    assert codes(vouchers.claim, **again) == {"invoice_alarm"}
    moment("2019-02-20 12:00")
    reviewer, place = enter("dg_reviewer"), f"/city/alarms/{alarm.pk}/"
    assert place in text_of(reviewer.get("/city/alarms/"))
    for stranger in ("fs_reviewer", "hc_reviewer"):
        assert enter(stranger).get(place).status_code == 404
    assert holding.alarm_for(world["other_supplier"], alarm.pk) is None
    assert holding.alarm_for(world["fs_enterprise"], alarm.pk) is None
    assert reviewer.post(place, {"decision": "lift", "reason": "平台误报"}).status_code == 302
    assert Notice.objects.filter(org=world["dg_enterprise"].org, title__contains="解除").count() == 1
    assert vouchers.claim(**again).state == "claimed"
    assert broken() == []


@pytest.mark.clause("D47-5.14")
def test_an_alarm_on_a_voucher_that_ended_can_be_answered_so_that_the_invoice_may_serve_again(
    world: World,
) -> None:
    voucher = world.verdict(world.attest(claimed(world)))
    alarm = vouchers.raise_alarm(**told(world))
    vouchers.reject_claim(
        voucher=voucher,
        reasons=[{"label": "测试"}],
        by=world["dg_reviewer"],
        now=CLAIMING + timedelta(days=30),
    )
    answer = {"alarm": alarm, "answer": "lifted", "reason": "误报", "now": CLAIMING + timedelta(days=31)}
    assert codes(vouchers.answer_alarm, by=world["fs_reviewer"], **answer) == {"not_your_case"}
    assert vouchers.answer_alarm(by=world["dg_reviewer"], **answer).answer == "lifted"


@pytest.mark.clause("D47-5.14")
def test_an_alarm_that_was_lifted_does_not_keep_the_same_invoice_from_being_told_again(world: World) -> None:
    voucher = claimed(world)
    first = vouchers.raise_alarm(**told(world, "supplier"))
    assert codes(vouchers.raise_alarm, **told(world)) == {"alarm_known"}
    lifted = {"answer": "lifted", "reason": "发票有效", "by": world["dg_reviewer"], "now": LATER}
    vouchers.answer_alarm(alarm=first, **lifted)
    second = vouchers.raise_alarm(**told(world))
    assert [one.pk for one in holding.open_alarms(voucher)] == [second.pk]
    assert codes(vouchers.raise_alarm, **told(world)) == {"alarm_known"}
    assert broken() == []


@pytest.mark.clause("D47-5.14")
def test_a_red_invoice_that_was_looked_into_is_not_told_again_by_its_file(world: World) -> None:
    voucher = claimed(world)
    read(world, "supplier", red(world))
    alarm = InvoiceAlarm.objects.get()
    lifted = {"answer": "lifted", "reason": "余下足够", "by": world["dg_reviewer"], "now": LATER}
    vouchers.answer_alarm(alarm=alarm, **lifted)
    read(world, "dg_enterprise", red(world) + b"\n")
    assert holding.open_alarms(voucher) == [] and InvoiceAlarm.objects.count() == 1


@pytest.mark.clause("D47-5.14")
def test_a_list_of_red_rows_without_end_asks_for_a_few_answers_and_a_few_queries(world: World) -> None:
    voucher = claimed(world)
    blue = Paper(
        number=NUMBER, day=date(2019, 2, 19), seller=world.supplier.name, seller_no=world.supplier.uscc,
        buyer=world.enterprise.name, buyer_no=world.enterprise.uscc,
    )  # fmt: skip
    named = [replace(blue.red(), number=f"2744000000000000{place:04d}") for place in range(12)]
    others = [replace(blue, number=f"2844000000000000{place:04d}").red() for place in range(60)]
    rows = [lists.row_of(place, paper) for place, paper in enumerate([*named, *others], 1)]
    by, content = world["supplier"], lists.xlsx(rows)
    file = evidence.take_file(content=content, name="清单.xlsx", org=by.org, by=by, now=LATER)
    readings.read_file(file, "invoice", now=LATER)
    assert len(holding.open_alarms(voucher)) == 5
    with CaptureQueriesContext(connection) as asked:
        readings.read_file(file, "invoice", now=LATER)
    assert len(asked) < 2 + 4 * len(named)


def test_alarms_of_a_bureau_are_found_by_the_keys_of_their_invoices(world: World) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL reads small tables whole")
    plan = holding.alarms_visible_to(world["fs_reviewer"]).explain()
    assert "evidence_invoice_by_key" in plan
    assert not re.search(r"SCAN \w*evidence_invoice\b|SCAN V\d+|SCAN vouchers_claiminvoice", plan), plan
