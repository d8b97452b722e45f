"""Objections that a city passed to the province: experts look, the findings go back to the city (D47-5.22)."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.province.frame import desk
from yunquan.desks.province.waiting import days_left
from yunquan.desks.shared import columns
from yunquan.desks.shared.forms import BaseForm
from yunquan.desks.shared.lists import GovTable, ListPage
from yunquan.desks.shared.perform import perform, show_again
from yunquan.desks.shared.registers import CITY_CHOICES, PlaceColumn, StateLabel, past_acts, place
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.programme import queries as programme
from yunquan.settlement import access, actions
from yunquan.settlement.lifecycle import OBJECTION

TONES = {"raised": "now", "escalated": "waiting", "deferred": "waiting", "upheld": "bad", "dismissed": "good"}


class ObjectionTable(GovTable):
    """Objections of all cities."""

    caption = "异议"
    code = columns.LinkColumn(verbose_name="查询码", to=lambda row: f"{row.pk}/")
    city = PlaceColumn(verbose_name="地市")
    voucher = columns.TextColumn(verbose_name="券号", accessor="line__voucher_number")
    enterprise = columns.TextColumn(verbose_name="企业", accessor="line__enterprise_name")
    face = columns.MoneyColumn(verbose_name="奖补（元）", accessor="line__face_fen")
    state = StateLabel(verbose_name="状态", labels=OBJECTION.states, tones=TONES)
    raised_at = columns.MomentColumn(verbose_name="提出时间")
    due_on = columns.DayColumn(verbose_name="答复期限")

    class Meta(GovTable.Meta):
        pass


class ObjectionFilter(filters.FilterSet):
    """State and city."""

    state = filters.ChoiceFilter(label="状态", choices=list(OBJECTION.states.items()))
    city = filters.ChoiceFilter(label="地市", choices=CITY_CHOICES)


class ObjectionList(ListPage):
    """All objections; those passed to the province wait for its findings."""

    title = "异议"
    table_class = ObjectionTable
    filterset_class = ObjectionFilter
    search_fields = ("code", "line__voucher_number", "line__enterprise_name")
    search_hint = "查询码、券号、企业"
    order = ("-pk",)
    export_name = "异议"
    empty_title = "没有异议"
    empty_text = "公示期内收到的异议由地市处理；地市报请核查的，省厅组织专家核查后反馈。"

    def rows(self) -> QuerySet[Any]:
        return access.objections_visible_to(self.request.actor)  # type: ignore[attr-defined]


class FindingsForm(BaseForm):
    """What the experts found."""

    reason = forms.CharField(
        label="核查情况",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text="写明核查时间、参加专家、看到的情况和结论；反馈后由地市作出认定",
    )


@desk
def objection(request: HttpRequest, pk: int) -> HttpResponse:
    """One objection with its line, what was said, and the form for the findings."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = access.objection_for(actor, pk)
    if row is None:
        raise Http404
    form = FindingsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        answer = perform(
            request,
            lambda: actions.report(objection=row, reason=form.cleaned_data["reason"], by=actor, now=now),
            then="/province/objections/?state=escalated",
            done="核查情况已反馈给地市。",
            form=form,
        )
        if answer:
            return answer
    row.refresh_from_db()
    context = {
        "objection": row,
        "title": f"异议 {row.code}",
        "region": place(row.city),
        "state": OBJECTION.states[row.state],
        "tone": TONES.get(row.state, ""),
        "left": days_left(programme.working_calendar(), local_date(now), row.due_on),
        "may_report": any(one.action == "report" for one in OBJECTION.offers_to(row.state, actor)),
        "form": form,
        "acts": past_acts(row.journal_key),
    }
    if request.method == "POST":
        return show_again(request, "province/objection.html", context)
    return render(request, "province/objection.html", context)
