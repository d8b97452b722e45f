"""试点示范: calls for applications, their ranking, publicity, and the quota set aside (D47-A2, D47-6)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from yunquan.desks.province.frame import desk
from yunquan.desks.shared import exports, pilot_parts
from yunquan.desks.shared.forms import BaseForm, MomentField
from yunquan.desks.shared.perform import perform, show_again
from yunquan.desks.shared.registers import past_acts
from yunquan.desks.shared.typed import Blank
from yunquan.journal import clock
from yunquan.kernel.money import MoneyError, parse_yuan, yuan_plain
from yunquan.kernel.refusal import Refusal
from yunquan.parties import regions
from yunquan.pilots import access, actions, earmarks, form, queries, scoring
from yunquan.pilots.actions.calling import CallFacts, Choice
from yunquan.pilots.lifecycle import CALL
from yunquan.policy.roles import Role
from yunquan.programme import access as programme_access
from yunquan.programme import queries as programme

LISTS = (pilot_parts.CALLS, pilot_parts.INSIDE, pilot_parts.EARMARKS)
TONES = {"draft": "waiting", "open": "now", "ranked": "waiting", "public": "good"}
SPARE = 8  # Lines of the score sheet that the page offers.


class CallForm(BaseForm):
    """A call: when it closes, how it is judged, the items of the score sheet."""

    musts = ("title", "text", "closes_at")

    cycle = forms.ChoiceField(label="周期")
    title = forms.CharField(label="标题", max_length=120, required=False)
    text = forms.CharField(
        label="通知正文", max_length=4000, required=False, widget=forms.Textarea(attrs={"rows": 6}),
        help_text="申报条件、材料、报送方式；发布后不能修改",
    )  # fmt: skip
    closes_at = MomentField(label="申报截止时间", required=False)
    pass_mark = forms.IntegerField(label="入选最低分", help_text="0 到 100；文件没有规定，由省厅在通知中写明")
    least_experts = forms.IntegerField(label="每份至少评审专家数")

    def __init__(self, *args: Any, cycles: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cycle"].choices = [(str(row.pk), row.name) for row in cycles]  # type: ignore[attr-defined]
        for place in range(SPARE):
            label = f"评分项目 {place + 1}"
            self.fields[f"criteria-{place}-name"] = forms.CharField(
                label=label, required=False, max_length=40
            )
            self.fields[f"criteria-{place}-about"] = forms.CharField(
                label=f"{label}：说明", required=False, max_length=200
            )
            self.fields[f"criteria-{place}-weight"] = forms.IntegerField(
                label=f"{label}：权重（%）", required=False, min_value=0, max_value=100
            )
        from yunquan.desks.shared.forms import dress

        dress(self)

    def criteria(self) -> list[dict[str, Any]]:
        """The items that were filled in, in their order."""
        found = []
        for place in range(SPARE):
            name, about, weight = (
                self.cleaned_data.get(f"criteria-{place}-{part}") for part in ("name", "about", "weight")
            )
            if name or about or weight:
                found.append({"name": name or "", "about": about or "", "weight": weight or 0})
        return found

    def written(self) -> CallFacts:
        """The call as it was typed; what can't be read has its usual value."""
        read = self.cleaned_data
        return CallFacts(
            title=read.get("title", ""),
            text=read.get("text", ""),
            closes_at=read.get("closes_at"),
            criteria=self.criteria(),
            pass_mark=read.get("pass_mark", scoring.PASS_MARK),
            least_experts=read.get("least_experts", scoring.LEAST_EXPERTS),
        )

    def also_wrong(self, cycle: Any, now: datetime) -> list[Refusal]:
        """What is wrong with the fields that could be read, where others could not."""
        unread = set(self.errors)
        if any(name.endswith("-weight") for name in unread):
            unread.add("criteria-0-weight")  # The weights that could be read make no sum.
        faults = actions.call_faults(cycle, self.written(), now) if cycle is not None else []
        return [one for one in faults if one.field not in unread]


