"""指南与公告: what the province publishes, the latest first, guides by reader, and the archive."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from yunquan.desks.public.frame import open_page, page
from yunquan.desks.shared import exports
from yunquan.programme import queries as programme

# Whom a guide is for, in the order of the page.
AUDIENCES = (
    ("enterprise", "工业企业"),
    ("supplier", "供应商"),
    ("bureau", "主管部门"),
    ("expert", "专家"),
    ("public", "社会公众"),
    ("", "其他"),
)
ON_A_PAGE = 50
ARCHIVED = exports.Listing(
    "往期公告",
    ("标题", "title"), ("发布时间", "published_at", "time"), ("归档时间", "archived_at", "time"),
    ("归档理由", "archived_reason"),
)  # fmt: skip


@open_page
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """Notices, and beside them the guides by reader."""
    guides: dict[str, list[Any]] = {}
    for row in programme.notices("guide"):
        guides.setdefault(row.audience, []).append(row)
    readers = [{"label": label, "rows": guides[code]} for code, label in AUDIENCES if guides.get(code)]
    return page(request, "notices", {"readers": readers, "notices": programme.notices("notice")})


@open_page
@require_safe
def archive(request: HttpRequest) -> HttpResponseBase:
    """What stood in public once."""
    shown = Paginator(programme.archived_notices(), exports.most(request, ON_A_PAGE)).get_page(
        request.GET.get("page")
    )
    context = {"page_of": shown, "rows": shown.object_list, "files": ARCHIVED.files(request)}
    return ARCHIVED.asked(request, shown.object_list) or page(request, "notices_archive", context)


@open_page
@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One notice or guide."""
    row = programme.notice(pk)
    if row is None:
        raise Http404
    audience = dict(AUDIENCES).get(row.audience, "") if row.audience else ""
    context = {"notice": row, "audience": audience, "published": row.published_at}
    return page(request, "notice", context)
