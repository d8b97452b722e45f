"""A claim: every point at once (D47-5.11, D47-5.14)."""

from __future__ import annotations

from collections.abc import Sequence

from yunquan.evidence.matching.documents import days, key_of, marks, once, own_sums
from yunquan.evidence.matching.facts import Finding, Used, VoucherFacts
from yunquan.evidence.matching.lines import lines_against_services
from yunquan.evidence.matching.parties import parties
from yunquan.evidence.reading.facts import InvoiceFacts, ProofFacts
from yunquan.kernel.money import format_yuan
from yunquan.policy.rulebook import Rulebook
from yunquan.policy.settlement import CODES, Invoice, Payment, SettlementFacts, settlement_checks


def match_claim(
    voucher: VoucherFacts,
    invoices: Sequence[InvoiceFacts],
    proofs: Sequence[ProofFacts],
    *,
    rulebook: Rulebook,
    used: Used | None = None,
    proof_keys: Sequence[str] = (),
) -> list[Finding]:
    """Every point of a claim at once: parties, sums, days, lines, marks, used once (D47-5.11, D47-5.14).

    `proof_keys` are the keys of the proofs in their order (bank and serial).
    """
    used = used or Used()
    found = parties(voucher, invoices, proofs)
    found += _sums(voucher, invoices, proofs, rulebook)
    found += own_sums(invoices)
    found += days(voucher, invoices, proofs)
    found += marks(invoices, proofs)
    found += once(
        "invoice_used",
        "发票",
        used.invoices,
        [(key_of(one), one.number or "") for one in invoices],
        "invoices",
    )
    serials = [one.serial or "" for one in proofs]
    keys = list(proof_keys) or serials
    found += once("proof_used", "付款凭证", used.proofs, list(zip(keys, serials, strict=True)), "proofs")
    for place, one in enumerate(invoices):
        for message in lines_against_services(one.lines, voucher.services):
            found.append(
                Finding(
                    "line_unlike_services",
                    False,
                    "look",
                    f"发票 {one.number}：{message}",
                    "D47-3",
                    "自动化装备和非云化软件的费用不在奖补范围；请核对发票明细",
                    f"invoices-{place}-number",
                )
            )
    return found


def _sums(
    voucher: VoucherFacts, invoices: Sequence[InvoiceFacts], proofs: Sequence[ProofFacts], rulebook: Rulebook
) -> list[Finding]:
    """The sums by the rules of the application day; parties are checked with their exceptions elsewhere.

    A red or void invoice and a page that only asks for a payment bring nothing to the sums.
    """
    counted = [one for one in invoices if not one.void and not one.red and (one.gross_fen or 0) > 0]
    paid = [one for one in proofs if not one.no_proof and (one.amount_fen or 0) > 0]
    total = voucher.contract.total_fen or 0
    facts = SettlementFacts(
        supplier=voucher.supplier,
        face_fen=voucher.face_fen,
        contract_fen=total,
        invoices=[Invoice(one.number or "", voucher.supplier, one.gross_fen or 0) for one in counted],
        payments=[Payment(one.serial or "", voucher.supplier, one.amount_fen or 0) for one in paid],
        applied_on=voucher.applied_on,
    )
    found = [
        Finding(check.code, check.passed, "refuses", check.message, check.article, check.mend, check.field)
        for check in settlement_checks(facts, rulebook)
        if check.code not in CODES.values()
    ]
    for code, word, amount, at in (
        ("invoices_above_contract", "发票", sum(one.gross_fen or 0 for one in counted), "invoices"),
        ("payments_above_contract", "付款", sum(one.amount_fen or 0 for one in paid), "payments"),
    ):
        if total and amount > total:
            message = f"{word}合计 {format_yuan(amount)} 元，超过合同金额 {format_yuan(total)} 元"
            found.append(Finding(code, False, "look", message, "D47-A1.3", "请核对是否混入其他合同", at))
    return found
