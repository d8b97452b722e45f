"""留言: the list and the page of one message, the same on every official desk (D47-8.5)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from yunquan.desks.shared import columns
from yunquan.desks.shared.desk import Desk
from yunquan.desks.shared.forms import BaseForm
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.registers import PlaceColumn, StateLabel, past_acts, place
from yunquan.feedback import access, actions, queries
from yunquan.feedback.lifecycle import MESSAGE, SETTLED
from yunquan.journal import clock
from yunquan.kernel.calendar import CalendarNotAnnounced, local_date
from yunquan.kernel.workflow import Actor
from yunquan.parties import queries as parties
from yunquan.programme.queries import working_calendar

TONES = {"received": "waiting", "handling": "now", "answered": "good", "closed": "good", "dismissed": "bad"}
KINDS = {"opinion": "意见", "suggestion": "建议", "complaint": "投诉", "report": "举报"}
LOOKS = {"accept": "btn-primary", "answer": "btn-primary", "dismiss": "btn-outline-danger"}
MEANS = {
    "accept": "受理后开始办理；受理的投诉、举报计入抽查权重，直到答复",
    "transfer": "转给应当办理的主管部门，答复期限不变",
    "dismiss": "不属于本平台事项或没有具体内容的，写明理由告知留言人",
    "answer": "答复显示给留言人；留言人同意的，可以连同摘要一起公开",
}


class MessageTable(GovTable):
    """Messages, the most urgent first."""

    caption = "留言"
    title = columns.LinkColumn(verbose_name="标题", to=lambda row: f"{row.pk}/")
    kind = StateLabel(verbose_name="类别", labels=KINDS, tones={"complaint": "waiting", "report": "bad"})
    about = columns.TextColumn(verbose_name="反映对象", accessor="get_about_display")
    city = PlaceColumn(verbose_name="涉及地市")
    bureau = PlaceColumn(verbose_name="办理单位")
    sent_at = columns.MomentColumn(verbose_name="留言时间")
    due_on = columns.DayColumn(verbose_name="答复期限")
    state = StateLabel(verbose_name="状态", labels=MESSAGE.states, tones=TONES)
    rating = columns.TextColumn(verbose_name="满意度")

    class Meta(GovTable.Meta):
        pass


class MessageFilter(filters.FilterSet):
    """Kind and state."""

    kind = filters.ChoiceFilter(label="类别", choices=list(KINDS.items()))
    state = filters.ChoiceFilter(label="状态", choices=list(MESSAGE.states.items()))


class MessageList(ListPage):
    """All messages of the bureau; who sent them stands on the page of each alone, never in an export."""

    title = "留言"
    table_class = MessageTable
    filterset_class = MessageFilter
    search_fields = ("code", "title", "text")
    search_hint = "查询码、标题、内容"
    order = ("-pk",)
    export_name = "留言"
    empty_title = "没有留言"
    empty_text = "公众在“监督与留言”页写的意见、建议、投诉和举报会到这里，并计算答复期限。"

    def rows(self) -> QuerySet[Any]:
        return access.messages_visible_to(self.request.actor)  # type: ignore[attr-defined]


class HandlingForm(BaseForm):
    """One form for all steps: what each needs is said beside its field when it is missing."""

    answer = forms.CharField(
        label="答复", required=False, max_length=5000, widget=forms.Textarea(attrs={"rows": 5}),
        help_text="办理时填写；显示给留言人",
    )  # fmt: skip
    is_published = forms.BooleanField(label="连同下面的摘要一起公开", required=False)
    public_text = forms.CharField(
        label="公开用的留言摘要", required=False, max_length=1000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="由本单位撰写，不写姓名、电话和能认出留言人的内容",
    )  # fmt: skip
    to = forms.ChoiceField(label="转给", required=False)
    reason = forms.CharField(
        label="理由", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="转办、不予受理时填写",
    )  # fmt: skip

    def __init__(self, *args: Any, message: Any, offered: set[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = [(row.code, row.name) for row in parties.bureaus() if row.level != "county"]
        chosen: Any = self.fields["to"]
        chosen.choices = [("", "请选择"), *(one for one in places if one[0] != message.bureau)]
        if "answer" not in offered:
            for name in ("answer", "is_published", "public_text"):
                del self.fields[name]
        elif not message.publication_allowed:
            del self.fields["is_published"], self.fields["public_text"]


def pages(desk: Desk, base: str, **only: Any) -> tuple[Callable[..., HttpResponseBase], Callable[..., Any]]:
    """The list and the page of one message for a desk; `base` is the address of the list."""

    def one(request: HttpRequest, pk: int) -> HttpResponse:
        return _one(request, pk, base=base)

    entered = desk(**only) if only else desk
    return entered(MessageList.as_view()), entered(one)


def _one(request: HttpRequest, pk: int, *, base: str) -> HttpResponse:
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = access.message_for(actor, pk)
    if row is None:
        raise Http404
    offered = [one.action for one in MESSAGE.offers_to(row.state, actor)]
    form = HandlingForm(request.POST or None, message=row, offered=set(offered))
    if request.method == "POST" and form.is_valid():
        step = request.POST.get("step", "")
        if step not in MEANS:
            form.add_error(None, "请选择要办理的步骤。")
        elif done := perform(
            request,
            lambda: _step(row, step, form, actor, now),
            then=base if step == "transfer" else f"{base}{row.pk}/",
            done=f"已办理：{MESSAGE.actions[step]}。",
            form=form,
        ):
            return done
        row = access.message_for(actor, pk)
        if row is None:
            raise Http404
    try:
        left = working_calendar().working_days_between(local_date(now), row.due_on)
    except CalendarNotAnnounced:
        left = None
    names = parties.person_names([row.answered_by]) if row.answered_by else {}
    context = {
        "message": row,
        "base": base,
        "kind": row.get_kind_display(),
        "place": place(row.bureau),
        "city": place(row.city) if row.city else "",
        "state": MESSAGE.states[row.state],
        "tone": TONES[row.state],
        "left": left if row.state not in SETTLED else None,
        "answered_by": names.get(row.answered_by, ""),
        "buttons": [
            {
                "action": action,
                "label": MESSAGE.actions[action],
                "look": LOOKS.get(action, "btn-plain"),
                "means": MEANS[action],
            }
            for action in offered
        ],
        "form": form,
        "acts": past_acts(row.journal_key),
    }
    return render(request, "shared/message.html", context, status=422 if request.method == "POST" else 200)


def _step(row: Any, step: str, form: HandlingForm, actor: Actor, now: datetime) -> Any:
    said = form.cleaned_data
    if step == "accept":
        return actions.accept(message=row, by=actor, now=now)
    if step == "dismiss":
        return actions.dismiss(message=row, reason=said["reason"], by=actor, now=now)
    if step == "transfer":
        return actions.transfer(message=row, to=said["to"], reason=said["reason"], by=actor, now=now)
    return actions.answer(
        message=row,
        answer=said.get("answer", ""),
        is_published=said.get("is_published", False),
        public_text=said.get("public_text", ""),
        by=actor,
        now=now,
    )


def due(actor: Actor) -> QuerySet[Any]:
    """What a bureau still has to answer, the most urgent first, for its first page."""
    return queries.waiting(access.messages_visible_to(actor))
