"""The cities side by side: target, quota, issued, settled, paid, left, money; in a constant number of queries."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.province.frame import desk
from yunquan.desks.shared import exports
from yunquan.papers.tables import Column, Sheet
from yunquan.programme import queries as programme
from yunquan.vouchers import queries as vouchers

COLUMNS = (
    ("name", "地市", "text"),
    ("target_fen", "目标额度（元）", "money"),
    ("factor_percent", "系数（%）", "count"),
    ("quota_fen", "发放额度（元）", "money"),
    ("count", "已发放（张）", "count"),
    ("issued_fen", "已发放（元）", "money"),
    ("listed_fen", "已列清单待兑付（元）", "money"),
    ("redeemed_fen", "已兑付额度（元）", "money"),
    ("remaining_fen", "剩余额度（元）", "money"),
    ("appropriated_fen", "下达资金（元）", "money"),
    ("paid_fen", "已付资金（元）", "money"),
    ("committed_fen", "在途资金（元）", "money"),
    ("fund_left_fen", "剩余资金（元）", "money"),
    ("recovered_fen", "已追回（元）", "money"),
)


def city_rows(actor: Any, cycle: Any) -> list[dict[str, Any]]:
    """One row a city."""
    counted = vouchers.counted_by_city(actor, cycle)
    rows = []
    for row in programme.quota_table(cycle, actor=actor):
        told = counted.get(row.city, {})
        values = {name: getattr(row, name, None) for name, _title, _kind in COLUMNS}
        values |= {
            "city": row.city,
            "count": told.get("issued", 0),
            "listed_fen": told.get("listed_fen", 0),
            "percent": row.issued_percent,
        }
        rows.append(values)
    return rows


def total_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """The sums of the table."""
    total: dict[str, Any] = {"name": "合计", "factor_percent": None}
    for name, _title, kind in COLUMNS:
        if kind == "money" or name == "count":
            total[name] = sum(row[name] for row in rows)
    total["percent"] = total["issued_fen"] * 100 // total["quota_fen"] if total["quota_fen"] else 0
    return total


@desk
def overview(request: HttpRequest) -> HttpResponse:
    """The table of the 21 cities for one cycle, on the page and as a file."""
    actor = request.actor  # type: ignore[attr-defined]
    cycles = list(programme.cycles(actor))
    wanted = request.GET.get("cycle", "")
    current = programme.current_cycle()
    cycle = next((row for row in cycles if row.code == wanted), None if wanted else current)
    if cycle is None:
        if wanted:
            raise Http404
        return render(request, "province/overview.html", {"cycle": None, "cycles": [], "rows": []})
    rows = city_rows(actor, cycle)
    total = total_of(rows)
    if request.GET.get("format") in exports.KINDS:
        columns = [Column(name, title, kind) for name, title, kind in COLUMNS]  # type: ignore[arg-type]
        sheet = Sheet(columns, [*rows, total], title=f"{cycle.name}地市总览", name="地市总览")
        return exports.answer(request.GET["format"], f"{cycle.name}地市总览", sheet)  # type: ignore[return-value]
    context = {
        "cycle": cycle,
        "cycles": [
            {"label": row.name, "url": f"?cycle={row.code}", "active": row == cycle} for row in cycles
        ],
        "rows": rows,
        "total": total,
        "files": [
            {"label": label, "url": f"?cycle={cycle.code}&format={kind}"}
            for kind, label in exports.KINDS.items()
        ],
        "chart": chart_of(rows),
    }
    return render(request, "province/overview.html", context)


def chart_of(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Quota, issued and paid of each city, in 万元; the table below holds the same numbers."""
    series = (
        ("发放额度", "quota_fen", "#b9cdf3"),
        ("已发放", "issued_fen", "#0b3d91"),
        ("已兑付", "redeemed_fen", "#146c43"),
    )
    return {
        "grid": {"left": 60, "right": 10, "top": 40, "bottom": 60},
        "legend": {"top": 0},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [row["name"] for row in rows], "axisLabel": {"rotate": 45}},
        "yAxis": {"type": "value", "name": "万元"},
        "series": [
            {
                "name": label,
                "type": "bar",
                "data": [row[name] // 1_000_000 for row in rows],
                "itemStyle": {"color": colour},
            }
            for label, name, colour in series
        ],
    }
