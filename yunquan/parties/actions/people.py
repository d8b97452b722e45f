"""People, their appointments and their deputies; the bureaus that they work in."""

from __future__ import annotations

import re
from datetime import date, datetime

from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Q

from yunquan.journal.actions import audited, notify, record
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import checks, regions
from yunquan.parties.models import Appointment, Bureau, Enterprise, Person, Supplier
from yunquan.parties.reading import narrow, tidy
from yunquan.policy.roles import Role

MAKES_ACCOUNTS = (Role.SYSTEM_ADMIN, Role.CLOCK)
GRANTS_RIGHTS = (Role.SECURITY_ADMIN, Role.CLOCK)
SETS_BUREAUS = (Role.SYSTEM_ADMIN, Role.PROVINCE_OFFICER, Role.PROVINCE_APPROVER, Role.CLOCK)


def found_bureaus() -> int:
    """Lay down the province's, cities' and counties' bureaus; again does nothing. Gives how many are new."""
    before = Bureau.objects.count()
    Bureau.objects.bulk_create(
        [Bureau(code=row.code, level=row.level, name=row.name, city=row.city) for row in regions.bureaus()],
        ignore_conflicts=True,
    )
    return Bureau.objects.count() - before


@audited("bureau.let_counties_review", about="bureau")
def let_counties_review(*, bureau: Bureau, reviews: bool, by: Actor, now: datetime) -> Bureau:
    """A city lets its counties review, or takes it back (D47-5.10)."""
    refusals = [checks.role_allows(by.role, (*SETS_BUREAUS, Role.CITY_APPROVER), "设置县区审核")]
    if by.role == Role.CITY_APPROVER and by.org != bureau.key:
        refusals.append(_not_yours())
    if (
        bureau.level != Bureau.Level.CITY
        or not Bureau.objects.filter(city=bureau.code, level="county").exists()
    ):
        refusals.append(
            Refusal("no_counties", f"{bureau.name}没有下属县区主管部门。", "D47-5.10", "此项无需设置。")
        )
    _refuse(refusals)
    row = Bureau.objects.select_for_update().get(pk=bureau.pk)
    row.counties_review = reviews
    row.save(update_fields=["counties_review"])
    record(
        "bureau.let_counties_review",
        by=by,
        obj=row.key,
        now=now,
        why="D47-5.10",
        payload={"reviews": reviews},
    )
    return row


@audited("person.set_contact", about="person")
def set_contact(*, person: Person, email: str, phone: str, by: Actor, now: datetime) -> Person:
    """A person keeps their own mail address and mobile number; nobody else's (A1). Neither enters the log."""
    row = Person.objects.select_for_update().get(pk=person.pk)
    refusals = []
    if by.person != row.key:
        refusals.append(Refusal("not_yours", "只能修改自己的联系方式。", "D47-5.2"))
    email, phone = tidy(email), tidy(phone).replace(" ", "").replace("-", "")
    if phone and not re.fullmatch(r"\+?[0-9]{6,20}", phone):
        refusals.append(Refusal("no_phone", "手机号只写数字。", "D47-5.2", field="phone"))
    if refusals:
        raise Refused(refusals)
    row.email, row.phone = email[:254], phone[:30]
    row.save(update_fields=["email", "phone"])
    changed = {"has_email": str(bool(email)), "has_phone": str(bool(phone))}
    record("person.set_contact", by=by, obj=row.key, now=now, why="D47-5.2", payload=changed)
    return row


@audited("bureau.set_telephone", about="bureau")
def set_telephone(*, bureau: Bureau, telephone: str, by: Actor, now: datetime) -> Bureau:
    """A bureau states its supervision telephone 监督电话 (D47-8.5)."""
    own = by.org == bureau.key and by.role in (Role.CITY_APPROVER, Role.CITY_REVIEWER)
    _refuse([None if own else checks.role_allows(by.role, SETS_BUREAUS, "设置监督电话")])
    row = Bureau.objects.select_for_update().get(pk=bureau.pk)
    row.telephone = tidy(telephone)[:40]
    row.save(update_fields=["telephone"])
    record(
        "bureau.set_telephone",
        by=by,
        obj=row.key,
        now=now,
        why="D47-8.5",
        payload={"telephone": row.telephone},
    )
    return row


