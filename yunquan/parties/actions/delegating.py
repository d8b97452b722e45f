"""委托: day-to-day work given to a third-party operator for a time, in named acts, revocable at once (D47-7)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from yunquan.journal.actions import audited, notify, record
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import delegations
from yunquan.parties.actions.people import new_appointment
from yunquan.parties.models import Appointment, Bureau, Enterprise, Person, Supplier
from yunquan.parties.reading import read_uscc
from yunquan.policy.roles import Role

ARTICLE = "D47-7"
LONGEST = timedelta(days=366)


@audited("appointment.delegate", about="username")
def delegate(
    *,
    username: str,
    operator: str,
    uscc: str,
    works: Sequence[str],
    starts_on: date,
    ends_on: date | None,
    by: Actor,
    now: datetime,
) -> Appointment:
    """Let a person of a third-party operator do groups of day-to-day work for the bureau of who delegates.

    The operator may be no supplier or enterprise of the programme, its person may hold no other role. Raises
    Refused with everything that is wrong.
    """
    today = local_date(now)
    person = Person.objects.select_for_update().filter(username=username.strip()).first()
    refusals = []
    if by.role not in delegations.DELEGATES:
        refusals.append(Refusal("not_your_role", "委托由审批人办理。", ARTICLE))
    name = " ".join(operator.replace(";", "；").split())[:120]
    if not name:
        refusals.append(Refusal("missing", "请填写第三方机构的名称。", ARTICLE, field="operator"))
    read = read_uscc(uscc)
    code = read if isinstance(read, str) else ""
    if isinstance(read, Refusal):
        refusals.append(read)
    if Supplier.objects.filter(uscc=code).exists() or Enterprise.objects.filter(uscc=code).exists():
        message = "这家机构是本项目的供应商或企业，不能受托办理。"
        refusals.append(Refusal("interested", message, ARTICLE, "请另选没有利害关系的机构。", "uscc"))
    if not works or any(one not in delegations.BY_CODE for one in works):
        refusals.append(Refusal("missing", "请选择委托的事项。", ARTICLE, field="works"))
    if ends_on is None or ends_on < starts_on or ends_on - starts_on > LONGEST:
        message = "请填写截止日期，在开始之后、一年以内。"
        refusals.append(Refusal("no_end", message, ARTICLE, field="ends_on"))
    if person is None:
        message = "没有这个登录名。"
        refusals.append(Refusal("unknown", message, ARTICLE, "请系统管理员先建账号。", "username"))
    elif _holds(person, today):
        message = "这个人已有其他岗位，不能再受托办理。"
        refusals.append(Refusal("holds_a_role", message, ARTICLE, "请另选一人。", "username"))
    if refusals:
        raise Refused(refusals)
    assert person is not None
    bureau = Bureau.objects.get(code=by.org.partition(":")[2])
    appointment = Appointment(
        person=person,
        role=delegations.DELEGATES[Role(by.role)],
        bureau=bureau,
        starts_on=starts_on,
        ends_on=ends_on,
        appointed_by=by.person,
        operator=name,
        acts=delegations.acts_of(list(works)),
    )
    made = new_appointment(appointment, by=by, now=now)
    record(
        "appointment.delegate",
        by=by,
        obj=f"appointment:{made.pk}",
        now=now,
        why=ARTICLE,
        payload={"operator": name, "uscc": code, "works": list(works), "to": str(ends_on)},
    )
    title = f"委托{name}办理：{'、'.join(delegations.BY_CODE[one].label for one in works)}，至 {ends_on}"
    key = f"delegate:{made.pk}"
    notify(org=by.org, obj=f"appointment:{made.pk}", kind="delegated", title=title, key=key, now=now)
    return made


def _holds(person: Person, today: date) -> bool:
    """Whether the person holds or will hold a role of their own, or works for another operator."""
    held = Appointment.objects.filter(person=person, revoked_at=None)
    return any(row.ends_on is None or row.ends_on >= today for row in held)


@audited("appointment.end_delegation", about="appointment")
def end_delegation(*, appointment: Appointment, reason: str, by: Actor, now: datetime) -> Appointment:
    """End a delegation at once: it fails at the next request (A3)."""
    row = Appointment.objects.select_for_update(of=("self",)).select_related("bureau").get(pk=appointment.pk)
    refusals = []
    if by.role not in delegations.DELEGATES or row.org_key != by.org or not row.operator:
        refusals.append(Refusal("not_your_case", "委托由作出委托的单位收回。", ARTICLE))
    if not reason.strip():
        refusals.append(Refusal("missing", "请写明收回的理由。", ARTICLE, field="reason"))
    if row.revoked_at is not None:
        refusals.append(Refusal("already_revoked", "这项委托已经收回。", ARTICLE, "请刷新页面。"))
    if refusals:
        raise Refused(refusals)
    row.revoked_at = now
    row.save(update_fields=["revoked_at"])
    payload = {"reason": reason.strip()}
    record(
        "appointment.end_delegation",
        by=by,
        obj=f"appointment:{row.pk}",
        now=now,
        why=ARTICLE,
        payload=payload,
    )
    return row
