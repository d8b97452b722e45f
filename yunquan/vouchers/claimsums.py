"""The sums of a claim held against the rules of the voucher's day (D47-5.11, D47-5.14, M6)."""

from __future__ import annotations

from collections.abc import Sequence

from yunquan.kernel.refusal import Refusal
from yunquan.policy.rulebook import Rulebook
from yunquan.policy.settlement import (
    Check,
    Invoice,
    Party,
    Payment,
    SettlementFacts,
    settlement_checks,
    settlement_refusals,
)
from yunquan.vouchers.claiming import ClaimFacts
from yunquan.vouchers.models import Voucher


def claim_start_refusals(voucher: Voucher, seen: ClaimFacts, rulebook: Rulebook) -> list[Refusal]:
    """What the enterprise itself can mend before it claims: issuers, payees and sums."""
    invoices = [
        Invoice(row.number, Party(row.seller_name, row.seller_uscc), row.gross_fen) for row in seen.invoices
    ]
    payments = [Payment(row.serial, Party(row.payee_name), row.amount_fen) for row in seen.proofs]
    facts = _facts(voucher, invoices, payments)
    buyers = [row.number for row in seen.invoices if row.buyer_uscc != voucher.enterprise.uscc]
    refusals = [
        Refusal(
            "buyer_is_another",
            f"发票 {number} 的购买方税号不是贵企业的统一社会信用代码。",
            "D47-5.11",
            "请更换以贵企业为购买方的发票。",
            "invoices",
        )
        for number in buyers
    ]
    return refusals + settlement_refusals(facts, rulebook)


def stored_claim_checks(voucher: Voucher, rulebook: Rulebook) -> list[Check]:
    """The checks of the city's review on what stands in the database, passed ones too (M6)."""
    return settlement_checks(_stored(voucher), rulebook)


def stored_claim_refusals(voucher: Voucher, rulebook: Rulebook) -> list[Refusal]:
    """The checks that don't pass: each refuses the approval (M6)."""
    return settlement_refusals(_stored(voucher), rulebook)


def _stored(voucher: Voucher) -> SettlementFacts:
    invoices = [
        Invoice(row.number, Party(row.seller_name, row.seller_uscc), row.gross_fen)
        for row in (join.invoice for join in voucher.claim_invoices.select_related("invoice"))
    ]
    payments = [
        Payment(row.serial, Party(row.payee_name), row.amount_fen)
        for row in (join.proof for join in voucher.claim_proofs.select_related("proof"))
    ]
    return _facts(voucher, invoices, payments)


def _facts(voucher: Voucher, invoices: Sequence[Invoice], payments: Sequence[Payment]) -> SettlementFacts:
    assert voucher.supplier is not None and voucher.contract is not None and voucher.applied_on is not None
    return SettlementFacts(
        supplier=Party(voucher.supplier.name, voucher.supplier.uscc),
        face_fen=voucher.face_fen,
        contract_fen=voucher.contract.total_fen,
        invoices=invoices,
        payments=payments,
        applied_on=voucher.applied_on,
    )


def typed_claim_checks(voucher: Voucher, seen: ClaimFacts, rulebook: Rulebook) -> list[Check]:
    """The same checks on what is typed so far, for the wizard: passed ones too, nothing written."""
    invoices = [
        Invoice(row.number, Party(row.seller_name, row.seller_uscc), row.gross_fen) for row in seen.invoices
    ]
    payments = [Payment(row.serial, Party(row.payee_name), row.amount_fen) for row in seen.proofs]
    return settlement_checks(_facts(voucher, invoices, payments), rulebook)
