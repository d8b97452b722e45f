"""Cycles of the programme: create, publish the windows, open, close (D47-5.1, D47-5.18)."""

from __future__ import annotations

from functools import cache
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from yunquan.desks.province.frame import cycle_or_404, desk
from yunquan.desks.shared import exports
from yunquan.desks.shared.forms import BaseForm, MomentField
from yunquan.desks.shared.perform import perform, show_again
from yunquan.journal import clock
from yunquan.kernel.calendar import SHANGHAI, local_date
from yunquan.policy.rulebook import PACKS, load_pack
from yunquan.policy.windows import earliest_closing_on
from yunquan.programme import actions
from yunquan.programme import queries as programme
from yunquan.programme.lifecycle import CYCLE


@cache
def packs() -> dict[str, str]:
    """The shipped rule packs by name, with their titles."""
    folders = sorted(folder.name for folder in PACKS.iterdir() if folder.is_dir())
    return {name: load_pack(name).title for name in folders}


CYCLES = exports.Listing(
    "发放周期",
    ("周期", "row.name"), ("代码", "row.code"), ("年度", "row.year", "count"), ("适用规则", "pack"), ("状态", "state"),
)  # fmt: skip
TONES = {"open": "good", "draft": "waiting", "closed": ""}
WINDOWS = {"register": "供应商注册", "apply": "申领", "claim": "兑现"}


class CycleForm(BaseForm):
    """A new year's programme."""

    code = forms.CharField(label="周期代码", max_length=16, help_text="进入每张券的券号，如 2019 或 2019-2")
    name = forms.CharField(label="名称", max_length=80, help_text="如：2019 年度")
    year = forms.IntegerField(label="年度", min_value=2000, max_value=2100)
    pack = forms.ChoiceField(label="适用规则", choices=lambda: list(packs().items()))


