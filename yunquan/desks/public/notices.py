"""指南与公告: what the province publishes, the latest first."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from yunquan.desks.public.frame import open_page, page
from yunquan.programme import queries as programme


@open_page
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Guides and notices side by side."""
    return page(
        request,
        "notices",
        {"guides": programme.notices("guide"), "notices": programme.notices("notice")},
    )


@open_page
@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One notice or guide."""
    row = programme.notice(pk)
    if row is None:
        raise Http404
    return page(request, "notice", {"notice": row})
