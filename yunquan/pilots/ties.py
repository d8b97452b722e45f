"""Whose interest stands against which applicant, computed from the platform's own records (D47-8.1)."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q

from yunquan.parties.models import Appointment, ExpertOpinion, Person
from yunquan.pilots.models import Pilot
from yunquan.pilots.reading import narrow, rows, tidy
from yunquan.policy.contracts import normalise_name


def firms_of(pilot: Pilot) -> tuple[set[str], set[str]]:
    """The credit codes and names of the applicant and of the units that join it."""
    partners = rows(pilot.typed, "partners")
    codes = {pilot.supplier.uscc, *(narrow(row.get("uscc")) for row in partners)}
    names = {pilot.supplier.name, *(tidy(row.get("name")) for row in partners)}
    return codes - {""}, {normalise_name(name) for name in names} - {""}


def named_tie(pilot: Pilot, employer: str) -> str:
    """Why who works there has to stand back, or nothing."""
    name = normalise_name(employer)
    if name and name in firms_of(pilot)[1]:
        return "所在单位是申报单位或联合单位"
    rivals = pilot.call.pilots.exclude(pk=pilot.pk).exclude(state="draft").select_related("supplier")
    if name and any(name in firms_of(one)[1] for one in rivals):
        return "所在单位也申报了本次试点"
    return ""


def computed_ties(pilot: Pilot, experts: Iterable[Person]) -> dict[int, str]:
    """For each expert with an interest, what it is: posts with the applicant, a partner or a rival, now or before."""
    people = {person.pk for person in experts}
    codes, names = firms_of(pilot)
    rivals: set[str] = set()
    for one in pilot.call.pilots.exclude(pk=pilot.pk).exclude(state="draft").select_related("supplier"):
        rivals |= firms_of(one)[0]
    found: dict[int, str] = {}
    posts = Appointment.objects.filter(person__in=people).filter(
        Q(enterprise__isnull=False) | Q(supplier__isnull=False)
    )
    for post in posts.select_related("enterprise", "supplier"):
        firm = post.enterprise or post.supplier
        assert firm is not None
        if firm.uscc in codes or normalise_name(firm.name) in names:
            found[post.person_id] = "在申报单位或联合单位任职"
        elif firm.uscc in rivals:
            found.setdefault(post.person_id, "在本次另一家申报单位任职")
    return found


def gave_opinion(pilot: Pilot, experts: Iterable[Person]) -> set[int]:
    """Who reviewed the supplier's registration: no interest, but worth knowing."""
    asked = ExpertOpinion.objects.filter(supplier=pilot.supplier, expert__in=list(experts))
    return set(asked.values_list("expert_id", flat=True))
