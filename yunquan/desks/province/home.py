"""The first page: what waits, which cities are late, when the next closing is."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.province import waiting
from yunquan.desks.province.frame import capped, desk
from yunquan.desks.shared import inbox as shared_inbox
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.parties import queries as parties
from yunquan.parties import regions
from yunquan.programme import queries as programme
from yunquan.vouchers import queries as vouchers

_TILES = (
    ("supplier", "供应商待审核", "/province/suppliers/?state=province_review"),
    ("product", "产品待上架", "/province/products/?state=submitted"),
    ("verdict", "待行为数据判定", "/province/verdicts/"),
    ("objection", "异议待核查", "/province/objections/?state=escalated"),
    ("message", "留言待答复", "/province/messages/"),
    ("rule", "规则变更待处理", "/province/rules/#changes"),
    ("contacts", "联系人回执待确认", "/province/contacts/"),
    ("evaluation", "供应商评价待办理", "/province/evaluations/"),
    ("split", "额度测算待办理", "/province/splits/"),
)


_KEYED = {
    "objection": "province:objection",
    "message": "province:message",
    "contact_receipt": "province:contact_receipt",
    "public_notice": "province:notice",
    "enterprise": "province:enterprise",
    "supplier": "province:supplier",
    "product": "province:product",
    "rule_change": "province:change",
}


@desk
def home(request: HttpRequest) -> HttpResponse:
    """What waits, the most urgent first."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    counts = waiting.counts(request)
    late = late_by_city(actor, now)
    tiles = [
        {"label": label, "value": capped(counts[kind]), "url": url, "tone": "waiting" if counts[kind] else ""}
        for kind, label, url in _TILES
        if kind in counts
    ]
    tiles.append(
        {
            "label": "地市逾期未办",
            "value": sum(row["enterprises"] + row["vouchers"] for row in late),
            "url": "#late",
            "tone": "bad" if late else "",
            "note": f"{len(late)} 个地市" if late else "全部按期",
        }
    )
    context = {
        "tasks": waiting.tasks(actor, now, counts),
        "tiles": tiles,
        "late": late,
        "cycle": programme.current_cycle(),
        "deadlines": programme.deadlines(now),
    }
    return render(request, "province/home.html", context)


def late_by_city(actor: Any, now: Any) -> list[dict[str, Any]]:
    """The cities whose registrations or applications are overdue, most first; two queries (D47-5.20, 5.21)."""
    today = local_date(now)
    enterprises = parties.overdue_by_city(today)
    applications = vouchers.overdue_by_city(actor, today)
    rows = [
        {
            "city": code,
            "name": regions.place_name(code),
            "enterprises": enterprises.get(code, 0),
            "vouchers": applications.get(code, 0),
        }
        for code in {*enterprises, *applications}
    ]
    return sorted(rows, key=lambda row: (-row["enterprises"] - row["vouchers"], row["city"]))


@desk
def inbox(request: HttpRequest) -> HttpResponse:
    """The messages to the province; a POST marks them as read."""
    if request.method == "POST":
        return shared_inbox.mark_read(request)
    return shared_inbox.page(request, voucher_url="province:voucher", places={}, keyed=_KEYED)
