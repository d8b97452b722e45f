"""异议: raised by anyone to one line within the period, followed by its code (D47-5.22)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from yunquan.desks.public.frame import VISITOR, open_page
from yunquan.desks.public.publicity import brief
from yunquan.desks.public.visiting import VisitorForm
from yunquan.desks.shared.limits import within_limit
from yunquan.desks.shared.perform import perform
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.parties import queries as parties
from yunquan.programme.queries import working_calendar
from yunquan.settlement import access, actions

RAISED_AN_HOUR, TRIED_AN_HOUR, LOOKED_UP_AN_HOUR = 5, 30, 60
TOO_MANY = Refusal(
    "too_many",
    "同一网络一小时内提出的异议过多，暂时不能再提交。",
    "D47-5.22",
    "请一小时后再提交，或拨打监督电话反映；已填内容可先自行保存。",
)


class ObjectionForm(VisitorForm):
    """Who objects, how to answer, why, and a file."""

    send = "提交异议"

    raised_by = forms.CharField(label="提出人或单位", max_length=120, help_text="仅供主管部门核实，不公开。")
    contact = forms.CharField(
        label="联系方式", max_length=120, help_text="电话或邮箱，用于核实和答复，不公开。"
    )
    grounds = forms.CharField(
        label="异议内容",
        max_length=5000,
        widget=forms.Textarea(attrs={"rows": 7}),
        help_text="写明哪一项不实、理由和线索；请勿填写与异议无关的个人信息。",
    )

    def __init__(self, *args: Any, what: str, **kwargs: Any) -> None:
        self.what = what
        super().__init__(*args, **kwargs)


@open_page
def raise_objection(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    """The form for one line; once the period is over the page says so and whom to ring."""
    row = access.public_line(line)
    if row is None or row.settlement_list_id != pk:
        raise Http404
    head = brief(row.settlement_list, clock.read())
    context = {"list": head, "line": row, "contacts": parties.contact_points(row.settlement_list.city)}
    if request.method != "POST":
        form = ObjectionForm(what=f"objection:{row.pk}")
        return render(request, "public/objection.html", {**context, "form": form})
    form = ObjectionForm(request.POST, request.FILES, what=f"objection:{row.pk}")
    if not within_limit(request, "objection-try", times=TRIED_AN_HOUR):
        form.add_refusals([TOO_MANY])
        return _again(request, context, form)
    form.judge(request)
    if form.errors:
        form.hold()
        return _again(request, context, form)

    def act() -> Any:
        if not within_limit(request, "objection", times=RAISED_AN_HOUR):
            raise Refused([TOO_MANY])
        file = form.taken()
        return actions.raise_objection(
            line=row,
            raised_by=form.cleaned_data["raised_by"],
            contact=form.cleaned_data["contact"],
            grounds=form.cleaned_data["grounds"],
            file=file,
            by=VISITOR,
            now=clock.read(),
        )

    done = perform(
        request,
        act,
        form=form,
        then=lambda made: f"{reverse('public:tracking')}?code={made.code}",
        done="异议已提交。请抄下查询码，凭它查看处理结果。",
    )
    if done is not None:
        return done
    return _again(request, context, form)


def _again(request: HttpRequest, context: dict[str, Any], form: ObjectionForm) -> HttpResponse:
    """The form once more with all that was typed."""
    form.once_more()
    return render(request, "public/objection.html", {**context, "form": form}, status=422)


@open_page
def tracking(request: HttpRequest) -> HttpResponse:
    """What became of an objection, by its code: outcome and answer, nothing about who raised it."""
    code = request.GET.get("code", "").strip()[:20]
    if not code or "\x00" in code:
        return render(request, "public/tracking.html", {"code": "", "objection": None})
    if not within_limit(request, "tracking", times=LOOKED_UP_AN_HOUR):
        return render(request, "429.html", status=429)
    row = access.objection_by_code(code)
    if row is None:
        return render(request, "public/tracking.html", {"code": code, "objection": None}, status=404)
    told = {
        "state": row.lifecycle.states[row.state],
        "is_decided": row.state in row.lifecycle.final,
        "raised_at": row.raised_at,
        "due_on": row.due_on,
        "left": working_calendar().working_days_between(local_date(clock.read()), row.due_on),
        "answer": row.answer,
        "decided_at": row.decided_at,
        "payable_fen": row.payable_fen,
        "line": row.line,
        "list": row.line.settlement_list,
        "is_shown": row.line.settlement_list.state in access.PUBLIC_STATES,
    }
    answer = render(request, "public/tracking.html", {"code": row.code, "objection": told})
    answer["Cache-Control"] = "private, no-store"
    return answer
