"""公示异议: the queue, and one objection with what the table offers each role (D47-5.22)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from yunquan.desks.city import reviewing, waiting
from yunquan.desks.city.frame import CITY_ROLES, desk
from yunquan.desks.city.records import history
from yunquan.desks.shared import exports
from yunquan.desks.shared.forms import BaseForm, MoneyField
from yunquan.desks.shared.perform import perform
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.kernel.workflow import Actor
from yunquan.parties import queries as parties
from yunquan.programme.queries import working_calendar
from yunquan.settlement import access, actions, queries
from yunquan.settlement.lifecycle import DECIDED, OBJECTION

TONES = {
    "raised": "waiting", "escalated": "now", "deferred": "waiting", "dismissed": "good", "upheld": "bad",
    "reduced": "bad",
}  # fmt: skip
OBJECTIONS = exports.Listing(
    "公示异议",
    ("券号", "row.line.voucher_number"), ("企业", "row.line.enterprise_name"),
    ("异议内容", "row.grounds"), ("提出时间", "row.raised_at", "time"), ("答复期限", "row.due_on", "date"), ("状态", "state"),
    ("办结时间", "row.decided_at", "time"), ("答复", "row.answer"),
)  # fmt: skip
_LOOKS = {"dismiss": "btn-outline-primary", "uphold": "btn-outline-danger", "reduce": "btn-outline-danger"}
_MEANS = {
    "escalate": "报请省厅组织核查，核查结果反馈后再作决定",
    "defer": "暂不能查清的，本券推迟结算，其余照常兑付",
    "dismiss": "异议不成立，本券照常兑付",
    "uphold": "异议成立，本券不予兑付，额度退回",
    "reduce": "异议部分成立，按核减后的金额兑付",
}
_VERBS: dict[str, Callable[..., Any]] = {
    "escalate": actions.escalate,
    "defer": actions.defer,
    "dismiss": actions.dismiss,
    "uphold": actions.uphold,
}


class AnswerForm(BaseForm):
    """A step on an objection with its reason, and for a reduction the amount that stays payable."""

    reason = forms.CharField(
        label="理由", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="理由会答复提出人，并告知企业",
    )  # fmt: skip
    payable = MoneyField(label="核减后应付金额", required=False, help_text="仅“认定部分成立”填写")


def _found(request: HttpRequest, pk: int) -> Any:
    row = access.objection_for(request.actor, pk)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return row


@desk(only=CITY_ROLES)
def queue(request: HttpRequest) -> HttpResponseBase:
    """The objections that still wait, the most urgent first, and the decided ones."""
    actor, today = request.actor, local_date(clock.read())  # type: ignore[attr-defined]
    calendar = working_calendar()
    seen = access.objections_visible_to(actor)

    def shown(rows: Any) -> list[dict[str, Any]]:
        return [
            {
                "row": row,
                "state": OBJECTION.states[row.state],
                "tone": TONES[row.state],
                "left": waiting.days_left(calendar, row.due_on, today) if row.state not in DECIDED else None,
            }
            for row in rows
        ]

    still = shown(queries.objections_open(seen)[: exports.most(request, 200)])
    decided = shown(
        seen.filter(state__in=DECIDED).order_by("-decided_at", "-pk")[: exports.most(request, 50)]
    )
    published = access.lists_visible_to(actor).filter(state="published").order_by("publicity_ends_at")
    context = {"still": still, "decided": decided, "published": list(published[:50])}
    context["files"] = OBJECTIONS.files(request)
    return OBJECTIONS.asked(request, still + decided) or render(request, "city/objections.html", context)


@desk(only=CITY_ROLES)
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One objection: grounds, file, the line it is about, and the steps that the table offers."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = _found(request, pk)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = _act(request, row, form, actor, now)
        if answer is not None:
            return answer
        row = _found(request, pk)
    names = parties.person_names([row.decided_by]) if row.decided_by else {}
    offered = [
        {
            "action": offer.action,
            "label": OBJECTION.actions[offer.action],
            "look": _LOOKS.get(offer.action, "btn-plain"),
            "means": _MEANS[offer.action],
        }
        for offer in OBJECTION.offers_to(row.state, actor)
    ]
    context = {
        "objection": row,
        "line": row.line,
        "state": OBJECTION.states[row.state],
        "tone": TONES[row.state],
        "left": waiting.days_left(working_calendar(), row.due_on, local_date(now)),
        "is_open": row.state not in DECIDED,
        "pane": reviewing.documents(request, [("异议材料", row.file)]),
        "decided_by": names.get(row.decided_by, ""),
        "offered": offered,
        "can_reduce": any(offer["action"] == "reduce" for offer in offered),
        "form": form,
        "history": history(row.journal_key, OBJECTION),
    }
    return render(request, "city/objection.html", context, status=422 if request.method == "POST" else 200)


def _act(
    request: HttpRequest, row: Any, form: AnswerForm, actor: Actor, now: datetime
) -> HttpResponse | None:
    action = request.POST.get("decision", "")
    if action != "reduce" and action not in _VERBS:
        form.add_error(None, "请选择一种处理办法。")
        return None
    reason, payable_fen = form.cleaned_data["reason"], form.cleaned_data["payable"]

    def call() -> Any:
        if action == "reduce":
            return actions.reduce(objection=row, reason=reason, payable_fen=payable_fen, by=actor, now=now)
        return _VERBS[action](objection=row, reason=reason, by=actor, now=now)

    done = f"已办理：{OBJECTION.actions[action]}。"
    return perform(request, call, then=f"/city/objections/{row.pk}/", done=done, form=form)
