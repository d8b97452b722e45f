"""Contracts, invoices, proofs and reports live once (U1, U2, U3)."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.parties.making import NOW, PDF, registered, registered_supplier
from yunquan.evidence import actions, invariants
from yunquan.evidence.keys import bank_key, invoice_key, proof_key
from yunquan.evidence.models import Contract, Invoice, StoredFile
from yunquan.kernel.refusal import Refused

pytestmark = pytest.mark.django_db
DAY = date(2018, 11, 9)


@pytest.fixture
def file():
    return StoredFile.objects.create(
        sha256="0" * 64,
        name="x.pdf",
        media_type="application/pdf",
        size=len(PDF),
        org="enterprise:1",
        uploaded_by="person:1",
        uploaded_at=NOW,
    )


def invoice(file, number="00012345", code="044001900111", **changes):
    facts = {
        "issued_on": DAY,
        "seller_uscc": "s",
        "seller_name": "供应商",
        "buyer_uscc": "b",
        "gross_fen": 100,
        "file": file,
    }
    return actions.enter_invoice(code=code, number=number, **{**facts, **changes})


def proof(file, serial="S1", bank="示例银行"):
    return actions.enter_proof(
        bank=bank, serial=serial, paid_on=DAY, payer_name="甲", payee_name="乙", amount_fen=100, file=file
    )


def contract(file, enterprise, supplier, number="HT-2018-001", **changes):
    return actions.enter_contract(
        enterprise=enterprise,
        supplier=supplier,
        number=number,
        signed_on=DAY,
        total_fen=200,
        cloud_fee_fen=100,
        file=file,
        **changes,
    )


@pytest.mark.clause("D47-5.8")
def test_one_contract_serves_one_living_voucher(file):
    enterprise, _ = registered()
    supplier, _ = registered_supplier()
    first = contract(file, enterprise, supplier)
    with pytest.raises(Refused) as refused:
        contract(file, enterprise, supplier, number="ｈｔ 2018/001")
    assert (refused.value.codes, refused.value.refusals[0].article) == (("contract_used",), "D47-5.8")
    corrected = contract(file, enterprise, supplier, number="HT-2018-002", contract=first)
    assert (corrected.pk, corrected.number_key) == (first.pk, "HT2018002")
    other, _ = registered(2)
    contract(file, other, supplier, number="HT-2018-002")
    actions.release(contract=first)
    assert contract(file, enterprise, supplier, number="HT-2018-002").is_live
    assert Contract.objects.count() == 3


@pytest.mark.clause("D47-5.14")
def test_one_invoice_serves_one_living_claim(file):
    first = invoice(file)
    with pytest.raises(Refused) as refused:
        invoice(file, number=" 0001 2345")
    assert (refused.value.codes, refused.value.refusals[0].article) == (("invoice_used",), "D47-5.14")
    invoice(file, code="044001900112")
    actions.release(row=first)
    assert invoice(file).is_live


@pytest.mark.clause("D47-5.14")
def test_one_payment_proof_serves_one_living_claim(file):
    first = proof(file)
    with pytest.raises(Refused) as refused:
        proof(file, serial="s-1", bank="示例银行东莞支行")
    assert refused.value.codes == ("proof_used",)
    proof(file, bank="别的银行")
    actions.release(row=first)
    proof(file)


@pytest.mark.clause("D47-5.11")
def test_one_acceptance_report_serves_one_living_voucher(file):
    supplier, _ = registered_supplier()
    first = actions.enter_report(supplier=supplier, number="YS-1", accepted_on=DAY, file=file)
    with pytest.raises(Refused) as refused:
        actions.enter_report(supplier=supplier, number="ys 1", accepted_on=DAY, file=file)
    assert refused.value.codes == ("report_used",)
    actions.release(row=first)
    actions.enter_report(supplier=supplier, number="YS-1", accepted_on=DAY, file=file)


def test_another_broken_constraint_is_not_disguised_as_a_used_invoice(file):
    from django.db import IntegrityError

    with pytest.raises(IntegrityError):
        invoice(file, gross_fen=0)


def test_what_is_used_elsewhere_is_said_at_once_before_anything_is_written(file):
    supplier, _ = registered_supplier()
    held, paid = invoice(file), proof(file)
    actions.enter_report(supplier=supplier, number="YS-1", accepted_on=DAY, file=file)
    invoices = [("044001900111", "00012345"), ("", "1" * 20), ("", "1" * 20)]
    facts = {"invoices": invoices, "proofs": [("示例银行", "S1")], "report": (supplier, "YS-1")}
    found = actions.used_elsewhere(**facts)
    assert [(r.code, r.field) for r in found] == [
        ("invoice_used", "invoices-0-number"),
        ("listed_twice", "invoices-2-number"),
        ("proof_used", "proofs-0-serial"),
        ("report_used", "report-number"),
    ]
    own = actions.used_elsewhere(**facts, allowed_invoices=[held.pk], allowed_proofs=[paid.pk])
    assert [r.code for r in own] == ["listed_twice", "report_used"]
    assert Invoice.objects.count() == 1


def test_the_monitor_sees_a_key_that_was_bent(file):
    row = invoice(file)
    assert list(invariants.breaches(with_contents=False)) == []
    Invoice.objects.filter(pk=row.pk).update(key="bent")
    assert [b.invariant for b in invariants.breaches(with_contents=False)] == ["U2"]


@given(st.text(alphabet="ab12 -/　１Ａ", max_size=12), st.text(alphabet="ab12 -/　", max_size=12))
def test_looks_make_no_other_invoice(code, number):
    shown = f" {number} ".replace("a", "A").replace("1", "１")
    assert invoice_key(code, number) == invoice_key(code.upper(), shown)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("中国工商银行东莞分行", "工商银行", True),
        ("中国银行股份有限公司", "中国银行", True),
        ("招商银行", "工商银行", False),
        ("中国农业银行", "中国银行", False),
    ],
)
def test_a_branch_is_its_bank(one, other, same):
    assert (bank_key(one) == bank_key(other)) is same
    assert (proof_key(one, "1") == proof_key(other, "1")) is same
