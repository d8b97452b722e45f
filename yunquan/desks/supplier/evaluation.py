"""年度评价: a supplier's own figures with definitions and weights, its right of reply, its titles (D47-8.3)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path

from yunquan.desks.shared import evaluating as pages
from yunquan.desks.shared import exports
from yunquan.desks.shared.forms import BaseForm, UploadField
from yunquan.desks.shared.perform import perform
from yunquan.desks.supplier.frame import desk, own_supplier
from yunquan.evidence import actions as evidence
from yunquan.insight import evaluation_queries as queries
from yunquan.insight import evaluation_replies as replies
from yunquan.journal import clock
from yunquan.kernel.calendar import CalendarNotAnnounced, local_date
from yunquan.programme.queries import working_calendar

BASE = "/supplier/evaluation/"
YEARS = exports.Listing(
    "供应商评价",
    ("年度", "row.year", "count"), ("版次", "row.edition", "count"), ("评价期自", "row.from_on", "date"),
    ("评价期至", "row.until_on", "date"), ("状态", "state"), ("提意见期限", "row.due_on", "date"),
)  # fmt: skip


class ReplyForm(BaseForm):
    """What the supplier says to its figures."""

    text = forms.CharField(
        label="意见", max_length=5000, widget=forms.Textarea(attrs={"rows": 6}),
        help_text="写明哪一项不对、应当是多少、依据是什么；只能提交一次",
    )  # fmt: skip
    file = UploadField(label="证明材料", required=False, kinds=("pdf", "jpg", "png"), limit_mb=20)


@desk
def listing(request: HttpRequest) -> HttpResponseBase:
    """Every year in which the supplier was evaluated."""
    own_supplier(request)
    rows = list(queries.evaluations_visible_to(request.actor)[: exports.most(request, 100)])  # type: ignore[attr-defined]
    shown = [{**pages.heading(row), "told": row.state != "discarded"} for row in rows]
    context = {"rows": shown, "base": BASE, "files": YEARS.files(request)}
    return YEARS.asked(request, shown) or render(request, "supplier/evaluations.html", context)


@desk
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """The supplier's own figures; while the time runs it may say what is wrong."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    supplier = own_supplier(request)
    row = queries.evaluation_for(actor, pk)
    line = queries.own_line(actor, row) if row is not None else None
    if row is None or line is None:
        raise Http404
    said = getattr(line, "reply", None)
    in_time = row.due_on is not None and row.due_on >= local_date(now)
    is_open = row.state == "sent" and said is None and in_time
    # What comes too late is refused in words, and what was typed stays.
    is_sent = request.method == "POST"
    form = ReplyForm(request.POST or None, request.FILES or None) if is_open or is_sent else None
    if form is not None and is_sent and form.is_valid():
        answer = perform(
            request,
            lambda: _reply(row, form, actor, now),
            then=f"{BASE}{pk}/",
            done="意见已提交，省厅会逐项答复。",
            form=form,
        )
        if answer:
            return answer
    titles = [one for one in queries.public_titles(row) if one.supplier_id == supplier.pk]
    context = {
        **pages.heading(row), **pages.method_context(row), **pages.shown_line(line, row), "base": BASE, "reply": said,
        "answer": getattr(said, "answer", None) if said is not None else None, "form": form, "left": _left(row, now),
        "titles": [{"title": one, **pages.title_state(one)} for one in titles],
    }  # fmt: skip
    status = 422 if form is not None and form.errors else 200
    return render(request, "supplier/evaluation.html", context, status=status)


def _reply(row: Any, form: ReplyForm, actor: Any, now: Any) -> Any:
    sent, file = form.cleaned_data["file"], None
    if sent is not None:
        file = evidence.take_file(content=sent.read(), name=sent.name, org=actor.org, by=actor, now=now)
    return replies.reply(evaluation=row, text=form.cleaned_data["text"], file=file, by=actor, now=now)


def _left(row: Any, now: Any) -> int | None:
    if row.state != "sent":
        return None
    try:
        return working_calendar().working_days_between(local_date(now), row.due_on)
    except CalendarNotAnnounced:
        return None


urlpatterns = [
    path("evaluation/", listing, name="evaluations"),
    path("evaluation/<int:pk>/", show, name="evaluation"),
]
