"""数据来源: how every supplier's behaviour data comes in, and the operators' records that the province delivers."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST

from yunquan.desks.province.frame import desk
from yunquan.desks.shared import deliveries as shared
from yunquan.desks.shared.forms import BaseForm
from yunquan.desks.shared.perform import perform
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.parties import queries as parties
from yunquan.policy.roles import Role
from yunquan.programme import queries as programme
from yunquan.usage import access, arrivals, withdrawals
from yunquan.usage.lifecycle import DELIVERY

MOST_SHOWN = 10


@desk
def sources(request: HttpRequest) -> HttpResponse:
    """The sources' health, the worst first; the officer uploads operators' records here."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    today = local_date(now)
    wanted = arrivals.working_days(programme.working_calendar(), today)
    may_deliver = actor.role == Role.PROVINCE_OFFICER
    form, answer = None, None
    if may_deliver:
        form, answer = shared.upload(
            request, source="operator", then=lambda row: reverse("province:delivery", args=[row.pk])
        )
    if answer is not None:
        return answer
    since = today - timedelta(days=arrivals.SHOWN_DAYS)
    suppliers = parties.suppliers(actor, state="registered")
    rows = [_shown(one, wanted) for one in arrivals.health(suppliers, since=since)]
    operator = access.deliveries_visible_to(actor).filter(source="operator")
    covered = arrivals.operator_days(since)
    lacking = [day for day in wanted if day not in covered]
    context = {
        "rows": rows,
        "days": len(wanted),
        "span": arrivals.SHOWN_DAYS,
        "tiles": [
            {"label": "拉取失败的供应商", "value": sum(1 for row in rows if row["tone"] == "bad"),
             "note": "连续失败，平台自动重试", "tone": "bad" if any(row["tone"] == "bad" for row in rows) else ""},
            {"label": "全无数据的供应商", "value": sum(1 for row in rows if row["missing"] == len(wanted)),
             "note": f"近 {arrivals.SHOWN_DAYS} 天应用日志"},
            {"label": "缺运营商记录", "value": f"{len(lacking)} 天", "note": f"近 {arrivals.SHOWN_DAYS} 天的工作日",
             "tone": "waiting" if lacking else ""},
        ],
        "form": form,
        "deliveries": [shared.shown(row) for row in operator.order_by("-pk")[:MOST_SHOWN]],
        "delivery_base": reverse("province:sources"),
    }  # fmt: skip
    status = 422 if request.method == "POST" else 200
    return render(request, "province/sources.html", context, status=status)


def _shown(one: arrivals.Health, wanted: list[Any]) -> dict[str, Any]:
    source = one.source
    if source is None:
        pull, tone = "未设置", ""
    elif not source.is_active:
        pull, tone = "已停用", ""
    elif source.failures:
        pull, tone = f"连续失败 {source.failures} 次", "bad"
    else:
        pull, tone = "正常", "good"
    return {
        "supplier": one.supplier,
        "pull": pull,
        "tone": tone,
        "message": one.last_message if tone == "bad" else "",
        "last_done_at": one.last_done_at,
        "next_at": source.next_at if source is not None and source.is_active else None,
        "received_at": one.received_at,
        "waiting": one.waiting,
        "refused": one.refused,
        "missing": len(one.missing(wanted)),
    }


class DeliveryList(shared.DeliveryList):
    """送达记录: everybody's files."""

    title = "行为数据送达记录"
    search_fields = ("name", "cloud", "supplier__name")
    search_hint = "文件名、应用域名、供应商"
    empty_title = "还没有行为数据"
    empty_text = "供应商送达应用日志、省厅送达运营商记录后，会出现在这里。"


listing = desk(DeliveryList.as_view())  # type: ignore[arg-type]


class WithdrawForm(BaseForm):
    """Why a delivery is taken back."""

    reason = forms.CharField(
        label="撤回的理由", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2})
    )


@desk
def delivery(request: HttpRequest, pk: int) -> HttpResponse:
    """One delivery, and the way to take it back while it counts."""
    return _page(request, pk, WithdrawForm())


def _page(request: HttpRequest, pk: int, form: WithdrawForm, *, status: int = 200) -> HttpResponse:
    row, actor = shared.found(request, pk), request.actor  # type: ignore[attr-defined]
    offered = {offer.action for offer in DELIVERY.offers_to(row.state, actor)}
    return shared.page(
        request,
        pk,
        back=reverse("province:sources"),
        title="数据来源",
        form=form if "withdraw" in offered else None,
        status=status,
    )


@desk(only=[Role.PROVINCE_OFFICER])
@require_POST
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a delivery back that was loaded by mistake."""
    row, form = shared.found(request, pk), WithdrawForm(request.POST)
    by, now = request.actor, clock.read()  # type: ignore[attr-defined]
    if form.is_valid():
        answer = perform(
            request,
            lambda: withdrawals.withdraw(delivery=row, reason=form.cleaned_data["reason"], by=by, now=now),
            then=reverse("province:delivery", args=[pk]),
            done=f"“{row.name}”已撤回，涉及的日子将重新汇总。",
            form=form,
        )
        if answer is not None:
            return answer
    return _page(request, pk, form, status=422)


@desk
def bad_lines(request: HttpRequest, pk: int) -> FileResponse:
    """Its bad lines as CSV."""
    return shared.bad_lines(request, pk)
