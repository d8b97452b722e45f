"""What screens, jobs and the API read of the parties."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet

from yunquan.kernel.workflow import Actor
from yunquan.parties import access, regions
from yunquan.parties.models import Appointment, Bureau, Enterprise, ExpertOpinion, Person, Strike, Supplier
from yunquan.parties.pinyin import wanted_words
from yunquan.policy.roles import Role


def reviewing_bureau(city: str, county: str = "") -> Bureau:
    """The bureau that reviews there: the county where the city so set, else the city (D47-5.10)."""
    home = Bureau.objects.get(code=city)
    if home.counties_review and county:
        return Bureau.objects.get(code=county)
    return home


def bureau(code: str) -> Bureau | None:
    """The bureau of a region code, or None."""
    return Bureau.objects.filter(code=code).first()


def bureaus(level: str = "") -> QuerySet[Bureau]:
    """All bureaus in the order of their codes, or those of one level."""
    rows = Bureau.objects.order_by("code")
    return rows.filter(level=level) if level else rows


def matching(rows: QuerySet[Any], query: str) -> QuerySet[Any]:
    """Rows whose search text holds every word: Chinese, pinyin, initials or code."""
    for word in wanted_words(query):
        rows = rows.filter(search_text__contains=word)
    return rows


def enterprises(
    actor: Actor, *, query: str = "", state: str = "", city: str = "", county: str = ""
) -> QuerySet[Enterprise]:
    """The enterprises that an actor may see, filtered, by name."""
    rows = matching(access.enterprises_visible_to(actor), query)
    wanted = {"state": state, "city": city, "county": county}
    return rows.filter(**{name: value for name, value in wanted.items() if value}).order_by("name", "pk")


def suppliers(actor: Actor, *, query: str = "", state: str = "", city: str = "") -> QuerySet[Supplier]:
    """The suppliers that an actor may see, filtered, by name."""
    rows = matching(access.suppliers_visible_to(actor), query)
    wanted = {"state": state, "city": city}
    return rows.filter(**{name: value for name, value in wanted.items() if value}).order_by("name", "pk")


def registered_suppliers(query: str = "", *, service: int | None = None, city: str = "") -> list[Supplier]:
    """The suppliers that the public sees and that enterprises may choose."""
    rows = matching(Supplier.objects.filter(state="registered"), query)
    if city:
        rows = rows.filter(city=city)
    listed = list(rows.order_by("name", "pk"))
    return [row for row in listed if service is None or service in row.services]


def public_suppliers(query: str = "", *, city: str = "") -> QuerySet[Supplier]:
    """The registered suppliers for the public list, by name; an empty city code means all."""
    rows = matching(Supplier.objects.filter(state="registered"), query)
    return (rows.filter(city=city) if city else rows).order_by("name", "pk")


def public_supplier(pk: int) -> Supplier | None:
    """One registered supplier, or None as if it did not exist."""
    return Supplier.objects.filter(state="registered", pk=pk).first()


def organisation_name(key: str) -> str:
    """The name of the bureau, enterprise or supplier of a key such as `supplier:3`; empty where there is none."""
    kind, _, own = key.partition(":")
    if kind == "bureau":
        row: Any = Bureau.objects.filter(code=own).first()
    elif own.isdecimal() and kind in ("enterprise", "supplier"):
        row = (Enterprise if kind == "enterprise" else Supplier).objects.filter(pk=int(own)).first()
    else:
        row = None
    return row.name if row is not None else ""


def enterprises_due(actor: Actor) -> QuerySet[Enterprise]:
    """The enterprise registrations that wait for this reviewer, the most urgent first (D47-5.20)."""
    if actor.role not in (Role.CITY_REVIEWER, Role.COUNTY_REVIEWER):
        return Enterprise.objects.none()
    rows = access.enterprises_visible_to(actor).filter(state="submitted")
    if actor.role == Role.COUNTY_REVIEWER:
        rows = rows.filter(city__in=Bureau.objects.filter(level="city", counties_review=True).values("code"))
    return rows.order_by("due_on", "submitted_at", "pk")


def suppliers_due(actor: Actor) -> QuerySet[Supplier]:
    """The supplier registrations that wait for this reviewer or expert, the most urgent first."""
    rows = access.suppliers_visible_to(actor)
    if actor.role == Role.EXPERT:
        mine = Q(opinions__expert_id=int(actor.person.partition(":")[2] or 0), opinions__given_at=None)
        return rows.filter(mine, state="expert_review").order_by("submitted_at", "pk")
    if actor.role == Role.CITY_REVIEWER:
        return rows.filter(state="city_check").order_by("due_on", "submitted_at", "pk")
    if actor.role in (Role.PROVINCE_OFFICER, Role.PROVINCE_APPROVER):
        return rows.filter(state__in=("province_review", "expert_review")).order_by("submitted_at", "pk")
    return Supplier.objects.none()


def overdue(today: date) -> QuerySet[Enterprise]:
    """Registrations whose review is late, for reminders."""
    return Enterprise.objects.filter(state="submitted", due_on__lt=today).order_by("due_on", "pk")


def opinions(supplier: Supplier) -> QuerySet[ExpertOpinion]:
    """The opinions asked and given in the present round."""
    rows = ExpertOpinion.objects.filter(supplier=supplier, round=len(supplier.returns) + 1)
    return rows.select_related("expert").order_by("pk")


def opinion_summary(supplier: Supplier) -> dict[str, int]:
    """How many experts were asked, answered, and found all three parts met."""
    met = Q(platform_met=True, supplier_met=True, product_met=True)
    return opinions(supplier).aggregate(
        asked=Count("pk"), given=Count("pk", filter=Q(given_at__isnull=False)), met=Count("pk", filter=met)
    )


def experts(today: date) -> list[Person]:
    """The people with an expert's appointment in force."""
    held = Appointment.objects.filter(access.in_force(today), role=Role.EXPERT).values("person")
    return list(Person.objects.filter(pk__in=held).order_by("name", "pk"))