class WindowsForm(BaseForm):
    """Opening and closing times of the three windows; a window left blank stays as it is."""

    register_opens_at = MomentField(label="供应商注册：开放", required=False)
    register_closes_at = MomentField(label="供应商注册：截止", required=False)
    apply_opens_at = MomentField(label="申领：开放", required=False)
    apply_closes_at = MomentField(label="申领：截止", required=False)
    claim_opens_at = MomentField(label="兑现：开放", required=False)
    claim_closes_at = MomentField(label="兑现：截止", required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        for kind, label in WINDOWS.items():
            for name, other, word in (("opens_at", "closes_at", "开放"), ("closes_at", "opens_at", "截止")):
                mine, theirs = f"{kind}_{name}", f"{kind}_{other}"
                if cleaned.get(theirs) and not cleaned.get(mine) and mine not in self.errors:
                    self.add_error(mine, f"请填写{label}的{word}时间；开放和截止要一起填写。")
        if not self.errors and not self.windows():
            self.add_error(None, "没有填写任何起止时间。")
        return cleaned

    def windows(self) -> dict[str, tuple[Any, Any]]:
        """The windows that were filled in."""
        found = {}
        for kind in WINDOWS:
            opens, closes = (self.cleaned_data.get(f"{kind}_{name}") for name in ("opens_at", "closes_at"))
            if opens and closes:
                found[kind] = (opens, closes)
        return found


@desk
def cycles(request: HttpRequest) -> HttpResponseBase:
    """All cycles, the latest first."""
    rows = [
        {
            "row": row,
            "state": CYCLE.states[row.state],
            "tone": TONES[row.state],
            "pack": packs().get(row.pack, row.pack),
        }
        for row in programme.cycles(request.actor)  # type: ignore[attr-defined]
    ]
    context = {"cycles": rows, "files": CYCLES.files(request)}
    return CYCLES.asked(request, rows) or render(request, "province/cycles.html", context)


@desk
def create(request: HttpRequest) -> HttpResponse:
    """Set up a cycle."""
    form = CycleForm(request.POST or None, initial={"year": local_date(clock.read()).year})
    context = {"title": "新建发放周期", "form": form, "button": "新建", "back": "/province/cycles/"}
    if request.method != "POST":
        return render(request, "shared/form.html", context)
    if form.is_valid():
        answer = perform(
            request,
            lambda: actions.create_cycle(**form.facts, by=request.actor, now=clock.read()),  # type: ignore[attr-defined]
            then=lambda cycle: f"/province/cycles/{cycle.pk}/",
            done="周期已新建。下一步：公布起止时间，下达地市额度。",
            form=form,
        )
        if answer:
            return answer
    return show_again(request, "shared/form.html", context)


def cycle_context(request: HttpRequest, cycle: Any) -> dict[str, Any]:
    """What the page of a cycle shows."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    table = programme.quota_table(cycle, actor=actor)
    shown = programme.windows(cycle, now)
    published = {row.kind for row in shown}
    steps = [
        {"passed": {"apply", "claim"} <= published, "text": "公布申领和兑现的起止时间", "article": "D47-5.18",
         "url": f"/province/cycles/{cycle.pk}/windows/", "url_label": "公布或延长"},
        {"passed": bool(table), "text": f"下达地市目标额度（已下达 {len(table)} 个地市）", "article": "D47-5.1",
         "url": f"/province/cycles/{cycle.pk}/quotas/", "url_label": "填写额度表"},
        {"passed": any(row.appropriated_fen for row in table) or None, "text": "下达资金", "article": "D47-8.2b",
         "url": f"/province/cycles/{cycle.pk}/funds/", "url_label": "下达资金"},
    ]  # fmt: skip
    return {
        "cycle": cycle,
        "title": cycle.name,
        "state": CYCLE.states[cycle.state],
        "tone": TONES[cycle.state],
        "pack": packs().get(cycle.pack, cycle.pack),
        "windows": shown,
        "steps": steps,
        "rows": table,
        "total": programme.total_row(table),
        "offers": CYCLE.offers_to(cycle.state, actor),
        "labels": CYCLE.actions,
    }


@desk
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One cycle: what is still to be done, its windows, its quota."""
    return render(request, "province/cycle.html", cycle_context(request, cycle_or_404(request, pk)))


@require_POST
@desk
def move(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Open or close a cycle."""
    cycle = cycle_or_404(request, pk)
    verb = {"open": actions.open_cycle, "close": actions.close_cycle}[action]
    answer = perform(
        request,
        lambda: verb(cycle=cycle, by=request.actor, now=clock.read()),  # type: ignore[attr-defined]
        then=f"/province/cycles/{pk}/",
        done=f"已{CYCLE.actions[action]}。",
    )
    return answer or show_again(request, "province/cycle.html", cycle_context(request, cycle))


@desk
def windows(request: HttpRequest, pk: int) -> HttpResponse:
    """Publish the windows with their time of day; a closing never moves earlier (D47-5.18)."""
    cycle, now = cycle_or_404(request, pk), clock.read()
    present = programme.windows(cycle, now)
    initial = {}
    for row in present:
        initial[f"{row.kind}_opens_at"] = row.opens_at.astimezone(SHANGHAI).replace(tzinfo=None)
        initial[f"{row.kind}_closes_at"] = row.closes_at.astimezone(SHANGHAI).replace(tzinfo=None)
    form = WindowsForm(request.POST or None, initial=initial)
    earliest = earliest_closing_on(now, programme.rulebook(cycle.pack))
    context = {
        "title": f"{cycle.name}：公布起止时间",
        "form": form,
        "cycle": cycle,
        "earliest": earliest,
        "present": present,
    }
    if request.method != "POST":
        return render(request, "province/windows.html", context)
    if form.is_valid():
        changed = {kind: times for kind, times in form.windows().items() if _differs(kind, times, present)}
        if not changed:
            return redirect(f"/province/cycles/{pk}/")
        answer = perform(
            request,
            lambda: actions.publish_windows(
                cycle=cycle,
                windows=changed,
                by=request.actor,
                now=now,  # type: ignore[attr-defined]
            ),
            then=f"/province/cycles/{pk}/",
            done="起止时间已公布，公众页面同步显示。",
            form=form,
        )
        if answer:
            return answer
    return show_again(request, "province/windows.html", context)


def _differs(kind: str, times: tuple[Any, Any], present: list[Any]) -> bool:
    kept = next((row for row in present if row.kind == kind), None)
    return kept is None or (kept.opens_at, kept.closes_at) != times
