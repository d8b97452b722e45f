"""申报通知: drafted, published by another person, ranked after the review, and put in public (D47-6.2, D47-A2)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from yunquan.journal.actions import audited, move, notify_all, record
from yunquan.journal.models import Notice
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import regions
from yunquan.parties.checks import role_allows
from yunquan.parties.models import Supplier
from yunquan.pilots import form, scoring
from yunquan.pilots.actions.shared import locked_call, tell_supplier
from yunquan.pilots.models import Earmark, Pilot, PilotCall
from yunquan.policy.deadlines import publicity_ends_at
from yunquan.policy.roles import Role
from yunquan.programme.models import Cycle
from yunquan.programme.queries import window
from yunquan.programme.rules import rulebook

ARTICLE = "D47-6.2"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFacts:
    """A call as its drafter wrote it; the items of the sheet with name, about and whole weight."""

    title: str
    text: str
    closes_at: datetime | None
    criteria: Sequence[Mapping[str, Any]] = field(default_factory=scoring.usual_sheet)
    pass_mark: int = scoring.PASS_MARK
    least_experts: int = scoring.LEAST_EXPERTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the province proposes for one application: a pilot with quota by city in fen, or not, and why."""

    chosen: bool
    earmarks: Mapping[str, int] = field(default_factory=dict)
    reason: str = ""


@audited("pilot_call.draft", about="cycle")
def draft_call(
    *, cycle: Cycle, facts: CallFacts, call: PilotCall | None = None, by: Actor, now: datetime
) -> PilotCall:
    """Write a call, or write its draft anew; raises Refused with every fault."""
    faults = [*call_faults(cycle, facts, now)]
    role = role_allows(by.role, (Role.PROVINCE_OFFICER,), "起草试点申报通知")
    faults += [role] if role is not None else []
    row = locked_call(call) if call is not None else None
    if row is not None and row.state != "draft":
        faults.append(Refusal("not_editable", "通知已经发布，不能修改。", ARTICLE))
    if faults:
        raise Refused(faults)
    values = {
        "cycle": cycle,
        "title": facts.title.strip(),
        "text": facts.text.strip(),
        "closes_at": facts.closes_at,
        "criteria": [dict(item) for item in facts.criteria],
        "pass_mark": facts.pass_mark,
        "least_experts": facts.least_experts,
        "drafted_by": by.person,
        "drafted_at": now,
    }
    if row is None:
        row = PilotCall.objects.create(**values)
    else:
        for name, value in values.items():
            setattr(row, name, value)
        row.save(update_fields=list(values))
    record("pilot_call.draft", by=by, obj=row.journal_key, now=now, why=ARTICLE, post="draft")
    return row


def call_faults(cycle: Cycle, facts: CallFacts, now: datetime) -> list[Refusal]:
    """Everything that is wrong with a call at this moment."""
    found = []
    for name, label in (("title", "标题"), ("text", "通知正文")):
        if not getattr(facts, name).strip():
            found.append(Refusal("missing", f"请填写{label}。", ARTICLE, field=name))
    settling = window(cycle, "claim")
    if facts.closes_at is None:
        found.append(Refusal("missing", "请填写申报截止时间。", ARTICLE, field="closes_at"))
    elif facts.closes_at <= now:
        found.append(Refusal("closed_already", "申报截止时间已经过去。", ARTICLE, field="closes_at"))
    elif settling is not None and facts.closes_at >= settling.closes_at:
        said = "申报截止时间应早于本周期的兑现截止时间。"
        found.append(Refusal("closes_too_late", said, ARTICLE, field="closes_at"))
    if not 0 <= facts.pass_mark <= 100:
        found.append(Refusal("bad_mark", "入选最低分应为 0 到 100。", "D47-A2", field="pass_mark"))
    if not 1 <= facts.least_experts <= 15:
        found.append(Refusal("bad_number", "评审专家数应为 1 到 15 位。", "D47-A2", field="least_experts"))
    return [*found, *scoring.sheet_faults(facts.criteria)]


