"""规则试算: ask what a draft would do, work on it, let its report go with the change to the second person."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path, re_path
from django.views.decorators.http import require_POST

from yunquan.desks.province.frame import desk
from yunquan.desks.shared import replays as pages
from yunquan.desks.shared.forms import BaseForm
from yunquan.desks.shared.perform import perform, show_again
from yunquan.desks.shared.rule_values import flat
from yunquan.insight import actions, queries
from yunquan.insight.tables import Disagreement
from yunquan.journal import clock
from yunquan.policy.packfile import PackError
from yunquan.programme import access as programme_access

BASE, VOUCHERS = "/province/replays/", "/province/vouchers/"
READ = pages.views(desk, base=BASE, voucher_base=VOUCHERS)


class AskForm(BaseForm):
    """Which drafts to try on the vouchers of which cycles."""

    changes = forms.MultipleChoiceField(label="规则变更", widget=forms.CheckboxSelectMultiple)
    cycles = forms.MultipleChoiceField(label="周期", widget=forms.CheckboxSelectMultiple)
    title = forms.CharField(label="名称", required=False, max_length=120, help_text="留空按规则和周期取名")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.drafts = {str(row.pk): row for row in queries.drafts()}
        self.cycle_rows = {str(row.pk): row for row in queries.cycles()}
        words = {key: _named(row) for key, row in self.drafts.items()}
        self.fields["changes"].choices = list(words.items())  # type: ignore[attr-defined]
        self.fields["cycles"].choices = [(key, row.name) for key, row in self.cycle_rows.items()]  # type: ignore[attr-defined]


def _named(row: Any) -> str:
    title = queries.rule_title(row)
    return f"{title}：{flat(row.value)[:60]}（{row.from_on} 起，{row.lifecycle.states[row.state]}）"


@desk
def new(request: HttpRequest) -> HttpResponse:
    """Choose drafts and cycles; few vouchers are tried at once, many in the background."""
    initial = {
        "changes": request.GET.getlist("change"),
        "cycles": [str(row.pk) for row in queries.cycles()[:1]],
    }
    form = AskForm(request.POST or None, initial=initial)
    context = {"form": form, "base": BASE, "replayed": queries.replayed_titles()}
    if request.method != "POST":
        return render(request, "province/replay_new.html", context)
    if form.is_valid():
        answer = perform(
            request,
            lambda: _asked(request, form),
            then=lambda row: f"{BASE}{row.pk}/",
            done="已提出试算。",
            form=form,
        )
        if answer:
            return answer
    return show_again(request, "province/replay_new.html", context)


def _asked(request: HttpRequest, form: AskForm) -> Any:
    said, by = form.cleaned_data, request.actor  # type: ignore[attr-defined]
    row = actions.ask(
        changes=[form.drafts[key] for key in said["changes"]],
        cycles=[form.cycle_rows[key] for key in said["cycles"]],
        title=said["title"],
        by=by,
        now=clock.read(),
    )
    if queries.is_small(row):
        _worked_on(row, by)
    return row


def _worked_on(row: Any, by: Any) -> None:
    # What went wrong stands with the replay, and its page tells it.
    with suppress(PackError, Disagreement):
        actions.run(row=row, by=by, now=clock.read())


@desk
@require_POST
def run(request: HttpRequest, pk: int) -> HttpResponse:
    """Work on a small replay now, where it was left."""
    row = pages.found(request, pk)
    if pages.finished(row) or not queries.is_small(row):
        raise Http404
    answer = perform(request, lambda: _worked_on(row, request.actor), then=f"{BASE}{pk}/")  # type: ignore[attr-defined]
    assert answer is not None  # Nothing here is refused.
    return answer


@desk
@require_POST
def attach(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a report go with a draft to its second person."""
    change = programme_access.rule_change_for(request.actor, pk)  # type: ignore[attr-defined]
    wanted = request.POST.get("replay", "")
    row = pages.found(request, wanted) if wanted.isdigit() and len(wanted) < 10 else None
    if change is None or row is None or not pages.finished(row):
        raise Http404
    here = f"/province/rules/changes/{pk}/"
    answer = perform(
        request,
        lambda: actions.attach(change=change, report=row.report, by=request.actor, now=clock.read()),  # type: ignore[attr-defined]
        then=here,
        done="试算报告已附在变更上，复核人会看到。",
    )
    if answer:
        return answer
    context = pages.page_of(request, row, BASE, VOUCHERS)
    return show_again(request, "province/replay.html", {**context, "can_act": True})


@desk
def listing(request: HttpRequest) -> HttpResponse:
    """Every replay, the latest first."""
    return render(request, "province/replays.html", pages.listed(request, BASE))


@desk
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One replay with its report, and what can be done with it."""
    row = pages.found(request, pk)
    context = pages.page_of(request, row, BASE, VOUCHERS)
    return render(request, "province/replay.html", {**context, "can_act": True})


urlpatterns = [
    path("replays/", listing, name="replays"),
    path("replays/new/", new, name="replay_new"),
    path("replays/compare/", READ["compare"], name="replay_compare"),
    path("replays/<int:pk>/", show, name="replay"),
    path("replays/<int:pk>/run", run, name="replay_run"),
    re_path(
        r"^replays/(?P<pk>[0-9]{1,9})/(?P<table>[a-z_]{1,20})\.(?P<kind>xlsx|csv)$",
        READ["download"],
        name="replay_file",
    ),
    path("rules/changes/<int:pk>/report", attach, name="attach_report"),
]
