"""行为数据 as the auditor reads it: what was delivered and taken back, and what was said of each voucher (D47-5.12, 5.13).

Deliveries are the province's affair, so that a city's auditor finds none; verdicts are those of its own city.
"""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from yunquan.desks.auditor.frame import desk
from yunquan.desks.shared import columns, usage
from yunquan.desks.shared import deliveries as shared
from yunquan.desks.shared.lists import GovTable
from yunquan.desks.shared.outcomes import BasisColumn, OutcomeColumn
from yunquan.desks.shared.registers import PlaceColumn, VoucherFilter, VoucherSearch, past_acts
from yunquan.journal import clock
from yunquan.vouchers import access, usage_queries


class DeliveryTable(shared.DeliveryTable):
    """The same columns; a delivery stands below its list."""

    name = columns.LinkColumn(verbose_name="文件", to=lambda record: f"{record.pk}/")

    class Meta(GovTable.Meta):
        pass


class DeliveryList(shared.DeliveryList):
    """送达记录: every file, and what became of it."""

    table_class = DeliveryTable

    title = "行为数据送达"
    search_fields = ("name", "cloud", "supplier__name", "sha256")
    search_hint = "文件名、应用域名、供应商、文件摘要"
    empty_title = "没有可看的送达记录"
    empty_text = "行为数据由省厅统一接收；省级审计员在这里看到全部送达记录，地市审计员看判定结果。"


@desk
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """One delivery with its bad lines and every act on it."""
    row = shared.found(request, pk)
    acts = past_acts(row.journal_key, with_refused=True)
    return shared.page(request, pk, back=reverse("auditor:deliveries"), title="行为数据送达", acts=acts)


@desk
def bad_lines(request: HttpRequest, pk: int) -> FileResponse:
    """Its bad lines as CSV."""
    return shared.bad_lines(request, pk)


class VerdictTable(GovTable):
    """Claims with what was said of their use."""

    caption = "使用判定"
    number = columns.LinkColumn(verbose_name="券号", to=lambda row: f"../vouchers/{row.number}/usage/")
    city = PlaceColumn(verbose_name="地市")
    enterprise = columns.TextColumn(verbose_name="企业", accessor="enterprise__name")
    supplier = columns.TextColumn(verbose_name="供应商", accessor="supplier__name")
    holds = OutcomeColumn(verbose_name="判定", default="尚未判定", orderable=True)
    held_by = BasisColumn(verbose_name="依据", default="—")
    kinds = columns.CountColumn(verbose_name="异常种数", default=0)
    claimed_at = columns.MomentColumn(verbose_name="兑现申请时间")

    class Meta(GovTable.Meta):
        pass


class VerdictFilter(VoucherFilter):
    """City, days, and what was said."""

    holds = filters.ChoiceFilter(
        label="判定", choices=[(code, label) for code, (label, _tone) in usage.OUTCOMES.items()]
    )
    held_by = filters.ChoiceFilter(label="依据", choices=[("computed", "行为数据计算"), ("hand", "人工录入")])


class VerdictList(VoucherSearch):
    """使用判定: claims in scope with the verdict that holds."""

    title = "使用判定"
    table_class = VerdictTable
    filterset_class = VerdictFilter
    search_hint = "券号、企业、供应商（可用拼音）"
    order = ("-pk",)
    export_name = "使用判定"
    empty_title = "还没有兑现申请"
    empty_text = "企业提出兑现申请、供应商确认之后，按行为数据判定的结果列在这里。"

    def rows(self) -> QuerySet[Any]:
        actor = self.request.actor  # type: ignore[attr-defined]
        return usage_queries.judged(actor).select_related("enterprise", "supplier").order_by()


@desk
def use(request: HttpRequest, number: str) -> HttpResponse:
    """One voucher's use, its verdicts' reasons and its signals with their evidence."""
    actor = request.actor  # type: ignore[attr-defined]
    voucher = access.voucher_for(actor, number)
    if voucher is None:
        raise Http404
    context = usage.usage_page(voucher, actor=actor, today=clock.today())
    # Tables are read at the province and in the city: the auditor's log names them by their hash.
    context |= {"back": reverse("auditor:voucher", args=[number]), "tables": []}
    return render(request, "shared/usage.html", context)
