"""What the clock has to say: reports and rectifications nearly due or overdue, projects past their day (D858-2.1)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from yunquan.demonstrations.actions.telling import bureaus, notices
from yunquan.demonstrations.lifecycle import BUILDING, TO_FILE
from yunquan.demonstrations.models import Project, Rectification, Report
from yunquan.journal.models import Notice
from yunquan.kernel.calendar import local_date

REMIND_DAYS = (3, 1)


def reminders(now: datetime) -> list[Notice]:
    """Each is said once: the same key is not sent a second time."""
    today = local_date(now)
    soon = today + timedelta(days=max(REMIND_DAYS))
    told: list[Notice] = []
    reports = Report.objects.filter(state__in=TO_FILE, due_on__lte=soon, project__state__in=BUILDING)
    for one in reports.select_related("project").order_by("pk"):
        told += _due(one, one.title, today, now)
    mending = Rectification.objects.filter(state="ordered", due_on__lte=soon)
    for row in (
        mending.exclude(project__state__in=("withdrawn", "cancelled"))
        .select_related("project")
        .order_by("pk")
    ):
        told += _due(row, "整改情况", today, now)
    for project in Project.objects.filter(state="building", ends_on__lt=today).order_by("pk"):
        title = f"示范项目已过计划完成日期（{project.ends_on}），尚未验收：{project.name}"
        orgs = [project.holder_key, *bureaus(project)]
        told += notices(project, f"past:{project.ends_on}", title, orgs, now, kind="reminder")
    return told


def _due(row: Any, what: str, today: date, now: datetime) -> list[Notice]:
    project, left = row.project, (row.due_on - today).days
    if left < 0:
        title = f"{what}已逾期（应于 {row.due_on} 前报送），请立即报送：{project.name}"
        said = f"示范项目逾期未报（{row.due_on} 到期）：{project.name}（{what}）"
        late = f"late:{row.due_on}"
        return [
            *notices(row, f"overdue:{row.due_on}", title, [project.holder_key], now, kind="reminder"),
            *notices(row, late, said, bureaus(project), now, kind="reminder"),
        ]
    step = next(days for days in sorted(REMIND_DAYS) if left <= days)
    title = f"{what}将于 {row.due_on} 到期，请按时报送：{project.name}"
    return notices(row, f"soon:{step}:{row.due_on}", title, [project.holder_key], now, kind="reminder")
