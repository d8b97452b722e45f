"""价格合理性: prices of all contracts by service, what lies out of line, and suppliers whose fees are the cap.

Every figure is a question to ask, shown with the number of cases behind it (D26-2, D108-4.1.3).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.province.frame import desk
from yunquan.desks.shared import exports
from yunquan.papers.tables import Column, Sheet
from yunquan.parties import regions
from yunquan.programme import queries as programme
from yunquan.vouchers import price_queries
from yunquan.vouchers.price_queries import Market, Outlier

# A picture of more points than this says nothing more; the download has them all.
MOST_POINTS, MOST_LISTED = 1500, 100
COLUMNS = (
    Column("number", "券号"),
    Column("enterprise", "企业"),
    Column("supplier", "供应商"),
    Column("place", "地市"),
    Column("name", "应用服务"),
    Column("fee_fen", "上云费用（元）", "money"),
    Column("devices", "台套数", "count"),
    Column("price_fen", "比较价格（元）", "money"),
    Column("listed_fen", "收费标准（元）", "money"),
    Column("median_fen", "中位数（元）", "money"),
    Column("count", "比较例数", "count"),
    Column("score", "偏离程度"),
    Column("standing", "说明"),
)
_NOTES = (
    "比较价格：按台套计算的服务为每台套价格，其他为本项上云费用。",
    "偏离程度：与同一服务中位数的距离，以稳健标准差计；3.5 以上列为明显偏高；不足 8 例不作比较。仅供参考，不是结论。",
)


@desk
def prices(request: HttpRequest) -> HttpResponse:
    """The page and its download; filtered by service and cycle."""
    actor = request.actor  # type: ignore[attr-defined]
    asked = request.GET.get("service", "")
    service = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 6 else None
    cycle = request.GET.get("cycle", "")[:20]
    found = price_queries.markets(actor, cycle=cycle)
    names = {market.service: market.name for market in found}
    shown = [market for market in found if service is None or market.service == service]
    if request.GET.get("format") in exports.KINDS:
        rows = [_row(line, market) for market in shown for line in market.lines]
        sheet = Sheet(list(COLUMNS), rows, title="价格比较", name="价格比较", notes=_NOTES)
        return exports.answer(request.GET["format"], "价格比较", sheet)  # type: ignore[return-value]
    far = price_queries.far_out(shown)
    query = "&".join(
        part for part in (f"service={service}" if service else "", f"cycle={cycle}" if cycle else "") if part
    )
    joined = f"{query}&" if query else ""
    known = {line.supplier_id: line.supplier for market in found for line in market.lines}
    context = {
        "markets": shown,
        "services": sorted(names.items()),
        "service": service,
        "cycle": cycle,
        "cycles": [(row.code, row.name) for row in programme.cycles(actor)],
        "far": [_row(line, None) for line in far[:MOST_LISTED]],
        "far_more": max(0, len(far) - MOST_LISTED),
        "shares": [
            {
                "name": known.get(int(one.supplier), "—"),
                "share": one,
                "percent": one.at_cap * 100 // one.count,
            }
            for one in price_queries.cap_shares_of_all()[:MOST_LISTED]
        ],
        "count": sum(market.count for market in shown),
        "chart": chart_of(shown),
        "points": [_row(line, market) for market in shown for line in market.lines][:MOST_LISTED],
        "files": [
            {"label": f"{label}（筛选结果）", "url": f"?{joined}format={kind}"}
            for kind, label in exports.KINDS.items()
        ],
    }
    return render(request, "province/prices.html", context)


def _row(line: Outlier, market: Market | None) -> dict[str, Any]:
    few = market is not None and market.is_few
    standing = "案例太少，不作比较" if few else "明显偏高" if line.is_high else ""
    return {
        "number": line.number,
        "enterprise": line.enterprise,
        "supplier_id": line.supplier_id,
        "supplier": line.supplier,
        "place": regions.place_name(line.city),
        "name": line.name,
        "fee_fen": line.fee_fen,
        "devices": line.devices,
        "price_fen": line.price_fen,
        "listed_fen": line.listed_fen,
        "median_fen": line.median_fen,
        "count": line.count,
        "score": "" if few else f"{line.score:.1f}",
        "times": f"{line.price_fen / line.median_fen:.1f}" if line.median_fen else "",
        "standing": standing,
    }


def chart_of(found: Iterable[Market]) -> dict[str, Any]:
    """Each line as a point: the listed price across, the contract's price up, in 元; on the line both are equal."""
    usual: list[list[Any]] = []
    high: list[list[Any]] = []
    lines = [line for market in found for line in market.lines if line.listed_fen]
    for line in lines[:MOST_POINTS]:
        assert line.listed_fen is not None
        point = [line.listed_fen / 100, line.price_fen / 100, f"{line.name} {line.supplier} {line.number}"]
        (high if line.is_high else usual).append(point)
    edges = [fen for line in lines[:MOST_POINTS] for fen in (line.listed_fen, line.price_fen) if fen]
    least, most = (min(edges) / 100, max(edges) / 100) if edges else (1, 10)
    return {
        "tooltip": {"trigger": "item"},
        # On a telephone the legend takes two lines: it stands below, where nothing is drawn over it.
        "legend": {"bottom": 0},
        "grid": {"left": 80, "right": 20, "top": 15, "bottom": 90},
        "xAxis": {"type": "log", "name": "收费标准（元）", "nameLocation": "middle", "nameGap": 28},
        "yAxis": {"type": "log", "name": "合同价格（元）", "nameLocation": "middle", "nameGap": 60},
        "series": [
            {
                "name": "通常范围或案例太少", "type": "scatter", "symbolSize": 9, "data": usual,
                "itemStyle": {"color": "#0b3d91", "opacity": 0.65},
            },
            {
                "name": "明显偏高", "type": "scatter", "symbol": "diamond", "symbolSize": 13, "data": high,
                "itemStyle": {"color": "#a61b1b"},
            },
            {
                "name": "与收费标准一致", "type": "line", "symbol": "none", "data": [[least, least], [most, most]],
                "lineStyle": {"color": "#8590a3", "type": "dashed"}, "itemStyle": {"color": "#8590a3"},
            },
        ],
    }  # fmt: skip
