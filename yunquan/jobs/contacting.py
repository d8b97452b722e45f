"""定时任务 of the contacts receipts: who has not sent is reminded, and whoever asked is told (D47-A3, D410-2)."""

from __future__ import annotations

from datetime import datetime, timedelta

from yunquan.jobs.inspecting import send_once
from yunquan.kernel.calendar import CalendarNotAnnounced, local_date
from yunquan.parties.actions.contacts import reminders
from yunquan.programme.rules import working_calendar

SOON_WORKING_DAYS = 3


def remind(now: datetime) -> int:
    """Remind of receipts that are nearly due or overdue, once each; gives how many are new."""
    today = local_date(now)
    try:
        soon = working_calendar().add_working_days(today, SOON_WORKING_DAYS)
    except CalendarNotAnnounced:
        soon = today + timedelta(days=SOON_WORKING_DAYS)
    return send_once(reminders(today, soon, now))
