"""产品查找和比较: products found by words and service, up to four of one service side by side (D26-2, public).

The choice stands in the address: it can be sent to a colleague, and needs no script.
"""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from yunquan.catalogue import queries as catalogue
from yunquan.desks.public.frame import open_page, page
from yunquan.desks.public.suppliers import services_named
from yunquan.desks.shared import exports
from yunquan.insight import evaluation_queries
from yunquan.inspections import result_queries
from yunquan.inspections.result_facts import outcome_of
from yunquan.journal import clock
from yunquan.parties import queries as parties
from yunquan.parties import regions

MOST = 4
ON_A_PAGE = 30
PRODUCTS = exports.Listing(
    "已上架的产品",
    ("产品", "row.name"), ("应用服务", "service"), ("供应商", "row.supplier.name"), ("价格标准", "row.price_standard"),
    ("起价（元）", "row.price_from_fen", "money"), ("上架日期", "row.listed_on", "date"),
)  # fmt: skip
MOST_RESULTS = 2000


@open_page
@require_safe
def listing(request: HttpRequest) -> HttpResponseBase:
    """The listed products, by words and by service, to tick and compare."""
    services = services_named()
    word = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    chosen = request.GET.get("service", "")
    chosen = chosen if chosen in dict(services) else ""
    rows = catalogue.listed(" ".join(parties.wanted_words(word)), service=int(chosen) if chosen else None)
    shown = Paginator(rows, exports.most(request, ON_A_PAGE)).get_page(request.GET.get("page"))
    names = dict(services)
    found = [{"row": row, "service": names.get(str(row.service), "")} for row in shown.object_list]
    context = {
        "rows": found,
        "page_of": shown,
        "word": word,
        "services": services,
        "chosen": chosen,
        "excellent": set(evaluation_queries.excellent_suppliers(clock.today())),
        "most": MOST,
        "files": PRODUCTS.files(request),
    }
    return PRODUCTS.asked(request, found) or page(request, "products", context)


@open_page
@require_safe
def compare(request: HttpRequest) -> HttpResponse:
    """Up to four products of one service side by side, each fact in its row."""
    wanted = [
        int(one)
        for one in request.GET.getlist("p")[:50]
        if one.isascii() and one.isdecimal() and len(one) < 10
    ]
    rows = {row.pk: row for row in catalogue.listed().filter(pk__in=wanted)}
    found = [rows[pk] for pk in dict.fromkeys(wanted) if pk in rows]
    service = found[0].service if found else 0
    same = [row for row in found if row.service == service]
    left_out = [*(row for row in found if row.service != service), *same[MOST:]]
    kept = same[:MOST]
    names = dict(services_named())
    context = {
        "service": names.get(str(service), ""),
        "number": service,
        "products": kept,
        "left_out": left_out,
        "lost": len(set(wanted)) - len(found),
        "lines": _lines(kept) if kept else [],
        "most": MOST,
    }
    return page(request, "compare", context)


def _lines(products: list[Any]) -> list[dict[str, Any]]:
    """The rows of the comparison: a label, and a cell for each product."""
    excellent = evaluation_queries.excellent_suppliers(clock.today())
    inspected = _inspected({row.supplier_id for row in products})

    def line(label: str, cells: list[Any], kind: str = "text") -> dict[str, Any]:
        return {"label": label, "cells": cells, "kind": kind}

    marks = []
    for row in products:
        held = ["优秀供应商"] if row.supplier_id in excellent else []
        held += ["试点单位"] if row.supplier.is_pilot else []
        held += ["供给资源池"] if row.supplier.in_resource_pool else []
        marks.append(held)
    return [
        line("供应商", [{"name": row.supplier.name, "pk": row.supplier_id} for row in products], "supplier"),
        line("所在地", [_place(row.supplier) for row in products]),
        line("所依托的平台", [row.supplier.platform for row in products]),
        line("称号", marks, "marks"),
        line("功能模块", [_modules(row) for row in products], "modules"),
        line("起价", [row.price_from_fen for row in products], "money"),
        line("收费标准", [row.price_standard for row in products], "long"),
        line("简介", [row.summary for row in products], "long"),
        line("公开的抽查结果", [inspected.get(row.supplier_id, {}) for row in products], "inspected"),
        line("上架日期", [row.listed_on for row in products], "day"),
    ]


def _place(supplier: Any) -> str:
    return regions.place_name(supplier.city) if supplier.is_in_province else "省外"


def _modules(row: Any) -> list[str]:
    return [one if isinstance(one, str) else str(one.get("name", "")) for one in row.modules]


def _inspected(suppliers: set[int]) -> dict[int, dict[str, int]]:
    """How many published inspections each supplier had and how many of them were not passed, in one query."""
    found: dict[int, dict[str, int]] = {}
    rows = result_queries.public_results().filter(voucher__supplier__in=suppliers)
    for row in rows[:MOST_RESULTS]:
        outcome = outcome_of(row, row.outcome)
        told = found.setdefault(row.voucher.supplier_id or 0, {"all": 0, "failed": 0})
        told["all"] += 1
        told["failed"] += outcome is None or not outcome.qualified
    return found
