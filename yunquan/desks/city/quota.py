"""额度与资金: what the city may issue, what it issued, and the money it has (D47-8.2)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from yunquan.desks.city.frame import CITY_ROLES, desk
from yunquan.desks.shared import exports
from yunquan.desks.shared.matching import own_funds_told
from yunquan.journal import clock
from yunquan.kernel.money import format_wan, format_yuan
from yunquan.papers.tables import Column, Sheet
from yunquan.parties.access import bureau_code
from yunquan.programme import queries

_COLUMNS = (
    Column("cycle", "周期", "text"),
    Column("target_fen", "目标额度（元）", "money"),
    Column("factor_percent", "发放系数（%）", "count"),
    Column("quota_fen", "发放额度（元）", "money"),
    Column("issued_fen", "已发放（元）", "money"),
    Column("remaining_fen", "剩余额度（元）", "money"),
    Column("appropriated_fen", "已下达资金（元）", "money"),
    Column("paid_fen", "已兑付（元）", "money"),
    Column("committed_fen", "兑付在途（元）", "money"),
    Column("fund_left_fen", "可用资金（元）", "money"),
    Column("recovered_fen", "已追回（元）", "money"),
)


@desk(only=CITY_ROLES)
def quota(request: HttpRequest) -> HttpResponseBase:
    """Quota and money of each cycle, with the windows; ?format=xlsx or csv downloads the table."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    groups = []
    for cycle in queries.cycles(actor):
        for row in queries.quota_table(cycle, actor=actor):
            groups.append(
                {
                    "cycle": cycle,
                    "row": row,
                    "tiles": _tiles(row),
                    "windows": queries.windows(cycle, now),
                    "own": own_funds_told(cycle, bureau_code(actor)),
                }
            )
    wanted = request.GET.get("format", "")
    if wanted in exports.KINDS:
        rows = [_values(group) for group in groups]
        return exports.answer(wanted, "额度与资金", Sheet(columns=_COLUMNS, rows=rows, title="额度与资金"))
    files = [{"label": label, "url": f"/city/quota/?format={kind}"} for kind, label in exports.KINDS.items()]
    return render(request, "city/quota.html", {"groups": groups, "files": files})


def _values(group: dict[str, Any]) -> dict[str, Any]:
    row = group["row"]
    return {"cycle": group["cycle"].name} | {
        column.name: getattr(row, column.name) for column in _COLUMNS if column.name != "cycle"
    }


def _tiles(row: Any) -> list[dict[str, Any]]:
    tight = row.quota_fen > 0 and row.remaining_fen * 10 < row.quota_fen
    left = f"{format_yuan(row.remaining_fen)} 元"
    return [
        {"label": "目标额度", "value": format_wan(row.target_fen), "note": f"发放系数 {row.factor_percent}%"},
        {"label": "发放额度", "value": format_wan(row.quota_fen), "note": f"{format_yuan(row.quota_fen)} 元"},
        {"label": "已发放", "value": format_wan(row.issued_fen), "note": f"占 {row.issued_percent}%"},
        {
            "label": "剩余额度",
            "value": format_wan(row.remaining_fen),
            "note": left,
            "tone": "bad" if tight else "good",
        },
    ]
