"""配套清单 and what becomes of its lines: drawn up, published, withdrawn; a line, its objection, its recovery."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from yunquan.desks.city import reviewing
from yunquan.desks.city.frame import CITY_ROLES, desk
from yunquan.desks.city.records import history
from yunquan.desks.shared import matching as shared
from yunquan.desks.shared.forms import BaseForm, MoneyField
from yunquan.desks.shared.list_papers import days_in_public
from yunquan.desks.shared.perform import perform
from yunquan.journal import clock
from yunquan.matching import access, actions, queries
from yunquan.matching.lifecycle import (
    MATCHING_LINE,
    MATCHING_LIST,
    MATCHING_OBJECTION,
    MATCHING_RECOVERY,
)
from yunquan.parties import queries as parties
from yunquan.parties.access import bureau_code
from yunquan.policy.deadlines import publicity_days_left
from yunquan.policy.roles import Role
from yunquan.programme import access as programme_access

BASE = "/city/matching/"


def _or_404(row: Any) -> Any:
    if row is None:
        raise Http404
    return row


def _status(request: HttpRequest) -> int:
    return 422 if request.method == "POST" else 200


@desk(only=[Role.CITY_REVIEWER])
def draw_up(request: HttpRequest, cycle: int) -> HttpResponse:
    """Freeze what the scheme adds into a list, after a look at each working."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = _or_404(programme_access.cycle_for(actor, cycle))
    city = bureau_code(actor)
    form = BaseForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        answer = perform(
            request,
            lambda: actions.draw_up(cycle=row, city=city, by=actor, now=now),
            then=lambda drawn: f"{BASE}lists/{drawn.pk}/",
            done=lambda drawn: f"已编制{drawn.title}，共 {drawn.count} 张，待审批人审批后公示。",
            form=form,
        )
        if answer is not None:
            return answer
    due = queries.due_now(row, city)
    context = {
        "base": BASE,
        "cycle": row,
        "due": [
            {"voucher": one.voucher, "scheme": one.scheme, "worked": one.worked, "award": one.award}
            for one in due[:300]
        ],
        "count": sum(one.worked.amount_fen > 0 for one in due),
        "nothing": sum(one.worked.amount_fen == 0 for one in due),
        "total_fen": sum(one.worked.amount_fen for one in due),
        "form": form,
    }
    return render(request, "city/matching_draw_up.html", context, status=_status(request))


class ReasonForm(BaseForm):
    """Why a list is taken down."""

    reason = forms.CharField(
        label="撤下理由", max_length=500, widget=forms.Textarea(attrs={"rows": 2}), required=False
    )


@desk(only=CITY_ROLES)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One list with its lines, its hash, and the steps that the table offers."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = _or_404(access.list_for(actor, pk))
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        answer, place, decision = None, f"{BASE}lists/{pk}/", request.POST.get("decision", "")
        if decision == "publish":
            answer = perform(
                request, lambda: actions.publish(matching_list=row, by=actor, now=now), then=place,
                done="已审批并公示。", form=form,
            )  # fmt: skip
        elif decision == "withdraw":
            reason = form.cleaned_data["reason"]
            answer = perform(
                request,
                lambda: actions.withdraw(matching_list=row, reason=reason, by=actor, now=now),
                then=place, done="清单已撤下，其中的服务券可以重新编入下一版本。", form=form,
            )  # fmt: skip
        else:
            form.add_error(None, "请选择审批并公示，或撤下清单。")
        if answer is not None:
            return answer
        row = _or_404(access.list_for(actor, pk))
    names = parties.person_names([row.drafted_by, row.approved_by])
    context = {
        "base": BASE,
        "list": row,
        "lines": shared.line_rows(queries.lines_of(row)),
        "state": MATCHING_LIST.states[row.state],
        "tone": shared.LIST_TONES[row.state],
        "unchanged": queries.is_unchanged(row),
        "days_left": publicity_days_left(row.publicity_ends_at, now),
        "days": days_in_public(row),
        "drafted_by": names.get(row.drafted_by, ""),
        "approved_by": names.get(row.approved_by, "") if row.approved_by else "",
        "offered": [offer.action for offer in MATCHING_LIST.offers_to(row.state, actor)],
        "own": row.drafted_by == actor.person,
        "apart": shared.APART,
        "form": form,
        "files": shared.list_files(BASE, row),
        "history": history(row.journal_key, MATCHING_LIST),
    }
    return render(request, "city/matching_list.html", context, status=_status(request))


