"""地方配套公示: the cities' own lists in public, apart from the province's, with working, proof and objections."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from yunquan.desks.public.frame import VISITOR, open_page, page
from yunquan.desks.public.objecting import RAISED_AN_HOUR, TOO_MANY, TRIED_AN_HOUR, ObjectionForm
from yunquan.desks.shared import matching as shared
from yunquan.desks.shared.limits import within_limit
from yunquan.desks.shared.perform import perform
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refused
from yunquan.matching import access, actions, queries
from yunquan.parties import queries as parties
from yunquan.parties import regions

LINES_A_PAGE = 100


def brief(row: Any) -> dict[str, Any]:
    """A list as the index and its own page show it."""
    now = clock.read()
    is_open = row.state == "published" and row.publicity_ends_at is not None and now < row.publicity_ends_at
    last_on = local_date(row.publicity_ends_at - timedelta(microseconds=1)) if row.publicity_ends_at else None
    first_on = local_date(row.published_at) if row.published_at else None
    left = queries.days_left(row, now)
    told = f"公示中，还剩 {left} 天" if left > 0 else "公示中，今天是最后一天"
    return {
        "pk": row.pk,
        "title": row.title,
        "count": row.count,
        "total_fen": row.total_fen,
        "edition": row.edition,
        "first_on": first_on,
        "last_on": last_on,
        "days": (last_on - first_on).days if first_on and last_on else 0,
        "is_open": is_open,
        "left": max(0, left) if is_open else -1,
        "state": told if is_open else "公示已结束",
        "tone": "waiting" if is_open else "",
        "article": row.publicity_article or "D47-5.22",
        "content_hash": row.content_hash,
    }


def _found(pk: int) -> Any:
    row = access.public_list(pk)
    if row is None:
        raise Http404
    return row


@open_page
@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """All lists that are or were in public, and the schemes that they rest on."""
    lists = [brief(row) for row in access.public_lists().order_by("-published_at", "-pk")[:200]]
    schemes = [
        {
            "row": row,
            "place": regions.place_name(row.city),
            "how": shared.how(row),
            "facts": shared.scheme_facts(row),
        }
        for row in access.public_schemes()[:100]
    ]
    return page(request, "matching", {"lists": lists, "schemes": schemes, "apart": shared.APART})


@open_page
@require_safe
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One list: countdown, every line with its working, the way to object, hash and downloads."""
    row = _found(pk)
    pages = Paginator(queries.lines_of(row), LINES_A_PAGE)
    pages.count = row.count
    chosen = pages.get_page(request.GET.get("page", "1"))
    context = {
        "list": brief(row),
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


@open_page
def raise_objection(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    """The form for one line; once the period is over the page says so and whom to ring."""
    row = access.public_line(line)
    if row is None or row.matching_list_id != pk:
        raise Http404
    context = {
        "list": brief(row.matching_list),
        "line": row,
        "contacts": parties.contact_points(row.city),
    }
    if request.method != "POST":
        form = ObjectionForm(what=f"matching_objection:{row.pk}")
        return render(request, "public/matching_objection.html", {**context, "form": form})
    form = ObjectionForm(request.POST, request.FILES, what=f"matching_objection:{row.pk}")
    if not within_limit(request, "objection-try", times=TRIED_AN_HOUR):
        form.add_refusals([TOO_MANY])
        return _again(request, context, form)
    form.judge(request)
    if form.errors:
        form.hold()
        return _again(request, context, form)

    def act() -> Any:
        if not within_limit(request, "objection", times=RAISED_AN_HOUR):
            raise Refused([TOO_MANY])
        return actions.raise_objection(
            line=row,
            raised_by=form.cleaned_data["raised_by"],
            contact=form.cleaned_data["contact"],
            grounds=form.cleaned_data["grounds"],
            file=form.taken(),
            by=VISITOR,
            now=clock.read(),
        )

    done = perform(
        request,
        act,
        form=form,
        then=lambda made: f"{reverse('public:matching_tracking')}?code={made.code}",
        done="异议已提交。请抄下查询码，凭它查看处理结果。",
    )
    return done if done is not None else _again(request, context, form)


def _again(request: HttpRequest, context: dict[str, Any], form: ObjectionForm) -> HttpResponse:
    form.once_more()
    return render(request, "public/matching_objection.html", {**context, "form": form}, status=422)


@open_page
def tracking(request: HttpRequest) -> HttpResponse:
    """What became of an objection to a city's own list, by its code; nothing about who raised it."""
    code = request.GET.get("code", "").strip()[:20]
    row = None
    if code and "\x00" not in code:
        if not within_limit(request, "tracking", times=60):
            return render(request, "429.html", status=429)
        row = access.objection_by_code(code)
    told = None
    if row is not None:
        told = {
            "state": row.lifecycle.states[row.state],
            "is_decided": row.state in row.lifecycle.final,
            "raised_at": row.raised_at,
            "due_on": row.due_on,
            "answer": row.answer,
            "decided_at": row.decided_at,
            "payable_fen": row.payable_fen,
            "line": row.line,
            "list": row.line.matching_list,
            "is_shown": row.line.matching_list.state in access.PUBLIC_STATES,
        }
    status = 404 if code and row is None else 200
    context = {"code": code if "\x00" not in code else "", "objection": told}
    answer = render(request, "public/matching_tracking.html", context, status=status)
    answer["Cache-Control"] = "private, no-store"
    return answer
