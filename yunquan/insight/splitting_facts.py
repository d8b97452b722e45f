"""What the next cycle's split rests on: sizes of industry, and how the cities did in the cycle before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date, timedelta

from django.db.models import Count, Max, Sum
from django.db.models.functions import TruncDate

from yunquan.insight.models import IndustrySize
from yunquan.kernel.calendar import SHANGHAI, local_date
from yunquan.parties import regions
from yunquan.policy.evaluating import SplitMethod
from yunquan.programme.models import Cycle, Window
from yunquan.programme.queries import quota_table
from yunquan.settlement.models import PaymentInstruction
from yunquan.vouchers.lifecycle import COUNTED, S
from yunquan.vouchers.models import Voucher

# Claims that wait for their money.
UNPAID = (S.CLAIMED, S.ATTESTED, S.VERIFIED, S.APPROVED, S.LISTED, S.ORDERED)


def industry_sizes(year: int) -> dict[str, int]:
    """By city the size of industry that was entered last for a year; two queries."""
    rows = IndustrySize.objects.filter(year=year)
    latest = rows.order_by().values("city").annotate(last=Max("pk")).values("last")
    return dict(IndustrySize.objects.filter(pk__in=latest).values_list("city", "size"))


def industry_years() -> list[int]:
    """The years for which anything was entered, the latest first."""
    return sorted(set(IndustrySize.objects.values_list("year", flat=True)), reverse=True)


def figures(base: Cycle, sizes: Mapping[str, int], method: SplitMethod) -> dict[str, dict[str, int]]:
    """Each of the 21 cities with the four figures of the formula and what they come from; amounts in fen."""
    targets = {row.city: row for row in quota_table(base)}
    paid = _paid(base)
    waiting = {
        row["city"]: (row["count"], row["fen"] or 0)
        for row in Voucher.objects.filter(cycle=base, state__in=UNPAID)
        .order_by()
        .values("city")
        .annotate(count=Count("pk"), fen=Sum("face_fen"))
    }
    issued = _issued_by_day(base)
    before = _early_until(base, method.early_days)
    found = {}
    for city in regions.cities():
        code = city.code
        target = targets[code].target_fen if code in targets else 0
        reached = reached_on(issued.get(code, {}), target)
        count, fen = waiting.get(code, (0, 0))
        is_early = reached is not None and before is not None and reached <= before
        favoured = is_early and count >= method.least_waiting
        found[code] = {
            "industry": sizes.get(code, 0),
            "result": paid.get(code, 0),
            "early": target if favoured else 0,
            "queue": fen,
            "target_fen": target,
            "waiting": count,
            "is_early": int(is_early),
            "reached": reached.toordinal() if reached is not None else 0,
        }
    return found


def reached_on(by_day: Mapping[date, int], target_fen: int) -> date | None:
    """The day on which what was issued first came to the target; None where it never did or there is no target.

    >>> reached_on({date(2019, 1, 2): 5, date(2019, 1, 1): 5}, 10)
    datetime.date(2019, 1, 2)
    """
    total = 0
    for day in sorted(by_day):
        total += by_day[day]
        if 0 < target_fen <= total:
            return day
    return None


def _issued_by_day(base: Cycle) -> dict[str, dict[date, int]]:
    """By city what the vouchers that still count were issued for on each day; one query."""
    rows = (
        Voucher.objects.filter(cycle=base, state__in=COUNTED, issued_at__isnull=False)
        .order_by()
        .annotate(day=TruncDate("issued_at", tzinfo=SHANGHAI))
        .values("city", "day")
        .annotate(fen=Sum("face_fen"))
    )
    found: dict[str, dict[date, int]] = defaultdict(dict)
    for row in rows:
        found[row["city"]][row["day"]] = row["fen"] or 0
    return found


def _paid(base: Cycle) -> dict[str, int]:
    rows = PaymentInstruction.objects.filter(state="paid", voucher__cycle=base).order_by()
    told = rows.values("voucher__city").annotate(fen=Sum("amount_fen"))
    return {row["voucher__city"]: row["fen"] or 0 for row in told}


def _early_until(base: Cycle, days: int) -> date | None:
    """The last day that counts as early: so many days before applications closed."""
    window = Window.objects.filter(cycle=base, kind=Window.Kind.APPLY, published_at__isnull=False).first()
    return local_date(window.closes_at) - timedelta(days=days) if window is not None else None
