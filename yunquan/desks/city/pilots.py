"""试点示范: the pilots with customers or their seat in this city, read only: progress and quota (D47-6.4)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from yunquan.desks.city.frame import CITY_ROLES, desk
from yunquan.desks.shared import exports, pilot_parts
from yunquan.journal import clock
from yunquan.parties.access import bureau_code
from yunquan.pilots import access, earmarks
from yunquan.programme import queries as programme


@require_safe
@desk(only=CITY_ROLES)
def listing(request: HttpRequest) -> HttpResponse:
    """The pilots that concern this city, and what of its quota is set aside for them."""
    now, cycle, code = clock.read(), programme.current_cycle(), bureau_code(request.actor)
    rows = list(access.pilots_visible_to(request.actor)[: exports.most(request, 200)])
    told: list[dict[str, Any]] = earmarks.table(cycle) if cycle is not None else []
    context: dict[str, Any] = {
        "pilots": pilot_parts.shown(rows, now),
        "earmark": next((one for one in told if one["city"] == code), None),
        "cycle": cycle,
    }
    context["files"] = pilot_parts.OUTSIDE.files(request)
    file = pilot_parts.OUTSIDE.asked(request, context["pilots"])
    return file or render(request, "city/pilots.html", context)


@require_safe
@desk(only=CITY_ROLES)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One pilot: progress and quota; the applicant's papers stay with the province."""
    pilot = access.pilot_for(request.actor, pk)
    if pilot is None:
        raise Http404
    context = pilot_parts.context(pilot, request.actor, clock.read())
    return render(request, "city/pilot.html", context)
