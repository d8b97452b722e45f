"""统计: A city's own figures."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from yunquan.desks.city.frame import CITY_ROLES, desk
from yunquan.desks.shared import figures as shared
from yunquan.desks.shared.matching import own_funds_told
from yunquan.journal import clock
from yunquan.parties.access import bureau_code
from yunquan.vouchers.access import visible_to

PARTS = ("funnel", "ageing", "services", "sizes")


@desk(only=CITY_ROLES)
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The figures of one cycle."""
    actor = request.actor  # type: ignore[attr-defined]
    return shared.page(
        request,
        rows=visible_to(actor),
        now=clock.read(),
        parts=PARTS,
        title="本地统计",
        key=f"city:{actor.org}",
        apart=lambda cycle: own_funds_told(cycle, bureau_code(actor)),
    )
