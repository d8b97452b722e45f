"""The checks of a claim by the rules of the voucher's day, passed ones too (D47-5.11, D47-5.14, M6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from yunquan.evidence.matching import refusals
from yunquan.kernel.refusal import Refusal
from yunquan.policy.rulebook import Rulebook
from yunquan.policy.settlement import Check, Invoice, Payment, SettlementFacts, settlement_checks
from yunquan.policy.substitutes import DeclaredParty, Party
from yunquan.vouchers.claiming import ClaimFacts
from yunquan.vouchers.findings import exceptions_of, typed_findings
from yunquan.vouchers.models import Voucher

# Sums are held against the voucher only when every paper of theirs was understood.
SUMS = ("invoices_equal_contract", "invoices_cover_face", "payments_cover_face", "paid_share_of_contract")


def claim_start_refusals(voucher: Voucher, seen: ClaimFacts, *, now: datetime) -> list[Refusal]:
    """What the enterprise itself can mend before it claims: parties, sums, days, marks, each beside its field."""
    told = refusals(typed_findings(voucher, seen, now=now))
    return [one for one in told if not seen.refusals or one.code not in SUMS]


def stored_claim_checks(voucher: Voucher, rulebook: Rulebook) -> list[Check]:
    """The checks of the city's review on what stands in the database, passed ones too (M6)."""
    return settlement_checks(_stored(voucher), rulebook)


def typed_claim_checks(voucher: Voucher, seen: ClaimFacts, rulebook: Rulebook) -> list[Check]:
    """The same checks on what is typed so far, for the wizard: passed ones too, nothing written."""
    invoices = [
        Invoice(row.number, Party(row.seller_name, row.seller_uscc), row.gross_fen, Party("", row.buyer_uscc))
        for row in seen.invoices
    ]
    payments = [
        Payment(row.serial, Party(row.payee_name), row.amount_fen, Party(row.payer_name))
        for row in seen.proofs
    ]
    exceptions = [row.declared for row in seen.parties]
    return settlement_checks(_facts(voucher, invoices, payments, exceptions), rulebook)


def _stored(voucher: Voucher) -> SettlementFacts:
    invoices = [
        Invoice(row.number, Party(row.seller_name, row.seller_uscc), row.gross_fen, Party("", row.buyer_uscc))
        for row in (join.invoice for join in voucher.claim_invoices.select_related("invoice"))
    ]
    payments = [
        Payment(row.serial, Party(row.payee_name), row.amount_fen, Party(row.payer_name))
        for row in (join.proof for join in voucher.claim_proofs.select_related("proof"))
    ]
    return _facts(voucher, invoices, payments, exceptions_of(voucher))


def _facts(
    voucher: Voucher,
    invoices: Sequence[Invoice],
    payments: Sequence[Payment],
    exceptions: Sequence[DeclaredParty],
) -> SettlementFacts:
    assert voucher.supplier is not None and voucher.contract is not None and voucher.applied_on is not None
    return SettlementFacts(
        supplier=Party(voucher.supplier.name, voucher.supplier.uscc),
        face_fen=voucher.face_fen,
        contract_fen=voucher.contract.total_fen,
        invoices=invoices,
        payments=payments,
        applied_on=voucher.applied_on,
        enterprise=Party(voucher.enterprise.name, voucher.enterprise.uscc),
        exceptions=exceptions,
    )
