"""Who may see which list, objection, run and recovery: the only door (A1)."""

from __future__ import annotations

from django.db.models import QuerySet

from yunquan.evidence.models import StoredFile
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties_access
from yunquan.settlement.models import Objection, PaymentRun, Recovery, SettlementLine, SettlementList

PUBLIC_STATES = ("published", "standing")


def public_lists() -> QuerySet[SettlementList]:
    """Lists that are or were in public, open to everyone (D47-5.14b)."""
    return SettlementList.objects.filter(state__in=PUBLIC_STATES).select_related("cycle")


def public_list(pk: int) -> SettlementList | None:
    """One public list, or None as if it did not exist."""
    return public_lists().filter(pk=pk).first()


def public_line(pk: int) -> SettlementLine | None:
    """One line of a public list."""
    lines = SettlementLine.objects.filter(settlement_list__state__in=PUBLIC_STATES)
    return lines.select_related("settlement_list__cycle", "voucher").filter(pk=pk).first()


def objection_by_code(code: str) -> Objection | None:
    """An objection by the code that was given to whoever raised it."""
    query = Objection.objects.select_related("line__settlement_list")
    return query.filter(code=code.strip().upper()).first()


def lists_visible_to(actor: Actor) -> QuerySet[SettlementList]:
    """The lists of the bureau's city; counties see none, settlement is the city's (D47-5.14)."""
    area = parties_access.area(actor, county="")
    rows = SettlementList.objects.select_related("cycle")
    return rows.none() if area is None else rows.filter(area)


def list_for(actor: Actor, pk: int) -> SettlementList | None:
    """One list, or None as if it did not exist."""
    return lists_visible_to(actor).filter(pk=pk).first()


def objections_visible_to(actor: Actor) -> QuerySet[Objection]:
    """The objections of the bureau's city; the province sees all."""
    area = parties_access.area(actor, county="")
    rows = Objection.objects.select_related("line__voucher", "line__settlement_list__cycle", "file")
    return rows.none() if area is None else rows.filter(area)


def objection_for(actor: Actor, pk: int) -> Objection | None:
    """One objection, or None."""
    return objections_visible_to(actor).filter(pk=pk).first()


def runs_visible_to(actor: Actor) -> QuerySet[PaymentRun]:
    """The payment runs of the bureau's city."""
    area = parties_access.area(actor, county="")
    rows = PaymentRun.objects.select_related("cycle")
    return rows.none() if area is None else rows.filter(area)


def run_for(actor: Actor, pk: int) -> PaymentRun | None:
    """One run, or None."""
    return runs_visible_to(actor).filter(pk=pk).first()


def recoveries_visible_to(actor: Actor) -> QuerySet[Recovery]:
    """The recoveries of the bureau's city, or of the enterprise itself."""
    rows = Recovery.objects.select_related("voucher__enterprise", "voucher__cycle", "document")
    own = parties_access.enterprise_number(actor)
    if own is not None:
        return rows.filter(voucher__enterprise_id=own)
    area = parties_access.area(actor, county="")
    return rows.none() if area is None else rows.filter(area)


def recovery_for(actor: Actor, pk: int) -> Recovery | None:
    """One recovery, or None."""
    return recoveries_visible_to(actor).filter(pk=pk).first()


def file_for(actor: Actor, pk: int) -> StoredFile | None:
    """A file of an objection or recovery that the actor may see, or None."""
    seen = objections_visible_to(actor).filter(file_id=pk).exists()
    if seen or recoveries_visible_to(actor).filter(document_id=pk).exists():
        return StoredFile.objects.filter(pk=pk).first()
    return None
