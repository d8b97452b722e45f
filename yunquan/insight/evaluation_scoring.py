"""The points of a supplier's year: seven figures, each with its definition and cases, in whole numbers (D47-8.3). Pure.

Points and scores are hundredths of a point, 0 to 10,000, rounded half up; what has no cases doesn't count, and its
weight falls to the other figures in proportion.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from yunquan.policy.evaluating import SupplierMethod

FULL = 10_000


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: what it is called, how it is counted, what its number and its cases are, by which article."""

    key: str
    label: str
    definition: str
    points: str
    good: str
    cases: str
    article: str


MEASURES = (
    Measure("vouchers", "服务券数量", "评价期内发放的服务券张数。", "达到 {full_vouchers} 张得满分，不足的按比例。",
            "张数", "张", "D47-8.3"),
    Measure("completion", "完成情况", "评价期内发放、已有行为数据判定的券中，判定为“完成”的比例。", "按比例。",
            "判定完成", "已判定（张）", "D47-5.13"),
    Measure("usage", "兑付后使用", "兑付后、评价期内仍有行为数据观察的券中，没有“兑付后不再使用”信号的比例。", "按比例。",
            "仍在使用", "有观察（张）", "D47-5.16"),
    Measure("inspection", "抽查结果", "评价期内公布的抽查结果中，合格的比例。", "按比例。",
            "合格", "已公布（次）", "D47-5.17"),
    Measure("complaints", "投诉举报", "评价期内收到、主管部门已受理的投诉和举报件数；只收到、未受理或不予受理的不计。",
            "没有的得满分；达到发券张数的 {complaint_share} 的不得分，中间按比例。", "受理件数", "发券（张）", "D47-8.5"),
    Measure("price", "价格", "评价期内发放的券的服务项中，费用没有明显高于同类服务的比例；同类不足 8 例的不计。", "按比例。",
            "未明显偏高", "可比较（项）", "D108-4.1.3"),
    Measure("answering", "答复时间", "评价期内送到供应商的申领、兑现确认中，在 {answer_working_days} 个工作日内确认或退回的比例。",
            "按比例。", "按时答复", "应答复（次）", "D47-5.9"),
)  # fmt: skip
BY_KEY = {one.key: one for one in MEASURES}


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted for one figure: the good ones (or the complaints) among the cases."""

    good: int
    cases: int


@dataclass(frozen=True, slots=True)
class Scored:
    """A supplier's figures with points and weights, its score, and in words why it isn't ranked (else empty)."""

    figures: Mapping[str, Mapping[str, int]]
    score: int
    unranked: str


def rounded(value: Fraction) -> int:
    """The nearest whole number, halves up; for what is not negative.

    >>> rounded(Fraction(5, 2)), rounded(Fraction(7, 3))
    (3, 2)
    """
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def points_of(key: str, tally: Tally, method: SupplierMethod) -> int | None:
    """The points of one figure in hundredths; None where it has no cases and doesn't count."""
    if tally.cases == 0 and key != "vouchers":
        return None
    if key == "vouchers":
        share = Fraction(tally.good, method.full_vouchers)
    elif key == "complaints":
        share = 1 - Fraction(tally.good, tally.cases) / method.complaint_share
    else:
        share = Fraction(tally.good, tally.cases)
    return rounded(min(max(share, Fraction(0)), Fraction(1)) * FULL)


def scored(tallies: Mapping[str, Tally], method: SupplierMethod) -> Scored:
    """One supplier's score; with few vouchers or few figures it is not ranked rather than ranked badly."""
    weights = method.weights.model_dump()
    figures: dict[str, dict[str, int]] = {}
    total, counted = Fraction(0), 0
    for measure in MEASURES:
        tally = tallies.get(measure.key, Tally(0, 0))
        points = points_of(measure.key, tally, method)
        figures[measure.key] = {"good": tally.good, "cases": tally.cases, "weight": weights[measure.key]}
        if points is not None:
            figures[measure.key]["points"] = points
            counted += weights[measure.key]
            total += weights[measure.key] * points
    unranked = ""
    issued = figures["vouchers"]["good"]
    if issued < method.least_vouchers:
        unranked = f"发券 {issued} 张，不足 {method.least_vouchers} 张"
    elif counted < method.least_weight * sum(weights.values()):
        unranked = f"有案例的指标合计权重 {counted}，不足 {percent(method.least_weight)}"
    return Scored(figures, rounded(total / counted) if counted else 0, unranked)


def ranks(scores: Mapping[int, int]) -> dict[int, int]:
    """The place of each by its score; equals share a place.

    >>> ranks({1: 90, 2: 95, 3: 90, 4: 10})
    {2: 1, 1: 2, 3: 2, 4: 4}
    """
    order = sorted(scores, key=lambda one: (-scores[one], one))
    ordered = [scores[one] for one in order]
    return {one: ordered.index(scores[one]) + 1 for one in order}


def percent(ratio: Fraction) -> str:
    """A ratio in per cent, in words.

    >>> percent(Fraction(1, 10)), percent(Fraction(1, 8))
    ('10 %', '12.5 %')
    """
    whole = ratio * 100
    return f"{whole.numerator if whole.denominator == 1 else float(whole)} %"


def points_text(hundredths: int) -> str:
    """Points with two decimals.

    >>> points_text(8005)
    '80.05'
    """
    return f"{hundredths // 100}.{hundredths % 100:02d}"


def definitions(method: SupplierMethod) -> list[dict[str, str | int]]:
    """Each figure with its definition, how points are given, and its weight, as pages and files show it."""
    words = {
        "full_vouchers": method.full_vouchers,
        "complaint_share": percent(method.complaint_share),
        "answer_working_days": method.answer_working_days,
    }
    return [
        {
            "key": one.key,
            "label": one.label,
            "definition": one.definition.format(**words),
            "points": one.points.format(**words),
            "good": one.good,
            "cases": one.cases,
            "article": one.article,
            "weight": getattr(method.weights, one.key),
        }
        for one in MEASURES
    ]
