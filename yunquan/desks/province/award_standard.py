"""奖补标准评价: fees against caps by service, use after payment; a table with its chart and file (D47-5.17)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path

from yunquan.desks.province.frame import desk
from yunquan.desks.shared import exports
from yunquan.evidence.prices import LEAST_CASES
from yunquan.insight import award_standard
from yunquan.insight.award_standard import DEFINITIONS, Standard
from yunquan.papers.tables import Column, Sheet
from yunquan.programme import queries as programme

COLUMNS = (
    Column("service", "目录序号", "count"), Column("name", "应用服务"), Column("count", "服务项", "count"),
    Column("at_cap", "到上限（项）", "count"), Column("at_cap_percent", "到上限（%）", "count"),
    Column("median_fee_fen", "费用中位数（元）", "money"), Column("median_cap_fen", "上限中位数（元）", "money"),
    Column("ratio_percent", "费用与上限之比（%）", "count"), Column("in_use", "兑付后仍在使用（项）", "count"),
    Column("looked_at", "兑付后有观察（项）", "count"),
)  # fmt: skip


@desk
def show(request: HttpRequest) -> HttpResponseBase:
    """The page, or its table as a file (`?format=xlsx`)."""
    cycles = list(programme.cycles(request.actor))  # type: ignore[attr-defined]
    wanted = request.GET.get("cycle", "")[:20]
    if wanted and wanted not in {row.code for row in cycles}:
        raise Http404
    rows = award_standard.by_service(wanted)
    kind = request.GET.get("format", "")
    if kind in exports.KINDS:
        notes = [f"{label}：{words}" for label, words in DEFINITIONS]
        cells = [[getattr(one, column.name) for column in COLUMNS] for one in rows]
        sheet = Sheet(COLUMNS, cells, title="奖补标准评价", notes=notes, name="奖补标准评价")
        return exports.answer(kind, "奖补标准评价", sheet)
    tabs = [{"label": "全部周期", "url": "?", "active": not wanted}]
    tabs += [{"label": row.name, "url": f"?cycle={row.code}", "active": row.code == wanted} for row in cycles]
    context = {
        "rows": rows, "tabs": tabs, "definitions": DEFINITIONS, "least": LEAST_CASES, "chart": _chart(rows),
        "files": [
            {"label": label, "url": f"?cycle={wanted}&format={one}"} for one, label in exports.KINDS.items()
        ],
    }  # fmt: skip
    return render(request, "province/award_standard.html", context)


def _chart(rows: list[Standard]) -> dict[str, Any]:
    """Two bars a service in per cent; the table below holds the same numbers."""
    series = (
        ("到上限（%）", [one.at_cap_percent for one in rows], "#0b3d91"),
        ("费用与上限之比（%）", [one.ratio_percent for one in rows], "#b9cdf3"),
    )
    return {
        "grid": {"left": 10, "right": 10, "top": 40, "bottom": 10, "containLabel": True},
        "legend": {"top": 0},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [one.name for one in rows], "axisLabel": {"rotate": 40, "interval": 0}},
        "yAxis": {"type": "value"},
        "series": [
            {"name": name, "type": "bar", "data": data, "itemStyle": {"color": color}} for name, data, color in series
        ],
    }  # fmt: skip


urlpatterns = [path("evaluations/award-standard/", show, name="award_standard")]
