"""How far a pilot has come: its tagged customers against the number promised and the last day (D47-6.3, D47-6.5)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from yunquan.kernel.calendar import local_date
from yunquan.parties import standings
from yunquan.parties.models import Enterprise
from yunquan.pilots.models import Pilot
from yunquan.programme.models import Window
from yunquan.vouchers.lifecycle import COUNTED, S
from yunquan.vouchers.models import Voucher

# Judged to have moved to the cloud; a claim that waits for that judgement is neither finished nor failed.
FINISHED = (S.VERIFIED, S.APPROVED, S.LISTED, S.ORDERED, S.PAID)
PENDING = (S.CLAIMED, S.ATTESTED)
NOT_LARGE = ~Q(enterprise__size=Enterprise.Size.LARGE)


@dataclass(frozen=True, slots=True)
class Progress:
    """Enterprises of a pilot, small and medium ones alone, and the awards of its vouchers in fen."""

    promised: int
    issued: int
    pending: int
    finished: int
    issued_fen: int
    closes_at: datetime | None

    @property
    def percent(self) -> int:
        """How much of the promise is kept, in whole percent, a hundred at most."""
        return min(100, self.finished * 100 // self.promised) if self.promised else 0

    def is_over(self, now: datetime) -> bool:
        """Whether the last day has passed."""
        return self.closes_at is not None and now >= self.closes_at

    def has_failed(self, now: datetime) -> bool:
        """Whether the promise can't be kept any more, claims that wait for their judgement counted for it."""
        return self.is_over(now) and self.finished + self.pending < self.promised


def tagged() -> QuerySet[Voucher]:
    """The vouchers that suppliers tagged 试点."""
    return Voucher.objects.filter(is_pilot=True)


def progress_of(pilots: Iterable[Pilot]) -> dict[int, Progress]:
    """The progress of pilots by their keys; two queries however many they are."""
    rows = list(pilots)
    if not rows:
        return {}

    def enterprises(states: Iterable[str]) -> Count:
        return Count("enterprise", filter=Q(state__in=list(states)) & NOT_LARGE, distinct=True)

    counted = (
        tagged()
        .filter(supplier__in={row.supplier_id for row in rows}, cycle__in={row.call.cycle_id for row in rows})
        .order_by()
        .values("supplier", "cycle")
        .annotate(
            issued=enterprises(COUNTED),
            pending=enterprises(PENDING),
            finished=enterprises(FINISHED),
            issued_fen=Sum("face_fen", filter=Q(state__in=COUNTED), default=0),
        )
    )
    found: dict[tuple[int, int], Mapping[str, Any]] = {
        (row["supplier"], row["cycle"]): row for row in counted
    }
    closing = _closing({row.call.cycle_id for row in rows})
    told = {}
    for row in rows:
        mine = found.get((row.supplier_id, row.call.cycle_id), {})
        names = ("issued", "pending", "finished", "issued_fen")
        told[row.pk] = Progress(
            promised=row.promised,
            closes_at=closing.get(row.call.cycle_id),
            **{name: mine.get(name, 0) for name in names},
        )
    return told


def _closing(cycles: Iterable[int]) -> dict[int, datetime]:
    rows = Window.objects.filter(cycle__in=cycles, kind=Window.Kind.CLAIM, published_at__isnull=False)
    return dict(rows.values_list("cycle", "closes_at"))


def ground_of(pilot: Pilot, now: datetime) -> str:
    """For what the title may be taken at this moment, or nothing (D47-6.5, D47-8.4)."""
    if standings.refusals_for(supplier=pilot.supplier, on=local_date(now)):
        return Pilot.Ground.SUSPENDED
    if progress_of([pilot])[pilot.pk].has_failed(now):
        return Pilot.Ground.OVERDUE
    return ""
