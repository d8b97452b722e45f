"""Days and working days of the People's Republic, make-up days (调休) included."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from zoneinfo import ZoneInfo

import chinese_calendar

SHANGHAI = ZoneInfo("Asia/Shanghai")
_ONE_DAY = timedelta(days=1)


class CalendarNotAnnounced(LookupError):
    """The holidays of this year are not announced yet, so its working days can't be told."""

    def __init__(self, year: int) -> None:
        self.year = year
        super().__init__(
            f"{year} 年的放假调休安排尚未公布或尚未录入，无法计算工作日；"
            f"请在“工作日历”中录入 {year} 年的放假和调休日期后再试"
        )


def local_date(moment: datetime) -> date:
    """Say which day it is in Shanghai at an aware moment; a naive one is a ValueError."""
    if moment.tzinfo is None:
        raise ValueError("时间缺少时区，请给出带时区的时间")
    return moment.astimezone(SHANGHAI).date()


class WorkingCalendar:
    """The calendar of working days: the announced years of the kept library, with days laid over it.

    `overrides` says of single days whether they are worked. `announced_years` are years that the
    library doesn't know yet but whose arrangement has been entered in full through `overrides`:
    their other days are worked from Monday to Friday.
    """

    def __init__(
        self, overrides: Mapping[date, bool] = MappingProxyType({}), announced_years: Collection[int] = ()
    ) -> None:
        self._overrides = dict(overrides)
        self._announced = frozenset(announced_years)

    def is_working_day(self, day: date) -> bool:
        """Say whether a day is worked; raises CalendarNotAnnounced for a year not yet known."""
        if day in self._overrides:
            return self._overrides[day]
        try:
            return chinese_calendar.is_workday(day)
        except NotImplementedError:
            if day.year in self._announced:
                return day.weekday() < 5
            raise CalendarNotAnnounced(day.year) from None

    def is_announced(self, year: int) -> bool:
        """Say whether the working days of a year can be told."""
        try:
            self.is_working_day(date(year, 1, 4))
            self.is_working_day(date(year, 12, 28))
        except CalendarNotAnnounced:
            return False
        return True

    def add_working_days(self, start: date, count: int) -> date:
        """Find the last day of a time limit of `count` working days; the start itself isn't counted.

        >>> WorkingCalendar().add_working_days(date(2018, 9, 28), 2)  # Saturday 29th is a make-up day
        datetime.date(2018, 9, 30)
        """
        if count < 0:
            raise ValueError("工作日天数不能为负数")
        day = start
        while count:
            day += _ONE_DAY
            count -= self.is_working_day(day)
        return day

    def working_days_between(self, first: date, last: date) -> int:
        """Count the working days after `first` up to and including `last`; negative when last is earlier."""
        if last < first:
            return -self.working_days_between(last, first)
        return sum(
            self.is_working_day(first + timedelta(days=step)) for step in range(1, (last - first).days + 1)
        )
