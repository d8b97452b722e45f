"""What screens and actions read of demonstration projects: sums against the plan, what waits, what is late."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from yunquan.demonstrations import access
from yunquan.demonstrations.lifecycle import BUILDING, PARTIES, PROPOSED, STANDING, TO_FILE, TO_MEND
from yunquan.demonstrations.models import BudgetLine, Milestone, Project, Rectification, Report, Spending
from yunquan.evidence.models import StoredFile
from yunquan.journal.queries import entries
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties_access
from yunquan.parties import regions
from yunquan.policy.roles import Role

MOST = 1000


def planned(budget: Iterable[BudgetLine]) -> dict[tuple[int, str], int]:
    """The plan of spending in fen, by line and fund."""
    found = {}
    for one in budget:
        found[one.position, "public"], found[one.position, "own"] = one.public_fen, one.own_fen
    return found


def _standing(project: Project) -> QuerySet[Spending]:
    return Spending.objects.filter(report__project=project, report__state__in=STANDING)


def spent_before(project: Project, report: Report) -> dict[tuple[int, str], int]:
    """What the other standing reports of a project spent, in fen, by line and fund."""
    rows = _standing(project).exclude(report=report).values("line__position", "fund").order_by()
    return {(one["line__position"], one["fund"]): one["fen"] for one in rows.annotate(fen=Sum("amount_fen"))}


def documents_before(project: Project, report: Report) -> frozenset[str]:
    """The documents of payment that the other standing reports list."""
    rows = _standing(project).exclude(report=report)
    return frozenset(rows.values_list("document", flat=True))


@dataclass(frozen=True, slots=True)
class LineSpent:
    """A line of the plan, and what was spent on it until now, in fen."""

    purpose: str
    public_fen: int
    public_spent_fen: int
    own_fen: int
    own_spent_fen: int

    @property
    def is_over(self) -> bool:
        """Whether more was spent on it than planned, from either fund."""
        return self.public_spent_fen > self.public_fen or self.own_spent_fen > self.own_fen


def spending_by_line(project: Project) -> list[LineSpent]:
    """Each line of the plan with what the standing reports spent on it."""
    rows = _standing(project).values("line", "fund").order_by().annotate(fen=Sum("amount_fen"))
    spent = {(one["line"], one["fund"]): one["fen"] for one in rows}
    return [
        LineSpent(
            one.purpose,
            one.public_fen,
            spent.get((one.pk, "public"), 0),
            one.own_fen,
            spent.get((one.pk, "own"), 0),
        )
        for one in project.budget.order_by("position")
    ]


def accepted_at(projects: Iterable[Project]) -> dict[str, datetime]:
    """When each project was accepted, by its key in the log: what is decided on it later leaves that as it is."""
    keys = [one.journal_key for one in projects]
    return dict(
        entries(act="demonstration.accept", refused=False).filter(obj__in=keys).values_list("obj", "at")
    )


def readiness(project: Project) -> dict[str, Any]:
    """What stands between a project and its acceptance, as the facts of a check."""
    reports = project.reports.order_by().aggregate(
        reviewed=Count("pk", filter=Q(state="reviewed")), open=Count("pk", filter=~Q(state="reviewed"))
    )
    mending = project.rectifications.order_by().aggregate(
        open=Count("pk", filter=Q(state__in=TO_MEND)),
        failed=Count("pk", filter=Q(state="failed", next__isnull=True)),
    )
    unreached = project.milestones.filter(reached_on=None).order_by("position")
    return {
        "unreached": list(unreached.values_list("title", flat=True))
        if project.funded_by == "province"
        else [],
        "open_reports": reports["open"],
        "reviewed_reports": reports["reviewed"],
        # Who reports to the ministry every month is not asked here (D858-2.1).
        "reports_due": project.funded_by == "province",
        "open_rectifications": mending["open"],
        "failed_rectifications": mending["failed"],
    }


def listed(actor: Actor) -> QuerySet[Project]:
    """The projects in the actor's sight, with what each spent of public and of own money, and whether it is late."""
    spent = Q(reports__state__in=STANDING)
    late = Report.objects.filter(project=OuterRef("pk"), state__in=TO_FILE)
    return access.projects_visible_to(actor).annotate(
        public_spent_fen=Sum(
            "reports__spending__amount_fen", filter=spent & Q(reports__spending__fund="public"), default=0
        ),
        own_spent_fen=Sum(
            "reports__spending__amount_fen", filter=spent & Q(reports__spending__fund="own"), default=0
        ),
        has_unfiled=Exists(late),
    )


