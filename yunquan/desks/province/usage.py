"""行为数据: all cities by outcome, anomalies ranked, how far each source reaches; a voucher's picture (D47-5.13, 5.16)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.province.frame import desk
from yunquan.desks.shared import exports, usage
from yunquan.journal import clock
from yunquan.papers.tables import Column, Sheet
from yunquan.parties import regions
from yunquan.usage.pictures import reach
from yunquan.vouchers import access, usage_queries
from yunquan.vouchers.lifecycle import LABELS

HEALTH_DAYS = 30
CITY_COLUMNS = (
    Column("name", "地市", "text"),
    Column("waiting", "待判定", "count"),
    Column("done", "完成", "count"),
    Column("not_done", "未完成", "count"),
    Column("not_enough_data", "数据不足", "count"),
    Column("signals", "有异常信号", "count"),
)


@desk
def overview(request: HttpRequest) -> HttpResponse:
    """The cities side by side, the most conspicuous vouchers, and the sources' health."""
    actor = request.actor
    cities = [row | {"name": regions.place_name(row["city"])} for row in usage_queries.by_city(actor)]
    if request.GET.get("format") in exports.KINDS:
        rows = [{column.name: row[column.name] for column in CITY_COLUMNS} for row in cities]
        sheet = Sheet(CITY_COLUMNS, rows, title="行为数据判定情况（按地市）")
        return exports.answer(request.GET["format"], "行为数据判定情况", sheet)  # type: ignore[return-value]
    total = {column.name: sum(row[column.name] for row in cities) for column in CITY_COLUMNS[1:]}
    ranked = [
        row | {"place": regions.place_name(row["voucher"].city), "state": LABELS[row["voucher"].state]}
        for row in usage_queries.ranked(actor)
    ]
    today = clock.today()
    context = {
        "cities": cities,
        "tiles": [
            {"label": "待判定", "value": total["waiting"], "url": "/province/verdicts/"},
            {"label": "完成", "value": total["done"]},
            {"label": "未完成", "value": total["not_done"], "tone": "bad" if total["not_done"] else ""},
            {"label": "数据不足", "value": total["not_enough_data"]},
            {"label": "有异常信号", "value": total["signals"], "tone": "bad" if total["signals"] else ""},
        ],
        "total": total,
        "ranked": ranked,
        "health": health(today),
        "chart": chart_of(cities),
        "files": [{"label": label, "url": f"?format={kind}"} for kind, label in exports.KINDS.items()],
    }
    return render(request, "province/usage.html", context)


def health(today: Any) -> list[dict[str, Any]]:
    """Up to which day each source reaches, and how many of the last days it covers."""
    rows = []
    since = today - timedelta(days=HEALTH_DAYS)
    for source, days in reach().items():
        recent = sum(since < day <= today for day in days)
        last = max(days, default=None)
        quiet = (today - last).days if last is not None else None
        tone = (
            "good"
            if quiet is not None and quiet <= 3
            else "waiting"
            if quiet is not None and quiet <= 14
            else "bad"
        )
        told = (
            "没有收到过数据" if quiet is None else "正常" if tone == "good" else f"已有 {quiet} 天没有新数据"
        )
        rows.append(
            {
                "label": usage.SOURCES[source],
                "last": last,
                "recent": recent,
                "told": told,
                "tone": tone,
                "days": len(days),
            }
        )
    return rows


def chart_of(cities: list[dict[str, Any]]) -> dict[str, Any]:
    """Outcomes of each city as stacked bars; the table holds the same numbers."""
    series = (
        ("完成", "done", "#146c43"),
        ("未完成", "not_done", "#a61b1b"),
        ("数据不足", "not_enough_data", "#c9a36a"),
    )
    return {
        "grid": {"left": 40, "right": 10, "top": 40, "bottom": 30},
        "legend": {"top": 0},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [row["name"] for row in cities]},
        "yAxis": {"type": "value", "name": "张", "minInterval": 1},
        "series": [
            {
                "name": label, "type": "bar", "stack": "outcome", "data": [row[name] for row in cities],
                "itemStyle": {"color": colour}, "barMaxWidth": 48,
            }
            for label, name, colour in series
        ],
    }  # fmt: skip


@desk
def use(request: HttpRequest, number: str) -> HttpResponse:
    """One voucher's use with both sources, reasons, and signals with their evidence."""
    voucher = access.voucher_for(request.actor, number)
    if voucher is None:
        raise Http404
    context = usage.usage_page(voucher, actor=request.actor, today=clock.today())
    context |= {"back": f"/province/vouchers/{number}/", "table_base": "/province/completion/"}
    return render(request, "shared/usage.html", context)
