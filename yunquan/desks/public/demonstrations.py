"""标杆示范项目: which there are, who builds them, and how they stand (D858-2.1, D858-2.3)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from yunquan.demonstrations import access, queries
from yunquan.demonstrations.lifecycle import PROJECT
from yunquan.desks.public.frame import open_page, page
from yunquan.desks.shared import exports
from yunquan.parties import regions

MOST_SHOWN = 500
PROJECTS = exports.Listing(
    "标杆示范项目",
    ("编号", "row.number"), ("项目名称", "row.name"), ("牵头单位", "holder.name"), ("地市", "place"),
    ("立项年度", "row.year", "count"), ("资金来源", "funded"), ("财政资金（元）", "row.public_fen", "money"), ("状态", "state"),
    ("决定时间", "decided_at", "time"),
)  # fmt: skip
# What lies before an approver is nobody's business until it is decided.
SHOWN = {"building": "在建", "accepted": "已验收", "withdrawn": "已撤销称号"}
TONES = {"building": "now", "accepted": "good", "withdrawn": "bad"}
STANDS_AS = {state: state for state in PROJECT.states} | {
    "acceptance_proposed": "building",
    "withdrawal_proposed": "building",
    "title_withdrawal_proposed": "accepted",
}


@require_safe
@open_page
def listing(request: HttpRequest) -> HttpResponseBase:
    """The projects whose registration stands, by city, year and state; no person and no payment."""
    city, year, state = (request.GET.get(name, "") for name in ("city", "year", "state"))
    rows = access.published()
    if regions.city(city):
        rows = rows.filter(city=city)
    if year.isascii() and year.isdigit() and len(year) == 4:
        rows = rows.filter(year=int(year))
    if state in SHOWN:
        rows = rows.filter(state__in=[one for one, stands in STANDS_AS.items() if stands == state])
    most = exports.most(request, MOST_SHOWN)
    found = list(rows[: most + 1])
    accepted = queries.accepted_at(one for one in found if STANDS_AS[one.state] == "accepted")
    context: dict[str, Any] = {
        "files": PROJECTS.files(request),
        "rows": [
            {
                "row": one,
                "holder": one.enterprise or one.supplier,
                "place": regions.place_name(one.city),
                "funded": one.get_funded_by_display(),
                "state": SHOWN[STANDS_AS[one.state]],
                "tone": TONES[STANDS_AS[one.state]],
                "decided_at": one.decided_at if one.state == "withdrawn" else accepted.get(one.journal_key),
            }
            for one in found[:most]
        ],
        "more": len(found) > most,
        "cities": [(one.code, one.name) for one in regions.cities()],
        "states": list(SHOWN.items()),
        "city": city,
        "year": year[:4],
        "state": state,
    }
    return PROJECTS.asked(request, context["rows"]) or page(request, "demonstrations", context)
