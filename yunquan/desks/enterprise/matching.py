"""本市配套: what the enterprise's own city adds to its vouchers, apart from the province's award (D47-4.4.6)."""

from __future__ import annotations

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from yunquan.desks.enterprise.frame import desk, own_enterprise
from yunquan.desks.shared import exports
from yunquan.desks.shared import matching as shared
from yunquan.journal import clock
from yunquan.matching import access, queries
from yunquan.matching.planning import sent_back
from yunquan.parties import regions
from yunquan.programme import queries as programme

LINES = exports.Listing(
    "本市配套",
    ("券号", "row.voucher_number"), ("省奖补（元）", "row.award_fen", "money"), ("本市配套（元）", "row.due_fen", "money"),
    ("清单", "row.matching_list.title"), ("进度", "state"),
)  # fmt: skip


@desk
def matching(request: HttpRequest) -> HttpResponseBase:
    """The city's scheme that holds today, and each line of the enterprise with its working."""
    own, actor, now = own_enterprise(request), request.actor, clock.read()  # type: ignore[attr-defined]
    seen = access.lines_visible_to(actor).select_related("voucher__enterprise").exclude(state="left")
    lines = seen.order_by("-pk")[: exports.most(request, 200)]
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
        "sent_back": sent_back(lines),
        "apart": shared.APART,
    }
    context["files"] = LINES.files(request)
    return LINES.asked(request, rows) or render(request, "enterprise/matching.html", context)
