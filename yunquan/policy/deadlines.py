"""Until when something must be done: working days for reviews, whole days for publicity."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from yunquan.kernel.calendar import SHANGHAI, WorkingCalendar, local_date
from yunquan.policy.rulebook import Rulebook

Review = Literal["registration", "application", "claim"]


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day for something, how many days were counted, and the article."""

    due_on: date
    days: int
    article: str
    meaning: str


def review_deadline(
    review: Review, received_at: datetime, rulebook: Rulebook, calendar: WorkingCalendar
) -> Deadline:
    """Give the last day of a review (D47-5.20, D47-5.21); the day of receipt isn't counted.

    Raises CalendarNotAnnounced where the limit runs into a year without announced holidays.
    """
    received_on = local_date(received_at)
    days = rulebook.value(f"review.{review}_working_days", received_on)
    return Deadline(
        calendar.add_working_days(received_on, days.value), days.value, days.article, days.meaning
    )


def working_days_left(due_on: date, today: date, calendar: WorkingCalendar) -> int:
    """Count the working days left after today; 0 on the last day, negative when overdue."""
    return calendar.working_days_between(today, due_on)


def publicity_deadline(published_at: datetime, rulebook: Rulebook) -> Deadline:
    """Give the last full day of publicity (D47-5.22); the day of publication isn't counted."""
    published_on = local_date(published_at)
    days = rulebook.value("settlement.publicity_days", published_on)
    return Deadline(published_on + timedelta(days=days.value), days.value, days.article, days.meaning)


def publicity_ends_at(published_at: datetime, rulebook: Rulebook) -> datetime:
    """Give the moment from which a list has stood in public for the full period."""
    last_on = publicity_deadline(published_at, rulebook).due_on
    return datetime.combine(last_on + timedelta(days=1), time(), tzinfo=SHANGHAI)


def publicity_days_left(ends_at: datetime | None, now: datetime) -> int:
    """Count the whole days of publicity left; negative when it is over, 0 where it has not begun."""
    return 0 if ends_at is None else (local_date(ends_at) - local_date(now)).days - 1
