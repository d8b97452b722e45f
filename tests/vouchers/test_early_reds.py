"""A red invoice that was read before any claim rests on the blue one is heard when the claim comes (D47-5.14)."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from tests.cast import CLAIMING, World, broken
from tests.evidence.papers.einvoice import xml
from tests.evidence.papers.invoice import Paper
from tests.vouchers.refusing import codes
from yunquan.evidence import actions as evidence
from yunquan.evidence import readings
from yunquan.evidence.models import InvoiceAlarm, RedInvoice
from yunquan.journal.models import Notice
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers import findings, holding
from yunquan.vouchers.claiming import understand_claim
from yunquan.vouchers.models import Voucher

NUMBER = "26440000000000000018"
BEFORE = CLAIMING - timedelta(hours=2)
LATER = CLAIMING + timedelta(days=31)


def red(world: World, **changes: Any) -> bytes:
    """A red invoice as anyone can write it who knows the number and the supplier's public code."""
    blue = Paper(
        number=NUMBER, day=date(2019, 2, 18), seller=world.supplier.name, seller_no=world.supplier.uscc,
        buyer=world.enterprise.name, buyer_no=world.enterprise.uscc,
    )  # fmt: skip
    return xml(replace(blue.red(), **changes))


def read(world: World, who: str, content: bytes) -> None:
    by = world[who]
    file = evidence.take_file(content=content, name="红字发票.xml", org=by.org, by=by, now=BEFORE)
    readings.read_file(file, "invoice", now=BEFORE)


def typed_of(world: World, voucher: Voucher) -> dict[str, Any]:
    typed = world.typed_claim(voucher)
    typed["invoices"][0] |= {"code": "", "number": NUMBER}
    return typed


def claimed(world: World) -> Voucher:
    voucher = world.issued()
    typed, by = typed_of(world, voucher), world["dg_enterprise"]
    return vouchers.claim(voucher=voucher, typed=typed, by=by, now=CLAIMING)


@pytest.mark.clause("D47-5.14")
@pytest.mark.parametrize("teller", ["supplier", "dg_enterprise", "dg_reviewer", "province_officer"])
def test_the_claim_on_a_blue_invoice_that_was_reversed_before_is_held_from_its_first_moment(
    world: World, teller: str
) -> None:
    read(world, teller, red(world))
    read(world, teller, red(world) + b"\n")
    voucher = claimed(world)
    (alarm,) = holding.open_alarms(voucher)
    assert (alarm.key, alarm.kind, alarm.raised_by) == (NUMBER, "red", "clock")
    assert alarm.file is not None and alarm.file.name == "红字发票.xml"
    assert Notice.objects.filter(kind="alarm", org="bureau:441900").count() == 1
    voucher = world.verdict(world.attest(voucher))
    by = world["dg_reviewer"]
    approve = {"voucher": voucher, "seen_hash": voucher.claim_hash, "by": by, "now": LATER}
    assert codes(vouchers.approve_claim, **approve) == {"invoice_alarm"}
    lifted = {"answer": "lifted", "reason": "余下足够", "by": by, "now": LATER}
    vouchers.answer_alarm(alarm=alarm, **lifted)
    assert vouchers.approve_claim(**approve).state == "approved"
    assert InvoiceAlarm.objects.count() == 1
    assert broken() == []


@pytest.mark.clause("D47-5.14", "A1")
@pytest.mark.parametrize("stranger", ["fs_enterprise", "other_supplier"])
def test_a_strangers_early_red_invoice_holds_nothing_and_is_a_hint_to_the_city(
    world: World, stranger: str
) -> None:
    read(world, stranger, red(world))
    voucher = claimed(world)
    assert not InvoiceAlarm.objects.exists()
    hint = Notice.objects.get(kind="alarm_hint")
    assert hint.org == "bureau:441900" and voucher.number in hint.title
    assert world.approve(world.verdict(world.attest(voucher))).state == "approved"
    assert Notice.objects.filter(kind="alarm_hint").count() == 1


@pytest.mark.clause("D47-5.14")
def test_a_flood_of_a_strangers_red_invoices_hides_none_of_a_party(world: World) -> None:
    for place in range(30):
        read(world, "other_supplier", red(world, number=f"2744000000000000{place:04d}"))
    read(world, "supplier", red(world))
    assert len(holding.open_alarms(claimed(world))) == 1
    assert Notice.objects.filter(kind="alarm_hint").count() == 1


def test_another_sellers_red_invoice_says_nothing_of_this_one(world: World) -> None:
    read(world, "supplier", red(world, seller_no=world.enterprise.uscc))
    voucher = claimed(world)
    assert holding.open_alarms(voucher) == []
    assert not Notice.objects.filter(kind__startswith="alarm").exists()


@pytest.mark.clause("D47-5.14")
def test_what_was_lifted_is_not_told_again_by_the_next_claim_on_the_same_invoice(world: World) -> None:
    read(world, "supplier", red(world))
    voucher = claimed(world)
    (alarm,) = holding.open_alarms(voucher)
    clerk = world["dg_enterprise"]
    voucher = vouchers.withdraw_claim(voucher=voucher, by=clerk, now=CLAIMING)
    assert codes(vouchers.claim, voucher=voucher, by=clerk, now=CLAIMING) == {"invoice_alarm"}
    lifted = {"answer": "lifted", "reason": "余下足够", "by": world["dg_reviewer"], "now": CLAIMING}
    vouchers.answer_alarm(alarm=alarm, **lifted)
    voucher = vouchers.claim(voucher=voucher, by=clerk, now=CLAIMING)
    assert (voucher.state, holding.open_alarms(voucher)) == ("claimed", [])


@pytest.mark.clause("D47-5.14")
def test_what_came_between_claim_and_attestation_without_being_heard_is_heard_then(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    voucher = claimed(world)
    # The reader looked for a claim in the moment before the claim was there.
    monkeypatch.setattr("yunquan.evidence.alarms._hearers", [])
    read(world, "supplier", red(world))
    assert holding.open_alarms(voucher) == []
    assert len(holding.open_alarms(world.attest(voucher))) == 1


@pytest.mark.clause("D47-5.14")
def test_the_enterprise_is_told_before_it_claims(world: World) -> None:
    voucher = world.issued()
    read(world, "supplier", red(world))
    seen = understand_claim(typed_of(world, voucher))
    (told,) = findings.reversed_before(voucher, seen)
    assert (told.passed, told.weight, told.field) == (False, "look", "invoices-0-number")
    assert "红字发票" in told.message and "核查" in told.mend


@pytest.mark.clause("D47-5.14", "A1")
def test_of_a_strangers_file_the_enterprise_is_told_nothing(world: World) -> None:
    voucher = world.issued()
    read(world, "other_supplier", red(world))
    seen = understand_claim(typed_of(world, voucher))
    assert findings.reversed_before(voucher, seen) == []


def test_what_was_read_of_a_red_invoice_never_changes(world: World) -> None:
    read(world, "supplier", red(world))
    with pytest.raises(DatabaseError), transaction.atomic():
        RedInvoice.objects.update(key="x")
    with pytest.raises(DatabaseError), transaction.atomic():
        RedInvoice.objects.all().delete()
