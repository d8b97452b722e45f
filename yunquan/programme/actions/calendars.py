"""Days that the province declares working or free."""

from __future__ import annotations

from datetime import date, datetime

from yunquan.journal.actions import audited, record
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties.checks import role_allows
from yunquan.policy.roles import Role
from yunquan.programme.actions.cycles import PROVINCE_ROLES, refuse
from yunquan.programme.models import CalendarDay, CalendarYear

_KEEPS_CALENDAR = (*PROVINCE_ROLES, Role.SYSTEM_ADMIN)


@audited("calendar.declare_day", about="calendar")
def declare_day(*, on: date, is_working: bool, source: str, by: Actor, now: datetime) -> CalendarDay:
    """Declare a day working or free over the kept calendar; time limits already set stay as they are."""
    refuse([role_allows(by.role, _KEEPS_CALENDAR, "录入工作日历"), _sourced(source)])
    row, _made = CalendarDay.objects.update_or_create(
        on=on, defaults={"is_working": is_working, "source": source.strip()[:120]}
    )
    payload = {"is_working": is_working, "source": row.source}
    record("calendar.declare_day", by=by, obj=f"day:{on}", now=now, why="D47-5.20", payload=payload)
    return row


@audited("calendar.announce_year", about="calendar")
def announce_year(*, year: int, source: str, by: Actor, now: datetime) -> CalendarYear:
    """Say that a year's holidays and make-up days have all been declared, so its time limits can be told."""
    refuse([role_allows(by.role, _KEEPS_CALENDAR, "录入工作日历"), _sourced(source)])
    if not CalendarDay.objects.filter(on__year=year).exists():
        message = f"{year} 年还没有录入任何放假或调休日期。"
        raise Refused([Refusal("year_empty", message, "D47-5.20", "请先逐日录入放假和调休日期。", "year")])
    row, _made = CalendarYear.objects.update_or_create(year=year, defaults={"source": source.strip()[:120]})
    payload = {"source": row.source}
    record("calendar.announce_year", by=by, obj=f"year:{year}", now=now, why="D47-5.20", payload=payload)
    return row


def _sourced(source: str) -> Refusal | None:
    if source.strip():
        return None
    return Refusal("missing", "没有填写依据。", "D47-5.20", "请填写放假通知的文号或名称。", "source")
