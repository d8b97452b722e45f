"""优秀供应商: the titles of each year with the figures behind them, the method, and the products put forward (D47-8.3)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from django.views.decorators.http import require_safe

from yunquan.desks.public.frame import open_page, page
from yunquan.desks.shared import evaluating as pages
from yunquan.insight import evaluation_queries as queries
from yunquan.journal import clock


@open_page
@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    """Who holds the title today with its products, and the years that stand in public."""
    titles = queries.good_titles(clock.today())
    products = queries.listed_products(title.supplier_id for title in titles)
    years = [
        {**pages.heading(row), "url": f"/excellent/{row.year}/"} for row in queries.public_evaluations()[:50]
    ]
    holders = [{"title": one, "products": products.get(one.supplier_id, [])} for one in titles]
    return page(request, "excellent", {"holders": holders, "years": years})


@open_page
@require_safe
def year(request: HttpRequest, year: int) -> HttpResponse:
    """One year: the titles with their figures, in publicity or granted, and by which method they were found."""
    row = queries.public_evaluation(year)
    if row is None:
        raise Http404
    shown: list[dict[str, Any]] = [
        {"title": one, "reason": _reason(one), **pages.title_state(one), **pages.shown_line(one.line, row)}
        for one in queries.public_titles(row)
    ]
    return page(
        request, "excellent_year", {**pages.heading(row), **pages.method_context(row), "holders": shown}
    )


def _reason(title: Any) -> str:
    """Why a title was withdrawn; the clock's reason is a standing, and what of standings is public has its own page."""
    by_rule = title.state == "withdrawn" and title.ended_by == "clock"
    return "不再符合授予条件" if by_rule else str(title.ended_reason)


urlpatterns = [
    path("excellent/", listing, name="excellent"),
    path("excellent/<int:year>/", year, name="excellent_year"),
]
