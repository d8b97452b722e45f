"""Who may see which voucher: the only door. What isn't granted here is not there (A1)."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.models import Q, QuerySet

from yunquan.evidence import access as evidence_access
from yunquan.evidence.models import InvoiceAlarm, StoredFile
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties_access
from yunquan.usage.models import Verdict
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import ClaimInvoice, Voucher

# A draft is the enterprise's own affair; a bureau sees what was submitted.
UNSEEN_BY_BUREAUS = (S.DRAFT, S.CANCELLED)


def visible_to(actor: Actor) -> QuerySet[Voucher]:
    """The vouchers that an actor may see: its own, its customers', or those of the bureau's area."""
    scope = _scope(actor)
    return Voucher.objects.none() if scope is None else Voucher.objects.filter(scope)


def _scope(actor: Actor) -> Q | None:
    """The same as a condition; None means nothing at all."""
    enterprise = parties_access.enterprise_number(actor)
    if enterprise is not None:
        return Q(enterprise_id=enterprise)
    supplier = parties_access.supplier_number(actor)
    area = parties_access.area(actor) if supplier is None else Q(supplier_id=supplier)
    return None if area is None else area & ~Q(state__in=UNSEEN_BY_BUREAUS)


def each_for(asked: Sequence[tuple[Actor, str]]) -> list[Voucher | None]:
    """For each actor the voucher of its number, bare (the act reads it afresh), all in one query."""
    if len({number for _, number in asked}) < len(asked):
        bare = Voucher.objects.only("number", "enterprise")
        return [(bare & visible_to(actor)).filter(number=number).first() for actor, number in asked]
    scopes: dict[tuple[str, str], Q] = {}
    numbers: dict[tuple[str, str], list[str]] = {}
    own = {number: parties_access.enterprise_number(actor) for actor, number in asked}
    homes = {home for home in own.values() if home is not None}
    if None not in own.values():
        # Enterprises among themselves, in a rush of theirs: each row must be its own asker's.
        mine = Voucher.objects.filter(number__in=own, enterprise_id__in=homes)
        rows = {row.number: row for row in mine.only("number", "enterprise")}
        return [
            row if (row := rows.get(number)) is not None and row.enterprise_id == own[number] else None
            for _, number in asked
        ]
    for actor, number in asked:
        scope = _scope(actor)
        if scope is not None:
            scopes[actor.role, actor.org] = scope
            numbers.setdefault((actor.role, actor.org), []).append(number)
    if not scopes:
        return [None] * len(asked)
    doors = Q()
    for who, scope in scopes.items():
        doors |= Q(number__in=numbers[who]) & scope
    found = {row.number: row for row in Voucher.objects.filter(doors).only("number", "enterprise")}
    return [found.get(number) for _, number in asked]


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
        | Q(claim_parties__party__file_id=pk)
    )
    if visible_to(actor).filter(of_claims).exists():
        return StoredFile.objects.filter(pk=pk).first()
    told = ClaimInvoice.objects.filter(voucher__in=visible_to(actor).order_by().values("pk"))
    if InvoiceAlarm.objects.filter(file=pk, key__in=told.values("invoice__key")).exists():
        return StoredFile.objects.filter(pk=pk).first()
    recorded = Verdict.objects.filter(document_id=pk).values_list("voucher", flat=True)
    if visible_to(actor).filter(number__in=list(recorded)).exists():
        return StoredFile.objects.filter(pk=pk).first()
    return None
