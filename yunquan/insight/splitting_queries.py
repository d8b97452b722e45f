"""What screens read of splits: the working line by line, and who may see which (A1)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

from django.db.models import QuerySet

from yunquan.insight.models import IndustrySize, SplitAdjustment, SplitPlan
from yunquan.insight.splitting_actions import amounts_of
from yunquan.insight.splitting_formula import GROUNDS, effective_weights, split
from yunquan.kernel.workflow import Actor
from yunquan.parties import queries as parties
from yunquan.parties import regions
from yunquan.parties.access import bureau_code
from yunquan.policy.evaluating import SplitMethod
from yunquan.policy.roles import Role
from yunquan.programme.access import sees_province
from yunquan.programme.models import Cycle
from yunquan.programme.rules import current_rulebook


def splits_visible_to(actor: Actor) -> QuerySet[SplitPlan]:
    """The province and its auditors see every working; a city those that were decided, nobody else any."""
    rows = SplitPlan.objects.select_related("cycle", "base").order_by("-pk")
    if sees_province(actor):
        return rows
    city_roles = (Role.CITY_REVIEWER, Role.CITY_APPROVER, Role.CITY_CASHIER, Role.AUDITOR)
    if actor.role in city_roles and regions.city(bureau_code(actor)):
        return rows.filter(state="decided")
    return rows.none()


def split_for(actor: Actor, pk: int) -> SplitPlan | None:
    """One working, or None as if it did not exist."""
    return splits_visible_to(actor).filter(pk=pk).first()


def waiting(actor: Actor) -> QuerySet[SplitPlan]:
    """What waits for the province's officer (to hand on) or for an approver who had no hand in it (to decide)."""
    rows = splits_visible_to(actor).order_by("pk")
    if actor.role == Role.PROVINCE_APPROVER:
        hands = SplitAdjustment.objects.filter(adjusted_by=actor.person).values("line__plan")
        rows = rows.filter(state="proposed").exclude(pk__in=hands)
        return rows.exclude(proposed_by=actor.person).exclude(drafted_by=actor.person)
    return rows.filter(state="drafted") if actor.role == Role.PROVINCE_OFFICER else rows.none()


def cycles() -> list[Cycle]:
    """Every cycle, the latest first."""
    return list(Cycle.objects.order_by("-order"))


def industry_unit() -> str:
    """What the size of industry is measured in, by the rules that hold."""
    rules = current_rulebook()
    dated = rules.describe("evaluation.split").entries if "evaluation.split" in set(rules.keys()) else ()
    return dated[-1].value.industry if dated else "产业规模"


def entries(year: int) -> list[dict[str, Any]]:
    """What was entered for a year, the latest first, each with who, when and from where."""
    rows = list(IndustrySize.objects.filter(year=year).order_by("-pk")[:200])
    names = parties.person_names([row.entered_by for row in rows])
    return [
        {
            "city": regions.place_name(row.city), "size": row.size, "source": row.source,
            "by": names.get(row.entered_by, ""), "at": row.entered_at,
        }
        for row in rows
    ]  # fmt: skip


def working(plan: SplitPlan) -> dict[str, Any]:
    """The formula line by line: weights that worked, each city's figures and what each ground gives it."""
    lines = {line.city: line for line in plan.lines.order_by("city")}
    figures = {city: line.figures for city, line in lines.items()}
    method = SplitMethod.model_validate(plan.method)
    weights = method.weights.model_dump()
    effective = effective_weights(figures, weights)
    parts = split(plan.total_fen, figures, weights)
    amounts = amounts_of(plan)
    hands = _hands(plan)
    words = {
        "industry": method.industry,
        "early_days": method.early_days,
        "least_waiting": method.least_waiting,
    }
    grounds = [
        {
            "key": one.key,
            "label": one.label,
            "definition": one.definition.format(**words),
            "weight": weights[one.key],
            "effective": percent_text(effective[one.key]),
            "sum": sum(figure.get(one.key, 0) for figure in figures.values()),
            "sum_words": f"{sum(figure.get(one.key, 0) for figure in figures.values()):,}",
            "is_fen": one.is_fen,
            "article": one.article,
            "falls": bool(weights[one.key]) and not effective[one.key],
        }
        for one in GROUNDS
    ]
    shown = []
    for city, line in lines.items():
        reached = line.figures.get("reached", 0)
        shown.append(
            {
                "city": city,
                "name": regions.place_name(city),
                "cells": [
                    {
                        "label": one.label,
                        "value": line.figures.get(one.key, 0),
                        "words": f"{line.figures.get(one.key, 0):,}",
                        "is_fen": one.is_fen,
                        "part_fen": int(parts[city].by_ground[one.key]),
                    }
                    for one in GROUNDS
                ],
                "target_fen": line.figures.get("target_fen", 0),
                "waiting": line.figures.get("waiting", 0),
                "reached_on": date.fromordinal(reached) if reached else None,
                "favoured": bool(line.figures.get("early", 0)),
                "share": percent_text(Fraction(line.formula_fen, plan.total_fen)),
                "formula_fen": line.formula_fen,
                "amount_fen": amounts[city],
                "change_fen": amounts[city] - line.formula_fen,
                "quota_fen": amounts[city] * plan.factor_percent // 100,
                "hands": hands.get(city, []),
            }
        )
    return {
        "grounds": grounds,
        "lines": shown,
        "sum_fen": sum(amounts.values()),
        "formula_sum_fen": sum(line.formula_fen for line in lines.values()),
        "quota_sum_fen": sum(line["quota_fen"] for line in shown),
        "meaning": plan.method_meaning,
        "favoured": [line["name"] for line in shown if line["favoured"]],
    }


def percent_text(share: Fraction) -> str:
    """A share in per cent with two decimals, rounded down.

    >>> percent_text(Fraction(1, 3))
    '33.33 %'
    """
    hundredths = int(share * 10_000)
    return f"{hundredths // 100}.{hundredths % 100:02d} %"


def _hands(plan: SplitPlan) -> dict[str, list[dict[str, Any]]]:
    rows = list(SplitAdjustment.objects.filter(line__plan=plan).select_related("line").order_by("pk"))
    names = parties.person_names([row.adjusted_by for row in rows])
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(row.line.city, []).append(
            {
                "before_fen": row.before_fen, "after_fen": row.after_fen, "reason": row.reason,
                "by": names.get(row.adjusted_by, ""), "at": row.adjusted_at,
            }
        )  # fmt: skip
    return found
