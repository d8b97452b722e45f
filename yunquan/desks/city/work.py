"""One piece of work on the desk's first page."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """One piece of work: what it is, of whom, until when, and what to do about it."""

    kind: str
    label: str
    subject: str
    number: str
    url: str
    next_step: str
    due_on: date | None = None
    left: int | None = None
    since: datetime | None = None