@desk
def listing(request: HttpRequest) -> HttpResponse:
    """Calls, what waits, pilots with their progress, and the quota set aside by city."""
    now, cycle = clock.read(), programme.current_cycle()
    most = exports.most(request, 200)
    rows = list(access.pilots_visible_to(request.actor)[:most])
    context = {
        "calls": [
            {"call": row, "state": CALL.states[row.state], "tone": TONES[row.state]}
            for row in queries.calls_with_counts(request.actor)[:most]
        ],
        "waiting": pilot_parts.shown(queries.waiting(request.actor)[:50], now, inside=True),
        "pilots": pilot_parts.shown(rows, now, inside=True),
        "cycle": cycle,
        "earmarks": earmarks.table(cycle) if cycle is not None else [],
        "may_draft": request.actor.role == Role.PROVINCE_OFFICER,
    }
    context["files"] = {one.key: one.files(request) for one in LISTS}
    file = exports.first_asked(request, *((one, context[one.key]) for one in LISTS))
    return file or render(request, "province/pilots.html", context)


@desk(only=[Role.PROVINCE_OFFICER])
def write(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Write a call, or its draft anew."""
    call = _call(request, pk) if pk is not None else None
    cycles = list(
        programme_access.cycles_visible_to(request.actor).exclude(state="closed").order_by("-order")
    )
    sheet = call.criteria if call is not None else scoring.usual_sheet()
    initial: dict[str, Any] = {
        "pass_mark": scoring.PASS_MARK,
        "least_experts": scoring.LEAST_EXPERTS,
        **({name: getattr(call, name) for name in ("title", "text", "closes_at", "pass_mark", "least_experts")} if call else {}),
        "cycle": str(call.cycle_id) if call else "",
    }  # fmt: skip
    for place, item in enumerate(sheet[:SPARE]):
        initial |= {f"criteria-{place}-{part}": item[part] for part in ("name", "about", "weight")}
    sent = CallForm(request.POST or None, cycles=cycles, initial=initial)
    context = {
        "title": "起草试点申报通知",
        "form": sent,
        "button": "保存草稿",
        "back": "/province/pilots/",
        "lead": "文件没有规定评分项目和权重；下列为平台建议，可修改，合计须为 100。发布后不再改动。",
    }
    if request.method != "POST":
        return render(request, "province/pilot_call_form.html", context)
    is_read = sent.is_valid()
    chosen = next((row for row in cycles if str(row.pk) == sent.cleaned_data.get("cycle")), None)
    if not is_read:
        # What can't be right is told together with what can't be read.
        sent.add_refusals(sent.also_wrong(chosen, clock.read()))
    else:
        answer = perform(
            request,
            lambda: actions.draft_call(
                cycle=chosen, facts=sent.written(), call=call, by=request.actor, now=clock.read()
            ),
            then=lambda row: f"/province/pilots/calls/{row.pk}/",
            done="草稿已保存。下一步：由另一位审批人发布。",
            form=sent,
        )
        if answer:
            return answer
    return show_again(request, "province/pilot_call_form.html", context)


@desk
def call(request: HttpRequest, pk: int) -> HttpResponse:
    """One call with its applications in the order of their scores."""
    context = _context(request, _call(request, pk))
    ranking = [
        *(row | {"title": row["pilot"].title, "state": row["pilot"].lifecycle.states[row["pilot"].state],
                 "passes_said": "是" if row["passes"] else "否"} for row in context["standing"]),
        *(row | {"rank": row["pilot"].rank} for row in context["others"]),
    ]  # fmt: skip
    file = pilot_parts.RANKING.asked(request, ranking)
    return file or render(request, "province/pilot_call.html", context)


@require_POST
@desk
def move(request: HttpRequest, pk: int, action: str) -> HttpResponse:
    """Publish, give back or put in public."""
    row, now = _call(request, pk), clock.read()
    sent = pilot_parts.ReasonForm(request.POST)
    reason = sent.cleaned_data["reason"] if sent.is_valid() else ""
    verbs: dict[str, tuple[Any, str]] = {
        "publish": (
            lambda: actions.publish(call=row, by=request.actor, now=now),
            "通知已发布，已告知注册供应商。",
        ),
        "unrank": (
            lambda: actions.unrank(call=row, reason=reason, by=request.actor, now=now),
            "已退回重排。",
        ),
        "publicise": (lambda: actions.publicise(call=row, by=request.actor, now=now), "已公示。"),
    }
    verb, said = verbs[action]
    place = f"/province/pilots/calls/{pk}/"
    answer = perform(request, verb, then=place, done=said, form=sent) if not sent.errors else None
    context = _context(request, _call(request, pk)) | {"reason_form": sent}
    return answer or show_again(request, "province/pilot_call.html", context)


@require_POST
@desk(only=[Role.PROVINCE_OFFICER])
def rank(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the applications in their order and propose pilots with quota by city."""
    row, now = _call(request, pk), clock.read()
    choices, problems = _choices(request, row)
    sent = Blank().form({}, once=request.POST.get("once", ""))
    answer = None
    if not problems:
        answer = perform(
            request,
            lambda: actions.rank(call=row, choices=choices, by=request.actor, now=now),
            then=f"/province/pilots/calls/{pk}/",
            done="已排序，等另一位审批人公示。",
            form=sent,
        )
    problems += [one for found in sent.refusals_by_field.values() for one in found]
    context = _context(request, _call(request, pk), typed=request.POST) | {"problems": problems}
    return answer or show_again(request, "province/pilot_call.html", context)


def _choices(request: HttpRequest, call: Any) -> tuple[dict[int, Choice], list[Refusal]]:
    """What was chosen for each application, and sums that can't be read."""
    found: dict[int, Choice] = {}
    problems: list[Refusal] = []
    for entry in queries.standing(call):
        pilot, marks = entry["pilot"], {}
        chosen = request.POST.get(f"choice_{pilot.pk}", "")
        if chosen not in ("yes", "no"):
            continue
        for city, _enterprises, _fen in _areas(pilot):
            typed = request.POST.get(f"earmarks_{pilot.pk}_{city}", "").strip()
            if typed and chosen == "yes":
                try:
                    marks[city] = parse_yuan(typed)
                except MoneyError as wrong:
                    said = f"{pilot.title}，{regions.place_name(city)}：{wrong}。"
                    problems.append(
                        Refusal("not_money", said, "D47-6.4", field=f"earmarks_{pilot.pk}_{city}")
                    )
        marks = {city: fen for city, fen in marks.items() if fen}
        reason = request.POST.get(f"reason_{pilot.pk}", "")
        found[pilot.pk] = Choice(chosen=chosen == "yes", earmarks=marks, reason=reason)
    return found, problems


def _areas(pilot: Any) -> Any:
    return form.facts(pilot, pilot.call, clock.read())[0].areas


def _context(request: HttpRequest, call: Any, *, typed: Any = None) -> dict[str, Any]:
    now = clock.read()
    offers = {row.action for row in CALL.offers(call.state, request.actor.role)}
    return {
        "call": call,
        "title": call.title,
        "state": CALL.states[call.state],
        "tone": TONES[call.state],
        "offers": offers,
        "may_edit": call.state == "draft" and request.actor.role == Role.PROVINCE_OFFICER,
        "is_over": now >= call.closes_at,
        "standing": [_shown(entry, call, typed) for entry in queries.standing(call)]
        if call.state == "open"
        else [],
        "others": (others := pilot_parts.shown(queries.others_of_call(call), now, inside=True)),
        "to_decide": call.publicity_ends_at is not None
        and call.publicity_ends_at <= now
        and any(row["pilot"].state == "public" for row in others),
        "reason_form": pilot_parts.ReasonForm(label="退回重排的理由"),
        "problems": [],
        "once": Blank().form({})["once"],
        "files": pilot_parts.RANKING.files(request),
        "acts": past_acts(call.journal_key),
    }


def _shown(entry: dict[str, Any], call: Any, typed: Any) -> dict[str, Any]:
    """A line of the ranking: marks, and what was typed or is proposed for it."""
    pilot, totals = entry["pilot"], entry["totals"]
    mean = scoring.mean(totals) if totals else None
    passes = mean is not None and mean >= call.pass_mark * 100
    name = f"choice_{pilot.pk}"
    return {
        "pilot": pilot,
        "rank": entry["rank"],
        "score": pilot_parts.points(mean),
        "given": len(totals),
        "seats": sum(seat.recused_at is None for seat in pilot.seats.all()),
        "passes": passes,
        "chosen": typed.get(name, "") if typed else ("yes" if passes else "no"),
        "reason": typed.get(f"reason_{pilot.pk}", "") if typed else "",
        "areas": [
            {
                "city": city,
                "name": regions.place_name(city),
                "enterprises": enterprises,
                "amount": typed.get(f"earmarks_{pilot.pk}_{city}", "") if typed else yuan_plain(fen),
            }
            for city, enterprises, fen in _areas(pilot)
        ],
    }


def _call(request: HttpRequest, pk: int) -> Any:
    row = access.call_for(request.actor, pk)
    if row is None:
        raise Http404
    return row
