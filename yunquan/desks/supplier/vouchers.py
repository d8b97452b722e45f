"""The supplier's cases: the list, one voucher, and all ends that were declared."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from yunquan.desks.shared import alarming, columns, journey
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.desks.shared.registers import ServicesColumn, StateLabel, VoucherSearch
from yunquan.desks.supplier.frame import desk, own_voucher
from yunquan.journal import clock
from yunquan.programme import queries as programme
from yunquan.usage import queries as usage
from yunquan.vouchers import queries as vouchers
from yunquan.vouchers.actions.amending import may_amend
from yunquan.vouchers.lifecycle import FINAL, LABELS, S

SHOWN = [(one, said) for one, said in LABELS.items() if one not in (S.DRAFT, S.CANCELLED)]


class CaseTable(GovTable):
    """The supplier's vouchers, as the list and its export show them."""

    caption = "服务券列表"
    number = columns.LinkColumn(
        verbose_name="券号", to=lambda record: reverse("supplier:voucher", args=[record.number])
    )
    enterprise = columns.TextColumn(verbose_name="企业", accessor="enterprise__name")
    services = ServicesColumn(verbose_name="应用服务", accessor="lines")
    face_fen = columns.MoneyColumn(verbose_name="奖补（元）")
    state = StateLabel(verbose_name="进度", labels=LABELS, tones=journey.TONES)
    applied_at = columns.MomentColumn(verbose_name="申领时间", default="—")
    paid_at = columns.MomentColumn(verbose_name="兑付时间", default="—")


class CaseFilter(django_filters.FilterSet):
    """What the list can be narrowed to."""

    state = django_filters.ChoiceFilter(label="进度", choices=SHOWN)


class CaseList(VoucherSearch):
    """服务券."""

    title = "服务券"
    table_class = CaseTable
    filterset_class = CaseFilter
    search_hint = "券号、企业、合同编号"
    order = ("-pk",)
    export_name = "服务券"
    empty_title = "还没有服务券"
    empty_text = "企业选择贵单位并提交申领后，会出现在这里。"

    def rows(self) -> QuerySet[Any]:
        return vouchers.listed(self.request.actor).prefetch_related("lines")  # type: ignore[attr-defined]


listing = desk(CaseList.as_view())  # type: ignore[arg-type]


class EndTable(GovTable):
    """Client and cloud ends that hold now."""

    caption = "使用端列表"
    voucher = columns.LinkColumn(
        verbose_name="券号", to=lambda record: reverse("supplier:voucher", args=[record.voucher])
    )
    service = columns.TextColumn(verbose_name="应用服务")
    side = columns.TextColumn(verbose_name="侧")
    kind = columns.TextColumn(verbose_name="类别")
    value = columns.TextColumn(verbose_name="地址或账号")
    port = columns.TextColumn(verbose_name="端口", default="—")
    warning = columns.TextColumn(verbose_name="提示", default="—")
    declared_at = columns.MomentColumn(verbose_name="填报时间")

    def render_service(self, value: int) -> str:
        return str(self.names.get(value, value))  # type: ignore[attr-defined]

    def value_service(self, value: int) -> str:
        return self.render_service(value)


class EndList(ListPage):
    """使用端: every end that the supplier declared and that holds."""

    title = "使用端"
    table_class = EndTable
    search_fields = ("voucher", "value")
    search_hint = "券号、地址或账号"
    order = ("-pk",)
    export_name = "使用端"
    empty_title = "还没有填报使用端"
    empty_text = "确认兑现时逐项填报用户端和公有云应用端。"

    def rows(self) -> QuerySet[Any]:
        numbers = vouchers.listed(self.request.actor).order_by().values("number")  # type: ignore[attr-defined]
        return usage.ends_among(numbers)

    def _table(self, rows: Any) -> GovTable:
        table = super()._table(rows)
        services = programme.current_rulebook().services(clock.today())
        table.names = {one.number: one.name for one in services}  # type: ignore[attr-defined]
        return table


ends = desk(EndList.as_view())  # type: ignore[arg-type]


@desk
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One voucher as its supplier sees it."""
    voucher = own_voucher(request, number)
    lines = vouchers.lines_of(voucher)
    claimed = voucher.claimed_at is not None
    url, button = "", ""
    if voucher.state == S.SUBMITTED:
        url, button = reverse("supplier:confirm", args=[number]), "去确认申领"
    elif voucher.state == S.CLAIMED:
        url, button = reverse("supplier:attest", args=[number]), "去确认兑现"
    context = {
        "voucher": voucher,
        "services": journey.services_joined(lines),
        "steps": journey.steps_of(voucher, lines),
        "award": journey.award_shown(voucher.explanation),
        "state": journey.state_said(voucher),
        "tone": journey.TONES[voucher.state],
        "reasons": voucher.return_reasons,
        "evidence": vouchers.evidence_of(voucher) if claimed else {"invoices": [], "proofs": []},
        "ends": usage.ends_of(number) if claimed else [],
        "may_amend": may_amend(voucher, request.actor),  # type: ignore[attr-defined]
        "url": url,
        "button": button,
        "alarms": alarming.of_voucher(voucher),
        "paid": voucher.state in (S.PAID, S.RECOVERED),
        "may_alarm": claimed and voucher.state not in FINAL,
    }
    return render(request, "supplier/voucher.html", context)
