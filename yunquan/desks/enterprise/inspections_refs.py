"""盲签编号: under which reference an enterprise's own vouchers stand in the open draws (D858-2.2)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.enterprise.frame import desk
from yunquan.inspections import plan_queries as queries


@desk
def refs(request: HttpRequest) -> HttpResponse:
    """One's own vouchers in the draws whose list was frozen: in the list, or left out and why."""
    return render(
        request,
        "enterprise/inspections/refs.html",
        {"items": queries.own_items(request.actor)},  # type: ignore[attr-defined]
    )
