"""试点申报: open calls, the application of annex 2 step by step, its paper, what became of it (D47-A2, D47-6)."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe

from yunquan.desks.shared import pilot_papers, pilot_parts, wizard
from yunquan.desks.shared.perform import perform, show_again
from yunquan.desks.shared.typed import Blank, rearranged
from yunquan.desks.supplier.frame import desk, own_supplier
from yunquan.desks.supplier.pilots_asking import FRESH, LISTS, STEPS, blanks
from yunquan.journal import clock
from yunquan.kernel.refusal import Refusal
from yunquan.pilots import access, actions, form, queries
from yunquan.pilots.lifecycle import EDITABLE
from yunquan.programme import queries as programme

_ROWS = {name: label for lists in LISTS.values() for name, label, _unit, _title in lists}


@desk
def listing(request: HttpRequest) -> HttpResponse:
    """The calls that are open, and one's own applications and pilots."""
    supplier = own_supplier(request)
    now = clock.read()
    mine = list(access.pilots_visible_to(request.actor))
    begun = {row.call_id for row in mine}
    calls = [row for row in queries.open_calls(now) if row.pk not in begun]
    context = {
        "supplier": supplier,
        "calls": calls,
        "pilots": pilot_parts.shown(mine, now),
        "once": Blank().form({})["once"],
        "files": pilot_parts.OUTSIDE.files(request),
    }
    file = pilot_parts.OUTSIDE.asked(request, context["pilots"])
    return file or render(request, "supplier/pilots.html", context)


@require_POST
@desk
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a draft of a call and go to its first step."""
    supplier, call = own_supplier(request), access.call_for(request.actor, pk)
    if call is None:
        raise Http404
    answer = perform(
        request,
        lambda: actions.start(call=call, supplier=supplier, by=request.actor, now=clock.read()),
        then=lambda row: _place(row.pk, "unit"),
    )
    return answer or HttpResponseRedirect(reverse("supplier:pilots"))


@desk
def step(request: HttpRequest, pk: int, step: str) -> HttpResponse:
    """One step of the form: GET shows the draft, POST keeps it as it was typed."""
    pilot, now = _own(request, pk), clock.read()
    if step not in dict(STEPS):
        raise Http404
    if pilot.state not in EDITABLE:
        messages.info(request, f"申报现在是“{pilot.lifecycle.states[pilot.state]}”，不能修改。")
        return HttpResponseRedirect(_one(pk))
    if step == "check":
        return _check(request, pilot)
    blank, typed = _blanks(pilot)[step], dict(pilot.typed)
    problems: list[Refusal] = []
    if request.method == "POST":
        heard, problems = blank.read(request)
        stays = rearranged(request, heard, FRESH)
        answer = perform(
            request,
            lambda: actions.save(pilot=pilot, typed=heard, by=request.actor, now=now),
            then=request.path,
        )
        if answer is None:
            return HttpResponseRedirect(_one(pk))
        typed |= heard
        pilot.typed = form.kept(typed)
        if not stays and not problems:
            if "next" not in request.POST:
                messages.success(request, "草稿已保存。")
                return answer
            problems = [one for one in form.refusals(pilot, now) if blank.names()(one.field)]
            if not problems:
                return HttpResponseRedirect(_place(pk, wizard.after(STEPS, step)))
    elif "check" in request.GET:
        problems = [one for one in form.refusals(pilot, now) if blank.names()(one.field)]
    shown = blank.form(typed, org=request.actor.org)
    shown.beside(problems)
    lists = [
        {"name": name, "label": label, "unit": unit, "title": title, "rows": shown.lined[name]}
        for name, label, unit, title in LISTS[step]
    ]
    context = _frame(pilot, step) | {
        "form": shown,
        "lists": lists,
        "reasons": pilot.return_reasons if pilot.state == "returned" else [],
    }
    status = 422 if problems and request.method == "POST" else 200
    return render(request, "supplier/pilot_step.html", context, status=status)


def _check(request: HttpRequest, pilot: Any) -> HttpResponse:
    """Every problem at once with the way to its field, and the submission."""
    now, status = clock.read(), 200
    refusals: Any = form.refusals(pilot, now)
    sent = Blank().form({}, once=request.POST.get("once", ""))
    if request.method == "POST":
        answer = perform(
            request,
            lambda: actions.submit(pilot=pilot, by=request.actor, now=now),
            then=_one(pilot.pk),
            done="已提交，等待省厅形式审查。请按通知报送纸质申请书一式三份。",
            form=sent,
        )
        if answer is not None:
            return answer
        refusals, status = sent.refusals_by_field.get("", []), 422
    context = _frame(pilot, "check") | {
        "once": sent["once"],
        "problems": wizard.located(refusals, _blanks(pilot), lambda one: _place(pilot.pk, one), _ROWS),
        "parts": pilot_parts.parts(pilot, now),
    }
    return render(request, "supplier/pilot_check.html", context, status=status)


@desk
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One application or pilot: where it stands, what it says, its progress."""
    return render(request, "supplier/pilot.html", _context(request, _own(request, pk)))


@require_POST
@desk
def recall(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the application back to change it."""
    pilot = _own(request, pk)
    answer = perform(
        request,
        lambda: actions.recall(pilot=pilot, by=request.actor, now=clock.read()),
        then=_place(pk, "check"),
        done="已撤回，可以修改后重新提交。",
    )
    return answer or show_again(request, "supplier/pilot.html", _context(request, _own(request, pk)))


@require_POST
@desk
def state(request: HttpRequest, pk: int) -> HttpResponse:
    """Say something before the title is taken."""
    pilot = _own(request, pk)
    sent = pilot_parts.ReasonForm(request.POST, label="陈述意见")
    answer = None
    if sent.is_valid():
        text = sent.cleaned_data["reason"]
        answer = perform(
            request,
            lambda: actions.state(pilot=pilot, text=text, by=request.actor, now=clock.read()),
            then=_one(pk),
            done="意见已提交。",
            form=sent,
        )
    context = _context(request, _own(request, pk)) | {"state_form": sent}
    return answer or show_again(request, "supplier/pilot.html", context)


@require_safe
@desk
def download(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The application as PDF or Word in the official layout."""
    return pilot_papers.answer(_own(request, pk), kind)


def _own(request: HttpRequest, pk: int) -> Any:
    pilot = access.pilot_for(request.actor, pk)
    if pilot is None:
        raise Http404
    return pilot


def _context(request: HttpRequest, pilot: Any) -> dict[str, Any]:
    now = clock.read()
    return pilot_parts.context(pilot, request.actor, now) | {
        "may_change": pilot.state in EDITABLE,
        "may_recall": pilot.state == "submitted",
        "may_state": pilot.state == "hearing" and pilot.stated_at is None,
        "state_form": pilot_parts.ReasonForm(label="陈述意见"),
        "base": _one(pilot.pk),
        "once": Blank().form({})["once"],
    }


def _blanks(pilot: Any) -> dict[str, Blank]:
    return blanks(programme.rulebook(pilot.call.cycle.pack).services(clock.today()))


def _frame(pilot: Any, step: str) -> dict[str, Any]:
    before = wizard.before(STEPS, step)
    return {
        "pilot": pilot,
        "supplier": pilot.supplier,
        "step": step,
        "steps": wizard.tabs(STEPS, step, lambda one: _place(pilot.pk, one)),
        "previous": _place(pilot.pk, before) if before else "",
        "base": _one(pilot.pk),
    }


def _one(pk: int) -> str:
    return reverse("supplier:pilot", args=[pk])


def _place(pk: int, step: str) -> str:
    return reverse("supplier:pilot_step", args=[pk, step])
