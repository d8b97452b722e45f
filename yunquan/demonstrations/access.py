"""Who may see which demonstration project, report and rectification: the only door (A1)."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from yunquan.demonstrations.models import Project, Rectification, Report
from yunquan.evidence.models import StoredFile
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties_access
from yunquan.policy.roles import Role


def _scope(actor: Actor, path: str = "") -> Q | None:
    """The holder sees its own, a city's bureau those of its city, the province and its auditors all."""
    enterprise = parties_access.enterprise_number(actor)
    if enterprise is not None:
        return Q(**{f"{path}enterprise_id": enterprise})
    supplier = parties_access.supplier_number(actor)
    if supplier is not None:
        return Q(**{f"{path}supplier_id": supplier})
    if actor.role == Role.COUNTY_REVIEWER:
        return None
    return parties_access.area(actor, city=f"{path}city", county="")


def projects_visible_to(actor: Actor) -> QuerySet[Project]:
    """The projects that the actor may see."""
    rows, scope = Project.objects.select_related("enterprise", "supplier"), _scope(actor)
    return rows.none() if scope is None else rows.filter(scope)


def reports_visible_to(actor: Actor) -> QuerySet[Report]:
    """The reports that the actor may see."""
    rows = Report.objects.select_related("project__enterprise", "project__supplier")
    scope = _scope(actor, "project__")
    return rows.none() if scope is None else rows.filter(scope)


def rectifications_visible_to(actor: Actor) -> QuerySet[Rectification]:
    """The rectifications that the actor may see."""
    rows = Rectification.objects.select_related("project__enterprise", "project__supplier")
    scope = _scope(actor, "project__")
    return rows.none() if scope is None else rows.filter(scope)


def project_for(actor: Actor, pk: int) -> Project | None:
    """One project, or None as if it did not exist."""
    return projects_visible_to(actor).filter(pk=pk).first()


def report_for(actor: Actor, pk: int) -> Report | None:
    """One report, or None as if it did not exist."""
    return reports_visible_to(actor).filter(pk=pk).first()


def rectification_for(actor: Actor, pk: int) -> Rectification | None:
    """One rectification, or None as if it did not exist."""
    return rectifications_visible_to(actor).filter(pk=pk).first()


def published() -> QuerySet[Project]:
    """What everybody may see: every project whose registration stands."""
    rows = Project.objects.exclude(state="cancelled").select_related("enterprise", "supplier")
    return rows.order_by("-year", "number")


def file_for(actor: Actor, pk: int) -> StoredFile | None:
    """A paper of a project, report or rectification that the actor may see, or None."""
    if (
        reports_visible_to(actor).filter(files=pk).exists()
        or rectifications_visible_to(actor).filter(files=pk).exists()
        or projects_visible_to(actor).filter(paper_id=pk).exists()
    ):
        return StoredFile.objects.filter(pk=pk).first()
    return None
