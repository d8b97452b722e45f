"""The papers of what a visit looks at: contract, invoices and payments, to be read by its panel while it is open.

The door of these files alone: an expert sees them for the vouchers of a visit on which he sits, once it is announced
and until it has ended, and nothing else of a voucher (D108-3.3, D26-2, A1).
"""

from __future__ import annotations

from yunquan.evidence.models import StoredFile
from yunquan.inspections import access
from yunquan.inspections.models import Visit
from yunquan.inspections.visit_queries import seat_of
from yunquan.kernel.workflow import Actor

OPEN = ("noticed", "under_way")


def papers_of(actor: Actor, pk: int) -> list[tuple[str, StoredFile]] | None:
    """The papers of a visit, each with what it is; None where the actor doesn't sit on it or it is over."""
    visit = access.visit_for(actor, pk)
    if visit is None or visit.state not in OPEN or seat_of(visit, actor) is None:
        return None
    return _papers(visit)


def _papers(visit: Visit) -> list[tuple[str, StoredFile]]:
    rows = visit.inspections.exclude(state="replaced").select_related(
        "voucher__contract__file", "voucher__contract__addendum"
    )
    rows = rows.prefetch_related(
        "voucher__claim_invoices__invoice__file", "voucher__claim_proofs__proof__file"
    ).order_by("pk")
    found: dict[int, tuple[str, StoredFile]] = {}
    several = len(rows) > 1
    for row in rows:
        voucher, head = row.voucher, f"{row.voucher.number} " if several else ""
        contract = voucher.contract
        papers: list[tuple[str, StoredFile | None]] = []
        if contract is not None:
            papers = [(f"合同 {contract.number}", contract.file), ("补充协议", contract.addendum)]
        papers += [
            (f"发票 {one.invoice.number}", one.invoice.file)
            for one in sorted(voucher.claim_invoices.all(), key=lambda one: one.pk)
        ]
        papers += [
            (f"付款凭证 {one.proof.serial}", one.proof.file)
            for one in sorted(voucher.claim_proofs.all(), key=lambda one: one.pk)
        ]
        for label, file in papers:
            if file is not None:
                found.setdefault(file.pk, (f"{head}{label}", file))
    return list(found.values())