def milestones_of(project: Project) -> list[Milestone]:
    """The plan of building in its order."""
    return list(project.milestones.order_by("position"))


def budget_of(project: Project) -> list[BudgetLine]:
    """The plan of spending in its order."""
    return list(project.budget.order_by("position"))


def reports_of(project: Project) -> list[Report]:
    """The reports of a project, the latest first."""
    return list(project.reports.order_by("-stood_on", "-pk"))


def rectifications_of(project: Project) -> list[Rectification]:
    """What a project had to mend, the latest first."""
    return list(project.rectifications.select_related("next").order_by("-pk"))


def payments_of(report: Report) -> list[Spending]:
    """The payments of a filed report."""
    return list(report.spending.select_related("line").order_by("position"))


def reached_in(report: Report) -> list[Milestone]:
    """The milestones that a report told of."""
    return list(Milestone.objects.filter(told_in=report).order_by("position"))


def files_of(row: Report | Rectification) -> list[StoredFile]:
    """The papers that were filed with it, in the order of their coming."""
    return list(row.files.order_by("pk"))


def is_late(row: Report | Rectification, today: date) -> bool:
    """Whether what its holder has to file is overdue."""
    return row.due_on < today and row.state in (TO_FILE if isinstance(row, Report) else ("ordered",))


def overdue_reports(actor: Actor, today: date) -> QuerySet[Report]:
    """Who has not filed in time, the longest first; a project that is closed is not waited for."""
    rows = access.reports_visible_to(actor).filter(project__state__in=BUILDING)
    return rows.filter(state__in=TO_FILE, due_on__lt=today).order_by("due_on", "pk")


# What waits


def waiting_reports(actor: Actor) -> QuerySet[Report]:
    """Reports that the holder has to file, the city to check, the province to review; the nearest due first."""
    states: dict[str, tuple[str, ...]] = {
        Role.ENTERPRISE: TO_FILE,
        Role.SUPPLIER: TO_FILE,
        Role.CITY_REVIEWER: ("filed",),
        Role.PROVINCE_OFFICER: ("checked",),
    }
    rows = access.reports_visible_to(actor).filter(state__in=states.get(actor.role, ()))
    if actor.role in PARTIES:
        rows = rows.filter(project__state__in=BUILDING)
    return rows.order_by("due_on", "pk")


def waiting_rectifications(actor: Actor) -> QuerySet[Rectification]:
    """Rectifications that the holder has to report, or officers to check again but those that they ordered."""
    rows = access.rectifications_visible_to(actor)
    if actor.role in PARTIES:
        return rows.filter(state="ordered").order_by("due_on", "pk")
    if actor.role not in (Role.CITY_REVIEWER, Role.PROVINCE_OFFICER):
        return rows.none()
    return rows.filter(state="filed").exclude(ordered_by=actor.person).order_by("due_on", "pk")


def waiting_proposals(actor: Actor) -> QuerySet[Project]:
    """Acceptances and withdrawals that lie before the province's approver."""
    rows = access.projects_visible_to(actor)
    if actor.role != Role.PROVINCE_APPROVER:
        return rows.none()
    return rows.filter(state__in=PROPOSED).exclude(proposed_by=actor.person).order_by("proposed_at", "pk")


def waiting_for_party(actor: Actor) -> list[Report | Rectification]:
    """What a holder has to file, reports and rectifications together, the nearest due first."""
    rows: list[Report | Rectification] = [*waiting_reports(actor)[:20], *waiting_rectifications(actor)[:20]]
    return sorted(rows, key=lambda row: row.due_on)


def waiting_count(actor: Actor) -> int:
    """How much of it waits, each kind up to a thousand."""
    kinds: tuple[QuerySet[Any], ...] = (
        waiting_reports(actor),
        waiting_rectifications(actor),
        waiting_proposals(actor),
    )
    return sum(rows.order_by().values("pk")[:MOST].count() for rows in kinds)


def holds_any(actor: Actor) -> bool:
    """Whether a party is the holder of a project: only then is it shown the pages."""
    return access.projects_visible_to(actor).exists()


def cities_of(actor: Actor) -> list[tuple[str, str]]:
    """The cities for which an officer may register a project."""
    code = parties_access.bureau_code(actor)
    return [(one.code, one.name) for one in regions.cities() if code in (regions.PROVINCE, one.code)]
