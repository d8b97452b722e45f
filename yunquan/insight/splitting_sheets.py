"""The working of a split as a sheet: figures, what each ground gives, the formula, changes by hand, the quota."""

from __future__ import annotations

from typing import Any

from yunquan.insight.models import SplitPlan
from yunquan.insight.splitting_queries import working
from yunquan.kernel.money import format_yuan
from yunquan.papers.tables import Column, Sheet


def sheet_of(plan: SplitPlan) -> Sheet:
    """A row a city and the sum; definitions and weights stand above."""
    told = working(plan)
    columns = [Column("name", "地市")]
    for ground in told["grounds"]:
        kind: Any = "money" if ground["is_fen"] else "count"
        columns += [
            Column(
                f"{ground['key']}_value", f"{ground['label']}{'（元）' if ground['is_fen'] else ''}", kind
            ),
            Column(f"{ground['key']}_part", f"{ground['label']}分得（元，舍去分以下）", "money"),
        ]
    columns += [
        Column("formula", "公式结果（元）", "money"), Column("change", "手工调整（元）", "money"),
        Column("amount", "目标额度（元）", "money"), Column("quota", "发放额度（元）", "money"),
        Column("reasons", "调整的理由"),
    ]  # fmt: skip
    rows: list[list[Any]] = []
    for line in told["lines"]:
        cells: list[Any] = [line["name"]]
        for cell in line["cells"]:
            cells += [cell["value"], cell["part_fen"]]
        reasons = "；".join(one["reason"] for one in line["hands"])
        rows.append(
            [*cells, line["formula_fen"], line["change_fen"], line["amount_fen"], line["quota_fen"], reasons]
        )
    totals: list[Any] = ["合计"]
    for ground in told["grounds"]:
        totals += [ground["sum"], None]
    rows.append([*totals, told["formula_sum_fen"], 0, told["sum_fen"], told["quota_sum_fen"], ""])
    notes = [
        f"目标额度合计 {format_yuan(plan.total_fen)} 元，发放系数 {plan.factor_percent} %，测算摘要 {plan.content_hash}",
        *(
            f"{one['label']}（权重 {one['weight']}，实际 {one['effective']}）：{one['definition']}"
            for one in told["grounds"]
        ),
        "每个地市每项的份额为本地市的数除以各地市之和；按最大余数法取整到分。",
    ]
    return Sheet(columns, rows, title=f"{plan.cycle.name}地市额度测算", notes=notes, name="额度测算")
