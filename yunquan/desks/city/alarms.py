"""发票警示: invoices reversed or made void after they served a claim; raised, looked into by another person, decided."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from yunquan.desks.city import reviewing
from yunquan.desks.city.frame import CITY_ROLES, desk
from yunquan.desks.city.records import history
from yunquan.desks.shared import alarming, exports
from yunquan.desks.shared.forms import BaseForm
from yunquan.desks.shared.perform import perform
from yunquan.evidence.alarms import ACTIONS
from yunquan.evidence.lifecycle import ALARM, RAISERS
from yunquan.journal import clock
from yunquan.kernel.workflow import Actor
from yunquan.policy.roles import Role
from yunquan.vouchers import access, actions, holding
from yunquan.vouchers.lifecycle import VOUCHER, S

_LOOKS = {"lift": "btn-outline-primary", "uphold": "btn-outline-danger"}
_MEANS = {
    "lift": "不属实，或余下的有效发票足够：本券照常办理",
    "uphold": "未兑付的退回企业更换发票或不予兑付，已兑付的办理追回",
}
_ANSWERS = {action: answer for answer, action in ACTIONS.items()}
# What may follow once an alarm was found true, by the voucher's state and the role.
_FOLLOWS = {
    (S.APPROVED, Role.CITY_REVIEWER): ("send_back_claim", "退回企业更换发票", "btn-outline-warning"),
    (S.APPROVED, Role.CITY_APPROVER): ("refuse", "不予兑付", "btn-outline-danger"),
    (S.LISTED, Role.CITY_APPROVER): ("refuse", "不予兑付", "btn-outline-danger"),
}


class AnswerForm(BaseForm):
    """What was found, or why the voucher ends so."""

    reason = forms.CharField(
        label="核查情况",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="会告知企业和供应商",
    )


@desk(only=CITY_ROLES)
def queue(request: HttpRequest) -> HttpResponse:
    """The alarms of the city, those that still hold a voucher first; an invoice's number leads to its voucher."""
    actor = request.actor  # type: ignore[attr-defined]
    wanted = request.GET.get("invoice", "").strip()[:40]
    if wanted:
        voucher = holding.voucher_of_invoice(actor, wanted)
        if voucher is not None:
            return HttpResponseRedirect(f"/city/vouchers/{voucher.number}/alarm/")
        messages.warning(request, f"没有找到以发票“{wanted}”兑现的服务券，请核对号码。")
    seen = holding.alarms_visible_to(actor)
    still = alarming.listed(
        actor, seen.filter(answer="open").order_by("pk")[: exports.most(request, 200)], "/city/vouchers/"
    )
    rest = alarming.listed(
        actor,
        seen.exclude(answer="open").order_by("-answered_at", "-pk")[: exports.most(request, 50)],
        "/city/vouchers/",
    )
    context = {"still": still, "rest": rest, "wanted": wanted, "may_raise": actor.role in RAISERS}
    context["files"] = alarming.ALARMS.files(request)
    return alarming.ALARMS.asked(request, still + rest) or render(request, "city/alarms.html", context)


@desk(only=[Role.CITY_REVIEWER, Role.CITY_CASHIER])
def start(request: HttpRequest, number: str) -> HttpResponse:
    """Raise an alarm on an invoice of a voucher's claim."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    voucher = access.voucher_for(actor, number)
    if voucher is None or voucher.claimed_at is None:
        raise Http404
    form = alarming.form_for(request, voucher)
    if request.method == "POST":
        then = f"/city/vouchers/{voucher.number}/"
        answer = alarming.raised(request, form, then=then, actor=actor, now=now)
        if answer is not None:
            return answer
    context = {
        "voucher": voucher,
        "form": form,
        "crumb": "/city/vouchers/",
        "paid": voucher.state in (S.PAID, S.RECOVERED),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "shared/alarm_form.html", context, status=status)


@desk(only=CITY_ROLES)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One alarm: what was told, the voucher that it holds, the answer, and what may follow."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = holding.alarm_for(actor, pk)
    if row is None:
        raise Http404
    voucher = holding.resting_visible_to(actor, row).first()
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = _act(request, row, voucher, form, actor, now)
        if answer is not None:
            return answer
    offered = [
        {
            "action": offer.action,
            "label": ALARM.actions[offer.action],
            "look": _LOOKS[offer.action],
            "means": _MEANS[offer.action],
        }
        for offer in ALARM.offers_to(row.answer, actor)
    ]
    follows = None
    if row.answer == "upheld" and voucher is not None:
        follows = _FOLLOWS.get((S(voucher.state), actor.role))
    context = {
        "one": alarming.shown([row])[0],
        "voucher": voucher,
        "voucher_state": VOUCHER.states[voucher.state] if voucher is not None else "",
        "is_paid": voucher is not None and voucher.state == S.PAID,
        "may_recover": voucher is not None and voucher.state == S.PAID and actor.role == Role.CITY_APPROVER,
        "pane": reviewing.documents(request, [("红字发票或查验结果", row.file)]),
        "own": actor.person in (row.raised_by, row.answered_by),
        "offered": offered,
        "follows": {"action": follows[0], "label": follows[1], "look": follows[2]} if follows else None,
        "form": form,
        "history": history(row.journal_key, ALARM),
    }
    return render(request, "city/alarm.html", context, status=422 if request.method == "POST" else 200)


def _act(
    request: HttpRequest, row: Any, voucher: Any, form: AnswerForm, actor: Actor, now: datetime
) -> HttpResponse | None:
    action, reason = request.POST.get("decision", ""), form.cleaned_data["reason"]

    def call() -> Any:
        if action == "refuse":
            return actions.refuse_for_alarm(voucher=voucher, reason=reason, by=actor, now=now)
        if action == "send_back_claim":
            said = [{"code": "other", "label": "发票已红冲或作废，请更换", "text": reason}]
            return actions.send_back_claim(voucher=voucher, reasons=said, by=actor, now=now)
        return actions.answer_alarm(
            alarm=row, answer=_ANSWERS.get(action, ""), reason=reason, by=actor, now=now
        )

    if action in ("refuse", "send_back_claim"):
        if voucher is None:
            raise Http404
        done = f"{voucher.number} 已办理：{VOUCHER.actions[action]}。"
        return perform(request, call, then=f"/city/vouchers/{voucher.number}/", done=done, form=form)
    done = f"已办理：{ALARM.actions.get(action, '')}。"
    return perform(request, call, then=f"/city/alarms/{row.pk}/", done=done, form=form)
