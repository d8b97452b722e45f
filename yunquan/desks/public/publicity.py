"""公示: settlement lists in public, each on a page of its own, with downloads and its own proof."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from yunquan.desks.public.frame import open_page, page
from yunquan.desks.shared import exports
from yunquan.desks.shared.list_papers import days_in_public, list_pdf, public_days
from yunquan.journal import clock
from yunquan.papers.tables import Column, Sheet
from yunquan.parties import queries as parties
from yunquan.parties import regions
from yunquan.policy.deadlines import publicity_days_left
from yunquan.settlement import access, queries

LINES_A_PAGE = 100
OBJECTION = "公示期内向当地主管部门反映并附材料；涉及的券暂不兑付，其余照常。"
PAPER = (
    Column("position", "序", kind="count"),
    Column("enterprise", "企业", kind="text"),
    Column("services", "应用服务", kind="text"),
    Column("supplier", "供应商", kind="text"),
    Column("amount", "奖补（元）", kind="money"),
)
SHEET = (
    Column("position", "序", kind="count"),
    Column("voucher", "券号", kind="text"),
    Column("enterprise", "企业", kind="text"),
    Column("uscc", "统一社会信用代码", kind="text"),
    Column("services", "应用服务", kind="text"),
    Column("supplier", "供应商", kind="text"),
    Column("face", "奖补金额（元）", kind="money"),
    Column("bonus", "贯标奖补（元）", kind="money"),
    Column("amount", "合计（元）", kind="money"),
    Column("pilot", "试点", kind="text"),
)

LIST_COLUMNS: tuple[exports.Told, ...] = (
    ("清单", "title"), ("地市", "city"), ("版本", "edition", "count"), ("张数", "count", "count"),
    ("合计（元）", "total_fen", "money"), ("公示自", "first_on", "date"), ("公示至", "last_on", "date"), ("状态", "state"),
    ("清单摘要", "content_hash"),
)  # fmt: skip
PUBLIC = exports.Listing("结算清单公示", *LIST_COLUMNS)


def brief(row: Any, now: datetime) -> dict[str, Any]:
    """A list as the index and the list's own head show it."""
    left = publicity_days_left(row.publicity_ends_at, now)
    is_open = row.state == "published" and row.publicity_ends_at is not None and now < row.publicity_ends_at
    first_on, last_on = public_days(row) or (None, None)
    return {
        "pk": row.pk,
        "title": row.title,
        "city": regions.place_name(row.city),
        "count": row.count,
        "total_fen": row.total_fen,
        "edition": row.edition,
        "first_on": first_on,
        "last_on": last_on,
        "days": days_in_public(row),
        "is_open": is_open,
        "left": max(0, left) if is_open else -1,
        "state": _left_words(left) if is_open else "公示已结束",
        "tone": "waiting" if is_open else "",
        "article": row.publicity_article or "D47-5.22",
        "content_hash": row.content_hash,
    }


def _left_words(left: int) -> str:
    return f"公示中，还剩 {left} 天" if left > 0 else "公示中，今天是最后一天"


def found(pk: int) -> Any:
    """A list that is or was in public, or 404."""
    row = access.public_list(pk)
    if row is None:
        raise Http404
    return row


@open_page
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """The lists in public now, then those whose period is over (D47-5.14b)."""
    now = clock.read()
    city = request.GET.get("city", "")
    rows = access.public_lists().order_by("-published_at", "-pk")
    if regions.city(city):
        rows = rows.filter(city=city)
    shown = [brief(row, now) for row in rows[: exports.most(request, 200)]]
    return PUBLIC.asked(request, shown) or page(
        request,
        "publicity",
        {
            "files": PUBLIC.files(request),
            "current": [row for row in shown if row["is_open"]],
            "past": [row for row in shown if not row["is_open"]],
            "cities": regions.cities(),
            "city": city,
        },
    )


@open_page
@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One list: countdown, every line, the way to object, the hash and the downloads."""
    now, row = clock.read(), found(pk)
    head = brief(row, now)
    pages = Paginator(queries.lines_of(row), LINES_A_PAGE)
    pages.count = row.count
    chosen = pages.get_page(request.GET.get("page", "1"))
    lines = [
        {
            "pk": line.pk,
            "position": line.position,
            "enterprise": line.enterprise_name,
            "services": line.services,
            "supplier": line.supplier_name,
            "amount_fen": line.listed_fen,
            "bonus_fen": line.bonus_fen,
            "is_pilot": line.is_pilot,
            "objections": line.open_objections,
            "is_refused": line.voucher.state in ("refused", "revoked"),
        }
        for line in chosen.object_list
    ]
    contacts = parties.contact_points(row.city)
    context = {"list": head, "lines": lines, "page_of": chosen, "contacts": contacts, "told": OBJECTION}
    return page(request, "one_list", context)


@open_page
@require_safe
def proof(request: HttpRequest, pk: int) -> HttpResponse:
    """How anyone checks that the list was not changed, and what the platform itself finds now (P1)."""
    row = found(pk)
    content = queries.hashed_bytes(row)
    return page(
        request,
        "proof",
        {
            "list": brief(row, clock.read()),
            "unchanged": queries.is_unchanged(row),
            "size": len(content),
            "file": f"settlement-list-{row.pk}.json",
        },
    )


@open_page
@require_safe
def content(request: HttpRequest, pk: int) -> HttpResponse:
    """The very bytes that the hash was taken over."""
    row = found(pk)
    answer = HttpResponse(queries.hashed_bytes(row), content_type="application/json")
    answer["Content-Disposition"] = f'attachment; filename="settlement-list-{row.pk}.json"'
    return answer


@open_page
@require_safe
def paper(request: HttpRequest, pk: int) -> HttpResponse:
    """The list as an official paper; set once and kept for a day, since setting takes time."""
    row = found(pk)
    head = brief(row, clock.read())
    key = f"settlement-list-pdf:{row.pk}:{row.content_hash}:{head['last_on']}"
    made = cache.get(key)
    if made is None:
        lines = (
            {
                "position": line.position,
                "enterprise": line.enterprise_name,
                "services": line.services,
                "supplier": line.supplier_name,
                "amount": line.listed_fen,
            }
            for line in queries.lines_of(row)
        )
        made = list_pdf(row, PAPER, lines, objection=OBJECTION)
        cache.set(key, made, 86400)
    return exports.paper("pdf", head["title"], made)


@open_page
@require_safe
def sheet(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The list as a spreadsheet, with the voucher's number and the enterprise's code on every line."""
    row = found(pk)
    rows = (
        {
            "position": line.position,
            "voucher": line.voucher_number,
            "enterprise": line.enterprise_name,
            "uscc": line.enterprise_uscc,
            "services": line.services,
            "supplier": line.supplier_name,
            "face": line.face_fen,
            "bonus": line.bonus_fen,
            "amount": line.listed_fen,
            "pilot": "是" if line.is_pilot else "",
        }
        for line in queries.lines_of(row)
    )
    notes = (f"清单摘要（SHA-256）：{row.content_hash}",)
    return exports.answer(
        "xlsx", row.title, Sheet(columns=list(SHEET), rows=rows, title=row.title[:31], notes=notes)
    )
