"""One application or pilot at the province: the formal check, the experts, the title, its end (D47-A2, D47-6)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from yunquan.desks.province.frame import desk
from yunquan.desks.province.reviewing import reasons_given, reasons_kept
from yunquan.desks.shared import pilot_papers, pilot_parts
from yunquan.desks.shared.forms import BaseForm, MomentField, ReasonsForm
from yunquan.desks.shared.perform import perform, show_again
from yunquan.desks.shared.registers import past_acts
from yunquan.desks.shared.typed import Blank
from yunquan.inspections import expert_queries
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.parties import queries as parties
from yunquan.pilots import access, actions, queries
from yunquan.pilots.actions.reviewing import REASONS
from yunquan.pilots.lifecycle import PILOT
from yunquan.policy.roles import Role

MODES = (("paper", "书面评审"), ("defence", "集中答辩"), ("on_site", "现场考察"))
CODES = [(code, label) for code, label, _fields in REASONS]


class ExpertsForm(BaseForm):
    """Who reviews, and how."""

    experts = forms.MultipleChoiceField(label="评审专家", required=False, widget=forms.CheckboxSelectMultiple)
    mode = forms.ChoiceField(label="评审方式", choices=MODES, widget=forms.RadioSelect, required=False)
    held_at = MomentField(label="答辩或考察时间", required=False)
    place = forms.CharField(label="地点", max_length=120, required=False)

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["experts"].choices = people  # type: ignore[attr-defined]


@desk
def show(request: HttpRequest, pk: int) -> HttpResponse:
    """One application with everything that was done on it."""
    return render(request, "province/pilot.html", _context(request, _pilot(request, pk)))


@require_POST
@desk(only=[Role.PROVINCE_OFFICER])
def check(request: HttpRequest, pk: int) -> HttpResponse:
    """The formal check: accept, or send back with all reasons."""
    pilot, step = _pilot(request, pk), request.POST.get("step", "")
    sent = ReasonsForm(request.POST, codes=CODES)
    by, now = request.actor, clock.read()
    if step == "accept":
        sent = ReasonsForm({**request.POST.dict(), "reasons": [], "reasons_text": "-"}, codes=CODES)
        if any(request.POST.getlist("reasons")) or request.POST.get("reasons_text", "").strip():
            sent.add_error(None, "勾选了退回的理由，没有办理；请取消后再受理，或选退回。")
        else:
            answer = perform(
                request, lambda: actions.accept(pilot=pilot, by=by, now=now),
                then=_at(pk), done="已受理，请安排专家评审。", form=sent,
            )  # fmt: skip
            if answer:
                return answer
    elif step == "send_back":
        if sent.is_valid():
            answer = perform(
                request,
                lambda: actions.send_back(pilot=pilot, reasons=reasons_given(sent), by=by, now=now),
                then=_at(pk), done="已退回，一次告知了全部理由。", form=sent,
            )  # fmt: skip
            if answer:
                return answer
    else:
        sent.add_error(None, "请选择受理或退回补正。")
    errors = [str(message) for messages in sent.errors.values() for message in messages]
    context = _context(request, _pilot(request, pk)) | reasons_kept(request, errors)
    return show_again(request, "province/pilot.html", context)


@require_POST
@desk(only=[Role.PROVINCE_OFFICER])
def ask(request: HttpRequest, pk: int) -> HttpResponse:
    """Seat experts on paper, for a defence or for a visit."""
    pilot, now = _pilot(request, pk), clock.read()
    people, known = _experts(pilot)
    sent = ExpertsForm(request.POST, people=[(str(one.pk), one.name) for one in people])
    is_read = sent.is_valid()
    facts = sent.cleaned_data
    chosen = [one for one in people if str(one.pk) in facts.get("experts", ())]
    wanted = {
        "pilot": pilot, "experts": chosen, "mode": facts.get("mode", ""), "held_at": facts.get("held_at"),
        "place": facts.get("place", ""), "known_ties": known, "now": now,
    }  # fmt: skip
    if is_read:
        answer = perform(
            request, lambda: actions.ask_experts(**wanted, by=request.actor),
            then=_at(pk), done=f"已安排 {len(chosen)} 位专家。", form=sent,
        )  # fmt: skip
        if answer:
            return answer
    else:
        unread = set(sent.errors)
        sent.add_refusals([one for one in actions.seating_faults(**wanted) if one.field not in unread])
    context = _context(request, _pilot(request, pk)) | {"experts_form": sent}
    return show_again(request, "province/pilot.html", context)


@require_POST
@desk(only=[Role.PROVINCE_OFFICER])
def recuse(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """Take an expert off who has not given the sheet."""
    pilot = _pilot(request, pk)
    seat = next((one for one in queries.seats(pilot) if one.person_id == number), None)
    if seat is None:
        raise Http404
    reason = request.POST.get("reason", "")[:300]
    answer = perform(
        request,
        lambda: actions.recuse(
            pilot=pilot, person=seat.person, reason=reason, by=request.actor, now=clock.read()
        ),
        then=_at(pk),
        done="已登记回避。",
    )
    return answer or show_again(request, "province/pilot.html", _context(request, _pilot(request, pk)))


@require_POST
@desk
def move(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Name, drop, finish, call to a hearing, withdraw or keep."""
    pilot, by, now = _pilot(request, pk), request.actor, clock.read()
    sent = pilot_parts.ReasonForm(request.POST)
    reason = sent.cleaned_data["reason"] if sent.is_valid() else ""
    verbs: dict[str, tuple[Callable[[], Any], str]] = {
        "name": (lambda: actions.name(pilot=pilot, by=by, now=now), "已授予试点称号。"),
        "drop": (lambda: actions.drop(pilot=pilot, reason=reason, by=by, now=now), "已不予立项。"),
        "finish": (lambda: actions.finish(pilot=pilot, by=by, now=now), "已确认按期完成。"),
        "hear": (lambda: actions.hear(pilot=pilot, by=by, now=now), "已通知试点单位陈述意见。"),
        "withdraw": (
            lambda: actions.withdraw(pilot=pilot, reason=reason, by=by, now=now),
            "已取消试点称号。",
        ),
        "keep": (lambda: actions.keep(pilot=pilot, reason=reason, by=by, now=now), "已保留称号。"),
    }
    verb, said = verbs[action]
    answer = perform(request, verb, then=_at(pk), done=said, form=sent) if not sent.errors else None
    context = _context(request, _pilot(request, pk)) | {"decision_form": sent}
    return answer or show_again(request, "province/pilot.html", context)


