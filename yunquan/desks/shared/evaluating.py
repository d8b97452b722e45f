"""Evaluations of suppliers as pages and files show them: figures with definitions, weights and cases."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from yunquan.insight import evaluation_queries as queries
from yunquan.insight.evaluation_scoring import MEASURES, definitions, percent, points_text
from yunquan.insight.lifecycle import EVALUATION, EXCELLENT_TITLE
from yunquan.insight.title_actions import method_of
from yunquan.papers.tables import Column, Sheet

TONES = {
    "drafted": "waiting", "sent": "now", "proposed": "waiting", "publicity": "now", "published": "good",
    "discarded": "bad",
}  # fmt: skip
TITLE_TONES = {
    "granted": "good",
    "publicity": "now",
    "proposed": "waiting",
    "withdrawn": "bad",
    "dropped": "",
}


def heading(row: Any) -> dict[str, Any]:
    """What stands at the top of every page of an evaluation."""
    return {
        "row": row,
        "title": f"{row.year} 年度供应商评价",
        "state": EVALUATION.states[row.state],
        "tone": TONES[row.state],
        "article": "D47-8.3",
    }


def method_context(row: Any) -> dict[str, Any]:
    """The method in the open: each figure with definition and weight, and the terms of the year."""
    method = method_of(row)
    return {
        "measures": definitions(method),
        "meaning": row.method_meaning,
        "terms": [
            f"发券不足 {method.least_vouchers} 张，或有案例的指标合计权重不足 {percent(method.least_weight)} 的，不排名。",
            "没有案例的指标不计分，它的权重按比例分给其他指标。",
            f"总分 {method.least_points} 分以上才能提名优秀供应商，一年最多 {method.most_titles} 家。",
            f"供应商有 {method.reply_working_days} 个工作日提出意见；审定后公示 {method.publicity_working_days} 个工作日；"
            f"称号有效 {method.valid_months} 个月。",
        ],
    }


def shown_line(line: Any, row: Any) -> dict[str, Any]:
    """A supplier's line for a page."""
    return {
        "line": line,
        "figures": queries.figures_of(line, row),
        "score": points_text(line.score),
        "rank": line.rank,
        "unranked": line.unranked,
    }


def title_state(title: Any) -> dict[str, str]:
    """A title's state with its tone."""
    return {"state": EXCELLENT_TITLE.states[title.state], "tone": TITLE_TONES.get(title.state, "")}


def sheet_of(row: Any, lines: Iterable[Any]) -> Sheet:
    """Every line with each figure's good ones, cases and points; the definitions and weights stand above."""
    columns = [
        Column("rank", "名次", "count"), Column("name", "供应商"), Column("uscc", "统一社会信用代码"),
        Column("score", "总分"), Column("unranked", "不排名的理由"), Column("candidacies", "列入培育对象", "count"),
    ]  # fmt: skip
    weights = method_of(row).weights.model_dump()
    for one in MEASURES:
        columns += [
            Column(f"{one.key}_good", f"{one.label}：{one.good}", "count"),
            Column(f"{one.key}_cases", f"{one.label}：{one.cases}", "count"),
            Column(f"{one.key}_points", f"{one.label}：得分（权重 {weights[one.key]}）"),
        ]
    rows: list[Sequence[Any]] = []
    for line in lines:
        cells: list[Any] = [
            line.rank, line.supplier.name, line.supplier.uscc, points_text(line.score), line.unranked,
            line.candidacies,
        ]  # fmt: skip
        for figure in queries.figures_of(line, row):
            cells += [figure.good, figure.cases, figure.points or "没有案例"]
        rows.append(cells)
    notes = [
        f"评价期 {row.from_on} 至 {row.until_on}，第 {row.edition} 版，测算摘要 {row.content_hash}",
        *(
            f"{one['label']}（权重 {one['weight']}）：{one['definition']}{one['points']}"
            for one in definitions(method_of(row))
        ),
    ]
    return Sheet(columns, rows, title=f"{row.year} 年度供应商评价", notes=notes, name="供应商评价")
