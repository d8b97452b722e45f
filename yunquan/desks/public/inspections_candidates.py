"""培育对象: the benchmark enterprises and excellent suppliers that the province published (D858-2.3)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from yunquan.desks.public.frame import open_page, page
from yunquan.desks.shared import exports
from yunquan.inspections import rectify_queries as queries
from yunquan.inspections.actions.rectifying import KINDS
from yunquan.parties import regions

MOST_SHOWN = 2000
CANDIDATES = exports.Listing(
    "培育对象", ("类别", "label"), ("单位", "name"), ("所在地", "place"), ("公布时间", "at", "time")
)


@require_safe
@open_page
def listing(request: HttpRequest) -> HttpResponseBase:
    """Both lists; a firm that was named more than once stands once, with the first day of its publication."""
    lists: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in KINDS}
    for row in queries.public_candidates()[: exports.most(request, MOST_SHOWN)]:
        firm = row.enterprise or row.supplier
        if firm is None:
            continue
        place = (
            regions.place_name(row.inspection.city) if row.enterprise_id else regions.place_name(firm.city)
        )
        known = lists[row.kind].setdefault(
            firm.name, {"name": firm.name, "place": place, "at": row.published_at}
        )
        known["at"] = min(known["at"], row.published_at)
    shown: list[dict[str, Any]] = [
        {"label": label, "rows": list(lists[kind].values())} for kind, label in KINDS.items()
    ]
    named = ({"label": one["label"], **row} for one in shown for row in one["rows"])
    context = {"lists": shown, "files": CANDIDATES.files(request)}
    return CANDIDATES.asked(request, named) or page(request, "inspections_candidates", context)
