"""抽查 for a county: which of its enterprises are visited, when and where, read only (D108-3.3)."""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from yunquan.desks.city.frame import desk
from yunquan.desks.shared import exports
from yunquan.desks.shared.inspections import visit_pages
from yunquan.inspections import visit_queries
from yunquan.inspections.lifecycle import VISIT
from yunquan.journal import clock
from yunquan.policy.regimes.forms import MODES, TABLES
from yunquan.policy.roles import Role

BEFORE, AHEAD, MOST = timedelta(days=180), timedelta(days=365), 200
VISITS = exports.Listing(
    "抽查安排",
    ("开始时间", "visit.starts_at", "time"), ("被查单位", "whom"), ("内容", "table"), ("地点", "visit.place"),
    ("状态", "state"),
)  # fmt: skip


@desk(only=[Role.COUNTY_REVIEWER])
def visits(request: HttpRequest) -> HttpResponseBase:
    """The visits to the county's enterprises, the latest first."""
    now = clock.read()
    rows = visit_queries.schedule(request.actor, starts=now - BEFORE, ends=now + AHEAD)  # type: ignore[attr-defined]
    shown = [
        {
            "visit": row,
            "whom": visit_pages.whom(row),
            "table": TABLES[row.table],
            "mode": MODES[row.mode],
            "state": VISIT.states[row.state],
            "tone": visit_pages.TONES[row.state],
            "count": len(row.inspections.all()),
        }
        for row in reversed(rows[-MOST:])
    ]
    context = {"rows": shown, "files": VISITS.files(request)}
    return VISITS.asked(request, shown) or render(request, "city/inspections_county.html", context)
