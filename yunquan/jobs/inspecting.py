"""定时任务 of the inspections: what was not filed, mended, explained or answered in time (D858-2.1, D858-2.3).

Every chore says the same thing once: a second run on the same day finds nothing left to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from yunquan.inspections.actions import rectifying, self_checks
from yunquan.jobs import resulting
from yunquan.journal.actions import notify_all
from yunquan.journal.models import Notice


def remind(now: datetime) -> int:
    """Remind of self-check tables and rectifications that are nearly due or overdue; gives how many are new."""
    return send_once([*self_checks.reminders(now), *rectifying.reminders(now), *resulting.reminders(now)])


def send_once(notices: Iterable[Notice]) -> int:
    """Send those whose key was never sent before."""
    rows = list(notices)
    for row in rows:
        row.key = row.key[:160]
    known = set(Notice.objects.filter(key__in=[row.key for row in rows]).values_list("key", flat=True))
    fresh = [row for row in rows if row.key not in known]
    if fresh:
        with transaction.atomic():
            notify_all(fresh)
    return len(fresh)
