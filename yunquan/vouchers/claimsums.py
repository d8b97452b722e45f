"""The sums of a claim held against the rules of the voucher's day (D47-5.11, D47-5.14, M6)."""

from __future__ import annotations

from yunquan.kernel.refusal import Refusal
from yunquan.policy.rulebook import Rulebook
from yunquan.policy.settlement import (
    ClaimFacts as PolicyClaim,
)
from yunquan.policy.settlement import (
    InvoiceFacts,
    PaymentFacts,
    claim_refusals,
)
from yunquan.vouchers.claiming import ClaimFacts
from yunquan.vouchers.models import Voucher


def claim_start_refusals(voucher: Voucher, seen: ClaimFacts, rulebook: Rulebook) -> list[Refusal]:
    """What the enterprise itself can mend before it claims: issuers, payees and sums."""
    return _judge(
        voucher,
        rulebook,
        [(row.seller_uscc, row.seller_name, row.buyer_uscc, row.gross_fen) for row in seen.invoices],
        [(row.payer_name, row.payee_name, row.amount_fen) for row in seen.proofs],
    )


def stored_claim_refusals(voucher: Voucher, rulebook: Rulebook) -> list[Refusal]:
    """The checks of the city's review on what stands in the database (M6)."""
    invoices = [join.invoice for join in voucher.claim_invoices.select_related("invoice")]
    proofs = [join.proof for join in voucher.claim_proofs.select_related("proof")]
    return _judge(
        voucher,
        rulebook,
        [(row.seller_uscc, row.seller_name, row.buyer_uscc, row.gross_fen) for row in invoices],
        [(row.payer_name, row.payee_name, row.amount_fen) for row in proofs],
    )


def _judge(
    voucher: Voucher,
    rulebook: Rulebook,
    invoices: list[tuple[str, str, str, int]],
    proofs: list[tuple[str, str, int]],
) -> list[Refusal]:
    assert voucher.supplier is not None and voucher.contract is not None and voucher.applied_on is not None
    facts = PolicyClaim(
        supplier_uscc=voucher.supplier.uscc,
        supplier_name=voucher.supplier.name,
        enterprise_uscc=voucher.enterprise.uscc,
        enterprise_name=voucher.enterprise.name,
        face_fen=voucher.face_fen,
        contract_total_fen=voucher.contract.total_fen,
        invoices=[InvoiceFacts(*row) for row in invoices],
        payments=[PaymentFacts(*row) for row in proofs],
    )
    return list(claim_refusals(facts, rulebook, voucher.applied_on))