@audited("pilot_call.publish", about="call")
def publish(*, call: PilotCall, by: Actor, now: datetime) -> PilotCall:
    """Another person than the drafter publishes; every registered supplier is told."""
    row = locked_call(call)
    written = CallFacts(
        title=row.title,
        text=row.text,
        closes_at=row.closes_at,
        criteria=row.criteria,
        pass_mark=row.pass_mark,
        least_experts=row.least_experts,
    )
    facts = {
        "person": by.person,
        "earlier_persons": (row.drafted_by,),
        "faults": call_faults(row.cycle, written, now),
    }
    changes = {"published_by": by.person, "published_at": now}
    move(row, "publish", by=by, facts=facts, now=now, changes=changes, payload={"title": row.title})
    notify_all(
        Notice(
            org=supplier.key,
            obj=row.journal_key,
            kind="pilot_work",
            title=f"试点示范开始申报：{row.title}",
            link="/supplier/pilots/",
            key=f"{row.journal_key}:published:{supplier.pk}",
            at=now,
        )
        for supplier in Supplier.objects.filter(state="registered", is_in_province=True).only("pk")
    )
    return row


@audited("pilot_call.rank", about="call")
def rank(*, call: PilotCall, choices: Mapping[int, Choice], by: Actor, now: datetime) -> PilotCall:
    """Put the applications in the order of their exact means, and propose pilots with quota by city (D47-A2).

    Everything under review is ranked. Whoever passed over a better one, or one above the mark, says why.
    """
    row = locked_call(call)
    pilots = list(
        Pilot.objects.select_for_update(of=("self",))
        .filter(call=row, state__in=("submitted", "returned", "reviewing"))
        .select_related("supplier", "call__cycle")
        .prefetch_related("seats")
        .order_by("pk")
    )
    facts = _rank_facts(row, pilots, choices, by, now)
    move(row, "rank", by=by, facts=facts, now=now, changes={"ranked_by": by.person, "ranked_at": now})
    by_key = {pilot.pk: pilot for pilot in pilots}
    for scored, place in scoring.ranking(_scored(pilots)):
        pilot, choice = by_key[scored.key], choices[scored.key]
        changes: dict[str, Any] = {
            "score": scoring.mean(scored.totals),
            "rank": place,
            "proposed_by": by.person,
            "not_chosen_reason": "" if choice.chosen else choice.reason.strip() or "名次在后",
        }
        payload = {"rank": place, "score": changes["score"]}
        action = "choose" if choice.chosen else "pass_over"
        move(pilot, action, by=by, facts={}, now=now, changes=changes, payload=payload)
        if choice.chosen:
            application, _facts = form.facts(pilot, pilot.call, now)
            planned = {city: enterprises for city, enterprises, _fen in application.areas}
            Earmark.objects.bulk_create(
                Earmark(pilot=pilot, city=city, enterprises=planned.get(city, 1), amount_fen=fen)
                for city, fen in sorted(choice.earmarks.items())
            )
    return row


def _scored(pilots: Sequence[Pilot]) -> list[scoring.Scored]:
    found = []
    for pilot in pilots:
        totals = tuple(
            seat.total for seat in pilot.seats.all() if seat.given_at is not None and seat.total is not None
        )
        if pilot.state == "reviewing" and totals:
            assert pilot.submitted_at is not None
            found.append(scoring.Scored(pilot.pk, totals, pilot.submitted_at))
    return found


def _rank_facts(
    call: PilotCall, pilots: Sequence[Pilot], choices: Mapping[int, Choice], by: Actor, now: datetime
) -> dict[str, Any]:
    today = local_date(now)
    reviewed = [pilot for pilot in pilots if pilot.state == "reviewing"]
    given = {pilot.pk: sum(seat.given_at is not None for seat in pilot.seats.all()) for pilot in reviewed}
    waiting = [
        pilot for pilot in reviewed
        if any(seat.given_at is None and seat.recused_at is None for seat in pilot.seats.all())
    ]  # fmt: skip
    return {
        "now": now,
        "closes_at": call.closes_at,
        "mending": [
            one for one in pilots if one.state == "returned" and one.mend_due_on and one.mend_due_on >= today
        ],
        "waiting": [pilot.title for pilot in pilots if pilot.state == "submitted"],
        "too_few": [
            (pilot.title, given[pilot.pk], call.least_experts)
            for pilot in reviewed
            if given[pilot.pk] < call.least_experts
        ],
        "open_seats": [pilot.title for pilot in waiting],
        "faults": _choice_faults(call, reviewed, choices),
    }


