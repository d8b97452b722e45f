"""供应商评价: compute a year, hear the suppliers, propose the titles, decide as another person (D47-5.17, D47-8.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, re_path
from django.views.decorators.http import require_POST

from yunquan.desks.province.frame import desk
from yunquan.desks.shared import evaluating as pages
from yunquan.desks.shared import exports
from yunquan.desks.shared.forms import BaseForm, DayField
from yunquan.desks.shared.perform import perform, show_again
from yunquan.desks.shared.registers import past_acts
from yunquan.insight import evaluation_actions as actions
from yunquan.insight import evaluation_queries as queries
from yunquan.insight import evaluation_replies as replies
from yunquan.insight import title_actions as titles
from yunquan.insight.evaluation_scoring import FULL
from yunquan.insight.lifecycle import EVALUATION
from yunquan.journal import clock
from yunquan.kernel.calendar import CalendarNotAnnounced, local_date
from yunquan.parties import queries as parties
from yunquan.policy.roles import Role
from yunquan.programme.queries import working_calendar

BASE = "/province/evaluations/"
MOST_BARS = 20
MEANS = {
    "send": "把每家供应商自己的指标发给它，从下一个工作日起计算提意见的期限",
    "decide": "同意提名，名单公示；由提名、测算以外的审批人办理",
    "send_back": "退回提名，写明理由",
    "close": "公示期满，授予称号并公布",
    "discard": "作废这一版，写明理由；可以重新测算",
}


class DraftForm(BaseForm):
    """Which year, by which days."""

    year = forms.IntegerField(label="年度", error_messages={"invalid": "年度请填写四位数字，如 2018。"})
    from_on = DayField(label="评价期自")
    until_on = DayField(label="评价期至", help_text="不超过一年，且已经过去")


class ReasonForm(BaseForm):
    """A reason, where a step asks for one."""

    reason = forms.CharField(
        label="理由", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 2}),
        help_text="退回、作废、撤销时填写，供应商会看到",
    )  # fmt: skip


class ProposeForm(BaseForm):
    """Whom to propose, ticked in a list, and what is to be said of the choice."""

    suppliers = forms.MultipleChoiceField(label="提名", required=False, widget=forms.CheckboxSelectMultiple)
    note = forms.CharField(
        label="评选说明", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3}),
        help_text="不提名，或达到分数而没有提名的，写明理由",
    )  # fmt: skip


class AnswerForm(BaseForm):
    """What becomes of a supplier's reply."""

    outcome = forms.ChoiceField(
        label="处理", widget=forms.RadioSelect,
        choices=[("kept", "核实后维持"), ("wrong", "核实有误，作废后重新测算")],
    )  # fmt: skip
    text = forms.CharField(label="答复", max_length=5000, widget=forms.Textarea(attrs={"rows": 4}))


def found(request: HttpRequest, pk: int) -> Any:
    """The evaluation, or 404."""
    row = queries.evaluation_for(request.actor, pk)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return row


@desk
def listing(request: HttpRequest) -> HttpResponse:
    """Every evaluation, the latest first."""
    rows = list(queries.evaluations_visible_to(request.actor)[:200])  # type: ignore[attr-defined]
    counts = queries.reply_counts(rows)
    shown = [
        {
            **pages.heading(row),
            "replies": counts.get(row.pk, (0, 0))[0],
            "answers": counts.get(row.pk, (0, 0))[1],
        }
        for row in rows
    ]
    return render(request, "province/evaluations.html", {"rows": shown})


@desk
def new(request: HttpRequest) -> HttpResponse:
    """Compute a year."""
    last = local_date(clock.read()).year - 1
    initial = {"year": last, "from_on": f"{last}-01-01", "until_on": f"{last}-12-31"}
    form = DraftForm(request.POST or None, initial=initial)
    context = {"title": "测算供应商评价", "form": form, "button": "测算并冻结", "back": BASE}
    if request.method != "POST":
        return render(request, "province/evaluation_new.html", context)
    if form.is_valid():
        answer = perform(
            request,
            lambda: actions.draft(**form.facts, by=request.actor, now=clock.read()),  # type: ignore[attr-defined]
            then=lambda row: f"{BASE}{row.pk}/",
            done=lambda row: f"已测算 {row.lines.count()} 家供应商，数据已冻结。",
            form=form,
        )
        if answer:
            return answer
    return show_again(request, "province/evaluation_new.html", context)


