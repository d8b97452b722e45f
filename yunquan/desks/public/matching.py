"""地方配套公示: the cities' own lists in public, apart from the province's, with working, proof and objections."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from yunquan.desks.public.frame import open_page, page
from yunquan.desks.public.objecting import ObjectionKind, ObjectionPages
from yunquan.desks.public.publicity import LINES_A_PAGE, LIST_COLUMNS, brief
from yunquan.desks.shared import exports
from yunquan.desks.shared import matching as shared
from yunquan.journal import clock
from yunquan.matching import access, actions, queries
from yunquan.matching.lifecycle import MATCHING_OBJECTION
from yunquan.parties import queries as parties
from yunquan.parties import regions

PUBLIC = exports.Listing("地方配套公示", *LIST_COLUMNS)


def _found(pk: int) -> Any:
    row = access.public_list(pk)
    if row is None:
        raise Http404
    return row


@open_page
@require_safe
def index(request: HttpRequest) -> HttpResponseBase:
    """All lists that are or were in public, and the schemes that they rest on."""
    now = clock.read()
    lists = [
        brief(row, now)
        for row in access.public_lists().order_by("-published_at", "-pk")[: exports.most(request, 200)]
    ]
    schemes = [
        {
            "row": row,
            "place": regions.place_name(row.city),
            "how": shared.how(row),
            "facts": shared.scheme_facts(row),
        }
        for row in access.public_schemes()[:100]
    ]
    context = {"lists": lists, "schemes": schemes, "apart": shared.APART, "files": PUBLIC.files(request)}
    return PUBLIC.asked(request, lists) or page(request, "matching", context)


@open_page
@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One list: countdown, every line with its working, the way to object, hash and downloads."""
    row = _found(pk)
    pages = Paginator(queries.lines_of(row), LINES_A_PAGE)
    pages.count = row.count
    chosen = pages.get_page(request.GET.get("page", "1"))
    context = {
        "list": brief(row, clock.read()),
        "lines": shared.line_rows(chosen.object_list),
        "page_of": chosen,
        "contacts": parties.contact_points(row.city),
        "unchanged": queries.is_unchanged(row),
        "apart": shared.APART,
    }
    return page(request, "matching_list", context)


@open_page
@require_safe
def download(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """The list as PDF, XLSX, CSV, or the very bytes that the hash was taken over."""
    return shared.list_download(_found(pk), kind)


_OBJECTIONS = ObjectionPages(
    ObjectionKind(
        access=access,
        actions=actions,
        lifecycle=MATCHING_OBJECTION,
        of_line="matching_list",
        list_page="public:matching_list",
        tracking_page="public:matching_tracking",
        title="对配套提出异议",
        search_title="配套异议查询",
        prefix="PT",
        meanwhile="涉及的这一笔配套暂不兑付，其余照常。",
        texts=(),
        sums=(("省奖补", "award_fen"), ("本市配套", "amount_fen")),
    )
)
raise_objection, tracking = open_page(_OBJECTIONS.raise_objection), open_page(_OBJECTIONS.tracking)
