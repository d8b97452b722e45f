"""What arrived and what is missing: by application, by supplier, by pull interface (D47-5.12)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Max, Q, QuerySet

from yunquan.kernel.calendar import WorkingCalendar, local_date
from yunquan.usage.models import Delivery, PullAttempt, PullSource

SHOWN_DAYS = 30


def working_days(calendar: WorkingCalendar, today: date, days: int = SHOWN_DAYS) -> list[date]:
    """The working days of the last days before today, oldest first: on the others nobody need work."""
    span = (today - timedelta(days=back) for back in range(days, 0, -1))
    return [day for day in span if calendar.is_working_day(day)]


def days_by_cloud(supplier: int, since: date) -> dict[str, set[date]]:
    """The days of which logs were loaded, by the application they were delivered for; "" holds for all."""
    found: dict[str, set[date]] = {}
    rows = Delivery.objects.filter(supplier_id=supplier, state="loaded", source="application")
    for cloud, days in rows.values_list("cloud", "days"):
        found.setdefault(cloud, set()).update(_since(days, since))
    return found


def _since(days: Iterable[str], since: date) -> set[date]:
    return {day for text in days if (day := date.fromisoformat(text)) >= since}


def covered(by_cloud: Mapping[str, Collection[date]], clouds: Collection[str]) -> set[date]:
    """The days of which there is any log of one of these applications."""
    return {day for cloud, days in by_cloud.items() if not cloud or cloud in clouds for day in days}


def counts(supplier: int) -> dict[str, int]:
    """How many deliveries stand where, and how many lines of them were set apart."""
    rows = Delivery.objects.filter(supplier_id=supplier)
    found = dict(rows.order_by().values_list("state").annotate(n=Count("pk")))
    bad = rows.filter(state="loaded", bad_lines__gt=0).count()
    return {name: found.get(name, 0) for name in ("received", "loaded", "refused")} | {"with_bad": bad}


# Pull interfaces


def attempts_of(source: PullSource, most: int = 30) -> list[PullAttempt]:
    """The latest attempts, the latest first."""
    rows = PullAttempt.objects.filter(pull_source=source).select_related("delivery")
    return list(rows.order_by("-pk")[:most])


def first_period_on(source: PullSource) -> date | None:
    """The first day that was asked for; None before any attempt."""
    first = PullAttempt.objects.filter(pull_source=source).order_by("from_at").first()
    return local_date(first.from_at) if first is not None else None


def last_done_at(source: PullSource) -> datetime | None:
    """When an attempt last succeeded."""
    done = PullAttempt.objects.filter(pull_source=source, is_done=True)
    return done.order_by("-pk").values_list("at", flat=True).first()


@dataclass
class Health:
    """How one supplier's behaviour data comes in."""

    supplier: Any
    source: PullSource | None = None
    last_done_at: datetime | None = None
    last_message: str = ""
    received_at: datetime | None = None
    waiting: int = 0
    refused: int = 0
    days: set[date] = field(default_factory=set)

    def missing(self, wanted: Iterable[date]) -> list[date]:
        """The wanted days of which nothing came."""
        return [day for day in wanted if day not in self.days]


def health(suppliers: QuerySet[Any], *, since: date) -> list[Health]:
    """The sources' health over many suppliers, in a constant number of queries; the worst first."""
    found = {row.pk: Health(row) for row in suppliers}
    for source in PullSource.objects.filter(supplier__in=list(found)).annotate(
        done_at=Max("attempts__at", filter=Q(attempts__is_done=True)), last=Max("attempts__pk")
    ):
        one = found[source.supplier_id]
        one.source, one.last_done_at = source, source.done_at
        one.last_message = str(source.last or "")
    messages = {
        str(pk): message
        for pk, message in PullAttempt.objects.filter(
            pk__in=[int(one.last_message) for one in found.values() if one.last_message]
        ).values_list("pk", "message")
    }
    rows = Delivery.objects.filter(supplier__in=list(found), source="application")
    for pk, last, waiting, refused in rows.values_list("supplier_id").annotate(
        last=Max("received_at"),
        waiting=Count("pk", filter=Q(state="received")),
        refused=Count("pk", filter=Q(state="refused")),
    ):
        found[pk].received_at, found[pk].waiting, found[pk].refused = last, waiting, refused
    for pk, days in rows.filter(state="loaded").values_list("supplier_id", "days"):
        found[pk].days |= _since(days, since)
    for one in found.values():
        one.last_message = messages.get(one.last_message, "")
    return sorted(found.values(), key=lambda one: (-_failures(one), len(one.days), one.supplier.name))


def _failures(one: Health) -> int:
    return one.source.failures if one.source is not None and one.source.is_active else 0


def pulled_days(source: PullSource, since: date) -> set[date]:
    """The days of which pulls brought any record."""
    rows = Delivery.objects.filter(supplier_id=source.supplier_id, channel="pull", state="loaded")
    return {day for days in rows.values_list("days", flat=True) for day in _since(days, since)}


def operator_days(since: date) -> set[date]:
    """The days of which operators' records were loaded."""
    rows = Delivery.objects.filter(source="operator", state="loaded")
    return {day for days in rows.values_list("days", flat=True) for day in _since(days, since)}
