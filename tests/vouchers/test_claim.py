"""The claim: invoices, payments, report; every fault at once; a place in the queue (D47-5.11, U2, U3, F1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import CLAIMING, World, at, broken
from tests.vouchers.refusing import codes, fields
from yunquan.evidence.models import Invoice, PaymentProof
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.models import Voucher

REASONS = [{"code": "invoice", "label": "发票与合同不符"}]


def claim_codes(
    world: World, voucher: Voucher, typed: dict[str, Any], clerk: str = "dg_enterprise"
) -> set[str]:
    return codes(vouchers.claim, voucher=voucher, typed=typed, by=world[clerk], now=CLAIMING)


@pytest.mark.clause("D47-5.11", "D47-4.2", "F1")
def test_a_claim_takes_the_next_place_of_its_city(world: World) -> None:
    places = [world.claim(world.issued()).claim_seq for _ in range(2)]
    elsewhere = world.confirm(world.apply("fs_enterprise"))
    elsewhere = world.issue(elsewhere, reviewer="fs_reviewer")
    assert places == [1, 2]
    assert world.claim(elsewhere, "fs_enterprise").claim_seq == 1
    assert broken() == []


@pytest.mark.clause("D47-5.18", "T1")
def test_the_claim_window_closes_at_its_hour(world: World) -> None:
    voucher = world.issued()
    typed = world.typed_claim(voucher)
    closing, by = at("2019-03-31 17:00"), world["dg_enterprise"]
    assert codes(vouchers.claim, voucher=voucher, typed=typed, by=by, now=closing) == {"claim_window_closed"}
    just = closing - timedelta(microseconds=1)
    assert vouchers.claim(voucher=voucher, typed=typed, by=by, now=just).state == "claimed"


@pytest.mark.clause("D47-5.11", "D47-5.21")
def test_an_empty_claim_says_everything_that_is_missing(world: World) -> None:
    voucher = world.issued()
    by = world["dg_enterprise"]
    said = fields(vouchers.claim, voucher=voucher, typed={}, by=by, now=CLAIMING)
    assert said == {
        ("missing", "invoices"),
        ("missing", "proofs"),
        ("missing", "report-number"),
        ("not_a_date", "report-accepted_on"),
        ("missing", "report-file"),
    }
    typed = world.typed_claim(voucher)
    typed["invoices"][0] |= {"number": "", "issued_on": "2019-02-30", "gross": "1.005", "file": ""}
    typed["proofs"][0] |= {"serial": "", "amount": "0"}
    said = fields(vouchers.claim, voucher=voucher, typed=typed, by=by, now=CLAIMING)
    assert said == {
        ("missing", "invoices-0-number"),
        ("not_a_date", "invoices-0-issued_on"),
        ("not_an_amount", "invoices-0-gross"),
        ("missing", "invoices-0-file"),
        ("missing", "proofs-0-serial"),
        ("not_positive", "proofs-0-amount"),
    }


@pytest.mark.clause("D47-4.2", "D47-5.14", "M6")
def test_issuer_payee_buyer_and_sums_are_held_against_the_voucher(world: World) -> None:
    voucher = world.issued()
    typed = world.typed_claim(voucher)
    other = world["other_supplier"].org.partition(":")[2]
    stranger = type(world.supplier).objects.get(pk=other)
    typed["invoices"][0] |= {
        "seller_uscc": stranger.uscc, "buyer_uscc": stranger.uscc, "gross": "109999.99",
    }  # fmt: skip
    typed["proofs"][0] |= {"payee_name": stranger.name, "amount": "109999.99"}
    assert claim_codes(world, voucher, typed) == {
        "issuer_is_supplier",
        "payee_is_supplier",
        "buyer_is_another",
        "invoices_cover_face",
        "payments_cover_face",
    }


@pytest.mark.clause("D47-4.2", "M6")
def test_paying_exactly_the_face_is_enough(world: World) -> None:
    voucher = world.issued()
    typed = world.typed_claim(voucher)
    typed["invoices"][0]["gross"] = typed["proofs"][0]["amount"] = "110000.00"
    voucher = vouchers.claim(voucher=voucher, typed=typed, by=world["dg_enterprise"], now=CLAIMING)
    assert world.approve(world.verdict(world.attest(voucher))).state == "approved"


@pytest.mark.clause("U2", "U3", "D47-5.14")
def test_an_invoice_a_proof_and_a_report_serve_one_claim_only(world: World) -> None:
    first, second = world.issued(), world.issued()
    used = world.typed_claim(first)
    vouchers.claim(voucher=first, typed=used, by=world["dg_enterprise"], now=CLAIMING)
    again = {
        "invoices": [{**used["invoices"][0], "number": f" {used['invoices'][0]['number']} "}],
        "proofs": [{**used["proofs"][0], "bank": "虚构银行 东莞分行"}],
        "report": used["report"],
    }
    assert claim_codes(world, second, again) >= {"invoice_used", "proof_used", "report_used"}
    with_one = {**world.typed_claim(second), "invoices": again["invoices"]}
    assert "invoice_used" in claim_codes(world, second, with_one)


@pytest.mark.clause("U2", "U3")
def test_a_row_that_stands_twice_in_one_claim_is_refused(world: World) -> None:
    voucher = world.issued()
    typed = world.typed_claim(voucher)
    typed["invoices"] *= 2
    typed["proofs"] *= 2
    said = fields(vouchers.claim, voucher=voucher, typed=typed, by=world["dg_enterprise"], now=CLAIMING)
    assert said == {("listed_twice", "invoices-1-number"), ("listed_twice", "proofs-1-serial")}


@pytest.mark.clause("U2", "U3", "Q4")
def test_the_evidence_of_a_claim_that_ended_may_serve_another(world: World) -> None:
    first, second = world.issued(), world.issued()
    used = world.typed_claim(first)
    first = vouchers.claim(voucher=first, typed=used, by=world["dg_enterprise"], now=CLAIMING)
    first = world.verdict(world.attest(first))
    vouchers.reject_claim(
        voucher=first, reasons=REASONS, by=world["dg_reviewer"], now=CLAIMING + timedelta(days=30)
    )
    assert (
        vouchers.claim(voucher=second, typed=used, by=world["dg_enterprise"], now=CLAIMING).state == "claimed"
    )
    assert broken() == []


@pytest.mark.clause("F1", "D47-5.12")
def test_a_claim_that_was_returned_takes_a_new_place_when_it_comes_again(world: World) -> None:
    first = world.claim(world.issued())
    by = world["supplier"]
    first = vouchers.decline_claim(voucher=first, reasons=REASONS, by=by, now=CLAIMING + timedelta(days=1))
    assert (first.state, first.claim_seq) == ("claim_returned", 1)
    second = world.claim(world.issued())
    now = CLAIMING + timedelta(days=2)
    again = vouchers.claim(voucher=first, by=world["dg_enterprise"], now=now)
    assert (second.claim_seq, again.claim_seq) == (2, 3)
    assert Invoice.objects.filter(is_live=True).count() == 2
    assert PaymentProof.objects.filter(is_live=True).count() == 2
    assert broken() == []


@pytest.mark.clause("T2", "F1")
def test_the_order_of_times_is_the_order_of_places(world: World) -> None:
    first = world.claim(world.issued(), now=CLAIMING)
    second = world.claim(world.issued(), now=CLAIMING - timedelta(minutes=5))
    assert second.claim_seq == first.claim_seq + 1
    assert second.claimed_at >= first.claimed_at


def test_a_claim_can_be_kept_and_made_later_and_not_edited_once_made(world: World) -> None:
    voucher = world.issued()
    typed, by = world.typed_claim(voucher), world["dg_enterprise"]
    vouchers.save_claim(voucher=voucher, typed=typed, by=by, now=CLAIMING)
    assert vouchers.claim(voucher=voucher, by=by, now=CLAIMING).state == "claimed"
    assert codes(vouchers.save_claim, voucher=voucher, typed={}, by=by, now=CLAIMING) == {"not_editable"}


def test_another_organisations_file_is_not_found(world: World) -> None:
    voucher = world.issued()
    typed = world.typed_claim(voucher)
    typed["report"]["file"] = str(world.file(world["fs_enterprise"]).pk)
    said = fields(vouchers.claim, voucher=voucher, typed=typed, by=world["dg_enterprise"], now=CLAIMING)
    assert said == {("unknown_file", "report-file")}
