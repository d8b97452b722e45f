"""What screens read of rectifications and candidates (D858-2.3)."""

from __future__ import annotations

from datetime import date

from django.db.models import QuerySet

from yunquan.evidence.models import StoredFile
from yunquan.inspections.models import Candidate, Inspection, Rectification
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties_access
from yunquan.parties import regions
from yunquan.policy.roles import Role

OPEN = ("ordered", "filed")


def visible_to(actor: Actor) -> QuerySet[Rectification]:
    """The rectifications of a party's own vouchers, or of the bureau's area; nobody else sees any (A1)."""
    rows = Rectification.objects.select_related(
        "inspection__plan", "inspection__voucher__enterprise", "inspection__voucher__supplier"
    )
    enterprise = parties_access.enterprise_number(actor)
    if enterprise is not None:
        return rows.filter(inspection__voucher__enterprise_id=enterprise)
    supplier = parties_access.supplier_number(actor)
    if supplier is not None:
        return rows.filter(inspection__voucher__supplier_id=supplier)
    if actor.role == Role.COUNTY_REVIEWER:
        return rows.none()
    area = parties_access.area(actor, city="inspection__city", county="")
    return rows.none() if area is None else rows.filter(area)


def rectification_for(actor: Actor, pk: int) -> Rectification | None:
    """One rectification, or None as if it did not exist."""
    return visible_to(actor).filter(pk=pk).first()


def rectification_of(inspection: Inspection) -> Rectification | None:
    """What was ordered on an inspection, if anything."""
    return Rectification.objects.filter(inspection=inspection).first()


def files_of(row: Rectification) -> list[StoredFile]:
    """The papers that were filed with it, in the order of their coming."""
    return list(row.files.order_by("pk"))


def file_for(actor: Actor, pk: int) -> StoredFile | None:
    """A paper of a rectification that the actor may see, or None."""
    if visible_to(actor).filter(files=pk).exists():
        return StoredFile.objects.filter(pk=pk).first()
    return None


def is_late(row: Rectification, today: date) -> bool:
    """Whether the report is overdue."""
    return row.state == "ordered" and row.due_on < today


def overdue(actor: Actor, today: date) -> QuerySet[Rectification]:
    """Those whose report is overdue, the longest first."""
    return visible_to(actor).filter(state="ordered", due_on__lt=today).order_by("due_on", "pk")


def waiting(actor: Actor) -> QuerySet[Rectification]:
    """What waits for this actor: parties have to report, officers to check; the nearest due first."""
    mine = ("ordered",) if actor.role in (Role.ENTERPRISE, Role.SUPPLIER) else ("filed",)
    return visible_to(actor).filter(state__in=mine).order_by("due_on", "pk")


def waiting_count(actor: Actor) -> int:
    """How many these are, up to 1000."""
    return waiting(actor).order_by().values("pk")[:1000].count()


def candidates(actor: Actor) -> QuerySet[Candidate]:
    """The candidates of the province's lists, or those of a city's own inspections; the latest first."""
    rows = Candidate.objects.select_related(
        "enterprise",
        "supplier",
        "inspection__plan",
        "inspection__voucher__enterprise",
        "inspection__voucher__supplier",
    )
    code = parties_access.bureau_code(actor)
    if code == regions.PROVINCE:
        return rows.order_by("-pk")
    area = parties_access.area(actor, city="inspection__city", county="")
    return rows.none() if area is None else rows.filter(area).order_by("-pk")


def public_candidates() -> QuerySet[Candidate]:
    """The candidates that the province published."""
    rows = Candidate.objects.exclude(published_at=None).select_related(
        "enterprise", "supplier", "inspection__plan"
    )
    return rows.order_by("kind", "-published_at", "pk")
