"""A paper of another kind says what it is and proposes nothing."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from tests.evidence.contracts import making as contracts
from tests.evidence.papers import einvoice
from tests.evidence.papers.invoice import digital, older
from tests.evidence.papers.ofd import digital_ofd, older_ofd
from tests.evidence.papers.pdf import pdf
from tests.evidence.proofs import making as receipts
from yunquan.evidence.commands.evidence import evidence
from yunquan.evidence.reading import facts
from yunquan.evidence.reading.contracts.reading import read as read_contract
from yunquan.evidence.reading.proofs.reading import read as read_proof

pytestmark = pytest.mark.clause("D47-5.10")
INVOICES = {
    "digital pdf": lambda: pdf(digital()),
    "digital pdf in pieces": lambda: pdf(digital(), apart=True),
    "older pdf": lambda: pdf(older()),
    "older pdf in pieces": lambda: pdf(older(), apart=True),
    "xml": lambda: einvoice.xml(digital()),
    "ofd": lambda: digital_ofd(digital()),
    "older ofd": lambda: older_ofd(older()),
}


@pytest.mark.parametrize("made", INVOICES)
def test_an_invoice_is_no_contract(made: str) -> None:
    told = read_contract(INVOICES[made](), "合同.pdf")
    assert told["reason"] == facts.INVOICE_NO_CONTRACT
    assert (told["total_fen"], told["number"], told["sources"], told["lines"]) == (None, None, {}, [])


@pytest.mark.parametrize("made", INVOICES)
def test_an_invoice_is_no_proof_of_payment(made: str) -> None:
    (one,) = read_proof(INVOICES[made](), "回单.pdf")["proofs"]
    assert (one["row"], one["error"]) == (None, None)
    assert one["facts"]["reason"] == facts.INVOICE_NO_PROOF
    assert (one["facts"]["payer"], one["facts"]["amount_fen"], one["facts"]["sources"]) == (None, None, {})


# Two of the layouts bear no title; such a paper is not known for what it is.
@pytest.mark.parametrize("form", sorted(contracts.LAYOUTS.keys() - {"broken", "party_rows"}))
def test_a_contract_is_no_proof_of_payment_and_no_invoice(form: str) -> None:
    content = contracts.pdf(contracts.LAYOUTS[form](contracts.Contract()))
    assert read_contract(content, "合同.pdf")["reason"] is None
    (one,) = read_proof(content, "合同.pdf")["proofs"]
    assert one["facts"]["reason"] == facts.CONTRACT_NO_PROOF
    assert one["facts"]["sources"] == {}


def test_a_receipt_that_speaks_of_an_invoice_and_a_contract_stays_a_receipt() -> None:
    paid = receipts.Payment()
    extra = [
        (14, 106, "附言 甲方合同款，乙方发票"),
        (14, 113, "发票号码：25442000000012345678 价税合计 106000.00"),
    ]
    (one,) = read_proof(receipts.receipt(paid, extra=extra), "回单.pdf")["proofs"]
    assert one["facts"]["reason"] is None
    assert one["facts"]["amount_fen"] == paid.amount_fen


def test_the_command_says_what_a_foreign_paper_is(tmp_path) -> None:
    (tmp_path / "a.pdf").write_bytes(pdf(digital()))
    for what, reason in (("contract", facts.INVOICE_NO_CONTRACT), ("proof", facts.INVOICE_NO_PROOF)):
        out = tmp_path / f"{what}.jsonl"
        answer = CliRunner().invoke(evidence, ["read", what, str(tmp_path / "a.pdf"), "--out", str(out)])
        assert answer.exit_code == 1
        assert json.loads(out.read_text())["error"] == reason
