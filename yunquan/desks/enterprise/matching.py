"""本市配套: what the enterprise's own city adds to its vouchers, apart from the province's award (D47-4.4.6)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.enterprise.frame import desk, own_enterprise
from yunquan.desks.shared import matching as shared
from yunquan.journal import clock
from yunquan.matching import access, queries
from yunquan.parties import regions
from yunquan.programme import queries as programme


@desk
def matching(request: HttpRequest) -> HttpResponse:
    """The city's scheme that holds today, and each line of the enterprise with its working."""
    own, actor, now = own_enterprise(request), request.actor, clock.read()  # type: ignore[attr-defined]
    lines = access.lines_visible_to(actor).exclude(state="left").order_by("-pk")[:200]
    cycle = programme.current_cycle()
    scheme = queries.scheme_today(cycle, own.city, now) if cycle is not None else None
    rows = shared.line_rows(lines)
    context = {
        "place": regions.place_name(own.city),
        "cycle": cycle,
        "scheme": scheme,
        "facts": shared.scheme_facts(scheme, shared.services_named(cycle.pack, now))
        if cycle and scheme
        else [],
        "lines": rows,
        "apart": shared.APART,
    }
    return render(request, "enterprise/matching.html", context)
