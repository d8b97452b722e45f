"""试点示范: once the last day has passed, a kept promise ends the title with honour, a broken one is heard (D47-6.5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from yunquan.kernel.workflow import Actor
from yunquan.pilots import actions
from yunquan.pilots.models import Pilot
from yunquan.pilots.progress import ground_of, progress_of
from yunquan.policy.roles import Role

CLOCK = Actor(person="clock", role=Role.CLOCK, org="platform")
Try = Callable[..., Any]


def close(now: datetime, attempt: Try) -> None:
    """Finish or call to a hearing what holds a title; the taking itself is a second person's act."""
    named = list(Pilot.objects.filter(state="named").select_related("call__cycle", "supplier").order_by("pk"))
    progress = progress_of(named)
    for pilot in named:
        told = progress[pilot.pk]
        if told.is_over(now) and told.finished >= told.promised:
            attempt("pilots_finished", actions.finish, pilot=pilot, by=CLOCK, now=now)
        elif ground_of(pilot, now):
            attempt("pilots_heard", actions.hear, pilot=pilot, by=CLOCK, now=now)