@audited("person.add", about="person")
def add_person(
    *,
    username: str,
    name: str,
    by: Actor,
    now: datetime,
    password: str = "",
    email: str = "",
    phone: str = "",
) -> Person:
    """The system administrator makes an account; it can do nothing until it is appointed (A2)."""
    _refuse([checks.role_allows(by.role, MAKES_ACCOUNTS, "新建账号")])
    return new_person(
        username=username, name=name, password=password, is_first=bool(password), email=email, phone=phone,
        by=by, now=now,
    )  # fmt: skip


def new_person(
    *,
    username: str,
    name: str,
    password: str,
    email: str,
    phone: str,
    by: Actor,
    now: datetime,
    is_first: bool = False,
) -> Person:
    """Make an account in the caller's transaction; without a password it can't log in by password.

    `is_first` marks a password that someone else chose: it is to be changed at the first login.
    """
    person = Person(
        username=narrow(username).lower(),
        name=tidy(name),
        email=tidy(email),
        phone=tidy(phone),
        joined_at=now,
        password_is_first=is_first,
    )
    refusals: list[Refusal | None] = []
    if not person.username or len(person.username) > 60 or any(c.isspace() for c in person.username):
        refusals.append(
            Refusal(
                "bad_username",
                "登录名应为 1 至 60 个字符且不含空格。",
                "D47-5.7a",
                "请换一个登录名。",
                "username",
            )
        )
    elif Person.objects.filter(username=person.username).exists():
        refusals.append(_username_taken(person.username))
    if not person.name:
        refusals.append(Refusal("missing", "没有填写姓名。", "D47-5.7a", "请填写姓名。", "person_name"))
    refusals += _weak(password, person) if password else []
    _refuse(refusals)
    person.password = make_password(password or None)
    try:
        with transaction.atomic():
            person.save()
    except IntegrityError:
        raise Refused([_username_taken(person.username)]) from None
    record(
        "person.add", by=by, obj=person.key, now=now, why="D47-5.7a", payload={"username": person.username}
    )
    return person


@audited("person.set_password", about="person")
def set_password(*, person: Person, password: str, by: Actor, now: datetime) -> Person:
    """A person changes the password, or the system administrator sets a first one, to be changed at once."""
    _refuse([None if by.person == person.key else checks.role_allows(by.role, MAKES_ACCOUNTS, "重设密码")])
    _refuse(_weak(password, person))
    row = Person.objects.select_for_update().get(pk=person.pk)
    row.password = make_password(password)
    row.password_is_first = by.person != person.key
    row.save(update_fields=["password", "password_is_first"])
    record("person.set_password", by=by, obj=row.key, now=now, why="D47-5.7a")
    return row


@audited("appointment.appoint", about="person")
def appoint(
    *,
    person: Person,
    role: str,
    by: Actor,
    now: datetime,
    enterprise: Enterprise | None = None,
    supplier: Supplier | None = None,
    bureau: Bureau | None = None,
    starts_on: date | None = None,
    ends_on: date | None = None,
) -> Appointment:
    """The security administrator gives a person a role in an organisation for a time (A2, A3)."""
    locked = Person.objects.select_for_update().get(pk=person.pk)
    _refuse([checks.role_allows(by.role, GRANTS_RIGHTS, "任命")])
    appointment = Appointment(
        person=locked,
        role=str(role),
        enterprise=enterprise,
        supplier=supplier,
        bureau=bureau,
        starts_on=starts_on or local_date(now),
        ends_on=ends_on,
        appointed_by=by.person,
    )
    return new_appointment(appointment, by=by, now=now)


def new_appointment(appointment: Appointment, *, by: Actor, now: datetime) -> Appointment:
    """Write an appointment in the caller's transaction, its person locked; raises Refused (A2)."""
    _refuse(
        checks.appointment_stands(
            {
                "role": appointment.role,
                "level": _level(appointment),
                "held": _roles_held(appointment.person, local_date(now)),
                "starts_on": appointment.starts_on,
                "ends_on": appointment.ends_on,
                "appoints_oneself": by.person == appointment.person.key,
            }
        )
    )
    appointment.save()
    record(
        "appointment.appoint",
        by=by,
        obj=f"appointment:{appointment.pk}",
        now=now,
        why="D47-7",
        payload={
            "person": appointment.person.key,
            "role": appointment.role,
            "org": appointment.org_key,
            "from": appointment.starts_on.isoformat(),
            "to": appointment.ends_on.isoformat() if appointment.ends_on else "",
            "deputy_for": str(appointment.deputy_for_id or ""),
        },
    )
    return appointment


