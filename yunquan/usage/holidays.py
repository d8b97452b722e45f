"""Which days a plant works, and which are statutory holidays, for any year."""

from __future__ import annotations

from datetime import date

import chinese_calendar

from yunquan.kernel.calendar import CalendarNotAnnounced, WorkingCalendar


def is_worked(working: WorkingCalendar, day: date) -> bool:
    """Say whether a day is worked; Monday to Friday in a year whose holidays nobody announced."""
    try:
        return working.is_working_day(day)
    except CalendarNotAnnounced:
        return day.weekday() < 5


def is_festival(day: date) -> bool:
    """Say whether a day is a statutory holiday with a name, when plants are shut; no plain weekend.

    >>> is_festival(date(2019, 2, 5)), is_festival(date(2019, 3, 2))
    (True, False)
    """
    try:
        is_free, named = chinese_calendar.get_holiday_detail(day)
    except NotImplementedError:
        return False
    return bool(is_free and named)
