"""整改 in all cities with the second check, and the lists of those to be fostered 培育对象 (D858-2.3)."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.province.frame import desk
from yunquan.desks.shared import columns, exports
from yunquan.desks.shared.forms import BaseForm
from yunquan.desks.shared.inspections import rectify_pages
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.registers import PlaceColumn, StateLabel
from yunquan.inspections import rectify_queries as queries
from yunquan.inspections.actions import rectifying
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.papers import pdf
from yunquan.papers.tables import Column
from yunquan.parties import queries as parties
from yunquan.parties import regions
from yunquan.policy.roles import Role

BASE, INSPECTIONS = "/province/inspections/rectifications/", "/province/inspections/results/"
CANDIDATES = "/province/inspections/candidates/"
MOST_PUBLISHED = 500
COLUMNS = (
    Column("position", "序", "count", 6),
    Column("kind", "类别", "text", 18),
    Column("name", "单位名称", "text", 30),
    Column("city", "地市", "text", 12),
    Column("plan", "抽查计划", "text", 30),
    Column("voucher", "服务券号", "text", 22),
    Column("named_at", "列入日期", "date", 12),
    Column("published_at", "公布日期", "date", 12),
)


@desk
def rectification(request: HttpRequest, pk: int) -> HttpResponse:
    """One rectification with the second check."""
    return rectify_pages.check(request, pk, base=BASE, inspection_url=INSPECTIONS)


class PublishForm(BaseForm):
    """Which candidates go on the public list; the boxes stand in the rows."""


class WhoColumn(columns.TextColumn):
    """The enterprise or the supplier."""

    def render(self, value: Any, record: Any) -> str:
        return str(record.firm)

    def value(self, value: Any, record: Any) -> Any:
        return self.render(value, record)


class CandidateTable(GovTable):
    """Benchmark enterprises and excellent suppliers in waiting."""

    caption = "培育对象"
    who = WhoColumn(verbose_name="单位", accessor="pk", fixed=True)
    kind = StateLabel(verbose_name="类别", labels=rectifying.KINDS)
    city = PlaceColumn(verbose_name="地市", accessor="inspection__city")
    plan = columns.TextColumn(verbose_name="抽查计划", accessor="inspection__plan__title")
    voucher = columns.TextColumn(verbose_name="服务券", accessor="inspection__voucher__number")
    named_at = columns.MomentColumn(verbose_name="列入时间")
    published_at = columns.MomentColumn(verbose_name="公布时间")

    class Meta(GovTable.Meta):
        pass


class CandidateFilter(filters.FilterSet):
    """Kind, and whether it is public."""

    kind = filters.ChoiceFilter(label="类别", choices=list(rectifying.KINDS.items()))
    public = filters.ChoiceFilter(
        label="公布", choices=[("yes", "已公布"), ("no", "未公布")], method="by_publication"
    )

    def by_publication(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        return rows.filter(published_at__isnull=value == "no")


class CandidateList(ListPage):
    """All candidates; the approver publishes those that wait on a page of its own."""

    title = "培育对象"
    table_class = CandidateTable
    filterset_class = CandidateFilter
    search_fields = ("enterprise__name", "supplier__name", "inspection__voucher__number")
    search_hint = "单位、券号"
    order = ("-pk",)
    export_name = "培育对象"
    empty_title = "还没有培育对象"
    empty_text = "抽查结论为成效突出的，批准处理后自动列入：企业为标杆培育企业，供应商为优秀服务商培育对象。"
    template_name = "province/inspections/candidates.html"

    def rows(self) -> QuerySet[Any]:
        return queries.candidates(self.request.actor)  # type: ignore[attr-defined]

    def context(self) -> dict[str, Any]:
        approver = self.request.actor.role == Role.PROVINCE_APPROVER  # type: ignore[attr-defined]
        return {"can_publish": approver, "base": CANDIDATES}


@desk(only=[Role.PROVINCE_APPROVER])
def publishing(request: HttpRequest) -> HttpResponse:
    """Tick those that go on the public list, kind by kind."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    kind = request.POST.get("kind") or request.GET.get("kind", "")
    kind = kind if kind in rectifying.KINDS else next(iter(rectifying.KINDS))
    form = PublishForm(request.POST or None)
    ticked = [int(one) for one in request.POST.getlist("pks") if one.isascii() and one.isdigit()]
    ticked = [one for one in ticked[:MOST_PUBLISHED] if one < 10**15]
    if request.method == "POST":
        answer = perform(
            request,
            lambda: rectifying.publish_candidates(kind=kind, pks=ticked, by=actor, now=now),
            then=CANDIDATES,
            done=lambda count: f"已公布 {count} 个{rectifying.KINDS[kind]}。",
            form=form,
        )
        if answer is not None:
            return answer
    rows = queries.candidates(actor).filter(kind=kind, published_at=None).order_by("pk")[:MOST_PUBLISHED]
    context = {
        "form": form,
        "rows": [{"row": row, "name": row.firm} for row in rows],
        "ticked": ticked,
        "kind": kind,
        "label": rectifying.KINDS[kind],
        "tabs": [
            {"label": label, "url": f"{CANDIDATES}publish?kind={code}", "active": code == kind}
            for code, label in rectifying.KINDS.items()
        ],
        "base": CANDIDATES,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "province/inspections/candidates_publish.html", context, status=status)


@desk
def candidates_paper(request: HttpRequest) -> HttpResponse:
    """The lists as a PDF."""
    rows = [_row(place, row) for place, row in enumerate(queries.candidates(request.actor)[:5000], 1)]  # type: ignore[attr-defined]
    bureau = parties.bureau("440000")
    content = pdf.table_paper(
        title="“上云上平台”标杆培育企业和优秀服务商培育对象名单",
        columns=COLUMNS,
        rows=rows,
        lines=[f"共 {len(rows)} 个。依据：858号 二（三）。"],
        issuer=bureau.name if bureau is not None else "",
        issued_on=local_date(clock.read()),
    )
    return exports.paper("pdf", "培育对象名单", content)


def _row(place: int, row: Any) -> dict[str, Any]:
    return {
        "position": place,
        "kind": rectifying.KINDS[row.kind],
        "name": row.firm,
        "city": regions.place_name(row.inspection.city),
        "plan": row.inspection.plan.title,
        "voucher": row.inspection.voucher.number,
        "named_at": local_date(row.named_at),
        "published_at": local_date(row.published_at) if row.published_at is not None else None,
    }
