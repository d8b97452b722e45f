"""抽查结果公开: the published results and what stands against firms, with articles and nothing personal (D108-2.2)."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from yunquan.desks.public.frame import open_page, page
from yunquan.desks.shared import exports
from yunquan.inspections import result_queries as queries
from yunquan.inspections.result_facts import outcome_article, outcome_of
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.parties import regions, standings

ON_A_PAGE = 50
MOST_STANDINGS = 2000
RESULTS = exports.Listing(
    "抽查结果",
    ("企业", "enterprise"), ("供应商", "supplier"), ("地市", "city"), ("结论", "outcome"), ("情形", "grounds_said"),
    ("依据", "article"), ("抽查计划", "plan.number"), ("公布时间", "at", "time"),
)  # fmt: skip
SANCTIONS = exports.Listing(
    "资格处理名单",
    ("单位", "name"), ("统一社会信用代码", "row.uscc"), ("身份", "side"), ("处理", "what"), ("自", "row.from_on", "date"),
    ("至", "row.until_on", "date"), ("依据", "row.article"),
)  # fmt: skip


@require_safe
@open_page
def results(request: HttpRequest) -> HttpResponseBase:
    """The results of city and province together, the latest first, with the grounds and the article of each."""
    rows = queries.public_results()
    word = request.GET.get("q", "").strip()[:60]
    if word:
        rows = queries.named(rows, word)
    most = exports.most(request, ON_A_PAGE)
    chosen = Paginator(rows, most).get_page(request.GET.get("page"))
    shown = []
    for row in chosen.object_list:
        outcome = outcome_of(row, row.outcome)
        supplier = row.voucher.supplier
        shown.append(
            {
                "plan": row.plan,
                "ref": row.item.ref,
                "city": regions.place_name(row.city),
                "enterprise": row.voucher.enterprise.name,
                "supplier": supplier.name if supplier is not None else "—",
                "outcome": outcome.label if outcome is not None else "",
                "is_qualified": outcome is not None and outcome.qualified,
                "grounds": row.grounds if outcome is not None and not outcome.qualified else [],
                "article": outcome_article(row),
                "at": row.published_at,
                "grounds_said": "；".join(row.grounds)
                if outcome is not None and not outcome.qualified
                else "",
            }
        )
    context = {"rows": shown, "page_of": chosen, "word": word, "files": RESULTS.files(request)}
    return RESULTS.asked(request, shown) or page(request, "inspections_results", context)


@require_safe
@open_page
def sanctions(request: HttpRequest) -> HttpResponseBase:
    """The suppliers and enterprises that are cancelled or barred today, by which article and until when."""
    rows = standings.published(on=local_date(clock.read()))[: exports.most(request, MOST_STANDINGS)]
    shown = [
        {
            "name": party.name,
            "side": "企业" if row.enterprise_id else "供应商",
            "what": row.get_kind_display().removeprefix("被"),
            "row": row,
        }
        for row in rows
        if (party := row.enterprise or row.supplier) is not None
    ]
    context = {"rows": shown, "files": SANCTIONS.files(request)}
    return SANCTIONS.asked(request, shown) or page(request, "inspections_sanctions", context)
