"""统计: how far the programme is, for everyone; cells of fewer than three enterprises are not told."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from yunquan.desks.public.frame import open_page
from yunquan.desks.shared import figures as shared
from yunquan.insight import figures
from yunquan.journal import clock

PARTS = ("goals", "cities", "funnel", "services", "sizes")


@open_page
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """The figures of one cycle."""
    return shared.page(
        request,
        rows=figures.everything(),
        now=clock.read(),
        parts=PARTS,
        title="统计",
        key="public",
        is_public=True,
    )