@require_safe
@desk
def download(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """The application as PDF or Word."""
    return pilot_papers.answer(_pilot(request, pk), kind)


def _experts(pilot: Any) -> tuple[list[Any], dict[int, str]]:
    """The experts in office, and the interests that the committee's register knows of them."""
    people = parties.experts(local_date(clock.read()))
    codes, names = queries.firms_of(pilot)
    return people, expert_queries.tied_to([one.pk for one in people], codes=codes, names=names)


def _context(request: HttpRequest, pilot: Any) -> dict[str, Any]:
    now, actor = clock.read(), request.actor
    offers = {row.action for row in PILOT.offers(pilot.state, actor.role)}
    context = pilot_parts.context(pilot, actor, now, inside=True)
    seats = queries.seats(pilot)
    deciding = [one for one in ("name", "drop", "finish", "hear", "withdraw", "keep") if one in offers]
    return context | {
        "base": _at(pilot.pk),
        "offers": offers,
        "deciding": [{"action": one, "label": PILOT.actions[one]} for one in deciding],
        "needs_reason": bool({"drop", "withdraw", "keep"} & offers),
        "decision_form": pilot_parts.ReasonForm(label="理由（不予立项、取消或保留称号时必填）"),
        "seats": [
            {"seat": seat, "state": _seat_said(seat), "score": pilot_parts.points(seat.total)}
            for seat in seats
        ],
        "sheet": [item["name"] for item in pilot.call.criteria],
        "experts_form": _experts_form(pilot, seats) if "ask_experts" in offers else None,
        "codes": [{"code": code, "label": label} for code, label in CODES],
        "chosen": [],
        "reasons_text": "",
        "reasons_errors": [],
        "once": Blank().form({})["once"],
        "acts": past_acts(pilot.journal_key),
    }


def _experts_form(pilot: Any, seats: list[Any]) -> ExpertsForm:
    people, known = _experts(pilot)
    against = {**known, **queries.conflicts(pilot, people)}
    labelled = [
        (str(one.pk), f"{one.name}（应当回避：{against[one.pk]}）" if one.pk in against else one.name)
        for one in people
    ]
    initial = {
        "experts": [str(seat.person_id) for seat in seats if seat.recused_at is None],
        "mode": pilot.mode or "paper",
        "held_at": pilot.held_at,
        "place": pilot.place,
    }
    return ExpertsForm(people=labelled, initial=initial)


def _seat_said(seat: Any) -> tuple[str, str]:
    if seat.recused_at:
        return "已回避", "bad"
    if seat.given_at:
        return "已评分", "good"
    return ("已申报，待评分", "now") if seat.declared_at else ("待申报利害关系", "waiting")


def _pilot(request: HttpRequest, pk: int) -> Any:
    row = access.pilot_for(request.actor, pk)
    if row is None:
        raise Http404
    return row


def _at(pk: int) -> str:
    return f"/province/pilots/{pk}/"
