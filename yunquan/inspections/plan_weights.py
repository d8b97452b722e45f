"""Why a voucher is more likely drawn: the regime's weights, computed for a whole scope at once (D108-1, D858-1).

A weight is computed and never typed. Whatever the size of the scope, the number of queries is the same.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from django.db.models import QuerySet

from yunquan.evidence.models import Alike
from yunquan.evidence.prices import FAR_OUT, LEAST_CASES, score_of, spread_of
from yunquan.feedback.queries import open_complaints
from yunquan.inspections.lifecycle import RESULT_STATES
from yunquan.inspections.models import Inspection
from yunquan.inspections.plan_scope import failed_suppliers
from yunquan.kernel.draw import HEAVIEST
from yunquan.policy.regimes.forms import Weight
from yunquan.usage.models import Verdict
from yunquan.vouchers.lifecycle import LIVE
from yunquan.vouchers.models import Hold, ServiceLine, Voucher


@dataclass(frozen=True, slots=True)
class Case:
    """What of a voucher decides on its weight."""

    pk: int
    number: str
    supplier: int
    face_fen: int
    is_related: bool
    content: str


Counted = Mapping[int, int]
Reason = Callable[[Sequence[Case], QuerySet[Voucher], Weight], Counted]


def weighed(
    cases: Sequence[Case], scope: QuerySet[Voucher], weights: Iterable[Weight]
) -> dict[int, list[tuple[str, int]]]:
    """For each voucher with more than the base weight its reasons in words with what each adds."""
    found: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
    for weight in weights:
        for pk, times in _REASONS[weight.reason](cases, scope, weight).items():
            found[pk].append((weight.label, weight.add * times))
    return found


def total(reasons: Iterable[tuple[str, int]]) -> int:
    """The weight that reasons come to: 1 and what each adds, at most 64.

    >>> total([("从未抽查", 1), ("奖补金额居前十分之一", 2)])
    4
    """
    return min(1 + sum(add for _label, add in reasons), HEAVIEST)


def _never_inspected(cases: Sequence[Case], scope: QuerySet[Voucher], _weight: Weight) -> Counted:
    rows = Inspection.objects.filter(voucher__in=scope.order_by().values("pk"), state__in=RESULT_STATES)
    known = set(rows.values_list("voucher_id", flat=True))
    return {case.pk: 1 for case in cases if case.pk not in known}


def _supplier_failed(cases: Sequence[Case], _scope: QuerySet[Voucher], _weight: Weight) -> Counted:
    failed = failed_suppliers()
    return {case.pk: 1 for case in cases if case.supplier in failed}


def _checked_first(_cases: Sequence[Case], scope: QuerySet[Voucher], _weight: Weight) -> Counted:
    """The other vouchers of a supplier with a violation, which wait to be checked first (D26-4)."""
    held = Hold.objects.filter(
        kind=Hold.Kind.CHECKED_FIRST, lifted_at=None, voucher__in=scope.order_by().values("pk")
    )
    return dict.fromkeys(held.values_list("voucher_id", flat=True), 1)


def _large_award(cases: Sequence[Case], _scope: QuerySet[Voucher], weight: Weight) -> Counted:
    """The top share by award; who has the same award as the last of them counts too."""
    if not cases:
        return {}
    share = weight.share or Fraction(1, 10)
    place = -(-len(cases) * share.numerator // share.denominator)
    least = sorted((case.face_fen for case in cases), reverse=True)[max(place, 1) - 1]
    if least == min(case.face_fen for case in cases):
        return {}  # Where nearly all have one award, none stands out by it.
    return {case.pk: 1 for case in cases if case.face_fen >= least}


def _open_complaint(cases: Sequence[Case], _scope: QuerySet[Voucher], _weight: Weight) -> Counted:
    """A complaint about the voucher or its supplier that a bureau took up and has not settled (D47-8.5)."""
    told = open_complaints()
    return {case.pk: 1 for case in cases if case.pk in told.vouchers or case.supplier in told.suppliers}


def _strong_anomaly(cases: Sequence[Case], scope: QuerySet[Voucher], _weight: Weight) -> Counted:
    """How many kinds of signal the latest computed verdict names."""
    rows = Verdict.objects.filter(
        voucher__in=scope.order_by().values("number"), source=Verdict.Source.COMPUTED
    ).order_by("pk")
    kinds = dict(rows.values_list("voucher", "signal_kinds"))
    return {case.pk: kinds[case.number] for case in cases if kinds.get(case.number)}


def _price_out_of_line(cases: Sequence[Case], scope: QuerySet[Voucher], _weight: Weight) -> Counted:
    """A fee far above all others of its service, for each device where devices count; few cases say nothing."""
    lines = ServiceLine.objects.filter(voucher__state__in=LIVE, voucher__supplier__isnull=False).order_by()
    prices: defaultdict[tuple[int, bool], list[tuple[int, Fraction]]] = defaultdict(list)
    for pk, service, fee, devices in lines.values_list("voucher_id", "service", "fee_fen", "devices"):
        price = Fraction(fee, devices) if devices else Fraction(fee)
        prices[service, bool(devices)].append((pk, price))
    wanted = {case.pk for case in cases}
    found: dict[int, int] = {}
    for rows in prices.values():
        spread = spread_of(price for _pk, price in rows) if len(rows) >= LEAST_CASES else None
        if spread is None:
            continue
        # A price below the middle is never far above it, and most are near: only the rest is scored.
        far = (pk for pk, price in rows if price > spread.upper and score_of(price, spread) > FAR_OUT)
        found |= {pk: 1 for pk in far if pk in wanted}
    return found


def _related_party(cases: Sequence[Case], _scope: QuerySet[Voucher], _weight: Weight) -> Counted:
    return {case.pk: 1 for case in cases if case.is_related}


def _alike_documents(cases: Sequence[Case], _scope: QuerySet[Voucher], _weight: Weight) -> Counted:
    """A contract with the same content as another's, or with much in common with another document."""
    alike = {content for pair in Alike.objects.values_list("one", "other") for content in pair}
    times: defaultdict[str, int] = defaultdict(int)
    for case in cases:
        times[case.content] += 1
    return {
        case.pk: 1 for case in cases if case.content and (times[case.content] > 1 or case.content in alike)
    }


_REASONS: Mapping[str, Reason] = {
    "never_inspected": _never_inspected,
    "supplier_failed_before": _supplier_failed,
    "checked_first": _checked_first,
    "large_award": _large_award,
    "open_complaint": _open_complaint,
    "strong_anomaly": _strong_anomaly,
    "price_out_of_line": _price_out_of_line,
    "related_party": _related_party,
    "alike_documents": _alike_documents,
}
