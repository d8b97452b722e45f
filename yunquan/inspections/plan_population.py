"""The population of a plan: who can be drawn with which weight, who can't and why, and what is wrong (D2).

Everyone of the scope is in the population or listed as excluded with a reason. Nothing is written here: the same
computation gives the preview of a draft and what is frozen.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db.models import Q, QuerySet

from yunquan.inspections.models import Inspection, Plan, PlanItem
from yunquan.inspections.plan_scope import vouchers_in
from yunquan.inspections.plan_weights import Case, total, weighed
from yunquan.kernel.draw import asked
from yunquan.kernel.refusal import Refusal
from yunquan.parties import regions
from yunquan.policy.regimes import Regime, load_regime
from yunquan.vouchers.models import ServiceLine, Voucher

# Plans whose vouchers no other plan takes: entered ones by their scope, drawn up ones by their items.
ENTERED, FIXED = ("filed", "accepted", "published"), ("frozen", "drawn")
FINISHED = ("published", "replaced")
_MANY = 20


@dataclass(frozen=True, slots=True)
class Candidate:
    """A voucher that can be drawn."""

    pk: int
    number: str
    stratum: str
    face_fen: int
    supplier: int
    enterprise: int
    reasons: tuple[tuple[str, int], ...]
    mandatory_reason: str

    @property
    def weight(self) -> int:
        return total(self.reasons)


@dataclass(frozen=True, slots=True)
class Excluded:
    """A voucher of the scope that can't be drawn, and why."""

    pk: int
    number: str
    reason: str
    enterprise: int
    supplier: int


@dataclass(frozen=True, slots=True)
class StratumSum:
    """A stratum in figures: how many, how much, how many of them picked by hand and how many by chance."""

    name: str
    count: int
    face_fen: int
    mandatory: int
    drawn: int
    heaviest: int


@dataclass(frozen=True, slots=True)
class Population:
    """All that a plan's scope comes to."""

    candidates: tuple[Candidate, ...]
    excluded: tuple[Excluded, ...]
    faults: tuple[Refusal, ...]
    strata: tuple[StratumSum, ...]

    @property
    def count(self) -> int:
        return len(self.candidates)

    @property
    def face_fen(self) -> int:
        return sum(one.face_fen for one in self.strata)

    @property
    def drawn(self) -> int:
        """How many will be drawn at random."""
        return sum(one.drawn for one in self.strata)

    @property
    def mandatory(self) -> int:
        return sum(one.mandatory for one in self.strata)


def regime_of(plan: Plan) -> Regime:
    """The regime of a plan."""
    return load_regime(plan.regime)


def scope_of(plan: Plan) -> QuerySet[Voucher]:
    """Every voucher that a plan's scope names."""
    stage = regime_of(plan).value("stage", plan.in_force_on).value
    return vouchers_in(plan.scope, stage=stage, city=plan.city)


def population_of(plan: Plan, *, today: date | None = None) -> Population:
    """Compute a plan's population as of now; the number of queries doesn't grow with the vouchers.

    A plan that was not drawn by its last day, as of `today`, no longer keeps its vouchers from others.
    """
    scope = scope_of(plan)
    regime = regime_of(plan)
    taken = _taken_elsewhere(plan, scope, today)
    rows = list(
        scope.order_by("number").values_list(
            "pk", "number", "city", "supplier_id", "supplier__name", "enterprise_id", "face_fen",
            "is_related_party", "contract__file__sha256",
        )
    )  # fmt: skip
    services = _main_services(scope) if "service" in plan.strata else {}
    excluded, kept, cases = [], [], []
    for row in rows:
        pk, number, city, supplier, title, enterprise, face, is_related, content = row
        reason = plan.left_out.get(number) or taken.get(pk)
        if reason:
            excluded.append(Excluded(pk, number, _plain(str(reason)), enterprise, supplier))
            continue
        parts = {"city": regions.place_name(city), "service": services.get(pk, ""), "supplier": title}
        name = _plain("/".join(parts[one] for one in plan.strata)) or "全部"
        kept.append((pk, number, _merged(name, plan.merged), face, supplier, enterprise))
        cases.append(Case(pk, number, supplier, face, is_related, content or ""))
    weights = regime.value("weights", plan.in_force_on).value.reasons
    reasons = weighed(cases, scope, weights)
    candidates = tuple(
        Candidate(*one, tuple(reasons.get(one[0], ())), str(plan.mandatory.get(one[1], "")).strip())
        for one in kept
    )
    strata = tuple(_summed(candidates, Fraction(plan.share_num, plan.share_den)))
    faults = tuple(_faults(plan, candidates, excluded, strata))
    return Population(candidates, tuple(excluded), faults, strata)


def _plain(text: str) -> str:
    """A name as it may stand in a draw: NFC, on one line, without signs that nobody sees."""
    shown = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(sign for sign in shown if unicodedata.category(sign)[0] != "C")


