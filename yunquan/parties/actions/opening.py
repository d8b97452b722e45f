"""An organisation opens its account: the person, the draft of the registration, the appointment (D47-5.3, 5.7a)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from django.db import IntegrityError, transaction

from yunquan.journal.actions import record
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties.actions.people import new_appointment, new_person
from yunquan.parties.models import Appointment, Enterprise, Person, Supplier
from yunquan.parties.pinyin import searchable
from yunquan.parties.reading import read_uscc, tidy
from yunquan.policy.roles import Role

Party = TypeVar("Party", Enterprise, Supplier)


def open_account(
    model: type[Party],
    *,
    act: str,
    article: str,
    label: str,
    role: Role,
    taken: Callable[[str], Refusal],
    keep: Callable[[Mapping[str, Any]], dict[str, Any]],
    uscc: str,
    name: str,
    username: str,
    password: str,
    person_name: str,
    email: str,
    phone: str,
    typed: Mapping[str, Any] | None,
    by: Actor,
    now: datetime,
) -> tuple[Party, Person]:
    """Open the account in the caller's transaction; `keep` cuts what was typed to the fields of the form.

    Raises Refused with every fault: the code's check character, a code or login name already taken.
    """
    faults: list[Refusal] = []
    code = read_uscc(uscc)
    if isinstance(code, Refusal):
        faults.append(code)
    elif model._default_manager.filter(uscc=code).exists():
        faults.append(taken(code))
    if not tidy(name):
        faults.append(Refusal("missing", f"没有填写{label}名称。", article, "请按营业执照填写全称。", "name"))
    person = _person(
        faults,
        username=username,
        name=person_name,
        password=password,
        email=email,
        phone=phone,
        by=by,
        now=now,
    )
    contact = {"contact_name": person_name, "contact_phone": phone}
    party = model(
        uscc=str(code),
        name=tidy(name)[:120],
        typed=keep({**contact, **(typed or {}), "name": tidy(name)}),
        search_text=searchable(tidy(name), str(code)),
    )
    try:
        with transaction.atomic():
            party.save()
    except IntegrityError:
        raise Refused([taken(str(code))]) from None
    appointment = Appointment(person=person, role=role, starts_on=local_date(now), appointed_by=by.person)
    setattr(appointment, role.value, party)
    new_appointment(appointment, by=by, now=now)
    record(act, by=by, obj=party.journal_key, now=now, why=article, post="draft")
    return party, person


def _person(faults: list[Refusal], **told: Any) -> Person:
    """The person of the account, or Refused with these faults and the person's own."""
    try:
        with transaction.atomic():
            person = new_person(**told)
    except Refused as refused:
        raise Refused([*faults, *refused.refusals]) from None
    if faults:
        raise Refused(faults)
    return person