@audited("appointment.revoke", about="appointment")
def revoke(*, appointment: Appointment, by: Actor, now: datetime) -> Appointment:
    """Withdraw an appointment; it fails at the next request (A3). Its deputies fall with it."""
    row = Appointment.objects.select_for_update().select_related("person").get(pk=appointment.pk)
    own = row.deputy_for_id is not None and by.person == row.appointed_by
    _refuse([None if own else checks.role_allows(by.role, GRANTS_RIGHTS, "撤销任命")])
    if row.revoked_at is not None:
        raise Refused([Refusal("already_revoked", "这项任命已经撤销。", "D47-7", "请刷新页面。")])
    row.revoked_at = now
    row.save(update_fields=["revoked_at"])
    record("appointment.revoke", by=by, obj=f"appointment:{row.pk}", now=now, why="D47-7")
    return row


@audited("appointment.deputise", about="appointment")
def deputise(
    *,
    appointment: Appointment,
    deputy: Person,
    starts_on: date,
    ends_on: date | None,
    by: Actor,
    now: datetime,
) -> Appointment:
    """Let another person stand in for an appointment for a time; each act is recorded under the deputy."""
    locked = Person.objects.select_for_update().get(pk=deputy.pk)
    row = Appointment.objects.select_related("person", "enterprise", "supplier", "bureau").get(
        pk=appointment.pk
    )
    today = local_date(now)
    own = by.person == row.person.key
    _refuse(
        [
            None if own else checks.role_allows(by.role, GRANTS_RIGHTS, "委派代理人"),
            *checks.deputy_stands(
                {
                    "same_person": row.person_id == locked.pk,
                    "is_deputy": row.deputy_for_id is not None,
                    "in_force": row.revoked_at is None and (row.ends_on is None or row.ends_on >= today),
                    "starts_on": starts_on,
                    "ends_on": ends_on,
                    "principal_ends_on": row.ends_on,
                }
            ),
        ]
    )
    made = Appointment(
        person=locked,
        role=row.role,
        enterprise=row.enterprise,
        supplier=row.supplier,
        bureau=row.bureau,
        starts_on=starts_on,
        ends_on=ends_on,
        deputy_for=row,
        appointed_by=by.person,
    )
    new_appointment(made, by=by, now=now)
    notify(
        org=row.org_key,
        obj=f"appointment:{made.pk}",
        kind="appointment.deputise",
        title=f"{locked.name}自 {starts_on} 至 {ends_on} 代理“{made.get_role_display()}”岗位",
        key=f"deputise:{made.pk}",
        now=now,
    )
    return made


def _roles_held(person: Person, today: date) -> tuple[str, ...]:
    """Roles that the person holds or will hold: separation counts the future too."""
    rows = Appointment.objects.filter(person=person, revoked_at=None)
    return tuple(rows.filter(Q(ends_on=None) | Q(ends_on__gte=today)).values_list("role", flat=True))


def _level(appointment: Appointment) -> str:
    if appointment.enterprise is not None:
        return "enterprise"
    if appointment.supplier is not None:
        return "supplier"
    return appointment.bureau.level if appointment.bureau is not None else ""


def _weak(password: str, person: Person) -> list[Refusal | None]:
    try:
        validate_password(password, person)
    except ValidationError as error:
        return [
            Refusal("weak_password", message, "D47-5.7a", "请换一个更难猜的密码。", "password")
            for message in error.messages
        ]
    return []


def _username_taken(username: str) -> Refusal:
    return Refusal(
        "username_taken", f"登录名“{username}”已被使用。", "D47-5.7a", "请换一个登录名。", "username"
    )


def _not_yours() -> Refusal:
    return Refusal("not_your_area", "只能设置本单位。", "D47-5.10", "请由该地市办理。")


def _refuse(found: object) -> None:
    refusals = [refusal for refusal in found if refusal is not None]  # type: ignore[attr-defined]
    if refusals:
        raise Refused(refusals)
