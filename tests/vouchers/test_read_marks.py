"""What was read in a claim's files: a mark that makes a paper worthless refuses, a mere difference never does."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from tests.cast import APPLYING, CLAIMING, World, broken
from tests.vouchers.refusing import codes, fields, refusals
from yunquan.evidence.models import Reading, StoredFile
from yunquan.evidence.reading.facts import InvoiceFacts, InvoiceLine, ProofFacts
from yunquan.evidence.readings import VERSIONS
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.findings import application_findings, claim_findings
from yunquan.vouchers.models import Voucher

LATER = CLAIMING + timedelta(days=30)


def read(file: str | int, reader: str, facts: dict[str, Any] | None) -> None:
    """Keep what a reader found in a file, as the reader would."""
    Reading.objects.create(
        sha256=StoredFile.objects.get(pk=int(file)).sha256, reader=reader, version=VERSIONS[reader],
        facts=facts, error="" if facts else "读不成（测试）", read_at=CLAIMING,
    )  # fmt: skip


def invoices(*rows: InvoiceFacts) -> dict[str, Any]:
    """A reading of one invoice, or of a list of several."""
    listed = len(rows) > 1
    return {
        "invoices": [
            {"row": place if listed else None, "facts": row.as_json(), "error": None}
            for place, row in enumerate(rows, start=2)
        ]
    }


def proofs(*rows: ProofFacts) -> dict[str, Any]:
    """A reading of one receipt, or of a statement of several payments."""
    told = invoices(*rows)  # type: ignore[arg-type]
    return {"proofs": told["invoices"]}


def claim(world: World, voucher: Voucher, typed: dict[str, Any]) -> dict[str, Any]:
    return {"voucher": voucher, "typed": typed, "by": world["dg_enterprise"], "now": CLAIMING}


def fresh(world: World) -> tuple[Voucher, dict[str, Any]]:
    voucher = world.issued()
    return voucher, world.typed_claim(voucher)


@pytest.mark.clause("D47-5.14")
@pytest.mark.parametrize(("marks", "word"), [({"red": True}, "红字发票"), ({"void": "作废"}, "作废")])
def test_a_mark_that_was_read_refuses_the_claim_and_says_how_to_mend_it(
    world: World, marks: dict[str, Any], word: str
) -> None:
    voucher, typed = fresh(world)
    row = typed["invoices"][0]
    read(row["file"], "invoice", invoices(InvoiceFacts(number=row["number"], **marks)))
    said = refusals(vouchers.claim, **claim(world, voucher, typed))
    mark = next(one for one in said if one.code == "invoice_counts")
    assert (mark.field, mark.mend) == ("invoices-0-number", "请更换有效的发票") and word in mark.message
    # It brings nothing to the sums either.
    assert {one.code for one in said} == {"invoice_counts", "invoices_cover_face"}


@pytest.mark.clause("D47-5.11")
def test_a_page_on_which_a_payment_is_only_asked_for_refuses_the_claim(world: World) -> None:
    voucher, typed = fresh(world)
    facts = ProofFacts(serial="S1", no_proof="页面写明“待审批”")
    read(typed["proofs"][0]["file"], "proof", proofs(facts))
    assert fields(vouchers.claim, **claim(world, voucher, typed)) == {
        ("proof_is_request", "proofs-0-file"), ("payments_cover_face", "payments"),
    }  # fmt: skip


@pytest.mark.clause("D47-5.10", "D47-5.14")
def test_what_was_read_otherwise_or_not_at_all_refuses_nothing(world: World) -> None:
    voucher, typed = fresh(world)
    other = InvoiceFacts(
        number="99999999", gross_fen=1, seller="虚构别家", seller_no="9144", buyer_no="9144", red=False
    )
    read(typed["invoices"][0]["file"], "invoice", invoices(other))
    read(typed["proofs"][0]["file"], "proof", None)
    voucher = vouchers.claim(**claim(world, voucher, typed))
    assert [one.code for one in claim_findings(voucher) if not one.passed] == []
    assert broken() == []


@pytest.mark.clause("D47-5.14")
def test_of_a_list_only_its_own_row_speaks_for_an_invoice(world: World) -> None:
    voucher, typed = fresh(world)
    row = typed["invoices"][0]
    own, red = InvoiceFacts(number=row["number"], red=False), InvoiceFacts(number="00009999", red=True)
    read(row["file"], "invoice", invoices(own, red))
    assert vouchers.claim(**claim(world, voucher, typed)).state == "claimed"
    voucher, typed = fresh(world)
    row = typed["invoices"][0]
    read(
        row["file"],
        "invoice",
        invoices(replace(own, number=row["number"], red=True), replace(red, red=False)),
    )
    assert "invoice_counts" in codes(vouchers.claim, **claim(world, voucher, typed))


@pytest.mark.clause("D47-5.14")
def test_a_mark_read_after_the_claim_refuses_its_approval(world: World) -> None:
    voucher, typed = fresh(world)
    voucher = world.verdict(world.attest(vouchers.claim(**claim(world, voucher, typed))))
    approve = {"voucher": voucher, "seen_hash": voucher.claim_hash, "by": world["dg_reviewer"], "now": LATER}
    row = typed["invoices"][0]
    read(row["file"], "invoice", invoices(InvoiceFacts(number=row["number"], void="已红冲")))
    assert codes(vouchers.approve_claim, **approve) == {"invoice_counts", "invoices_cover_face"}


@pytest.mark.clause("D47-3")
def test_lines_that_look_like_no_cloud_fee_are_for_the_reviewers_eye(world: World) -> None:
    voucher, typed = fresh(world)
    row = typed["invoices"][0]
    lines = (InvoiceLine("*通用设备*六轴机器人", 1), InvoiceLine("*信息技术服务*生产设备状态监控", 1))
    read(row["file"], "invoice", invoices(InvoiceFacts(number=row["number"], red=False, lines=lines)))
    voucher = vouchers.claim(**claim(world, voucher, typed))
    looked = [one for one in claim_findings(voucher) if not one.passed]
    assert [(one.code, one.weight) for one in looked] == [("line_unlike_services", "look")]
    assert "机器人" in looked[0].message


@pytest.mark.clause("D47-5.6", "D47-5.11")
def test_days_stand_in_their_order(world: World) -> None:
    voucher, typed = fresh(world)
    typed["invoices"][0]["issued_on"] = "2019-02-21"
    typed["report"]["accepted_on"] = "2019-03-01"
    assert fields(vouchers.claim, **claim(world, voucher, typed)) == {
        ("day_after_claim", "invoices-0-issued_on"), ("day_after_claim", "report-accepted_on"),
    }  # fmt: skip
    typed = world.typed_claim(voucher)
    typed["invoices"][0]["issued_on"] = "2018-10-01"
    voucher = vouchers.claim(**claim(world, voucher, typed))
    assert [one.code for one in claim_findings(voucher) if not one.passed] == ["day_before_contract"]


@pytest.mark.clause("D47-5.6")
def test_a_contract_dated_after_the_application_is_refused_when_it_is_submitted(world: World) -> None:
    voucher = world.start()
    typed = world.typed(signed_on="2018-12-04")
    by = world["dg_enterprise"]
    submit = {"voucher": voucher, "by": by, "now": APPLYING}
    assert fields(vouchers.submit, typed=typed, **submit) == {("signed_in_future", "signed_on")}
    voucher = vouchers.submit(typed=world.typed(signed_on="2018-12-03"), **submit)
    assert [one for one in application_findings(voucher) if not one.passed] == []


def test_faults_stand_beside_the_row_in_which_they_were_typed(world: World) -> None:
    voucher, typed = fresh(world)
    good = typed["proofs"][0]
    typed["proofs"] = [{**good, "serial": ""}, {**good, "serial": "S2", "payer_name": "虚构别家"}]
    assert {one for one in fields(vouchers.claim, **claim(world, voucher, typed))} == {
        ("missing", "proofs-0-serial"), ("payer_is_enterprise", "proofs-1-payer_name"),
    }  # fmt: skip


def test_an_invoice_listed_twice_is_told_beside_its_own_row_whatever_stands_above_it(world: World) -> None:
    voucher, typed = fresh(world)
    good, paid = typed["invoices"][0], typed["proofs"][0]
    typed["invoices"] = [{**good, "number": ""}, good, good]
    typed["proofs"] = [{**paid, "serial": ""}, paid, paid]
    told = fields(vouchers.claim, **claim(world, voucher, typed))
    assert {one for one in told if one[0] == "listed_twice"} == {
        ("listed_twice", "invoices-2-number"), ("listed_twice", "proofs-2-serial"),
    }  # fmt: skip
