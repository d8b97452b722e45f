"""账号和换人: management accounts from accepted receipts, and one act in which a person takes over (D47-A3, D47-7).

The system administrator opens the account, the security administrator appoints (A2): none of the two does both.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

from yunquan.journal.actions import audited, notify, record
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import contacts
from yunquan.parties.actions.people import GRANTS_RIGHTS, MAKES_ACCOUNTS, new_appointment, new_person
from yunquan.parties.checks import role_allows
from yunquan.parties.models import Appointment, Bureau, ContactAccount, ContactEdition, Handover, Person

ARTICLE = "D47-A3"
TAKEN = "这份回执的账号已经开通。"


@audited("contact_account.open", about="edition")
def open_contact_account(
    *, edition: ContactEdition, username: str, password: str = "", by: Actor, now: datetime
) -> ContactAccount:
    """Open the management account of an accepted receipt's responsible person.

    With a password a new account is made, to be changed at the first login; without one the login name is of
    an account that the same person has already.
    """
    row = (
        ContactEdition.objects.select_for_update(of=("self",))
        .select_related("receipt__bureau")
        .get(pk=edition.pk)
    )
    refusals = [role_allows(by.role, MAKES_ACCOUNTS, "开通账号")]
    if row.number != row.receipt.stands:
        message = "这份回执没有确认，或已有更新的一版。"
        refusals.append(Refusal("not_standing", message, ARTICLE, "请按现行的回执开通。"))
    if ContactAccount.objects.filter(edition=row).exists():
        refusals.append(Refusal("already_open", TAKEN, ARTICLE, "请刷新页面。"))
    person = None if password else Person.objects.filter(username=username.strip().lower()).first()
    if not password and (person is None or person.name != row.responsible or not person.is_active):
        message = f"没有登录名为“{username}”、姓名为“{row.responsible}”的账号。"
        mend = "请核对登录名；本人还没有账号的，选择新建账号。"
        refusals.append(Refusal("no_person", message, ARTICLE, mend, "username"))
    _refuse(refusals)
    if person is None:
        person = new_person(
            username=username, name=row.responsible, password=password, email=row.email, phone=row.mobile,
            by=by, now=now, is_first=True,
        )  # fmt: skip
    made = ContactAccount.objects.create(
        edition=row, person=person, is_new=bool(password), opened_by=by.person, opened_at=now
    )
    payload = {"person": person.key, "org": row.receipt.bureau.key, "edition": str(row.number)}
    record("contact_account.open", by=by, obj=row.receipt.journal_key, now=now, why=ARTICLE, payload=payload)
    return made


@audited("contact_account.appoint", about="account")
def appoint_contact(
    *,
    account: ContactAccount,
    role: str,
    leaver: Person | None = None,
    reason: str = "",
    open_work: Sequence[Mapping[str, str]] = (),
    by: Actor,
    now: datetime,
) -> ContactAccount:
    """Give the account its role, or let its person take over all that a leaving colleague held, in one act."""
    locked = ContactAccount.objects.select_for_update(of=("self",))
    row = locked.select_related("person", "edition__receipt__bureau").get(pk=account.pk)
    bureau = row.edition.receipt.bureau
    refusals = [role_allows(by.role, GRANTS_RIGHTS, "任命")]
    if row.appointment_id is not None:
        refusals.append(Refusal("already_appointed", "这个账号已经任命。", ARTICLE, "请刷新页面。"))
    _refuse(refusals)
    if leaver is not None:
        done = _hand_over(leaver, row.person, bureau, reason, open_work, by=by, now=now)
        row.appointment = Appointment.objects.filter(pk__in=done.made).order_by("pk").first()
        row.appointment = row.appointment or _held(row.person, bureau, now)[0]
    else:
        Person.objects.select_for_update().get(pk=row.person_id)
        made = Appointment(
            person=row.person,
            role=str(role),
            bureau=bureau,
            starts_on=local_date(now),
            appointed_by=by.person,
        )
        row.appointment = new_appointment(made, by=by, now=now)
    row.appointed_at = now
    row.save(update_fields=["appointment", "appointed_at"])
    return row


@audited("appointment.hand_over", about="bureau")
def hand_over(
    *,
    leaver: Person,
    successor: Person,
    bureau: Bureau,
    reason: str,
    open_work: Sequence[Mapping[str, str]] = (),
    by: Actor,
    now: datetime,
) -> Handover:
    """Let a person take over everything that a colleague held in a bureau, from this moment on, in one act.

    The earlier appointments end, deputyships that hang on the leaver end, and what waited is written down:
    work waits for a role of the bureau, so it goes with the role.
    """
    _refuse([role_allows(by.role, GRANTS_RIGHTS, "办理换人交接")])
    return _hand_over(leaver, successor, bureau, reason, open_work, by=by, now=now)


def _hand_over(
    leaver: Person,
    successor: Person,
    bureau: Bureau,
    reason: str,
    open_work: Sequence[Mapping[str, str]],
    *,
    by: Actor,
    now: datetime,
) -> Handover:
    # In the order of their numbers, so that two changes of person at once don't wait for one another.
    both = list(Person.objects.select_for_update().filter(pk__in=(leaver.pk, successor.pk)).order_by("pk"))
    held = _held(leaver, bureau, now)
    refusals = []
    if leaver.pk == successor.pk:
        refusals.append(Refusal("same_person", "接手的人不能是本人。", ARTICLE, "请另选一人。", "leaver"))
    if any(one.pk == successor.pk and not one.is_active for one in both):
        message = f"{successor.name}的账号已停用，不能接手。"
        refusals.append(Refusal("no_person", message, ARTICLE, "请另选一人。", "successor"))
    if not held:
        message = f"{leaver.name}在{bureau.name}没有有效的岗位。"
        refusals.append(Refusal("holds_nothing", message, ARTICLE, "请刷新页面。", "leaver"))
    if not reason.strip():
        refusals.append(Refusal("no_reason", "请写明换人的原因。", ARTICLE, "如：岗位调整。", "reason"))
    _refuse(refusals)
    today = local_date(now)
    known = {row.role for row in _held(successor, bureau, now)}
    fallen = contacts.deputies([leaver], bureau, today)
    made = []
    for row in held:
        _end(row, by=by, now=now)
        if row.role not in known:
            known.add(row.role)
            starts_on = max(today, row.starts_on)
            new = Appointment(
                person=successor, role=row.role, bureau=bureau, starts_on=starts_on, ends_on=row.ends_on,
                appointed_by=by.person,
            )  # fmt: skip
            made.append(new_appointment(new, by=by, now=now))
    for row in fallen:
        _end(row, by=by, now=now)
    told = [{"label": str(one["label"]), "count": str(one["count"])} for one in open_work]
    done = Handover.objects.create(
        bureau=bureau,
        leaver=leaver,
        successor=successor,
        reason=reason.strip()[:200],
        ended=[row.pk for row in held],
        made=[row.pk for row in made],
        deputies=[row.pk for row in fallen],
        open_work=told,
        done_by=by.person,
        done_at=now,
    )
    payload = {
        "person": successor.key,
        "leaver": leaver.key,
        "org": bureau.key,
        "reason": done.reason,
        "ended": [str(pk) for pk in done.ended],
        "made": [str(pk) for pk in done.made],
        "deputies": [str(pk) for pk in done.deputies],
        "open_work": told,
    }
    record("appointment.hand_over", by=by, obj=done.journal_key, now=now, why=ARTICLE, payload=payload)
    waiting = "、".join(f"{one['label']} {one['count']} 件" for one in told) or "没有待办"
    ended = f"；随之终止代理 {len(fallen)} 项，需要的请重新委派" if fallen else ""
    notify(
        org=bureau.key,
        obj=done.journal_key,
        kind="handover",
        title=f"{leaver.name}的岗位由{successor.name}接手",
        text=f"一并移交：{waiting}{ended}。",
        key=done.journal_key,
        now=now,
        link="/city/bureau/" if bureau.level != Bureau.Level.PROVINCE else "",
    )
    return done


def _held(person: Person, bureau: Bureau, now: datetime) -> list[Appointment]:
    """What a person holds, or will hold, of a bureau in their own right, locked."""
    rows = Appointment.objects.select_for_update(of=("self",)).select_related("person", "bureau")
    rows = rows.filter(person=person, bureau=bureau, revoked_at=None, deputy_for=None, operator="")
    today = local_date(now)
    return [row for row in rows.order_by("pk") if row.ends_on is None or row.ends_on >= today]


def _end(row: Appointment, *, by: Actor, now: datetime) -> None:
    row.revoked_at = now
    row.save(update_fields=["revoked_at"])
    record("appointment.revoke", by=by, obj=f"appointment:{row.pk}", now=now, why=ARTICLE)


def _refuse(found: Iterable[Refusal | None]) -> None:
    refusals = [refusal for refusal in found if refusal is not None]
    if refusals:
        raise Refused(refusals)
