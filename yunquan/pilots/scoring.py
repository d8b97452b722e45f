"""The score sheet: items with weights, exact totals, and the order of the applications (D47-A2).

The decree names no items, weights or marks. What stands here is the platform's own proposal: each call shows it,
the province changes it before it publishes the call, and nobody changes it afterwards.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Any

from yunquan.kernel.refusal import Refusal

ARTICLE = "D47-A2"
ITEMS: tuple[tuple[str, str, int], ...] = (
    ("场景与需求", "面向具体产业链、集聚区或垂直领域，需求分析清楚", 20),
    ("方案与技术", "SaaS 或工业 App 形态，数据加模型，快速迭代，路线可行", 25),
    ("实施能力", "人才、核心技术、实施和服务保障，联合分工明确", 20),
    ("计划、预算和效果", "进度、组织方式、投资预算合理，效果可以衡量", 20),
    ("案例和可复制性", "省内相同场景案例真实，能够批量推广", 15),
)
PASS_MARK, LEAST_EXPERTS, MOST_ITEMS = 60, 3, 10


def usual_sheet() -> list[dict[str, Any]]:
    """The sheet that a new call begins with."""
    return [{"name": name, "about": about, "weight": weight} for name, about, weight in ITEMS]


def sheet_faults(items: Sequence[Mapping[str, Any]]) -> list[Refusal]:
    """What is wrong with the items of a sheet: names, whole weights above zero that make 100."""
    found = []
    for place, item in enumerate(items):
        if not str(item.get("name", "")).strip():
            found.append(Refusal("no_name", "请填写评分项目。", ARTICLE, field=f"criteria-{place}-name"))
        if not 1 <= item.get("weight", 0) <= 100:
            said = "权重请填 1 到 100 的整数。"
            found.append(Refusal("no_weight", said, ARTICLE, field=f"criteria-{place}-weight"))
    if not 1 <= len(items) <= MOST_ITEMS:
        found.append(Refusal("no_items", f"评分项目应为 1 到 {MOST_ITEMS} 项。", ARTICLE))
    weights = sum(item.get("weight", 0) for item in items)
    if weights != 100:
        found.append(
            Refusal(
                "weights",
                f"权重合计是 {weights}，应为 100。",
                ARTICLE,
                "请调整各项权重。",
                "criteria-0-weight",
            )
        )
    return found


def total(points: Sequence[int], items: Sequence[Mapping[str, Any]]) -> int:
    """A sheet's total in hundredths of a point, exact.

    >>> total([80, 90], [{"weight": 40}, {"weight": 60}])
    8600
    """
    return sum(point * item["weight"] for point, item in zip(points, items, strict=True))


def mean(totals: Sequence[int]) -> int:
    """The mean of the sheets in hundredths of a point, half rounded up.

    >>> mean([8600, 8601])
    8601
    """
    return (2 * sum(totals) + len(totals)) // (2 * len(totals))


@dataclass(frozen=True, slots=True)
class Scored:
    """One application with the totals of its sheets."""

    key: int
    totals: tuple[int, ...]
    submitted_at: datetime

    @property
    def exact(self) -> Fraction:
        """The mean before it is rounded."""
        return Fraction(sum(self.totals), len(self.totals))


def ranking(rows: Iterable[Scored]) -> list[tuple[Scored, int]]:
    """The applications from the best, by exact mean; equal means share a place, the earlier one is named first.

    That ties go by time of submission is the platform's own rule; the decree says nothing of ties.
    """
    ordered = sorted(rows, key=lambda row: (-row.exact, row.submitted_at, row.key))
    placed: list[tuple[Scored, int]] = []
    for number, row in enumerate(ordered, start=1):
        same = placed and placed[-1][0].exact == row.exact
        placed.append((row, placed[-1][1] if same else number))
    return placed
