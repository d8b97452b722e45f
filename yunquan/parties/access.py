"""Who may see which party: the only door. What isn't granted here is not there (A1)."""

from __future__ import annotations

from datetime import date

from django.db.models import F, Q, QuerySet

from yunquan.kernel.workflow import Actor
from yunquan.parties import regions
from yunquan.parties.models import Appointment, Bureau, Enterprise, Person, Supplier
from yunquan.policy.roles import Role

BUREAU_ROLES = frozenset(
    {
        Role.COUNTY_REVIEWER,
        Role.CITY_REVIEWER,
        Role.CITY_APPROVER,
        Role.CITY_CASHIER,
        Role.PROVINCE_OFFICER,
        Role.PROVINCE_APPROVER,
        Role.AUDITOR,
    }
)
ADMIN_ROLES = frozenset({Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN})


def in_force(today: date) -> Q:
    """The appointments that hold on a day; a deputy's also needs the one it stands in for."""
    holds = Q(person__is_active=True, revoked_at=None, starts_on__lte=today)
    holds &= Q(ends_on=None) | Q(ends_on__gte=today)
    principal = Q(deputy_for=None) | (
        Q(deputy_for__revoked_at=None, deputy_for__person__is_active=True)
        & (Q(deputy_for__ends_on=None) | Q(deputy_for__ends_on__gte=today))
    )
    return holds & principal


def appointments_of(person: Person, today: date) -> list[Appointment]:
    """What a person may act as today, own appointments first; read afresh at every request (A3)."""
    rows = Appointment.objects.filter(in_force(today), person=person)
    return list(
        rows.select_related("enterprise", "supplier", "bureau", "deputy_for__person").order_by(
            F("deputy_for_id").asc(nulls_first=True), "pk"
        )
    )


def actor_of(person: Person, appointment: Appointment) -> Actor:
    """The actor that a person is under one appointment; raises ValueError for someone else's."""
    if appointment.person_id != person.pk:
        raise ValueError("this appointment belongs to another person")
    return Actor(
        person=person.key,
        role=appointment.role,
        org=appointment.org_key,
        operator=appointment.operator,
        acts=tuple(appointment.acts) if appointment.operator else (),
    )


def _number(actor: Actor, kind: str) -> str:
    """What stands after `kind:` in the actor's organisation, or nothing."""
    head, _, tail = actor.org.partition(":")
    return tail if head == kind else ""


def bureau_code(actor: Actor) -> str:
    """The region code of the actor's bureau when the role reads cases there, else nothing."""
    return _number(actor, "bureau") if actor.role in BUREAU_ROLES else ""


def enterprise_number(actor: Actor) -> int | None:
    """The enterprise that the actor belongs to, or None."""
    number = _number(actor, "enterprise")
    return int(number) if actor.role == Role.ENTERPRISE and number.isdecimal() else None


def supplier_number(actor: Actor) -> int | None:
    """The supplier that the actor belongs to, or None."""
    number = _number(actor, "supplier")
    return int(number) if actor.role == Role.SUPPLIER and number.isdecimal() else None


def area(actor: Actor, *, city: str = "city", county: str = "county") -> Q | None:
    """What a bureau's officer may see, as a condition on columns named so; None means nothing at all.

    The province and its auditors see all, a city its own, a county its own.
    """
    code = bureau_code(actor)
    if code == regions.PROVINCE:
        return Q()
    if regions.city(code):
        return Q(**{city: code})
    if regions.county(code) and county:
        return Q(**{county: code})
    return None


def covers(actor: Actor, *, city: str, county: str = "") -> bool:
    """Whether a place lies in the actor's area."""
    code = bureau_code(actor)
    return bool(code) and (code == regions.PROVINCE or code in (city, county))


def reviews_registrations_of(actor: Actor, *, city: str, county: str = "") -> bool:
    """Whether the actor's bureau reviews there: the city, or its county where the city so set."""
    code = bureau_code(actor)
    if code in (regions.PROVINCE, city):
        return bool(code)
    return bool(code) and code == county and Bureau.objects.filter(code=city, counties_review=True).exists()


def enterprises_visible_to(actor: Actor) -> QuerySet[Enterprise]:
    """The enterprises that an actor may see: its own, or those of the bureau's area."""
    own = enterprise_number(actor)
    if own is not None:
        return Enterprise.objects.filter(pk=own)
    seen = area(actor)
    if seen is None:
        return Enterprise.objects.none()
    rows = Enterprise.objects.filter(seen)
    return rows if bureau_code(actor) == regions.PROVINCE else rows.exclude(state="draft")


def enterprise_for(actor: Actor, pk: int) -> Enterprise | None:
    """One enterprise, or None as if it did not exist."""
    return enterprises_visible_to(actor).filter(pk=pk).first()


def suppliers_visible_to(actor: Actor) -> QuerySet[Supplier]:
    """The suppliers that an actor may see: its own, the area's, all for the province, those asked about."""
    own = supplier_number(actor)
    if own is not None:
        return Supplier.objects.filter(pk=own)
    if actor.role == Role.EXPERT:
        return Supplier.objects.filter(opinions__expert_id=_person_number(actor)).distinct()
    seen = area(actor, county="")
    if seen is None:
        return Supplier.objects.none()
    rows = Supplier.objects.filter(seen)
    return rows if bureau_code(actor) == regions.PROVINCE else rows.exclude(state="draft")


def supplier_for(actor: Actor, pk: int) -> Supplier | None:
    """One supplier, or None as if it did not exist."""
    return suppliers_visible_to(actor).filter(pk=pk).first()


def people_visible_to(actor: Actor) -> QuerySet[Person]:
    """People with their appointments: for the three administrators and the auditors of the province."""
    if actor.role in ADMIN_ROLES or (actor.role == Role.AUDITOR and bureau_code(actor) == regions.PROVINCE):
        return Person.objects.all()
    return Person.objects.filter(pk=_person_number(actor))


def person_for(actor: Actor, pk: int) -> Person | None:
    """One person, or None as if nobody."""
    return people_visible_to(actor).filter(pk=pk).first()


def _person_number(actor: Actor) -> int:
    head, _, tail = actor.person.partition(":")
    return int(tail) if head == "person" and tail.isdecimal() else 0