def _merged(name: str, merged: Mapping[str, str]) -> str:
    """The stratum into which one was put; a circle ends where it began."""
    seen = {name}
    while (into := merged.get(name)) and into not in seen:
        seen.add(into)
        name = into
    return name


def _main_services(scope: QuerySet[Voucher]) -> dict[int, str]:
    """The service with the largest fee of each voucher, the first of the catalogue where two are equal."""
    rows = ServiceLine.objects.filter(voucher__in=scope.order_by().values("pk"))
    ordered = rows.order_by("fee_fen", "-service")
    return dict(ordered.values_list("voucher_id", "service_name"))


def _taken_elsewhere(plan: Plan, scope: QuerySet[Voucher], today: date | None) -> dict[int, str]:
    """The vouchers of the scope that another open plan names, with its number (D108-2.2)."""
    inner = scope.order_by().values("pk")
    found: dict[int, str] = {}
    items = PlanItem.objects.filter(voucher__in=inner, excluded_reason="").exclude(plan=plan.pk)
    frozen = items.filter(plan__state="frozen")
    open_ones = Inspection.objects.filter(voucher__in=inner).exclude(state__in=FINISHED).exclude(plan=plan.pk)
    picked = Inspection.objects.filter(voucher__in=inner, plan__state="drawn").exclude(state="replaced")
    named = [
        *frozen.values_list("voucher_id", "plan__number"),
        *open_ones.values_list("voucher_id", "plan__number"),
        *picked.exclude(plan=plan.pk).values_list("voucher_id", "plan__number"),
    ]
    for pk, number in named:
        found.setdefault(pk, f"已在计划 {number} 中")
    earlier = Plan.objects.filter(state__in=ENTERED).exclude(pk=plan.pk).order_by("entered_at", "pk")
    if today is not None:
        earlier = earlier.filter(ends_on__gte=today)
    if plan.entered_at is not None:
        at_once = Q(entered_at=plan.entered_at, pk__lt=plan.pk)
        earlier = earlier.filter(Q(entered_at__lt=plan.entered_at) | at_once)
    for other in earlier:
        rows = scope.filter(pk__in=scope_of(other).order_by().values("pk"))
        for pk, number in rows.order_by().values_list("pk", "number"):
            if number not in other.left_out:
                found.setdefault(pk, f"已列入计划 {other.number}")
    return found


def _summed(candidates: Iterable[Candidate], share: Fraction) -> Iterator[StratumSum]:
    strata: defaultdict[str, list[Candidate]] = defaultdict(list)
    for one in candidates:
        strata[one.stratum].append(one)
    for name in sorted(strata, key=str.encode):
        members = strata[name]
        mandatory = sum(bool(one.mandatory_reason) for one in members)
        n = asked(
            total=len(members), eligible=len(members) - mandatory, num=share.numerator, den=share.denominator
        )
        heaviest = max(one.weight for one in members)
        yield StratumSum(name, len(members), sum(one.face_fen for one in members), mandatory, n, heaviest)


def _faults(
    plan: Plan, candidates: Iterable[Candidate], excluded: Iterable[Excluded], strata: Iterable[StratumSum]
) -> Iterator[Refusal]:
    inside = {one.number for one in candidates}
    outside = {one.number: one.reason for one in excluded}
    if not inside:
        why = f"范围内的 {len(outside)} 张券都已排除。" if outside else "范围内没有服务券。"
        yield Refusal("empty", f"没有可抽取的服务券：{why}", "D108-1", "请调整范围。", "scope")
    for one in strata:
        if one.count == 1 and not one.mandatory:
            yield Refusal(
                "alone", f"分层“{one.name}”只有一张券，抽取没有随机性。", "D858-2.2",
                "请并入其他分层，或者写明理由列为指定抽查。", "merged",
            )  # fmt: skip
    for number in plan.mandatory:
        if number in outside:
            yield Refusal(
                "picked_elsewhere", f"指定的 {number} 不能再抽查：{outside[number]}。", "D108-2.2",
                "避免重复抽查，请从指定中删去。", "mandatory",
            )  # fmt: skip
    for field, label in (("mandatory", "指定"), ("left_out", "排除")):
        known = inside | outside.keys()
        lost = [number for number in getattr(plan, field) if number not in known]
        if lost:
            shown = "、".join(lost[:_MANY]) + (f" 等 {len(lost)} 张" if len(lost) > _MANY else "")
            yield Refusal("not_in_scope", f"{label}的 {shown} 不在计划的范围内。", "D108-1", field=field)
    names = {one.name for one in strata}
    for name, into in plan.merged.items():
        if _merged(into, plan.merged) not in names or name == into:
            yield Refusal("no_stratum", f"没有分层“{into}”，“{name}”不能并入。", "D108-1", field="merged")
