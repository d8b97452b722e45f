"""What the province reads of usage across cities: outcomes by city, anomalies ranked (D47-5.13, 5.17)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from yunquan.kernel.workflow import Actor
from yunquan.usage.models import Verdict
from yunquan.usage.queries import signals_among
from yunquan.vouchers.access import visible_to
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import Voucher

MOST_RANKED = 100


def with_outcome(rows: QuerySet[Voucher]) -> QuerySet[Voucher]:
    """Vouchers with the outcome and source of their latest verdict (`said`, `said_by`), empty where there is none."""
    latest = Verdict.objects.filter(voucher=OuterRef("number")).order_by("-pk")
    return rows.annotate(
        said=Subquery(latest.values("outcome")[:1]), said_by=Subquery(latest.values("source")[:1])
    )


def by_city(actor: Actor) -> list[dict[str, Any]]:
    """For each city of the actor's: claims waiting, and vouchers by the outcome that holds and with signals.

    Counted by the database in one query, a row a city.
    """
    rows = judged(actor).order_by().values("city")
    told: Iterable[dict[str, Any]] = rows.annotate(
        waiting=Count("pk", filter=Q(state=S.ATTESTED)),
        signals=Count("pk", filter=Q(kinds__gt=0)),
        **{outcome: Count("pk", filter=Q(holds=outcome)) for outcome in Verdict.Outcome.values},
    )
    return sorted(told, key=lambda row: (-row["waiting"], -row["signals"], row["city"]))


def ranked(actor: Actor) -> list[dict[str, Any]]:
    """Vouchers by how much about their use is conspicuous: kinds of signals first, then the money at stake."""
    rows = judged(actor).filter(kinds__gt=0).select_related("enterprise", "supplier")
    listed = list(rows.order_by("-kinds", "-face_fen", "number")[:MOST_RANKED])
    signals = signals_among([row.number for row in listed])
    return [
        {
            "voucher": row,
            "titles": sorted({str(signal.get("label", "")) for signal in signals.get(row.number, ())}),
            "count": row.kinds,
        }
        for row in listed
    ]


def judged(actor: Actor) -> QuerySet[Any]:
    """Claims with the outcome that holds and its source (`holds`, `held_by`), and how many kinds of signals there are.

    `kinds` are those of the latest computed verdict.
    """
    rows = Verdict.objects.filter(voucher=OuterRef("number")).order_by("-pk")
    computed, holding = rows.filter(source=Verdict.Source.COMPUTED), rows.filter(is_watching=False)
    return (
        visible_to(actor)
        .exclude(claimed_at=None)
        .annotate(
            holds=Subquery(holding.values("outcome")[:1]),
            held_by=Subquery(holding.values("source")[:1]),
            kinds=Subquery(computed.values("signal_kinds")[:1]),
        )
    )
