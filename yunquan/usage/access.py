"""Who may see which completion table, delivery and pull interface: the only door (A1)."""

from __future__ import annotations

from django.db.models import QuerySet

from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties_access
from yunquan.usage.models import CompletionTable, Delivery, PullSource

PROVINCE = "440000"


def tables_visible_to(actor: Actor) -> QuerySet[CompletionTable]:
    """The province sees every table, a city those that were sent to it; counties and parties see none."""
    rows = CompletionTable.objects.select_related("cycle")
    area = parties_access.area(actor, county="")
    if area is None:
        return rows.none()
    if parties_access.bureau_code(actor) == PROVINCE:
        return rows
    return rows.filter(area, state="sent")


def table_for(actor: Actor, pk: int) -> CompletionTable | None:
    """One table, or None as if it did not exist."""
    return tables_visible_to(actor).filter(pk=pk).first()


def deliveries_visible_to(actor: Actor) -> QuerySet[Delivery]:
    """A supplier sees its own deliveries, the province and its auditors all, nobody else any."""
    rows = Delivery.objects.select_related("supplier")
    number = parties_access.supplier_number(actor)
    if number is not None:
        return rows.filter(supplier_id=number)
    return rows if parties_access.bureau_code(actor) == PROVINCE else rows.none()


def delivery_for(actor: Actor, pk: int) -> Delivery | None:
    """One delivery, or None as if it did not exist."""
    return deliveries_visible_to(actor).filter(pk=pk).first()


def sources_visible_to(actor: Actor) -> QuerySet[PullSource]:
    """The pull interfaces that an actor may see: a supplier its own, the province and its auditors all."""
    rows = PullSource.objects.select_related("supplier")
    number = parties_access.supplier_number(actor)
    if number is not None:
        return rows.filter(supplier_id=number)
    return rows if parties_access.bureau_code(actor) == PROVINCE else rows.none()
