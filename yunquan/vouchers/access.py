"""Who may see which voucher: the only door. What isn't granted here is not there (A1)."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from yunquan.evidence import access as evidence_access
from yunquan.evidence.models import StoredFile
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties_access
from yunquan.usage.models import Verdict
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import Voucher

# A draft is the enterprise's own affair; a bureau sees what was submitted.
UNSEEN_BY_BUREAUS = (S.DRAFT, S.CANCELLED)


def visible_to(actor: Actor) -> QuerySet[Voucher]:
    """The vouchers that an actor may see: its own, its customers', or those of the bureau's area."""
    enterprise = parties_access.enterprise_number(actor)
    if enterprise is not None:
        return Voucher.objects.filter(enterprise_id=enterprise)
    supplier = parties_access.supplier_number(actor)
    if supplier is not None:
        return Voucher.objects.filter(supplier_id=supplier).exclude(state__in=UNSEEN_BY_BUREAUS)
    area = parties_access.area(actor)
    if area is None:
        return Voucher.objects.none()
    return Voucher.objects.filter(area).exclude(state__in=UNSEEN_BY_BUREAUS)


def voucher_for(actor: Actor, number: str) -> Voucher | None:
    """One voucher by its number, with its parties; None as if it did not exist."""
    query = visible_to(actor).select_related("cycle", "enterprise", "supplier", "contract", "report")
    return query.filter(number=number).first()


def file_for(actor: Actor, pk: int) -> StoredFile | None:
    """A file that the actor uploaded, or that belongs to a voucher or registration it may see; else None."""
    found = evidence_access.file_for(actor, pk) or evidence_access.registration_file_for(actor, pk)
    if found is not None:
        return found
    of_claims = (
        Q(contract__file_id=pk)
        | Q(contract__addendum_id=pk)
        | Q(report__file_id=pk)
        | Q(claim_invoices__invoice__file_id=pk)
        | Q(claim_proofs__proof__file_id=pk)
    )
    if visible_to(actor).filter(of_claims).exists():
        return StoredFile.objects.filter(pk=pk).first()
    recorded = Verdict.objects.filter(document_id=pk).values_list("voucher", flat=True)
    if visible_to(actor).filter(number__in=list(recorded)).exists():
        return StoredFile.objects.filter(pk=pk).first()
    return None
