"""All points of a voucher's papers at once: a clean case passes, and every single fault is named by its article."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.evidence.matching.cases import (
    CONTRACT,
    ENTERPRISE,
    INVOICE,
    PACK,
    PARENT,
    PROOF,
    SUPPLIER,
    parent,
    voucher,
)
from yunquan.evidence.keys import invoice_key
from yunquan.evidence.matching import Finding, Used, match_claim, match_contract, refusals
from yunquan.evidence.matching.lines import lines_against_services
from yunquan.evidence.reading.facts import InvoiceFacts, InvoiceLine, ProofFacts


def claim(
    *invoices: InvoiceFacts,
    proofs: tuple[ProofFacts, ...] = (PROOF,),
    used: Used | None = None,
    **changed: Any,
) -> list[Finding]:
    """The findings of a claim; the clean invoice and proof where none is given."""
    papers = invoices or (INVOICE,)
    return match_claim(voucher(**changed), papers, proofs, rulebook=PACK, used=used)


def failed(findings: list[Finding]) -> set[str]:
    """The codes of what didn't pass."""
    return {finding.code for finding in findings if not finding.passed}


def test_a_clean_case_has_no_fault_and_every_point_names_its_article() -> None:
    found = claim() + match_contract(voucher())
    assert failed(found) == set() and refusals(found) == []
    assert {"issuer_is_supplier", "payee_is_supplier", "buyer_is_another", "payer_is_enterprise"} <= {
        finding.code for finding in found
    }
    assert all(finding.article.startswith("D") and finding.message for finding in found)


@pytest.mark.parametrize(
    ("paper", "code", "article"),
    [
        (
            replace(INVOICE, seller="虚构软件有限公司", seller_no=PARENT.code),
            "issuer_is_supplier",
            "D47-5.14",
        ),
        (replace(INVOICE, seller=SUPPLIER.name, seller_no=PARENT.code), "issuer_is_supplier", "D47-5.14"),
        (replace(INVOICE, seller=None, seller_no=None), "issuer_is_supplier", "D47-5.14"),
        (replace(INVOICE, buyer_no=PARENT.code), "buyer_is_another", "D47-5.11"),
        (replace(INVOICE, gross_fen=9_999_999, tax_fen=566_037), "invoices_cover_face", "D47-5.14"),
        (replace(INVOICE, tax_fen=566_039), "invoice_sums", "D47-5.11"),
        (replace(INVOICE, issued_on=date(2019, 2, 2)), "day_after_claim", "D47-5.11"),
        (replace(INVOICE, issued_on=None), "day_missing", "D47-5.11"),
        (replace(INVOICE, void="作废"), "invoice_counts", "D47-5.14"),
        (replace(INVOICE, red=True), "invoice_counts", "D47-5.14"),
    ],
)
def test_each_fault_of_an_invoice_refuses_with_its_article(
    paper: InvoiceFacts, code: str, article: str
) -> None:
    told = refusals(claim(paper))
    assert {(one.code, one.article) for one in told} >= {(code, article)}
    assert all(one.mend and one.field for one in told)


@pytest.mark.parametrize(
    ("paper", "code", "article"),
    [
        (replace(PROOF, payee="虚构软件有限公司"), "payee_is_supplier", "D47-5.14"),
        (replace(PROOF, payer="虚构法人"), "payer_is_enterprise", "D47-4.2"),
        (replace(PROOF, payer=None), "payer_is_enterprise", "D47-4.2"),
        (replace(PROOF, amount_fen=9_999_999), "payments_cover_face", "D47-4.2"),
        (replace(PROOF, paid_on=date(2019, 3, 1)), "day_after_claim", "D47-5.11"),
        (replace(PROOF, no_proof="页面写明“待审批”"), "proof_is_request", "D47-5.11"),
    ],
)
def test_each_fault_of_a_payment_refuses_with_its_article(paper: ProofFacts, code: str, article: str) -> None:
    told = refusals(claim(proofs=(paper,)))
    assert (code, article) in {(one.code, one.article) for one in told}


def test_all_faults_are_said_at_once() -> None:
    found = claim(
        replace(INVOICE, seller_no=PARENT.code, buyer_no=PARENT.code, gross_fen=1, void="作废"),
        proofs=(replace(PROOF, payee="甲", payer="乙", amount_fen=1),),
    )
    assert failed(found) >= {
        "issuer_is_supplier",
        "buyer_is_another",
        "payee_is_supplier",
        "payer_is_enterprise",
        "invoices_cover_face",
        "payments_cover_face",
        "invoice_sums",
        "invoice_counts",
    }


def test_a_void_or_red_invoice_and_a_request_page_bring_nothing_to_the_sums() -> None:
    # The negative control: the same papers without the marks do cover the voucher.
    assert not {"invoices_cover_face", "payments_cover_face"} & failed(claim())
    assert "invoices_cover_face" in failed(claim(replace(INVOICE, void="已红冲")))
    assert "payments_cover_face" in failed(claim(proofs=(replace(PROOF, no_proof="付款申请"),)))


def test_another_firm_passes_only_when_declared_proven_and_accepted_by_the_reviewer() -> None:
    paper = replace(INVOICE, seller=PARENT.name, seller_no=PARENT.code)
    assert "issuer_is_supplier" in failed(claim(paper))
    unproven = refusals(claim(paper, exceptions=[parent(proof="")]))
    assert [one.code for one in unproven] == ["issuer_is_supplier"] and "没有证明" in unproven[0].message
    assert refusals(claim(paper, exceptions=[parent(reason=" ")]))
    proven = claim(paper, exceptions=[parent()])
    assert refusals(proven) == [] and "issuer_is_supplier_excepted" in failed(proven)
    assert failed(claim(paper, exceptions=[parent(accepted=True)])) == set()
    # An exception holds for its part and its firm alone.
    assert refusals(claim(paper, exceptions=[parent(part="payee")]))
    assert refusals(claim(paper, exceptions=[parent(party=ENTERPRISE)]))


