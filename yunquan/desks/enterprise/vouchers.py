"""All vouchers of the enterprise, one voucher, and giving one back: withdraw, cancel, the contract form."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from yunquan.desks.enterprise.applying import registered
from yunquan.desks.enterprise.frame import desk, own_enterprise, own_voucher
from yunquan.desks.enterprise.standing import present
from yunquan.desks.shared import alarming, columns, journey
from yunquan.desks.shared.exports import paper
from yunquan.desks.shared.lists import GovTable
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.registers import ServicesColumn, StateLabel, VoucherSearch
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.papers import forms_docx, pdf
from yunquan.programme import queries as programme
from yunquan.settlement import access as settlement_access
from yunquan.usage import queries as usage
from yunquan.vouchers import actions
from yunquan.vouchers import queries as vouchers
from yunquan.vouchers.lifecycle import LABELS, S


class _Left(columns.LeftColumn):
    def render(self, record: Any, table: Any) -> str:  # type: ignore[override]
        left = journey.days_left(record, table.calendar, table.today)
        return "—" if left is None else super().render(left)

    def value(self, record: Any, table: Any) -> Any:  # type: ignore[override]
        return journey.days_left(record, table.calendar, table.today)


class VoucherTable(GovTable):
    """The enterprise's vouchers, as the list and its export show them."""

    caption = "服务券列表"
    number = columns.LinkColumn(
        verbose_name="券号", to=lambda record: reverse("enterprise:voucher", args=[record.number])
    )
    services = ServicesColumn(verbose_name="应用服务", accessor="lines")
    supplier = columns.TextColumn(verbose_name="供应商", accessor="supplier__name", default="—")
    face_fen = columns.MoneyColumn(verbose_name="奖补（元）", orderable=True)
    state = StateLabel(verbose_name="进度", labels=LABELS, tones=journey.TONES)
    applied_at = columns.MomentColumn(verbose_name="申领时间", default="—")
    paid_at = columns.MomentColumn(verbose_name="兑付时间", default="—")
    left = _Left(verbose_name="期限", empty_values=(), accessor="pk")

    class Meta(GovTable.Meta):
        sequence = ("number", "services", "supplier", "face_fen", "state", "applied_at", "paid_at", "left")


class VoucherFilter(django_filters.FilterSet):
    """What the list can be narrowed to."""

    state = django_filters.ChoiceFilter(
        label="进度", choices=[(one.value, said) for one, said in LABELS.items()]
    )


class VoucherList(VoucherSearch):
    """全部服务券."""

    title = "全部服务券"
    table_class = VoucherTable
    filterset_class = VoucherFilter
    search_hint = "券号、供应商、合同编号"
    order = ("-pk",)
    export_name = "服务券"
    empty_title = "还没有服务券"
    empty_text = "先与供应商签好合同，再来申领。"
    empty_action = "开始申领"

    @property
    def empty_url(self) -> str:  # type: ignore[override]
        return reverse("enterprise:apply")

    def rows(self) -> QuerySet[Any]:
        return vouchers.listed(self.request.actor).prefetch_related("lines", "cycle__windows")  # type: ignore[attr-defined]

    def _table(self, rows: Any) -> GovTable:
        table = super()._table(rows)
        table.calendar, table.today = programme.working_calendar(), clock.today()  # type: ignore[attr-defined]
        return table


listing = desk(VoucherList.as_view())  # type: ignore[arg-type]


@desk
def detail(request: HttpRequest, number: str) -> HttpResponse:
    """One voucher from draft to payment, with everything it rests on."""
    voucher, now = own_voucher(request, number), clock.read()
    lines = vouchers.lines_of(voucher)
    recoveries = settlement_access.recoveries_visible_to(request.actor).filter(voucher=voucher)  # type: ignore[attr-defined]
    claimed = voucher.claimed_at is not None
    context = {
        "voucher": voucher,
        "services": journey.services_joined(lines),
        "lines": lines,
        "present": present(voucher, calendar=programme.working_calendar(), today=local_date(now), now=now),
        "steps": journey.steps_of(voucher, lines),
        "award": journey.award_shown(voucher.explanation),
        "state": journey.state_said(voucher),
        "tone": journey.TONES[voucher.state],
        "reasons": voucher.return_reasons,
        "offers": [row.action for row in voucher.lifecycle.offers(voucher.state, request.actor.role)],  # type: ignore[attr-defined]
        "evidence": vouchers.evidence_of(voucher) if claimed else {"invoices": [], "proofs": []},
        "ends": usage.ends_of(voucher.number) if claimed else [],
        "verdict": usage.latest_verdict(voucher.number) if claimed else None,
        "recoveries": list(recoveries.order_by("pk")),
        "alarms": alarming.of_voucher(voucher),
        "paid": voucher.state in (S.PAID, S.RECOVERED),
    }
    return render(request, "enterprise/voucher.html", context)


