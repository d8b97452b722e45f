"""抽查公开: every published plan with its rule, commitments, frozen hashes and result; aborted ones too (D858-2.2, D1)."""

from __future__ import annotations

from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from yunquan.desks.public.frame import open_page, page
from yunquan.desks.shared import exports
from yunquan.inspections import access
from yunquan.inspections import plan_queries as queries
from yunquan.inspections.lifecycle import PLAN
from yunquan.inspections.plan_checks import ENOUGH_CUSTODIANS

TONES = {"closed": "good", "drawn": "good", "aborted": "bad", "published": "now", "frozen": "now"}
OPEN_FILES = "application/octet-stream"
PLANS = exports.Listing(
    "抽查计划",
    ("编号", "plan.number"), ("计划", "plan.title"), ("组织单位", "run_by"), ("期间自", "plan.starts_on", "date"),
    ("期间至", "plan.ends_on", "date"), ("公布时间", "plan.published_at", "time"), ("状态", "state"),
)  # fmt: skip


@require_safe
@open_page
def index(request: HttpRequest) -> HttpResponseBase:
    """The published plans, the latest first."""
    pages = Paginator(access.public_plans().order_by("-pk"), exports.most(request, 25))
    shown = pages.get_page(request.GET.get("page"))
    rows = [
        {
            "plan": one,
            "state": PLAN.states[one.state],
            "tone": TONES[one.state],
            "run_by": queries.run_by_name(one),
        }
        for one in shown
    ]
    context = {"rows": rows, "page_of": shown, "files": PLANS.files(request)}
    return PLANS.asked(request, rows) or page(request, "inspections", context)


@require_safe
@open_page
def one(request: HttpRequest, number: str) -> HttpResponse:
    """One plan: what anybody needs to check it."""
    plan = _plan(number)
    people = queries.custodians(plan)
    frozen = plan.frozen_at is not None
    context: dict[str, Any] = {
        "plan": plan,
        "state": PLAN.states[plan.state],
        "tone": TONES[plan.state],
        "run_by": queries.run_by_name(plan),
        "regime_title": queries.regime_title(plan),
        "scope": queries.plan_scope_words(plan),
        "share": queries.share_words(plan),
        "weights": queries.weights_of(plan),
        "custodians": people,
        "few": len(people) < ENOUGH_CUSTODIANS,
        "one_source": len(plan.sources) == 1,
        "strata": queries.strata_of(plan) if frozen else [],
        "excluded": queries.excluded_of(plan) if frozen else [],
        "files": queries.files(plan) if frozen else [],
        "picked": queries.picked_refs(plan) if plan.drawn_at else {},
        "entropy": sorted(plan.entropy.items()),
        "sources": queries.sources_of(plan),
    }
    return page(request, "inspection_plan", context)


@require_safe
@open_page
def bundle(request: HttpRequest, number: str) -> HttpResponse:
    """The bundle of the draw as a ZIP."""
    content = queries.bundle_zip(_plan(number))
    if content is None:
        raise Http404
    answer = HttpResponse(content, content_type="application/zip")
    answer["Content-Disposition"] = f'attachment; filename="{number}.zip"'
    return answer


@require_safe
@open_page
def file(request: HttpRequest, number: str, name: str) -> HttpResponse:
    """One file of the draw, as it was frozen or written."""
    content = queries.file_content(_plan(number), name)
    if content is None:
        raise Http404
    answer = HttpResponse(content, content_type=OPEN_FILES)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _plan(number: str) -> Any:
    plan = access.public_plan(number)
    if plan is None:
        raise Http404
    return plan
