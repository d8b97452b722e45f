from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.kernel.calendar import CalendarNotAnnounced, WorkingCalendar, local_date

KNOWN = st.dates(date(2018, 1, 1), date(2025, 12, 31))


def test_make_up_days_are_worked_and_holidays_are_not() -> None:
    calendar = WorkingCalendar()
    assert calendar.is_working_day(date(2018, 9, 29))  # Saturday before the National Day holiday
    assert calendar.is_working_day(date(2018, 9, 30))
    assert not calendar.is_working_day(date(2018, 10, 1))
    assert not calendar.is_working_day(date(2018, 10, 5))


@pytest.mark.clause("D47-5.20", "D47-5.21")
def test_working_days_run_over_the_national_day_holiday() -> None:
    assert WorkingCalendar().add_working_days(date(2018, 9, 28), 5) == date(2018, 10, 10)


def test_a_year_that_is_not_announced_is_refused_rather_than_guessed() -> None:
    with pytest.raises(CalendarNotAnnounced, match="2031 年的放假调休安排尚未公布"):
        WorkingCalendar().add_working_days(date(2031, 1, 2), 1)
    assert not WorkingCalendar().is_announced(2031)


def test_a_year_entered_by_hand_counts_with_its_make_up_days() -> None:
    calendar = WorkingCalendar({date(2031, 1, 1): False, date(2031, 1, 4): True}, announced_years={2031})
    assert calendar.is_announced(2031)
    assert calendar.is_working_day(date(2031, 1, 4))  # a Saturday
    assert not calendar.is_working_day(date(2031, 1, 5))
    assert not calendar.is_working_day(date(2031, 1, 1))


def test_an_override_beats_the_library() -> None:
    assert not WorkingCalendar({date(2018, 9, 28): False}).is_working_day(date(2018, 9, 28))


@given(KNOWN, st.integers(0, 60))
def test_a_limit_of_n_days_has_n_working_days(start: date, count: int) -> None:
    calendar = WorkingCalendar()
    end = calendar.add_working_days(start, count)
    assert calendar.working_days_between(start, end) == count
    assert calendar.working_days_between(end, start) == -count


def test_a_negative_limit_is_an_error() -> None:
    with pytest.raises(ValueError, match="负数"):
        WorkingCalendar().add_working_days(date(2018, 10, 8), -1)


def test_the_day_is_the_day_in_shanghai() -> None:
    assert local_date(datetime(2018, 12, 31, 16, 0, tzinfo=UTC)) == date(2019, 1, 1)
    with pytest.raises(ValueError, match="时区"):
        local_date(datetime(2018, 12, 31))
