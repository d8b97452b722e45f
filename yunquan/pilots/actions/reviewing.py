"""评审: the formal check, the experts' seats, interests declared, the score sheets (D47-A2, D47-8.1)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from yunquan.journal.actions import audited, move, notify, record
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties_access
from yunquan.parties.models import Appointment, Person
from yunquan.parties.returning import judge_return, read_reasons, summary
from yunquan.pilots import checks, form, scoring, ties
from yunquan.pilots.actions.shared import (
    MENDING_WORKING_DAYS,
    locked,
    locked_call,
    tell_province,
    tell_supplier,
)
from yunquan.pilots.models import Pilot, PilotSeat
from yunquan.policy.roles import Role
from yunquan.programme.rules import working_calendar

ARTICLE = "D47-A2"
# What an application is sent back for, and which parts of the form each reason speaks of.
REASONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (
        "unit_unclear",
        "申报单位信息不全或前后不一致",
        ("address", "founded_on", "sales", "profit", "tax", "employees"),
    ),
    ("capability_unclear", "能力情况没有说清", ("profile", "capability", "partners")),
    ("scheme_unclear", "方案内容没有说清", ("functions", "needs", "solution", "route")),
    ("plan_unclear", "实施计划、进度或家数不清", ("goal", "path", "schedule", "areas", "services")),
    ("budget_unclear", "预算与计划对不上", ("budget_supplier", "budget_customer", "investment")),
    ("case_unproved", "案例没有证明", ("cases", "proofs")),
    ("proof_unreadable", "证明材料看不清或与所写不符", ("proofs",)),
    ("seal_missing", "没有上传盖章的申请书", ("sealed",)),
)
SPEAKS_OF: Mapping[str, tuple[str, ...]] = {code: fields for code, _label, fields in REASONS}


@audited("pilot.send_back", about="pilot")
def send_back(*, pilot: Pilot, reasons: Sequence[Mapping[str, str]], by: Actor, now: datetime) -> Pilot:
    """Return an application with all reasons at once; a reason that was visible at an earlier return is refused."""
    locked_call(pilot.call)
    row = locked(pilot)
    known = [{"code": code, "label": label, "article": ARTICLE} for code, label, _fields in REASONS]
    read = read_reasons(reasons, known)
    shown = {
        name: row.typed.get(name, "")
        for name in sorted({one for group in SPEAKS_OF.values() for one in group})
    }
    judged, rounds = judge_return(read, rounds=row.returns, form=shown, at=now.isoformat(), fields=SPEAKS_OF)
    until = working_calendar().add_working_days(local_date(now), MENDING_WORKING_DAYS)
    changes = {"return_reasons": judged, "returns": rounds, "mend_due_on": until}
    codes = list(dict.fromkeys(reason["code"] for reason in judged))
    move(
        row, "send_back", by=by, facts={"reasons": judged}, now=now, changes=changes,
        payload={"reasons": judged}, codes=codes,
    )  # fmt: skip
    tell_supplier(row, f"试点申报已退回，请在 {until} 前补正后重新提交", text=summary(judged), now=now)
    return row


@audited("pilot.accept", about="pilot")
def accept(*, pilot: Pilot, by: Actor, now: datetime) -> Pilot:
    """The form is in order: the experts judge the rest."""
    locked_call(pilot.call)
    row = locked(pilot)
    move(row, "accept", by=by, facts={"sanctions": form.sanctions(row, now)}, now=now)
    tell_supplier(row, "试点申报已受理，进入专家评审", now=now)
    return row


@audited("pilot.ask_experts", about="pilot")
def ask_experts(
    *,
    pilot: Pilot,
    experts: Sequence[Person],
    mode: str,
    held_at: datetime | None = None,
    place: str = "",
    known_ties: Mapping[int, str] | None = None,
    by: Actor,
    now: datetime,
) -> Pilot:
    """Seat experts for a review on paper, by defence or on site; `known_ties` are interests that a register knows.

    Asking again replaces seats on which nothing was declared yet. Raises Refused for who isn't an expert today and
    for whoever has an interest, all at once.
    """
    row = locked(pilot)
    people = {person.pk: person for person in experts}
    facts = _seating(row, people, mode=mode, held_at=held_at, place=place, known_ties=known_ties, now=now)
    changes = {"mode": mode, "held_at": None if mode == "paper" else held_at, "place": place.strip()[:120]}
    payload = {"experts": [person.key for person in people.values()], "mode": mode}
    move(row, "ask_experts", by=by, facts=facts, now=now, changes=changes, payload=payload)
    PilotSeat.objects.filter(pilot=row, declared_at=None, recused_at=None).exclude(person__in=people).delete()
    PilotSeat.objects.bulk_create(
        [PilotSeat(pilot=row, person=person, asked_by=by.person, asked_at=now) for person in people.values()],
        ignore_conflicts=True,
    )
    return row


def seating_faults(
    *,
    pilot: Pilot,
    experts: Sequence[Person],
    mode: str,
    held_at: datetime | None = None,
    place: str = "",
    known_ties: Mapping[int, str] | None = None,
    now: datetime,
) -> list[Refusal]:
    """Everything that speaks against seating these experts so; nothing is kept."""
    people = {person.pk: person for person in experts}
    facts = _seating(pilot, people, mode=mode, held_at=held_at, place=place, known_ties=known_ties, now=now)
    return [*checks.experts_are_right(facts), *checks.meeting_is_set(facts)]


def _seating(
    row: Pilot,
    people: Mapping[int, Person],
    *,
    mode: str,
    held_at: datetime | None,
    place: str,
    known_ties: Mapping[int, str] | None,
    now: datetime,
) -> dict[str, Any]:
    valid = set(
        Appointment.objects.filter(
            parties_access.in_force(local_date(now)), person__in=people, role=Role.EXPERT
        ).values_list("person", flat=True)
    )
    against = {**(known_ties or {}), **ties.computed_ties(row, people.values())}
    stood_back = row.seats.filter(person__in=people, recused_at__isnull=False)
    against |= {seat.person_id: "已经回避" for seat in stood_back}
    return {
        "experts": list(people),
        "not_experts": [person.name for pk, person in people.items() if pk not in valid],
        "conflicts": [(person.name, against[pk]) for pk, person in people.items() if pk in against],
        "mode": mode,
        "held_at": held_at,
        "place": place.strip(),
        # A meeting that was held stays held when another expert is asked to score it.
        "now": now if held_at != row.held_at else row.started_at,
    }


def _seat(row: Pilot, by: Actor) -> tuple[PilotSeat | None, str]:
    head, _, tail = by.person.partition(":")
    number = int(tail) if head == "person" and tail.isdecimal() else 0
    seat = PilotSeat.objects.select_for_update().filter(pilot=row, person=number).first()
    if seat is None:
        return None, "none"
    return seat, "recused" if seat.recused_at else "given" if seat.given_at else "open"


@audited("pilot.declare", about="pilot")
def declare(*, pilot: Pilot, employer: str, interest: str, by: Actor, now: datetime) -> PilotSeat:
    """An expert names the employer and any interest; either, declared or computed, recuses (D47-8.1)."""
    row = locked(pilot)
    seat, state = _seat(row, by)
    if not employer.strip():
        raise Refused(
            [Refusal("no_employer", "请填写所在单位；没有单位的写“无”。", "D47-8.1", field="employer")]
        )
    move(row, "declare", by=by, facts={"seat": state}, now=now)
    assert seat is not None
    computed = ties.computed_ties(row, [seat.person]).get(seat.person_id) or ties.named_tie(row, employer)
    why = interest.strip() or computed
    seat.employer, seat.interest, seat.declared_at = employer.strip()[:120], interest.strip(), now
    if why:
        seat.recused_at, seat.recused_why = now, why[:300]
    seat.save()
    if why:
        tell_province(row, f"一位专家回避，请另请：{row.title}", now=now)
    return seat


@audited("pilot.recuse", about="pilot")
def recuse(*, pilot: Pilot, person: Person, reason: str, by: Actor, now: datetime) -> PilotSeat:
    """The province takes an expert off an application, with the reason, before the sheet is given."""
    row = locked(pilot)
    seat = PilotSeat.objects.select_for_update().filter(pilot=row, person=person).first()
    faults = []
    if by.role != Role.PROVINCE_OFFICER or row.state != "reviewing":
        faults.append(Refusal("not_your_role", "只有省厅经办人可以在评审中办理。", ARTICLE))
    if seat is None or seat.recused_at or seat.given_at:
        faults.append(Refusal("seat_closed", "这位专家没有待交的评分表。", ARTICLE))
    if not reason.strip():
        faults.append(Refusal("no_reason", "请写明回避理由。", "D47-8.1", field="reason"))
    if faults:
        raise Refused(faults)
    assert seat is not None
    seat.recused_at, seat.recused_why = now, reason.strip()[:300]
    seat.save()
    record("pilot.recuse", by=by, obj=row.journal_key, now=now, why="D47-8.1", payload={"expert": person.key})
    return seat


@audited("pilot.score", about="pilot")
def score(*, pilot: Pilot, points: Sequence[int | None], opinion: str, by: Actor, now: datetime) -> PilotSeat:
    """An expert gives the sheet, once: whole points for every item and an opinion (D47-A2)."""
    row = locked(pilot)
    seat, state = _seat(row, by)
    items = row.call.criteria
    facts = {
        "seat": state,
        "declared": seat is not None and seat.declared_at is not None,
        "held_at": row.held_at,
        "now": now,
        "items": [item["name"] for item in items],
        "points": list(points),
        "opinion": opinion,
    }
    move(row, "score", by=by, facts=facts, now=now)
    assert seat is not None
    whole = [point for point in points if point is not None]
    seat.points, seat.total = whole, scoring.total(whole, items)
    seat.opinion, seat.given_at = opinion.strip(), now
    seat.save()
    key = f"{row.journal_key}:sheet:{seat.pk}"
    notify(
        org="bureau:440000", obj=row.journal_key, kind="pilot_work", title=f"收到评分表：{row.title}",
        link=f"/province/pilots/{row.pk}/", key=key, now=now,
    )  # fmt: skip
    return seat
