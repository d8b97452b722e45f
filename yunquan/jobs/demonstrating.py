"""定时任务 of the demonstration projects: who has not reported or mended in time, which are past their day (D858-2.1)."""

from __future__ import annotations

from datetime import datetime

from yunquan.demonstrations.actions.reminding import reminders
from yunquan.jobs.inspecting import send_once


def remind(now: datetime) -> int:
    """Remind of what is nearly due or overdue, once each; gives how many are new."""
    return send_once(reminders(now))
