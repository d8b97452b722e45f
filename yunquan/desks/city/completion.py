"""完成情况表 as the city receives it (D47-5.13)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from yunquan.desks.city.frame import CITY_ROLES, desk
from yunquan.desks.shared import completion as pages
from yunquan.desks.shared import exports
from yunquan.usage import access

BASE = "/city/completion/"


def found(request: HttpRequest, pk: int) -> Any:
    """The table, or 404."""
    row = access.table_for(request.actor, pk)
    if row is None:
        raise Http404
    return row


@desk(only=CITY_ROLES)
def tables(request: HttpRequest) -> HttpResponseBase:
    """The tables that the province sent, the latest first."""
    rows = access.tables_visible_to(request.actor).order_by("-sent_at", "-pk")[: exports.most(request, 100)]
    context = {"tables": pages.listed(list(rows)), "files": pages.TABLES.files(request)}
    return pages.TABLES.asked(request, context["tables"]) or render(request, "city/completion.html", context)


@desk(only=CITY_ROLES)
def table(request: HttpRequest, pk: int) -> HttpResponse:
    """One table with its lines, what has changed since the edition before, and its hash."""
    row = found(request, pk)
    context = pages.page_of(row, page=request.GET.get("page", "1"), base=f"{BASE}{pk}/")
    context |= {"back": BASE, "voucher_base": "/city/vouchers/"}
    return render(request, "shared/completion_table.html", context)


@desk(only=CITY_ROLES)
def download(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """The table as a paper or a file."""
    return pages.download(found(request, pk), kind)
