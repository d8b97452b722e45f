"""专家库: who is on it, their ties, training and attendance (D108-3.1, D47-8.1, D26-3)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from yunquan.inspections.expert_checks import ARTICLE, expert_faults, tie_faults
from yunquan.inspections.expert_ties import computed_ties
from yunquan.inspections.models import Attendance, Expert, Tie, Training
from yunquan.journal.actions import audited, record
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties
from yunquan.parties.models import Appointment, Person
from yunquan.policy.regimes import shipped_regimes
from yunquan.policy.roles import Role
from yunquan.policy.uscc import compact

__all__ = ["add", "attend", "declare_tie", "end_tie", "hold_training", "leave", "revise"]


@audited("expert.add", about="code")
def add(
    *,
    username: str,
    code: str,
    speciality: str,
    employer: str,
    by: Actor,
    now: datetime,
    services: Sequence[int] = (),
    employer_uscc: str = "",
    title: str = "",
    is_front_line: bool = False,
    most_open: int = 6,
) -> Expert:
    """Put a person with an expert's login on the register; what ties he has by the platform's own records is added.

    Raises Refused with everything that is wrong (D108-3.1, D47-8.1).
    """
    person = Person.objects.filter(username=username.strip()).first()
    today_posts = Appointment.objects.filter(person=person, role=Role.EXPERT, revoked_at=None)
    row = Expert(person=person, added_by=by.person, added_at=now)
    facts = {
        "is_person": person is not None and today_posts.exists(),
        "person_taken": person is not None and Expert.objects.filter(person=person).exists(),
    }
    _write(
        row, facts, by=by, code=code, speciality=speciality, employer=employer, services=services,
        employer_uscc=employer_uscc, title=title, is_front_line=is_front_line, most_open=most_open,
    )  # fmt: skip
    row.save()
    _compute_ties(row, by=by, now=now)
    record("expert.add", by=by, obj=row.journal_key, now=now, why=ARTICLE, payload={"code": row.code})
    return row


@audited("expert.revise", about="expert")
def revise(
    *,
    expert: Expert,
    code: str,
    speciality: str,
    employer: str,
    by: Actor,
    now: datetime,
    services: Sequence[int] = (),
    employer_uscc: str = "",
    title: str = "",
    is_front_line: bool = False,
    most_open: int = 6,
) -> Expert:
    """Change an expert's sheet; draws that were frozen keep what they froze (D108-3.1)."""
    row = Expert.objects.select_for_update().get(pk=expert.pk)
    _write(
        row, {"is_person": True, "person_taken": False}, by=by, code=code, speciality=speciality,
        employer=employer, services=services, employer_uscc=employer_uscc, title=title,
        is_front_line=is_front_line, most_open=most_open,
    )  # fmt: skip
    row.save()
    _compute_ties(row, by=by, now=now)
    record("expert.revise", by=by, obj=row.journal_key, now=now, why=ARTICLE, payload={"code": row.code})
    return row


@audited("expert.leave", about="expert")
def leave(*, expert: Expert, is_active: bool, reason: str, by: Actor, now: datetime) -> Expert:
    """Take an expert off the register or put him on again, with a reason (D47-8.1)."""
    _only_province(by)
    if not reason.strip():
        raise Refused([Refusal("missing", "请写明理由。", ARTICLE, field="reason")])
    row = Expert.objects.select_for_update().get(pk=expert.pk)
    row.is_active = is_active
    row.save(update_fields=["is_active"])
    act = "expert.rejoin" if is_active else "expert.leave"
    record(act, by=by, obj=row.journal_key, now=now, why=ARTICLE, payload={"reason": reason.strip()})
    return row


@audited("expert.declare_tie", about="expert")
def declare_tie(*, expert: Expert, firm: str, kind: str, by: Actor, now: datetime, uscc: str = "") -> Tie:
    """An expert declares a relation to a firm, or the province enters one (D108-3.1); it counts at once."""
    _himself_or_province(expert, by)
    found = tie_faults({"firm": firm, "kind": kind, "uscc": uscc, "kinds": Tie.Kind.values})
    if found:
        raise Refused(found)
    row = Tie.objects.create(
        expert=expert, uscc=compact(uscc) if uscc.strip() else "", firm=firm.strip()[:120], kind=kind,
        declared_by=by.person, declared_at=now,
    )  # fmt: skip
    record("expert.declare_tie", by=by, obj=expert.journal_key, now=now, why=ARTICLE,
           payload={"firm": row.firm, "uscc": row.uscc, "kind": kind})  # fmt: skip
    return row


