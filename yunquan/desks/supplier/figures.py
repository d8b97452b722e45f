"""统计: A supplier's own figures: its customers' vouchers from application to payment."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from yunquan.desks.shared import figures as shared
from yunquan.desks.supplier.frame import desk
from yunquan.journal import clock
from yunquan.vouchers.access import visible_to

PARTS = ("funnel", "ageing", "services", "sizes")


@desk
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The figures of one cycle."""
    actor = request.actor  # type: ignore[attr-defined]
    return shared.page(
        request,
        rows=visible_to(actor),
        now=clock.read(),
        parts=PARTS,
        title="我的统计",
        key=f"supplier:{actor.org}",
    )
