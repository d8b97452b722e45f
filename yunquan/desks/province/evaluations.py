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
from yunquan.desks.shared import evaluation_pages as shared
from yunquan.desks.shared.forms import BaseForm, DayField
from yunquan.desks.shared.perform import perform, show_again
from yunquan.insight import evaluation_actions as actions
from yunquan.insight import evaluation_queries as queries
from yunquan.insight import evaluation_replies as replies
from yunquan.insight import title_actions as titles
from yunquan.insight.lifecycle import EVALUATION
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.policy.roles import Role

BASE = "/province/evaluations/"
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


@desk
def listing(request: HttpRequest) -> HttpResponseBase:
    """Every evaluation, the latest first."""
    return shared.listing(request, BASE, computes=True)


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
    actor, told = request.actor, shared.context_of(row, BASE)  # type: ignore[attr-defined]
    offered = {one.action for one in EVALUATION.offers(row.state, actor.role)}
    context = {
        **told,
        "buttons": [
            {"action": action, "label": EVALUATION.actions[action], "means": MEANS[action]}
            for action in MEANS
            if action in offered
        ],
        "may_propose": "propose" in offered,
        "may_withdraw": actor.role == Role.PROVINCE_APPROVER,
        "form": ReasonForm(),
        "propose": ProposeForm(initial={"suppliers": [str(one.supplier_id) for one in told["good"]]}),
        **more,
    }
    context["propose"].fields["suppliers"].choices = [
        (str(one.supplier_id), f"{one.supplier.name}（第 {one.rank} 名，{pages.points_text(one.score)} 分）")
        for one in told["ranked"]
    ]
    return context


@desk
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One evaluation: every supplier with its figures, and what can be done now."""
    return render(request, "shared/evaluations/one.html", _page(request, shared.found(request, pk)))


@desk
@require_POST
def step(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Send, decide, send back, close or discard."""
    row, form = shared.found(request, pk), ReasonForm(request.POST)
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
        request, "shared/evaluations/one.html", _page(request, shared.found(request, pk), form=form)
    )


@desk
@require_POST
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose the ticked suppliers."""
    row = shared.found(request, pk)
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
    return show_again(
        request, "shared/evaluations/one.html", _page(request, shared.found(request, pk), propose=form)
    )


@desk
def line(request: HttpRequest, pk: int, key: int) -> HttpResponse:
    """One supplier's figures, its reply and the answer to it."""
    row = shared.found(request, pk)
    one = shared.found_line(request, pk, key)
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
    context = shared.line_context(row, one, BASE, "/province/suppliers/") | {
        "form": form if is_open else None
    }
    return render(request, "shared/evaluations/line.html", context, status=422 if form.errors else 200)


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
    re_path(
        r"^evaluations/(?P<pk>[0-9]{1,9})/table\.(?P<kind>xlsx|csv)$",
        desk(shared.download),
        name="evaluation_file",
    ),
    path("evaluations/titles/<int:pk>/withdraw/", withdraw, name="title_withdraw"),
]
