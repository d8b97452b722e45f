"""What usage has to know of vouchers to judge them: parties, devices, days; claims by the day of claim (D47-5.13)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time, timedelta

from django.db.models import Q, QuerySet

from yunquan.kernel.calendar import SHANGHAI, local_date
from yunquan.programme.models import Cycle
from yunquan.usage.cases import Case
from yunquan.usage.completion import named_in, without
from yunquan.usage.models import CompletionLine
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import Voucher

# After the verdict a voucher is watched on for use that ends when the money has come.
WATCHED = (S.VERIFIED, S.APPROVED, S.LISTED, S.ORDERED, S.PAID)
WATCHED_DAYS = 365


def cases_of(vouchers: Iterable[Voucher]) -> list[Case]:
    """The facts of vouchers that came with enterprise, supplier, cycle, contract and lines.

    A verdict looks at the days from the contract (or the issue, where it names no day) to the claim.
    """
    found = []
    for row in vouchers:
        if row.claimed_at is None or row.supplier is None:
            continue
        claimed_on = local_date(row.claimed_at)
        began = row.contract.signed_on if row.contract is not None else None
        if began is None and row.issued_at is not None:
            began = local_date(row.issued_at)
        lines = list(row.lines.all())
        found.append(
            Case(
                number=row.number,
                pack=row.cycle.pack,
                is_waiting=row.state == S.ATTESTED,
                city=row.city,
                enterprise=row.enterprise.uscc,
                enterprise_name=row.enterprise.name,
                supplier=row.supplier.uscc,
                supplier_name=row.supplier.name,
                scope=row.supplier.key,
                services={line.service: line.service_name for line in lines},
                devices={line.service: line.devices for line in lines if line.devices},
                from_on=min(began or claimed_on, claimed_on),
                to_on=claimed_on,
                claimed_on=claimed_on,
                paid_on=local_date(row.paid_at) if row.paid_at is not None else None,
            )
        )
    return found


def with_facts(rows: QuerySet[Voucher]) -> QuerySet[Voucher]:
    """The same vouchers with all that `cases_of` reads, in a constant number of queries."""
    return rows.select_related("enterprise", "supplier", "cycle", "contract").prefetch_related("lines")


def cases_on(today: date) -> list[Case]:
    """Claims that wait for a verdict, and vouchers judged already up to a year after they were paid."""
    since = datetime.combine(today - timedelta(days=WATCHED_DAYS), time(), SHANGHAI)
    watched = Q(state__in=WATCHED) & (Q(paid_at=None) | Q(paid_at__gte=since))
    rows = Voucher.objects.filter(Q(state=S.ATTESTED) | watched)
    return cases_of(with_facts(rows).order_by("pk"))


def waiting_cases() -> list[Case]:
    """The claims on whose verdict money still depends: not yet paid."""
    states = (S.ATTESTED, *(state for state in WATCHED if state != S.PAID))
    return cases_of(with_facts(Voucher.objects.filter(state__in=states)).order_by("pk"))


def case_of(voucher: Voucher) -> Case | None:
    """One voucher's case, or None before it is claimed."""
    return next(iter(cases_of(with_facts(Voucher.objects.filter(pk=voucher.pk)))), None)


def claimed_between(cycle: Cycle, city: str, from_on: date, to_on: date) -> QuerySet[Voucher]:
    """A city's vouchers claimed on these days of Shanghai, both included."""
    begins = datetime.combine(from_on, time(), SHANGHAI)
    ends = datetime.combine(to_on + timedelta(days=1), time(), SHANGHAI)
    return Voucher.objects.filter(
        cycle=cycle, city=city, claimed_at__gte=begins, claimed_at__lt=ends
    ).order_by("pk")


def for_city(lines: list[CompletionLine], city: str) -> list[CompletionLine]:
    """Lines as they go to a city: what their signals say names no voucher of another one (A1)."""
    named = named_in(lines)
    own = set(Voucher.objects.filter(number__in=named, city=city).values_list("number", flat=True))
    for line in lines:
        line.signals = without(line.signals, named - own)
    return lines