@audited("expert.end_tie", about="expert")
def end_tie(*, expert: Expert, tie: int, by: Actor, now: datetime) -> None:
    """A declared relation is over; what the platform computed can't be ended by hand."""
    _himself_or_province(expert, by)
    row = Tie.objects.filter(expert=expert, pk=tie, ended_at=None).first()
    if row is None or row.is_computed:
        message = "系统比对得出的关系不能手工解除。" if row is not None else "没有这条关系。"
        raise Refused([Refusal("not_now", message, ARTICLE)])
    row.ended_at = now
    row.save(update_fields=["ended_at"])
    record("expert.end_tie", by=by, obj=expert.journal_key, now=now, why=ARTICLE, payload={"tie": row.pk})


@audited("training.hold", about="regime")
def hold_training(
    *, title: str, regime: str, held_at: datetime | None, place: str, by: Actor, now: datetime
) -> Training:
    """Enter a training session before inspections under a regime (D26-3)."""
    _officer(by)
    found = []
    if not title.strip():
        found.append(Refusal("missing", "请填写培训名称。", "D26-3", field="title"))
    if regime not in shipped_regimes():
        found.append(Refusal("missing", "请选择抽查规程。", "D26-3", field="regime"))
    if held_at is None:
        found.append(Refusal("missing", "请填写培训时间。", "D26-3", field="held_at"))
    if found or held_at is None:
        raise Refused(found)
    row = Training.objects.create(
        title=title.strip()[:120], regime=regime, held_at=held_at, place=place.strip()[:120],
        entered_by=by.person,
    )  # fmt: skip
    record("training.hold", by=by, obj=row.journal_key, now=now, why="D26-3", payload={"regime": regime})
    return row


@audited("training.attend", about="training")
def attend(*, training: Training, experts: Sequence[Expert], by: Actor, now: datetime) -> list[Attendance]:
    """Enter who was at a training session; entered twice it counts once, and only after it began (D26-3)."""
    _officer(by)
    if training.held_at > now:
        raise Refused([Refusal("not_now", "培训还没有开始，不能登记到场。", "D26-3")])
    if not experts:
        raise Refused([Refusal("missing", "请勾选到场的专家。", "D26-3", field="experts")])
    known = set(training.attendances.values_list("expert_id", flat=True))
    rows = [
        Attendance(training=training, expert=one, entered_by=by.person, entered_at=now)
        for one in experts
        if one.pk not in known
    ]
    made = Attendance.objects.bulk_create(rows)
    record("training.attend", by=by, obj=training.journal_key, now=now, why="D26-3",
           payload={"experts": sorted(one.code for one in experts)})  # fmt: skip
    return made


def _write(row: Expert, facts: dict[str, bool], *, by: Actor, **told: object) -> None:
    _only_province(by)
    judged = {
        **told, **facts,
        "code_taken": Expert.objects.filter(code=str(told["code"]).strip()).exclude(pk=row.pk).exists(),
    }  # fmt: skip
    if found := expert_faults(judged):
        raise Refused(found)
    uscc = str(told["employer_uscc"]).strip()
    for name, value in {
        **told,
        "code": str(told["code"]).strip(),
        "employer": str(told["employer"]).strip(),
        "employer_uscc": compact(uscc) if uscc else "",
        "services": sorted(told["services"]),  # type: ignore[call-overload]
    }.items():
        setattr(row, name, value)


def _compute_ties(expert: Expert, *, by: Actor, now: datetime) -> None:
    """What the platform itself knows of an expert's interests, kept so that he and the province see it."""
    known = set(expert.ties.filter(ended_at=None, is_computed=True).values_list("uscc", "kind"))
    found = {(uscc, kind): firm for firm, uscc, kind in computed_ties(expert)}
    Tie.objects.bulk_create(
        Tie(
            expert=expert, uscc=uscc, firm=firm, kind=kind, is_computed=True, declared_by=by.person,
            declared_at=now,
        )
        for (uscc, kind), firm in found.items()
        if (uscc, kind) not in known
    )  # fmt: skip
    for uscc, kind in known - found.keys():
        expert.ties.filter(uscc=uscc, kind=kind, is_computed=True).update(ended_at=now)


def _only_province(by: Actor) -> None:
    if by.role != Role.PROVINCE_OFFICER:
        raise Refused([Refusal("not_your_role", "专家库由省厅经办人维护。", "D47-8.1")])


def _officer(by: Actor) -> None:
    if by.role not in (Role.PROVINCE_OFFICER, Role.CITY_REVIEWER) or not parties.bureau_code(by):
        message = "培训由省厅经办人或地市审核员登记。"
        raise Refused([Refusal("not_your_role", message, "D26-3")])


def _himself_or_province(expert: Expert, by: Actor) -> None:
    if by.person != expert.person.key and by.role != Role.PROVINCE_OFFICER:
        raise Refused([Refusal("not_yours", "只有本人或省厅经办人可以申报。", ARTICLE)])