@desk
def withdraw(request: HttpRequest, number: str) -> HttpResponse:
    """Take an application back before the supplier has confirmed it."""
    voucher = own_voucher(request, number)
    return _decide(
        request,
        voucher,
        call=actions.withdraw,
        title=f"撤回申领 {voucher.number}",
        text="撤回后回到草稿，填写的内容都在，可以修改后重新提交；原来的申领次序不保留。",
        button="撤回申领",
        done="已撤回，可以修改后重新提交。",
        article="D47-5.9",
    )


@desk
def withdraw_claim(request: HttpRequest, number: str) -> HttpResponse:
    """Take a claim back that the supplier leaves unanswered or that is to be corrected."""
    voucher = own_voucher(request, number)
    return _decide(
        request,
        voucher,
        call=actions.withdraw_claim,
        title=f"撤回兑现申请 {voucher.number}",
        text="撤回后填写的内容都在，可以修改后重新提交；原来的结算序号不保留，重新提交时按届时先后排序。"
        "请在兑现截止前重新提交，逾期未兑现，本券作废，并记 1 次未兑现。",
        button="撤回兑现申请",
        done="已撤回，可以修改后在兑现截止前重新提交。",
        article="D47-5.11",
    )


@desk
def cancel(request: HttpRequest, number: str) -> HttpResponse:
    """Give up a draft or a returned application."""
    voucher = own_voucher(request, number)
    return _decide(
        request,
        voucher,
        call=actions.cancel,
        title=f"撤销申领 {voucher.number}",
        text="撤销后这份申领结束，不能恢复；合同可以用于另一份申领。",
        button="撤销这份申领",
        done="已撤销。",
        article="D47-5.7b",
    )


def _decide(
    request: HttpRequest,
    voucher: Any,
    *,
    call: Any,
    title: str,
    text: str,
    button: str,
    done: str,
    article: str,
) -> HttpResponse:
    place = reverse("enterprise:voucher", args=[voucher.number])
    status = 200
    if request.method == "POST":
        by, now = request.actor, clock.read()  # type: ignore[attr-defined]
        answer = perform(request, lambda: call(voucher=voucher, by=by, now=now), then=place, done=done)
        if answer is not None:
            return answer
        status = 422
    context = {
        "title": title, "text": text, "button": button, "back": place, "article": article, "danger": True,
        "action": request.path, "facts": [("现在的进度", journey.state_said(voucher))], "hidden": [], "form": None,
    }  # fmt: skip
    return render(request, "shared/confirm.html", context, status=status)


@desk
def contract(request: HttpRequest, number: str, kind: str = "docx") -> HttpResponse:
    """The contract form of annex 1.3, filled from the draft as far as it is understood (D47-A1.3)."""
    voucher, enterprise, now = own_voucher(request, number), own_enterprise(request), clock.read()
    prepared, _refusals = vouchers.preview(voucher, voucher.typed, now)
    known, supplier = prepared.application, registered(prepared.supplier)
    names = {one.number: one for one in prepared.rulebook.services(prepared.applied_on)}
    counted = [line for line in known.lines if line.devices]
    values = [line.device_value_fen for line in counted]
    fields = forms_docx.contract_fields(
        lines=[(names[line.service].name, line.fee_fen) for line in known.lines],
        contract_no=known.contract_number,
        enterprise=enterprise.name,
        enterprise_code=enterprise.uscc,
        supplier=supplier.name if supplier is not None else "",
        supplier_code=supplier.uscc if supplier is not None else "",
        place=known.place,
        total_fen=known.total_fen,
        devices=sum(line.devices or 0 for line in counted) or None,
        devices_value_fen=sum(value or 0 for value in values) if values and None not in values else None,
        signed_on=known.signed_on,
        counts_devices=bool(counted),
    )
    content = pdf.contract(fields) if kind == "pdf" else forms_docx.contract(fields)
    return paper(kind, f"上云上平台服务合同 {voucher.number}", content)
