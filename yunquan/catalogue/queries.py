"""What screens and the API read of the catalogue; the services themselves stand in the rule pack."""

from __future__ import annotations

from datetime import date

from django.db.models import Count, QuerySet

from yunquan.catalogue import access
from yunquan.catalogue.actions import RETURN_REASONS
from yunquan.catalogue.models import Product
from yunquan.kernel.workflow import Actor
from yunquan.parties.queries import matching
from yunquan.policy.roles import Role
from yunquan.policy.rulebook import Rulebook, Service

__all__ = ["RETURN_REASONS"]


def services(rules: Rulebook, on: date) -> tuple[Service, ...]:
    """The services of the catalogue edition that holds on a day, with caps (D47-A1.1, D47-4.4.1)."""
    return rules.services(on)


def service(rules: Rulebook, number: int, on: date) -> Service | None:
    """One service of that day's catalogue, or None."""
    return rules.service(number, on)


def stages(rules: Rulebook, on: date) -> dict[str, list[Service]]:
    """The services by the stage that they serve (研发设计 … 经营管理), in the order of the catalogue."""
    grouped: dict[str, list[Service]] = {}
    for one in rules.services(on):
        grouped.setdefault(one.stage, []).append(one)
    return grouped


def listed(query: str = "", *, service: int | None = None, supplier: int | None = None) -> QuerySet[Product]:
    """The listed products of registered suppliers, for the public pages and for applications."""
    rows = Product.objects.filter(state="listed", supplier__state="registered").select_related("supplier")
    if service is not None:
        rows = rows.filter(service=service)
    if supplier is not None:
        rows = rows.filter(supplier=supplier)
    return matching(rows, query).order_by("service", "name", "pk")


def products(actor: Actor, *, query: str = "", state: str = "") -> QuerySet[Product]:
    """The products that an actor may see, filtered, the latest first."""
    rows = matching(access.products_visible_to(actor), query).select_related("supplier")
    return (rows.filter(state=state) if state else rows).order_by("-pk")


def own_products(actor: Actor) -> QuerySet[Product]:
    """The actor's own supplier's products in every state."""
    number = actor.org.partition(":")[2] if actor.role == Role.SUPPLIER else ""
    return Product.objects.filter(supplier_id=int(number or 0)).order_by("-pk")


def products_due(actor: Actor) -> QuerySet[Product]:
    """The products that wait for the province's review, the most urgent first."""
    if actor.role not in (Role.PROVINCE_OFFICER, Role.PROVINCE_APPROVER):
        return Product.objects.none()
    rows = access.products_visible_to(actor).filter(state="submitted")
    return rows.select_related("supplier").order_by("due_on", "submitted_at", "pk")


def counts_by_service() -> dict[int, int]:
    """How many listed products each service has, in one query."""
    rows = listed().order_by().values("service").annotate(times=Count("pk"))
    return {row["service"]: row["times"] for row in rows}
