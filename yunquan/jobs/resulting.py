"""定时任务 of the results: explanations, answers and terms that are over, deadlines that come (D108-A2, D108-3.4, D26-4)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

from yunquan.inspections import result_queries
from yunquan.inspections.actions import answering, concluding
from yunquan.inspections.models import Inspection
from yunquan.journal.models import Notice
from yunquan.kernel.calendar import CalendarNotAnnounced, local_date
from yunquan.kernel.workflow import Actor
from yunquan.parties import actions as parties
from yunquan.parties import standings
from yunquan.policy.roles import Role
from yunquan.programme.rules import working_calendar

CLOCK = Actor(person="clock", role=Role.CLOCK, org="platform")
SOON_WORKING_DAYS = 1
WORDS = {"concluded": "反馈抽查结果", "explaining": "说明合同金额", "informed": "提交书面意见"}
Try = Callable[..., None]


def close(now: datetime, attempt: Try) -> None:
    """End what nobody did in time; `attempt(chore, act, **arguments)` counts it and bears a refusal."""
    today = local_date(now)
    for row in result_queries.late(today):
        late: dict[str, Any] = {
            "explaining": concluding.explain_late,
            "informed": answering.answer_late,
        }
        attempt(f"{row.state}_late", late[row.state], inspection=row, by=CLOCK, now=now)
    for standing in standings.run_out(today):
        attempt("standings_expired", parties.expire, standing=standing, by=CLOCK, now=now)


def reminders(now: datetime) -> list[Notice]:
    """Who has to do what of a result within a working day, or is late with it, once a deadline."""
    today = local_date(now)
    try:
        soon = working_calendar().add_working_days(today, SOON_WORKING_DAYS)
    except CalendarNotAnnounced:
        soon = today + timedelta(days=SOON_WORKING_DAYS)
    return [one for row in result_queries.soon_due(soon) for one in _told(row, today, now)]


def _told(row: Inspection, today: date, now: datetime) -> list[Notice]:
    assert row.due_on is not None
    over = row.due_on < today
    what = f"{row.voucher.number} {WORDS[row.state]}"
    title = f"{what}{'已逾期，请立即办理' if over else f'将于 {row.due_on} 到期'}"
    if row.state == "concluded":
        orgs = [row.plan.org, *(["bureau:440000"] if over and row.plan.city else [])]
    else:
        orgs = [f"supplier:{row.voucher.supplier_id}", f"enterprise:{row.voucher.enterprise_id}"]
    return [
        Notice(
            org=org,
            obj=row.journal_key,
            kind="reminder",
            title=title,
            key=f"{row.journal_key}:{row.state}:{'over' if over else 'soon'}:{row.due_on}:{org}",
            at=now,
        )
        for org in orgs
    ]
