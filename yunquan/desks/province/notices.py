"""Public notices and guides, and the calendar of working days."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.province.frame import desk
from yunquan.desks.shared.forms import BaseForm, DayField
from yunquan.desks.shared.perform import perform, show_again
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.programme import actions
from yunquan.programme import queries as programme

KINDS = {"notice": "通知公告", "guide": "办事指南"}


class NoticeForm(BaseForm):
    """A notice or guide for the public pages."""

    kind = forms.ChoiceField(label="类别", choices=list(KINDS.items()))
    title = forms.CharField(label="标题", max_length=120)
    body = forms.CharField(
        label="正文", max_length=20_000, widget=forms.Textarea(attrs={"rows": 12}), help_text="空一行另起一段"
    )


class DayForm(BaseForm):
    """A day declared working or free."""

    on = DayField(label="日期")
    is_working = forms.TypedChoiceField(
        label="这一天", choices=[("no", "放假"), ("yes", "上班（调休）")], coerce=lambda typed: typed == "yes",
        widget=forms.RadioSelect,
    )  # fmt: skip
    source = forms.CharField(label="依据", max_length=120, help_text="放假通知的文号或名称")


class YearForm(BaseForm):
    """A year whose holidays have all been entered."""

    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100)
    source = forms.CharField(label="依据", max_length=120, help_text="放假通知的文号或名称")


@desk
def notices(request: HttpRequest) -> HttpResponse:
    """The notices and guides in public, the latest first."""
    rows = [{"row": row, "kind": KINDS.get(row.kind, row.kind)} for row in programme.notices()]
    return render(request, "province/notices.html", {"notices": rows})


@desk
def write(request: HttpRequest) -> HttpResponse:
    """Publish a notice or a guide."""
    form = NoticeForm(request.POST or None, initial={"kind": request.GET.get("kind", "notice")})
    context = {"title": "发布公告或指南", "form": form, "button": "发布", "back": "/province/notices/"}
    if request.method != "POST":
        return render(request, "shared/form.html", context)
    if form.is_valid():
        answer = perform(
            request,
            lambda: actions.publish_notice(**form.facts, by=request.actor, now=clock.read()),  # type: ignore[attr-defined]
            then="/province/notices/",
            done="已发布，公众页面同步显示。",
            form=form,
        )
        if answer:
            return answer
    return show_again(request, "shared/form.html", context)


@desk
def notice(request: HttpRequest, pk: int) -> HttpResponse:
    """One notice as the public reads it."""
    row = programme.notice(pk)
    if row is None:
        raise Http404
    return render(request, "province/notice.html", {"notice": row, "kind": KINDS.get(row.kind, row.kind)})


def _calendar_context(request: HttpRequest, **more: Any) -> dict[str, Any]:
    today = local_date(clock.read())
    wanted = request.GET.get("year", "")
    year = (
        int(wanted) if len(wanted) == 4 and wanted.isdecimal() and 2000 <= int(wanted) <= 2100 else today.year
    )
    calendar = programme.working_calendar()
    return {
        "year": year,
        "years": [
            {"label": f"{one} 年", "url": f"?year={one}", "active": one == year}
            for one in range(today.year - 1, today.year + 3)
        ],
        "known": calendar.is_announced(year),
        "days": programme.declared_days(year),
        "day_form": DayForm(initial={"is_working": "no"}),
        "year_form": YearForm(initial={"year": year}),
        **more,
    }


@desk
def calendar(request: HttpRequest) -> HttpResponse:
    """The declared days of a year; declare one, or say that a year is complete (D47-5.20)."""
    if request.method != "POST":
        return render(request, "province/calendar.html", _calendar_context(request))
    if request.POST.get("step") == "year":
        form: BaseForm = YearForm(request.POST)
        verb: Any
        verb, name, done = actions.announce_year, "year_form", "已公布，这一年的工作日可以计算了。"
    else:
        form = DayForm(request.POST)
        verb, name, done = actions.declare_day, "day_form", "已录入；已经算定的期限不变。"
    if form.is_valid():
        year = form.facts["year"] if name == "year_form" else form.facts["on"].year
        answer = perform(
            request,
            lambda: verb(**form.facts, by=request.actor, now=clock.read()),  # type: ignore[attr-defined,operator]
            then=f"/province/calendar/?year={year}",
            done=done,
            form=form,
        )
        if answer:
            return answer
    return show_again(request, "province/calendar.html", _calendar_context(request, **{name: form}))
