"""额度测算: how the next cycle's targets were worked out, for the cities to read (D47-5.17, D47-8.2c)."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, re_path

from yunquan.desks.city.frame import CITY_ROLES, desk
from yunquan.desks.shared import exports
from yunquan.insight import splitting_queries as queries
from yunquan.insight import splitting_sheets

BASE = "/city/splits/"


@desk(only=CITY_ROLES)
def listing(request: HttpRequest) -> HttpResponse:
    """The workings that were decided, the latest open."""
    rows = list(queries.splits_visible_to(request.actor)[:50])  # type: ignore[attr-defined]
    return _page(request, rows[0] if rows else None, rows)


@desk(only=CITY_ROLES)
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One working."""
    row = queries.split_for(request.actor, pk)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return _page(request, row, list(queries.splits_visible_to(request.actor)[:50]))  # type: ignore[attr-defined]


def _page(request: HttpRequest, row, rows) -> HttpResponse:  # type: ignore[no-untyped-def]
    if row is None:
        return render(request, "city/split.html", {"row": None})
    context = {
        **queries.working(row), "row": row,
        "tabs": [{"label": one.cycle.name, "url": f"{BASE}{one.pk}/", "active": one == row} for one in rows],
        "files": [{"label": label, "url": f"{BASE}{row.pk}/table.{kind}"} for kind, label in exports.KINDS.items()],
    }  # fmt: skip
    return render(request, "city/split.html", context)


@desk(only=CITY_ROLES)
def download(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """The working as a file."""
    row = queries.split_for(request.actor, pk)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return exports.answer(kind, f"{row.cycle.name}地市额度测算", splitting_sheets.sheet_of(row))


urlpatterns = [
    path("splits/", listing, name="splits"),
    path("splits/<int:pk>/", show, name="split"),
    re_path(r"^splits/(?P<pk>[0-9]{1,9})/table\.(?P<kind>xlsx|csv)$", download, name="split_file"),
]
