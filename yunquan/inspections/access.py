"""Who may see which plan, inspection and visit: the only door (A1)."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from yunquan.inspections.models import Inspection, Plan, Visit
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties_access
from yunquan.policy.roles import Role

# What the public sees of a plan: from its publication on, an aborted one too (D1).
PUBLIC_STATES = ("published", "frozen", "drawn", "closed", "aborted")
# Before the visit is announced, who was drawn is known to the bureaus alone.
ANNOUNCED = ("noticed", "under_way", "signed", "obstructed")


def public_plans() -> QuerySet[Plan]:
    """The plans open to everyone."""
    return Plan.objects.filter(state__in=PUBLIC_STATES, published_at__isnull=False)


def public_plan(number: str) -> Plan | None:
    """One public plan by its number, or None as if it did not exist."""
    return public_plans().filter(number=number).first()


def plans_visible_to(actor: Actor) -> QuerySet[Plan]:
    """The plans of the bureau's city; the province's bureau sees all; nobody else any that is not public."""
    area = parties_access.area(actor, county="")
    return Plan.objects.none() if area is None else Plan.objects.filter(area)


def plan_for(actor: Actor, number: str) -> Plan | None:
    """One plan, or None."""
    return plans_visible_to(actor).filter(number=number).first()


def inspections_visible_to(actor: Actor) -> QuerySet[Inspection]:
    """A bureau sees those of its area, an expert those of the panels it sits on, a party its own once announced."""
    rows = Inspection.objects.select_related("plan", "voucher__enterprise", "voucher__supplier", "item")
    announced = Q(visits__state__in=ANNOUNCED)
    enterprise = parties_access.enterprise_number(actor)
    if enterprise is not None:
        return rows.filter(announced, voucher__enterprise_id=enterprise).distinct()
    supplier = parties_access.supplier_number(actor)
    if supplier is not None:
        return rows.filter(announced, voucher__supplier_id=supplier).distinct()
    if actor.role == Role.EXPERT:
        mine = Q(
            visits__panelists__expert__person_id=_person(actor), visits__panelists__recused_at__isnull=True
        )
        return rows.filter(mine).distinct()
    area = parties_access.area(actor, county="")
    return rows.none() if area is None else rows.filter(area)


def inspection_for(actor: Actor, pk: int) -> Inspection | None:
    """One inspection, or None."""
    return inspections_visible_to(actor).filter(pk=pk).first()


def visits_visible_to(actor: Actor) -> QuerySet[Visit]:
    """The same for visits; a party sees a visit once it was announced, a supplier where its vouchers are looked at.

    A bureau sees those in its city, where it only reads, and those of its own plans wherever they are held; a county
    those at its enterprises, once announced.
    """
    rows = Visit.objects.select_related("plan", "enterprise", "supplier")
    announced = Q(state__in=ANNOUNCED)
    enterprise = parties_access.enterprise_number(actor)
    if enterprise is not None:
        return rows.filter(announced, enterprise_id=enterprise)
    supplier = parties_access.supplier_number(actor)
    if supplier is not None:
        own = Q(supplier_id=supplier) | Q(inspections__voucher__supplier_id=supplier)
        return rows.filter(announced & own).distinct()
    if actor.role == Role.EXPERT:
        return rows.filter(
            panelists__expert__person_id=_person(actor), panelists__recused_at__isnull=True
        ).distinct()
    if actor.role == Role.COUNTY_REVIEWER:
        near = parties_access.area(actor, city="enterprise__city", county="enterprise__county")
        return rows.none() if near is None else rows.filter(announced & near)
    area = parties_access.area(actor, county="")
    runs = parties_access.area(actor, city="plan__city", county="")
    return rows.none() if area is None or runs is None else rows.filter(area | runs)


def visit_for(actor: Actor, pk: int) -> Visit | None:
    """One visit, or None."""
    return visits_visible_to(actor).filter(pk=pk).first()


def _person(actor: Actor) -> int:
    kind, _, number = actor.person.partition(":")
    return int(number) if kind == "person" and number.isdigit() else 0
