"""培育对象: the benchmark enterprises and excellent suppliers that the province published (D858-2.3)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from yunquan.desks.public.frame import open_page, page
from yunquan.inspections import rectify_queries as queries
from yunquan.inspections.actions.rectifying import KINDS
from yunquan.parties import regions

MOST_SHOWN = 2000


@require_safe
@open_page
def listing(request: HttpRequest) -> HttpResponse:
    """Both lists; a firm that was named more than once stands once, with the first day of its publication."""
    lists: dict[str, dict[str, dict[str, Any]]] = {kind: {} for kind in KINDS}
    for row in queries.public_candidates()[:MOST_SHOWN]:
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
    shown = [{"label": label, "rows": list(lists[kind].values())} for kind, label in KINDS.items()]
    return page(request, "inspections_candidates", {"lists": shown})