def _page(request: HttpRequest, row: Any, **more: Any) -> dict[str, Any]:
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    lines = list(queries.lines_of(row))
    method = titles.method_of(row)
    good = [one for one in lines if one.rank is not None and one.score >= method.least_points * FULL // 100]
    form = ProposeForm(initial={"suppliers": [str(one.supplier_id) for one in good]})
    offered = {one.action for one in EVALUATION.offers(row.state, actor.role)}
    ranked = [one for one in lines if one.rank is not None]
    context = {
        **pages.heading(row),
        **pages.method_context(row),
        "base": BASE,
        "lines": [pages.shown_line(one, row) for one in lines],
        "counts": {"all": len(lines), "ranked": len(ranked), "good": len(good)},
        "titles": [{"title": one, **pages.title_state(one)} for one in queries.titles_of(row)],
        "chart": _chart(ranked[:MOST_BARS]) if ranked else None,
        "left": _left(row, now),
        "buttons": [
            {"action": action, "label": EVALUATION.actions[action], "means": MEANS[action]}
            for action in MEANS
            if action in offered
        ],
        "may_propose": "propose" in offered,
        "may_withdraw": actor.role == Role.PROVINCE_APPROVER,
        "form": ReasonForm(),
        "propose": form,
        "names": parties.person_names(
            [one for one in (row.drafted_by, row.proposed_by, row.decided_by) if one]
        ),
        "is_low": len(ranked) < 6,
        "files": [
            {"label": label, "url": f"{BASE}{row.pk}/table.{kind}"} for kind, label in exports.KINDS.items()
        ],
        "acts": past_acts(row.journal_key),
        **more,
    }
    context["propose"].fields["suppliers"].choices = [
        (str(one.supplier_id), f"{one.supplier.name}（第 {one.rank} 名，{pages.points_text(one.score)} 分）")
        for one in ranked
    ]
    context["by"] = {
        name: context["names"].get(getattr(row, f"{name}_by"), "")
        for name in ("drafted", "proposed", "decided")
    }
    return context


def _left(row: Any, now: Any) -> int | None:
    day = {"sent": row.due_on, "publicity": row.publicity_ends_on}.get(row.state)
    try:
        return working_calendar().working_days_between(local_date(now), day) if day else None
    except CalendarNotAnnounced:
        return None


def _chart(lines: list[Any]) -> dict[str, Any]:
    """The scores of the first, highest above; the table holds the same numbers."""
    return {
        "grid": {"left": 10, "right": 60, "top": 10, "bottom": 30, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "value", "max": 100},
        "yAxis": {
            "type": "category", "inverse": True, "data": [one.supplier.name for one in lines],
            "axisLabel": {"width": 180, "overflow": "truncate"},
        },
        "series": [
            {
                "name": "总分", "type": "bar", "barMaxWidth": 22, "data": [one.score / 100 for one in lines],
                "label": {"show": True, "position": "right"}, "itemStyle": {"color": "#0b3d91"},
            }
        ],
    }  # fmt: skip


@desk
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One evaluation: every supplier with its figures, and what can be done now."""
    return render(request, "province/evaluation.html", _page(request, found(request, pk)))


@desk
@require_POST
def step(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Send, decide, send back, close or discard."""
    row, form = found(request, pk), ReasonForm(request.POST)
    form.is_valid()
    actor, reason = request.actor, form.cleaned_data.get("reason", "")  # type: ignore[attr-defined]
    verbs: dict[str, Callable[..., Any]] = {
        "send": actions.send,
        "decide": titles.decide,
        "close": titles.close,
        "send_back": lambda **rest: actions.send_back(reason=reason, **rest),
        "discard": lambda **rest: actions.discard(reason=reason, **rest),
    }
    answer = perform(
        request,
        lambda: verbs[action](evaluation=row, by=actor, now=clock.read()),
        then=f"{BASE}{pk}/",
        done=f"已办理：{EVALUATION.actions[action]}。",
        form=form,
    )
    return answer or show_again(
        request, "province/evaluation.html", _page(request, found(request, pk), form=form)
    )


@desk
@require_POST
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose the ticked suppliers."""
    row = found(request, pk)
    form = ProposeForm(request.POST)
    form.fields["suppliers"].choices = [(str(one.supplier_id), "") for one in queries.lines_of(row)]  # type: ignore[attr-defined]
    if form.is_valid():
        answer = perform(
            request,
            lambda: actions.propose(
                evaluation=row,
                suppliers=[int(one) for one in form.cleaned_data["suppliers"]],
                note=form.cleaned_data["note"],
                by=request.actor,  # type: ignore[attr-defined]
                now=clock.read(),
            ),
            then=f"{BASE}{pk}/",
            done="已提名，等待另一位审批人审定。",
            form=form,
        )
        if answer:
            return answer
    return show_again(request, "province/evaluation.html", _page(request, found(request, pk), propose=form))


@desk
def line(request: HttpRequest, pk: int, key: int) -> HttpResponse:
    """One supplier's figures, its reply and the answer to it."""
    row = found(request, pk)
    one = queries.line_for(request.actor, pk, key)  # type: ignore[attr-defined]
    if one is None:
        raise Http404
    said = getattr(one, "reply", None)
    given = getattr(said, "answer", None) if said is not None else None
    # An answer that comes too late is refused in words, and what was typed stays.
    is_sent = request.method == "POST" and said is not None
    is_open = is_sent or (said is not None and given is None and row.state == "sent")
    form = AnswerForm(request.POST if is_sent else None)
    if is_sent and form.is_valid():
        answer = perform(
            request,
            lambda: replies.answer(
                evaluation=row, reply=said, **form.facts, by=request.actor, now=clock.read()
            ),  # type: ignore[attr-defined]
            then=f"{BASE}{pk}/",
            done="已答复，供应商会收到通知。",
            form=form,
        )
        if answer:
            return answer
    context = {
        **pages.heading(row), **pages.shown_line(one, row), "supplier": one.supplier, "reply": said, "answer": given,
        "form": form if is_open else None, "base": BASE,
        "supplier_url": f"/province/suppliers/{one.supplier_id}/",
    }  # fmt: skip
    return render(request, "province/evaluation_line.html", context, status=422 if form.errors else 200)


@desk(only=[Role.PROVINCE_APPROVER])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a title back with the reason."""
    title = queries.title_for(request.actor, pk)  # type: ignore[attr-defined]
    if title is None or title.state not in titles.BEFORE_ITS_END:
        raise Http404
    back = f"{BASE}{title.line.evaluation_id}/"
    form = ReasonForm(request.POST or None)
    context = {
        "title": f"撤销称号：{title.supplier.name}", "text": f"撤销它的 {title.year} 年度优秀供应商称号，公开页面随即不再显示。",
        "form": form, "button": "撤销", "danger": True, "back": back, "action": request.path, "article": "D47-8.4",
        "facts": [], "hidden": [],
    }  # fmt: skip
    if request.method != "POST":
        return render(request, "shared/confirm.html", context)
    if form.is_valid():
        answer = perform(
            request,
            lambda: titles.withdraw(
                title=title,
                reason=form.cleaned_data["reason"],
                by=request.actor,
                now=clock.read(),  # type: ignore[attr-defined]
            ),
            then=back,
            done="称号已撤销。",
            form=form,
        )
        if answer:
            return answer
    return show_again(request, "shared/confirm.html", context)


@desk
def download(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """Every line as a file, with definitions and weights."""
    row = found(request, pk)
    return exports.answer(kind, f"{row.year}年度供应商评价", pages.sheet_of(row, queries.lines_of(row)))


urlpatterns = [
    path("evaluations/", listing, name="evaluations"),
    path("evaluations/new/", new, name="evaluation_new"),
    path("evaluations/<int:pk>/", show, name="evaluation"),
    re_path(
        r"^evaluations/(?P<pk>[0-9]{1,9})/(?P<action>send|decide|send_back|close|discard)$",
        step,
        name="evaluation_step",
    ),
    path("evaluations/<int:pk>/propose", propose, name="evaluation_propose"),
    path("evaluations/<int:pk>/lines/<int:key>/", line, name="evaluation_line"),
    re_path(r"^evaluations/(?P<pk>[0-9]{1,9})/table\.(?P<kind>xlsx|csv)$", download, name="evaluation_file"),
    path("evaluations/titles/<int:pk>/withdraw/", withdraw, name="title_withdraw"),
]