def _choice_faults(call: PilotCall, pilots: Sequence[Pilot], choices: Mapping[int, Choice]) -> list[Refusal]:
    """A mark not reached, a better one passed over without words, no or wrong quota."""
    found, by_key = [], {pilot.pk: pilot for pilot in pilots}
    ranked = scoring.ranking(_scored(pilots))
    last = max((number for number, (one, _) in enumerate(ranked) if _chosen(choices, one.key)), default=-1)
    for number, (scored, _place) in enumerate(ranked):
        pilot, choice = by_key[scored.key], choices.get(scored.key)
        if choice is None:
            found.append(_fault("no_choice", f"“{pilot.title}”没有选择列入或不列入。", f"choice_{pilot.pk}"))
        elif choice.chosen:
            if scored.exact < call.pass_mark * 100:
                said = f"“{pilot.title}”没有达到入选最低分 {call.pass_mark} 分。"
                found.append(_fault("below_mark", said, f"choice_{pilot.pk}"))
            found += _earmark_faults(pilot, choice.earmarks)
        elif number < last and not choice.reason.strip():
            said = f"“{pilot.title}”名次在已列入的试点之前，不列入须写明理由。"
            found.append(_fault("passed_over", said, f"reason_{pilot.pk}"))
    return found


def _chosen(choices: Mapping[int, Choice], key: int) -> bool:
    return key in choices and choices[key].chosen


def _earmark_faults(pilot: Pilot, earmarks: Mapping[str, int]) -> list[Refusal]:
    wrong = [city for city, fen in earmarks.items() if regions.city(city) is None or fen <= 0]
    if earmarks and not wrong:
        return []
    return [
        _fault("no_earmark", f"“{pilot.title}”请为每个实施地市安排大于零的额度。", f"earmarks_{pilot.pk}")
    ]


def _fault(code: str, message: str, name: str) -> Refusal:
    return Refusal(code, message, "D47-A2", field=name)


@audited("pilot_call.unrank", about="call")
def unrank(*, call: PilotCall, reason: str, by: Actor, now: datetime) -> PilotCall:
    """The approver gives the order back, with the reason; scores stay, places and quota go."""
    row = locked_call(call)
    facts = {"person": by.person, "earlier_persons": (row.ranked_by,), "reason": reason}
    move(row, "unrank", by=by, facts=facts, now=now, changes={"unranked_reason": reason.strip()})
    for pilot in Pilot.objects.select_for_update().filter(call=row, state__in=("proposed", "not_chosen")):
        changes = {"score": None, "rank": None, "proposed_by": "", "not_chosen_reason": ""}
        move(pilot, "unchoose", by=by, facts={}, now=now, changes=changes)
    Earmark.objects.filter(pilot__call=row).delete()
    return row


@audited("pilot_call.publicise", about="call")
def publicise(*, call: PilotCall, by: Actor, now: datetime) -> PilotCall:
    """Put the proposed pilots in public for as many days as other lists (D47-A2, D47-5.22); another person does."""
    row = locked_call(call)
    facts = {"person": by.person, "earlier_persons": (row.ranked_by,)}
    changes = {
        "publicised_by": by.person,
        "publicised_at": now,
        "publicity_ends_at": publicity_ends_at(now, rulebook(row.cycle.pack)),
    }
    move(row, "publicise", by=by, facts=facts, now=now, changes=changes)
    for pilot in Pilot.objects.select_for_update(of=("self",)).filter(call=row).select_related("supplier"):
        if pilot.state == "proposed":
            move(pilot, "publicise", by=by, facts={}, now=now)
            tell_supplier(pilot, f"试点申报“{pilot.title}”已列入公示", now=now)
        elif pilot.state == "not_chosen":
            tell_supplier(pilot, f"试点申报“{pilot.title}”未入选", text=pilot.not_chosen_reason, now=now)
    return row
