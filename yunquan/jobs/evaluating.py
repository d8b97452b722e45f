"""What the clock does with evaluations and titles: grants after the publicity, ends and withdraws (D47-8.3)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from yunquan.insight import title_actions as titles
from yunquan.kernel.calendar import local_date
from yunquan.kernel.workflow import Actor
from yunquan.policy.roles import Role

CLOCK = Actor(person="clock", role=Role.CLOCK, org="platform")


def work(now: datetime, attempt: Callable[..., Any]) -> None:
    """Withdraw titles of the barred, grant what stood in public long enough, end what ran out."""
    today = local_date(now)
    for title, reason in titles.barred(today):
        attempt("titles_withdrawn", titles.withdraw, title=title, reason=reason, by=CLOCK, now=now)
    for evaluation in titles.due_for_close(today):
        attempt("evaluations_closed", titles.close, evaluation=evaluation, by=CLOCK, now=now)
    for title in titles.due_to_expire(today):
        attempt("titles_expired", titles.expire, title=title, by=CLOCK, now=now)
