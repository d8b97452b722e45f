"""A list and a form as a desk would write them."""

from __future__ import annotations

import django_filters
from django import forms
from django.contrib.contenttypes.models import ContentType
from django.db.models import F, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.shared import columns
from yunquan.desks.shared.forms import BaseForm, MoneyField
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.desks.shared.perform import perform, show_again
from yunquan.kernel.refusal import Refusal, Refused

DONE: list[dict[str, object]] = []


class VoucherTable(GovTable):
    caption = "服务券"
    model = columns.LinkColumn(verbose_name="券号", to=lambda record: f"/list/{record.pk}", orderable=True)
    app_label = columns.TextColumn(verbose_name="地市")
    award = columns.MoneyColumn(verbose_name="奖补（元）", accessor="award_fen")

    class Meta(GovTable.Meta):
        pass


class VoucherFilter(django_filters.FilterSet):
    app_label = django_filters.ChoiceFilter(label="地市", choices=[("东莞", "东莞"), ("佛山", "佛山")])

    class Meta:
        model = ContentType
        fields = ("app_label",)


class Vouchers(ListPage):
    title = "服务券"
    table_class = VoucherTable
    filterset_class = VoucherFilter
    search_fields = ("model", "app_label")
    order = ("pk",)
    per_page = 10
    export_name = "服务券"
    empty_title = "还没有服务券"
    empty_text = "先与供应商签好合同，再来申领。"
    empty_url = "/form/"
    empty_action = "开始申领"

    def rows(self) -> QuerySet[ContentType]:
        return ContentType.objects.annotate(award_fen=F("pk") * 100_010)


class FeeForm(BaseForm):
    contract_no = forms.CharField(label="合同编号")
    fee_fen = MoneyField(label="上云费用", min_fen=1)


def form(request: HttpRequest) -> HttpResponse:
    filled = FeeForm(request.POST or None)
    context = {"title": "申领", "form": filled, "button": "提交申领", "back": "/list/"}

    def submit() -> str:
        if filled.facts["contract_no"] == "旧":
            raise Refused(
                [
                    Refusal("used", "这份合同已用于另一张券。", "D47-5.8", "请换一份合同。", "contract_no"),
                    Refusal("closed", "本期已截止。", "D47-5.18"),
                ]
            )
        DONE.append(filled.facts)
        return "/list/"

    if request.method != "POST":
        return render(request, "shared/form.html", context)
    if filled.is_valid() and (answer := perform(request, submit, form=filled, then=str, done="已提交。")):
        return answer
    return show_again(request, "shared/form.html", context)