def people(actor: Actor, query: str = "") -> QuerySet[Person]:
    """The people that an administrator sees, with their appointments."""
    rows = access.people_visible_to(actor)
    if query.strip():
        rows = rows.filter(Q(username__icontains=query.strip()) | Q(name__icontains=query.strip()))
    return rows.prefetch_related("appointments__bureau", "appointments__deputy_for").order_by("username")


def person_of(key: str) -> Person | None:
    """The person that the log's opaque id means, or None."""
    number = key.partition(":")[2]
    return Person.objects.filter(pk=int(number)).first() if number.isdecimal() else None


def person_names(keys: list[str]) -> dict[str, str]:
    """The names behind the log's opaque ids, in one query; the platform's own acts say so."""
    numbers = {int(key.partition(":")[2]) for key in keys if key.startswith("person:")}
    found = {f"person:{row.pk}": row.name for row in Person.objects.filter(pk__in=numbers)}
    return {key: found.get(key, "平台") for key in keys}


def delegations_of(actor: Actor) -> list[Appointment]:
    """What the actor's bureau delegated to third-party operators, ended ones too, the latest first (D47-7)."""
    rows = Appointment.objects.filter(bureau__code=access.bureau_code(actor) or "-").exclude(operator="")
    return list(rows.select_related("person", "bureau").order_by("-pk")[:200])


def delegation_for(actor: Actor, pk: int) -> Appointment | None:
    """One delegation of the actor's own bureau, or None."""
    rows = Appointment.objects.filter(bureau__code=access.bureau_code(actor) or "-").exclude(operator="")
    return rows.select_related("person").filter(pk=pk).first()


def strikes(enterprise: Enterprise) -> list[Strike]:
    """The vouchers that the enterprise let lapse, in order (D47-5.19)."""
    return list(enterprise.strikes.order_by("at", "pk"))


def contact_points(city: str) -> list[dict[str, str]]:
    """The supervision telephones of the province and a city, for the public pages (D47-8.5)."""
    rows = Bureau.objects.filter(code__in=[regions.PROVINCE, city]).order_by("code")
    return [{"name": row.name, "telephone": row.telephone} for row in rows if row.telephone]


def colleagues(actor: Actor, today: date) -> list[Appointment]:
    """Who holds which role in the actor's own organisation today, deputies with whom they stand in for."""
    code = access.bureau_code(actor)
    enterprise, supplier = access.enterprise_number(actor), access.supplier_number(actor)
    if code:
        own = Q(bureau__code=code)
    elif enterprise is not None:
        own = Q(enterprise_id=enterprise)
    elif supplier is not None:
        own = Q(supplier_id=supplier)
    else:
        return []
    rows = Appointment.objects.filter(access.in_force(today), own)
    named = rows.select_related("person", "deputy_for__person", "bureau")
    return list(named.order_by("role", "person__name", "pk"))


def overdue_by_city(today: date) -> dict[str, int]:
    """How many registrations are late in each city, in one query (D47-5.20)."""
    rows = overdue(today).order_by().values("city").annotate(times=Count("pk"))
    return {row["city"]: row["times"] for row in rows}


def opinions_of(actor: Actor) -> QuerySet[ExpertOpinion]:
    """The opinions that this expert was asked for, the latest first."""
    number = actor.person.partition(":")[2] if actor.role == Role.EXPERT else ""
    rows = ExpertOpinion.objects.filter(expert_id=int(number or 0)).select_related("supplier")
    return rows.order_by("-asked_at", "-pk")


def appointments(person: Person) -> QuerySet[Appointment]:
    """All appointments of a person, in force or not, the latest first."""
    rows = Appointment.objects.filter(person=person)
    organisations = rows.select_related("enterprise", "supplier", "bureau", "deputy_for__person")
    return organisations.order_by("-starts_on", "-pk")


def appointment_for(actor: Actor, pk: int) -> Appointment | None:
    """One appointment of a person whom the actor may see, or None as if it did not exist."""
    rows = Appointment.objects.filter(person__in=access.people_visible_to(actor).values("pk"))
    return rows.select_related("person", "enterprise", "supplier", "bureau").filter(pk=pk).first()


def organisation_by_code(kind: str, code: str) -> Bureau | Enterprise | Supplier | None:
    """A bureau by its region code, an enterprise or a supplier by its credit code; None for no such one."""
    if kind == "bureau":
        return bureau(code)
    if kind == "enterprise":
        return Enterprise.objects.filter(uscc=code).first()
    return Supplier.objects.filter(uscc=code).first() if kind == "supplier" else None


def person_key(username: str) -> str:
    """The log's opaque id of a login name, or an empty text."""
    row = Person.objects.filter(username=username.strip().lower()).first()
    return row.key if row is not None else ""