def test_an_exception_for_nobody_excuses_nobody() -> None:
    nobody = replace(INVOICE, seller=None, seller_no=None)
    assert refusals(claim(nobody, exceptions=[parent(party=type(PARENT)("", ""))]))


def test_the_paid_share_of_the_pack_is_asked_from_its_day_on() -> None:
    later = {"applied_on": date(2020, 6, 1), "claimed_on": date(2021, 1, 8)}
    paid = replace(PROOF, amount_fen=10_799_999)
    assert "paid_share_of_contract" in failed(claim(proofs=(paid,), **later))
    enough = replace(PROOF, amount_fen=10_800_000)
    assert "paid_share_of_contract" not in failed(claim(proofs=(enough,), **later))
    assert "paid_share_of_contract" not in failed(claim(proofs=(paid,)))


def test_what_is_dated_before_the_contract_is_shown_and_not_refused() -> None:
    early = replace(INVOICE, issued_on=date(2018, 10, 1))
    found = claim(early)
    assert "day_before_contract" in failed(found) and refusals(found) == []


def test_a_document_serves_once_and_stands_in_a_claim_once() -> None:
    key = invoice_key("", INVOICE.number or "")
    told = refusals(claim(used=Used(invoices={key: "粤券0007"}, proofs={"GH0001": "粤券0008"})))
    assert {(one.code, one.article) for one in told} == {
        ("invoice_used", "D47-5.14"),
        ("proof_used", "D47-5.14"),
    }
    assert "粤券0007" in told[0].message
    assert "listed_twice" in failed(claim(INVOICE, replace(INVOICE, code="044001900111")))
    assert "listed_twice" not in failed(claim(INVOICE, replace(INVOICE, number="24442000000123456780")))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"party_a": "虚构塑胶有限公司"}, "contract_party"),
        ({"party_b": None}, "contract_party"),
        ({"cloud_fee_fen": 10_000_001}, "fee_lines_sum"),
        ({"cloud_fee_fen": None}, "cloud_fee_within_total"),
        ({"total_fen": 9_999_999}, "cloud_fee_within_total"),
        ({"signed_on": date(2018, 11, 2)}, "contract_before_application"),
        ({"signed_on": None}, "contract_before_application"),
    ],
)
def test_each_fault_of_a_contract_refuses(changed: dict[str, Any], code: str) -> None:
    told = refusals(match_contract(voucher(contract=replace(CONTRACT, **changed))))
    assert code in {one.code for one in told} and all(one.article and one.mend for one in told)


def test_one_contract_serves_one_voucher() -> None:
    assert "contract_used" in failed(match_contract(voucher(), Used(contract="粤券0009")))
    assert "contract_used" not in failed(match_contract(voucher(), Used()))


def test_more_than_the_contract_is_for_the_eye_only() -> None:
    found = claim(replace(INVOICE, net_fen=None, gross_fen=13_000_000, lines=()))
    assert failed(found) == {"invoices_above_contract"} and refusals(found) == []


@pytest.mark.parametrize(
    ("name", "word"),
    [
        ("*通用设备*六轴机器人", "自动化装备"),
        ("*软件*ERP单机版永久授权", "非云化软件"),
        ("*餐饮服务*餐费", "其他费用"),
        ("*金属制品*不锈钢螺丝", "看不出"),
        ("*信息技术服务*生产品质管控服务费", ""),
        ("*信息技术服务*云平台年费", ""),
        ("*现代服务*设备接入实施费", ""),
        ("供应链协同（12个月）", ""),
        ("", ""),
    ],
)
def test_lines_that_are_no_cloud_fee_are_pointed_out(name: str, word: str) -> None:
    told = lines_against_services([InvoiceLine(name)], ["生产品质管控", "供应链协同"])
    assert (word in told[0]) if word else told == []


sums = st.integers(min_value=0, max_value=30_000_000)


@settings(deadline=None)
@given(gross=st.lists(sums, max_size=4), paid=st.lists(sums, max_size=4), face=st.integers(1, 20_000_000))
def test_nothing_passes_whose_sums_fall_short_and_nothing_else_is_refused(
    gross: list[int], paid: list[int], face: int
) -> None:
    invoices = [
        replace(INVOICE, number=f"{place:020d}", gross_fen=fen, net_fen=None, tax_fen=None, lines=())
        for place, fen in enumerate(gross)
    ]
    proofs = [replace(PROOF, serial=f"S{place}", amount_fen=fen) for place, fen in enumerate(paid)]
    told = refusals(match_claim(voucher(face_fen=face), invoices, proofs, rulebook=PACK))
    expected = set()
    if sum(gross) < face:
        expected.add("invoices_cover_face")
    if sum(paid) < face:
        expected.add("payments_cover_face")
    assert {one.code for one in told} == expected


@settings(deadline=None)
@given(st.permutations(range(4)))
def test_the_order_of_the_papers_changes_no_finding(order: list[int]) -> None:
    papers = [
        INVOICE,
        replace(INVOICE, number="2", void="作废"),
        replace(INVOICE, number="3", seller_no=PARENT.code),
        replace(INVOICE, number="4", buyer_no=PARENT.code),
    ]
    plain = sorted((one.code, one.passed, one.message) for one in claim(*papers))
    mixed = sorted((one.code, one.passed, one.message) for one in claim(*(papers[place] for place in order)))
    assert plain == mixed