@desk(only=CITY_ROLES)
def download(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """The list as PDF, XLSX, CSV, or the canonical bytes that its hash is taken over."""
    return shared.list_download(_or_404(access.list_for(request.actor, pk)), kind)  # type: ignore[attr-defined]


class DemandForm(BaseForm):
    """How much of the city's own money is asked back, and why."""

    amount = MoneyField(label="追回金额", required=False)
    reason = forms.CharField(
        label="理由", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="理由会告知企业",
    )  # fmt: skip


@desk(only=CITY_ROLES)
def line(request: HttpRequest, pk: int) -> HttpResponse:
    """One line: how its amount came about, what became of it, and what may be asked back."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = _or_404(access.line_for(actor, pk))
    room = queries.recovery_room(row)
    may = actor.role == Role.CITY_APPROVER and row.state == "paid" and actor.may("matching_recovery.demand")
    if request.method == "POST" and not may:
        raise Http404
    form = DemandForm(
        request.POST if request.method == "POST" else None, initial={"amount": room["due_fen"] or None}
    )
    if request.method == "POST" and form.is_valid():
        amount_fen, reason = form.cleaned_data["amount"] or 0, form.cleaned_data["reason"]
        answer = perform(
            request,
            lambda: actions.demand(line=row, amount_fen=amount_fen, reason=reason, by=actor, now=now),
            then=lambda made: f"{BASE}recoveries/{made.pk}/",
            done="配套追回通知已下达，企业已收到消息。",
            form=form,
        )
        if answer is not None:
            return answer
    context = {
        "base": BASE,
        "line": row,
        "state": MATCHING_LINE.states[row.state],
        "tone": shared.LINE_TONES[row.state],
        "steps": shared.working_told(row.working),
        "facts": shared.scheme_facts(row.scheme),
        "room": room,
        "can_demand": may and (room["due_fen"] > 0 or request.method == "POST"),
        "form": form,
        "history": history(row.journal_key, MATCHING_LINE),
    }
    return render(request, "city/matching_line.html", context, status=_status(request))


class AnswerForm(BaseForm):
    """A decision on an objection with its reason, and for a reduction the amount that stays payable."""

    reason = forms.CharField(
        label="理由", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="理由会答复提出人",
    )  # fmt: skip
    payable = MoneyField(label="核减后应付金额", required=False, help_text="仅“认定部分成立”填写")


_VERBS: dict[str, Callable[..., Any]] = {"dismiss": actions.dismiss, "uphold": actions.uphold}


@desk(only=CITY_ROLES)
def objection(request: HttpRequest, pk: int) -> HttpResponse:
    """One objection to the city's own list; the approver decides."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = _or_404(access.objection_for(actor, pk))
    form = AnswerForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        action, reason = request.POST.get("decision", ""), form.cleaned_data["reason"]
        if action in _VERBS or action == "reduce":
            answer = perform(
                request,
                lambda: _decide(action, row, reason, form.cleaned_data["payable"], actor, now),
                then=f"{BASE}objections/{pk}/",
                done="已处理并答复提出人。",
                form=form,
            )
            if answer is not None:
                return answer
        else:
            form.add_error(None, "请选择要办理的步骤。")
    names = parties.person_names([row.decided_by])
    context = {
        "base": BASE,
        "objection": row,
        "line": row.line,
        "state": MATCHING_OBJECTION.states[row.state],
        "tone": {"raised": "waiting", "dismissed": "good"}.get(row.state, "bad"),
        "decided_by": names.get(row.decided_by, "") if row.decided_by else "",
        "offered": [
            {"action": offer.action, "label": MATCHING_OBJECTION.actions[offer.action]}
            for offer in MATCHING_OBJECTION.offers_to(row.state, actor)
        ],
        "pane": reviewing.documents(request, [("异议材料", row.file)] if row.file else []),
        "form": form,
        "history": history(row.journal_key, MATCHING_OBJECTION),
    }
    return render(request, "city/matching_objection.html", context, status=_status(request))


def _decide(action: str, row: Any, reason: str, payable_fen: int | None, actor: Any, now: Any) -> Any:
    if action == "reduce":
        return actions.reduce(objection=row, payable_fen=payable_fen, reason=reason, by=actor, now=now)
    return _VERBS[action](objection=row, reason=reason, by=actor, now=now)


class ReceiveForm(BaseForm):
    """The reference under which the money came in."""

    bank_reference = forms.CharField(label="入库流水号", required=False, max_length=60)


@desk(only=CITY_ROLES)
def recovery(request: HttpRequest, pk: int) -> HttpResponse:
    """One recovery of the city's own money; the cashier books it when the money is back."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = _or_404(access.recovery_for(actor, pk))
    form = ReceiveForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        reference = form.cleaned_data["bank_reference"]
        answer = perform(
            request,
            lambda: actions.receive(recovery=row, bank_reference=reference, by=actor, now=now),
            then=f"{BASE}recoveries/{pk}/",
            done="已登记配套追回入库。",
            form=form,
        )
        if answer is not None:
            return answer
    names = parties.person_names([row.demanded_by])
    context = {
        "base": BASE,
        "recovery": row,
        "state": MATCHING_RECOVERY.states[row.state],
        "tone": "good" if row.state == "received" else "waiting",
        "demanded_by": names.get(row.demanded_by, ""),
        "offered": MATCHING_RECOVERY.offers_to(row.state, actor),
        "own": row.demanded_by == actor.person,
        "form": form,
        "history": history(row.journal_key, MATCHING_RECOVERY),
    }
    return render(request, "city/matching_recovery.html", context, status=_status(request))
