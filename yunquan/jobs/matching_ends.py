"""What the clock ends of the cities' own subsidies: publicity that is over, lines whose voucher fell (D47-4.4.6)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet

from yunquan.kernel.workflow import Actor
from yunquan.matching import actions as matching
from yunquan.matching.entitled import STANDING, award_changed, lessened_fen
from yunquan.matching.lifecycle import DECIDED
from yunquan.matching.models import MatchingLine, MatchingList, MatchingObjection
from yunquan.policy.roles import Role

CLOCK = Actor(person="clock", role=Role.CLOCK, org="platform")


def due(soon: date) -> QuerySet[MatchingObjection]:
    """Objections to the cities' own lists that are undecided and nearly due or overdue."""
    return MatchingObjection.objects.filter(due_on__lte=soon).exclude(state__in=DECIDED).order_by("pk")


def close(now: datetime, attempt: Callable[..., Any]) -> None:
    """Lists stand after their period; a voucher that fell before the city paid gets nothing, a smaller award its share."""
    for row in MatchingList.objects.filter(state="published", publicity_ends_at__lte=now).order_by("pk"):
        attempt("matching_publicity_closed", matching.close, matching_list=row, by=CLOCK, now=now)
    lost = MatchingLine.objects.filter(state="listed").exclude(voucher__state__in=STANDING)
    for line in lost.select_related("voucher").order_by("pk"):
        attempt("matching_dropped", matching.drop, line=line, by=CLOCK, now=now)
    listed = MatchingLine.objects.filter(award_changed(), state="listed")
    changed = list(listed.select_related("voucher").order_by("pk"))
    less = lessened_fen(changed)
    for line in changed:
        if line.voucher_id in less:
            attempt("matching_relisted", matching.relist, line=line, by=CLOCK, now=now)
