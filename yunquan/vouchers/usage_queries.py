"""What the province reads of usage across cities: outcomes by city, anomalies ranked (D47-5.13, 5.17)."""

from __future__ import annotations

from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery

from yunquan.kernel.workflow import Actor
from yunquan.usage.models import Verdict
from yunquan.usage.queries import outcomes, signals_among
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
    """For each city of the actor's: claims waiting, and vouchers by the outcome that holds and with signals."""
    rows = visible_to(actor).exclude(claimed_at=None).order_by()
    vouchers = list(rows.values_list("number", "city", "state"))
    numbers = [number for number, _city, _state in vouchers]
    said, signalled = outcomes(numbers), signals_among(numbers)
    found: dict[str, dict[str, Any]] = {}
    for number, city, state in vouchers:
        told = found.setdefault(
            city, {"city": city, "waiting": 0, "done": 0, "not_done": 0, "not_enough_data": 0, "signals": 0}
        )
        told["waiting"] += state == S.ATTESTED
        told["signals"] += number in signalled
        if number in said:
            told[said[number]] += 1
    return sorted(found.values(), key=lambda row: (-row["waiting"], -row["signals"], row["city"]))


def ranked(actor: Actor) -> list[dict[str, Any]]:
    """Vouchers by how much about their use is conspicuous: kinds of signals first, then the money at stake."""
    rows = visible_to(actor).exclude(claimed_at=None).select_related("enterprise", "supplier").order_by("pk")
    vouchers = {row.number: row for row in rows}
    found: list[dict[str, Any]] = []
    for number, signals in signals_among(list(vouchers)).items():
        titles = sorted({str(signal.get("label", "")) for signal in signals})
        found.append({"voucher": vouchers[number], "titles": titles, "count": len(titles)})
    found.sort(key=lambda row: (-row["count"], -row["voucher"].face_fen, row["voucher"].number))
    return found[:MOST_RANKED]
