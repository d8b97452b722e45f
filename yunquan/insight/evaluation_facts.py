"""What is counted of each supplier in a year, from vouchers, verdicts, inspections, messages, prices and the log.

The number of queries grows with nothing but pieces of two thousand vouchers.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from django.db.models import Count, OuterRef, Q, Subquery

from yunquan.feedback.models import Message
from yunquan.feedback.queries import WEIGHING
from yunquan.insight.evaluation_scoring import Tally
from yunquan.inspections.models import Candidate, Inspection
from yunquan.inspections.result_facts import outcome_of
from yunquan.journal.models import LogEntry
from yunquan.kernel.calendar import SHANGHAI, WorkingCalendar, local_date
from yunquan.kernel.workflow import Actor
from yunquan.usage.models import ServiceVerdict, Verdict
from yunquan.vouchers import price_queries
from yunquan.vouchers.models import Voucher

_PIECE = 2_000
_SUPPLIER = re.compile(r'"org":"supplier:(\d+)"')
_STOPPED = "stops_after_payment"
# A complaint counts once a bureau has taken it up; what was only received or was dismissed doesn't.
TAKEN_UP = ("handling", "answered", "closed")
_ASKS = {"voucher.submit": "apply", "voucher.claim": "claim"}
_ANSWERS = {
    "voucher.confirm": "apply", "voucher.decline": "apply", "voucher.attest": "claim",
    "voucher.decline_claim": "claim",
}  # fmt: skip
_TAKEN_BACK = {"voucher.withdraw": "apply", "voucher.withdraw_claim": "claim"}
# Ends whatever was open on the voucher: nobody could answer any more.
_REVOKED = "voucher.revoke"
Tallies = dict[int, dict[str, Tally]]


@dataclass(frozen=True, slots=True)
class Period:
    """The days that are evaluated, first and last."""

    from_on: date
    until_on: date

    @property
    def starts_at(self) -> datetime:
        return datetime.combine(self.from_on, time.min, SHANGHAI)

    @property
    def ends_at(self) -> datetime:
        """The first moment after it."""
        return datetime.combine(self.until_on + timedelta(days=1), time.min, SHANGHAI)

    def holds(self, name: str) -> Q:
        """The rows whose moment `name` lies within."""
        return Q(**{f"{name}__gte": self.starts_at, f"{name}__lt": self.ends_at})


def counted(period: Period, *, answer_working_days: int, calendar: WorkingCalendar, by: Actor) -> Tallies:
    """Every supplier that had a voucher, a question, a result or a complaint in the period, with its tallies.

    Raises CalendarNotAnnounced where the working days of a year in it are not known.
    """
    found: Tallies = defaultdict(dict)
    parts: tuple[tuple[str, Iterable[tuple[int, Tally]]], ...] = (
        ("vouchers", _vouchers(period)),
        ("completion", _completion(period)),
        ("usage", _usage(period)),
        ("inspection", _inspections(period)),
        ("complaints", _complaints(period)),
        ("price", _prices(period, by)),
        ("answering", _answering(period, answer_working_days, calendar)),
    )
    for key, tallies in parts:
        for supplier, tally in tallies:
            found[supplier][key] = tally
    for tallies_of in found.values():
        issued = tallies_of.get("vouchers", Tally(0, 0)).good
        complaints = tallies_of.get("complaints", Tally(0, 0)).good
        tallies_of["complaints"] = Tally(complaints, issued)
    return dict(found)


def _issued(period: Period) -> Q:
    return period.holds("issued_at") & Q(supplier__isnull=False)


def _vouchers(period: Period) -> Iterator[tuple[int, Tally]]:
    rows = Voucher.objects.filter(_issued(period)).order_by().values_list("supplier").annotate(n=Count("pk"))
    yield from ((supplier, Tally(count, count)) for supplier, count in rows)


def _completion(period: Period) -> Iterator[tuple[int, Tally]]:
    """By the verdict that held at the end of the period or was given later: it is the one that was judged by."""
    holding = Verdict.objects.filter(voucher=OuterRef("number"), is_watching=False).order_by("-pk")
    rows = Voucher.objects.filter(_issued(period), claimed_at__isnull=False).order_by()
    told = (
        rows.annotate(holds=Subquery(holding.values("outcome")[:1]))
        .filter(holds__in=(Verdict.Outcome.DONE, Verdict.Outcome.NOT_DONE))
        .values("supplier")
        .annotate(cases=Count("pk"), good=Count("pk", filter=Q(holds=Verdict.Outcome.DONE)))
    )
    yield from ((row["supplier"], Tally(row["good"], row["cases"])) for row in told)


@dataclass(frozen=True, slots=True)
class Watched:
    """A service of a paid voucher that was looked at after its payment, and whether its use has stopped."""

    voucher: int
    supplier: int
    service: int
    stopped: bool


def watched(period: Period | None = None, cycle: str = "") -> Iterator[Watched]:
    """Each service of each paid voucher by the latest verdict computed after its payment (D47-5.16)."""
    latest = Verdict.objects.filter(
        voucher=OuterRef("number"), source=Verdict.Source.COMPUTED, at__gt=OuterRef("paid_at")
    )
    if period is not None:
        latest = latest.filter(period.holds("at"))
    rows = Voucher.objects.filter(paid_at__isnull=False, supplier__isnull=False)
    if cycle:
        rows = rows.filter(cycle__code=cycle)
    looked = rows.annotate(verdict=Subquery(latest.order_by("-pk").values("pk")[:1])).filter(
        verdict__isnull=False
    )
    known = {
        verdict: (pk, supplier) for verdict, pk, supplier in looked.values_list("verdict", "pk", "supplier")
    }
    wanted = sorted(known)
    for first in range(0, len(wanted), _PIECE):
        parts = ServiceVerdict.objects.filter(verdict__in=wanted[first : first + _PIECE]).order_by("pk")
        for verdict, service, signals in parts.values_list("verdict", "service", "signals"):
            pk, supplier = known[verdict]
            yield Watched(pk, supplier, service, any(one.get("code") == _STOPPED for one in signals))


def _usage(period: Period) -> Iterator[tuple[int, Tally]]:
    """A voucher is in use while none of its services has stopped."""
    stopped: dict[int, dict[int, bool]] = defaultdict(dict)
    for one in watched(period):
        of_supplier = stopped[one.supplier]
        of_supplier[one.voucher] = of_supplier.get(one.voucher, False) or one.stopped
    for supplier, vouchers in stopped.items():
        yield supplier, Tally(sum(not gone for gone in vouchers.values()), len(vouchers))


def _inspections(period: Period) -> Iterator[tuple[int, Tally]]:
    """Published results alone: what is still disputed or not yet public counts nowhere."""
    rows = Inspection.objects.filter(period.holds("published_at"), state="published")
    good: dict[int, list[bool]] = defaultdict(list)
    for row in rows.select_related("plan", "voucher").iterator(chunk_size=_PIECE):
        outcome = outcome_of(row, row.outcome)
        if outcome is not None and row.voucher.supplier_id is not None:
            good[row.voucher.supplier_id].append(outcome.qualified)
    yield from ((supplier, Tally(sum(results), len(results))) for supplier, results in good.items())


def _complaints(period: Period) -> Iterator[tuple[int, Tally]]:
    rows = Message.objects.filter(
        period.holds("sent_at"), kind__in=WEIGHING, state__in=TAKEN_UP, supplier__isnull=False
    )
    told = rows.order_by().values_list("supplier").annotate(n=Count("pk"))
    yield from ((supplier, Tally(count, 0)) for supplier, count in told)


def _prices(period: Period, by: Actor) -> Iterator[tuple[int, Tally]]:
    """Lines of the period whose fee can be held against others; far above them is what the price page says."""
    numbers = set(Voucher.objects.filter(_issued(period)).values_list("number", flat=True))
    high: dict[int, list[bool]] = defaultdict(list)
    for market in price_queries.markets(by):
        for line in market.lines if not market.is_few else ():
            if line.number in numbers:
                high[line.supplier_id].append(line.is_high)
    yield from ((supplier, Tally(len(told) - sum(told), len(told))) for supplier, told in high.items())


def _answering(period: Period, most: int, calendar: WorkingCalendar) -> Iterator[tuple[int, Tally]]:
    """Questions put to suppliers in the period; one that is still open counts once its time is over.

    An answer counts for the supplier that gave it, whoever stands on the voucher now.
    """
    acts = (*_ASKS, *_ANSWERS, *_TAKEN_BACK, _REVOKED)
    rows = LogEntry.objects.filter(period.holds("at"), act__in=acts, entry__contains='"res":"ok"')
    told = rows.order_by("seq").values_list("obj", "act", "at", "entry").iterator(chunk_size=_PIECE)
    open_since: dict[tuple[str, str], date] = {}
    good: dict[int, list[bool]] = defaultdict(list)
    for obj, act, at, entry in told:
        day = local_date(at)
        if act in _ASKS:
            open_since[obj, _ASKS[act]] = day
            continue
        if act == _REVOKED:
            for kind in _ASKS.values():
                open_since.pop((obj, kind), None)
            continue
        asked = open_since.pop((obj, _ANSWERS.get(act) or _TAKEN_BACK[act]), None)
        supplier = _SUPPLIER.search(entry)
        if asked is not None and act in _ANSWERS and supplier is not None:
            good[int(supplier[1])].append(calendar.working_days_between(asked, day) <= most)
    late = [
        obj.partition(":")[2]
        for (obj, _kind), asked in open_since.items()
        if calendar.working_days_between(asked, period.until_on) > most
    ]
    for first in range(0, len(late), _PIECE):
        rows_of = Voucher.objects.filter(number__in=late[first : first + _PIECE], supplier__isnull=False)
        for number, key in rows_of.values_list("number", "supplier"):
            good[key] += [False] * late.count(number)
    yield from ((supplier, Tally(sum(answers), len(answers))) for supplier, answers in good.items())


def candidacies(period: Period) -> dict[int, int]:
    """How often an inspection named each supplier a candidate, among what was published (D858-2.3)."""
    rows = Candidate.objects.filter(kind="excellent_supplier_candidate", supplier__isnull=False)
    rows = rows.exclude(published_at=None).filter(named_at__lt=period.ends_at)
    return dict(rows.order_by().values_list("supplier").annotate(n=Count("pk")))
