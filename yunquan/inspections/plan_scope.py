"""The scope of a plan as a query on vouchers, and in words (D108-1, D26-5.3, D858-1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from yunquan.inspections.lifecycle import RESULT_STATES
from yunquan.inspections.models import Inspection
from yunquan.inspections.plan_checks import EARLIER, SIGNALS, STATES
from yunquan.kernel.money import format_wan
from yunquan.parties import regions
from yunquan.parties.models import Supplier
from yunquan.policy.regimes import Regime, load_regime, shipped_regimes
from yunquan.programme.rules import current_rulebook
from yunquan.usage.models import Verdict
from yunquan.vouchers.lifecycle import VOUCHER
from yunquan.vouchers.models import ServiceLine, Voucher


def vouchers_in(scope: Mapping[str, Any], *, stage: str, city: str) -> QuerySet[Voucher]:
    """Every voucher that a scope names; a city's own alone where a city runs the plan."""
    rows = Voucher.objects.filter(state__in=scope.get("states") or STATES[stage], supplier__isnull=False)
    if city:
        rows = rows.filter(city=city)
    if scope.get("cycles"):
        rows = rows.filter(cycle__code__in=scope["cycles"])
    if scope.get("cities"):
        rows = rows.filter(city__in=scope["cities"])
    if scope.get("suppliers"):
        rows = rows.filter(supplier__in=scope["suppliers"])
    if scope.get("least_fen"):
        rows = rows.filter(face_fen__gte=scope["least_fen"])
    if scope.get("numbers"):
        rows = rows.filter(number__in=scope["numbers"])
    if scope.get("pilots"):
        rows = rows.filter(is_pilot=True)
    if scope.get("services"):
        lines = ServiceLine.objects.filter(voucher=OuterRef("pk"), service__in=scope["services"])
        rows = rows.filter(Exists(lines))
    if scope.get("signals"):
        rows = rows.filter(number__in=Verdict.objects.filter(signal_kinds__gt=0).values("voucher"))
    if scope.get("earlier") == "never":
        known = Inspection.objects.filter(voucher=OuterRef("pk"), state__in=RESULT_STATES)
        rows = rows.filter(~Exists(known))
    elif scope.get("earlier") == "failed":
        rows = rows.filter(supplier__in=failed_suppliers())
    return rows


def unqualified() -> Q:
    """The inspections whose decision counts and that their regime calls not qualified, as a condition.

    A city's decision counts with the province's review, where the regime asks for it (D108-2.2).
    """
    found = Q(pk__in=[])
    for name in shipped_regimes():
        rules = load_regime(name)
        days = rules.rules.change_days("inspection.outcomes")
        codes = {
            one.code for on in days for one in rules.value("outcomes", on).value.outcomes if not one.qualified
        }
        counts = Q(state__in=("reviewed", "published")) | (Q(state="decided") & ~_reviewed(rules))
        found |= Q(plan__regime=name, outcome__in=codes) & counts
    return found


def _reviewed(rules: Regime) -> Q:
    """The inspections of a regime whose result the province reviews: a city's, on the days that say so."""
    found, name = Q(pk__in=[]), "reviewed_by_province"
    for on in sorted(rules.rules.change_days(f"inspection.{name}")):
        value = rules.find(name, on)
        since = Q(plan__in_force_on__gte=on)
        found = found | since if value is not None and value.value else found & ~since
    return found & ~Q(plan__city="")


def failed_suppliers() -> set[int]:
    """The suppliers with an inspection that was decided as not qualified; one query."""
    rows = Inspection.objects.filter(unqualified()).values_list("voucher__supplier_id", flat=True)
    return set(rows.distinct())


def in_words(scope: Mapping[str, Any], *, stage: str, on: date) -> list[str]:
    """A scope as the plan's page says it, a sentence a condition."""
    states = scope.get("states") or STATES[stage]
    told = [f"状态：{'、'.join(VOUCHER.states[state] for state in states)}"]
    if scope.get("cycles"):
        told.append(f"周期：{'、'.join(scope['cycles'])}")
    if scope.get("cities"):
        told.append(f"地市：{'、'.join(regions.place_name(code) for code in scope['cities'])}")
    if scope.get("services"):
        names = {one.number: one.name for one in current_rulebook().services(on)}
        told.append(f"服务类别：{'、'.join(names.get(one, str(one)) for one in scope['services'])}")
    if scope.get("suppliers"):
        rows = Supplier.objects.filter(pk__in=scope["suppliers"]).order_by("pk")
        told.append(f"供应商：{'、'.join(rows.values_list('name', flat=True))}")
    if scope.get("least_fen"):
        told.append(f"奖补金额不少于 {format_wan(scope['least_fen'])}")
    if scope.get("pilots"):
        told.append("仅试点服务券")
    if scope.get("signals"):
        told.append(SIGNALS[scope["signals"]])
    if scope.get("earlier"):
        told.append(EARLIER[scope["earlier"]])
    if scope.get("numbers"):
        told.append(f"指定清单，共 {len(scope['numbers'])} 张券")
    return told
