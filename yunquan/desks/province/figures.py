"""统计: The province's figures: all cities side by side, what waits where."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from yunquan.desks.province.frame import desk
from yunquan.desks.shared import figures as shared
from yunquan.journal import clock
from yunquan.vouchers.access import visible_to

PARTS = ("goals", "cities", "funnel", "ageing", "services", "sizes")


@desk
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The figures of one cycle."""
    actor = request.actor  # type: ignore[attr-defined]
    return shared.page(
        request, rows=visible_to(actor), now=clock.read(), parts=PARTS, title="统计", key="province"
    )
