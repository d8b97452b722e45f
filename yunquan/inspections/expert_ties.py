"""Whose interest stands against which firm, declared or computed, and what an expert can still take (D108-3.1).

What is frozen names an expert's specialities in groups, from the narrowest: the field with a service and front-line,
the field with a service, the field and front-line, the field. A panel asks the groups in turn, so that the preference
for front-line experts (D108-6) can be checked by anyone from the same file.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from django.db.models import Count, Q

from yunquan.inspections.models import Expert, Panelist, Tie
from yunquan.parties.models import Appointment, Enterprise, ExpertOpinion, Supplier
from yunquan.policy.contracts import normalise_name

FRONT_LINE = "front_line"
Firm = tuple[str, int]


def groups_of(expert: Expert) -> list[str]:
    """The specialities under which an expert is frozen.

    >>> groups_of(Expert(speciality="technical", services=[2], is_front_line=True))
    ['technical', 'technical/2', 'technical/2/front_line', 'technical/front_line']
    """
    named = [expert.speciality, *(f"{expert.speciality}/{number}" for number in expert.services)]
    if expert.is_front_line:
        named += [f"{one}/{FRONT_LINE}" for one in named]
    return sorted(named)


def asked_in_turn(speciality: str, service: int | None) -> list[str]:
    """The groups that a panel asks one after the other: the field of the voucher and the front line first.

    >>> asked_in_turn("technical", 2)
    ['technical/2/front_line', 'technical/2', 'technical/front_line', 'technical']
    >>> asked_in_turn("finance", None)
    ['finance/front_line', 'finance']
    """
    fields = [speciality] if service is None else [f"{speciality}/{service}", speciality]
    return [group for field in fields for group in (f"{field}/{FRONT_LINE}", field)]


def firms_against(experts: Iterable[Expert]) -> dict[int, set[Firm]]:
    """For each expert the enterprises and suppliers with which he has a tie, in a constant number of queries."""
    rows = list(experts)
    people = {one.person_id: one.pk for one in rows}
    found: defaultdict[int, set[Firm]] = defaultdict(set)
    codes: defaultdict[str, set[int]] = defaultdict(set)
    names: defaultdict[str, set[int]] = defaultdict(set)
    for one in rows:
        if one.employer_uscc:
            codes[one.employer_uscc].add(one.pk)
        names[normalise_name(one.employer)].add(one.pk)
    for tie in Tie.objects.filter(expert__in=rows, ended_at=None):
        if tie.uscc:
            codes[tie.uscc].add(tie.expert_id)
        if tie.firm:
            names[normalise_name(tie.firm)].add(tie.expert_id)
    names.pop("", None)
    for kind, model in (("enterprise", Enterprise), ("supplier", Supplier)):
        for pk, uscc, name in model.objects.order_by().values_list("pk", "uscc", "name").iterator():
            for expert in codes.get(uscc, set()) | names.get(normalise_name(name), set()):
                found[expert].add((kind, pk))
    for person, supplier in ExpertOpinion.objects.filter(expert__in=people).values_list(
        "expert_id", "supplier_id"
    ):
        found[people[person]].add(("supplier", supplier))
    posts = Appointment.objects.filter(person__in=people).filter(
        Q(enterprise__isnull=False) | Q(supplier__isnull=False)
    )
    for person, enterprise, supplier in posts.values_list("person_id", "enterprise_id", "supplier_id"):
        firm: Firm = ("enterprise", enterprise) if enterprise else ("supplier", supplier)
        found[people[person]].add(firm)
    return dict(found)


def computed_ties(expert: Expert) -> list[tuple[str, str, str]]:
    """What the platform's own records say of an expert: firm, code and kind of relation.

    His employer among the parties, firms for which he acts on the platform, suppliers on which he gave an opinion.
    """
    found: dict[tuple[str, str], str] = {}
    name = normalise_name(expert.employer)
    for model in (Enterprise, Supplier):
        for uscc, title in model.objects.order_by().values_list("uscc", "name").iterator():
            if uscc == expert.employer_uscc or (name and normalise_name(title) == name):
                found[uscc, Tie.Kind.EMPLOYED.value] = title
    posts = Appointment.objects.filter(person=expert.person_id).select_related("enterprise", "supplier")
    for post in posts:
        firm = post.enterprise or post.supplier
        if firm is not None:
            found[firm.uscc, Tie.Kind.EMPLOYED.value] = firm.name
    for opinion in ExpertOpinion.objects.filter(expert=expert.person_id).select_related("supplier"):
        found.setdefault((opinion.supplier.uscc, Tie.Kind.OTHER.value), opinion.supplier.name)
    return [(title, uscc, kind) for (uscc, kind), title in found.items()]


OPEN_VISITS = ("planned", "noticed", "under_way")


def open_panels(experts: Iterable[Expert]) -> dict[int, int]:
    """How many visits each expert has taken on that aren't over; one query."""
    rows = Panelist.objects.filter(
        expert__in=list(experts), recused_at=None, visit__state__in=OPEN_VISITS
    ).order_by()
    return dict(rows.values_list("expert_id").annotate(count=Count("pk")))


def frozen_rows(parties: Mapping[str, tuple[int, int]]) -> Iterator[dict[str, Any]]:
    """The experts as they are frozen; `parties` gives for each reference its enterprise and its supplier."""
    experts = list(Expert.objects.filter(is_active=True).order_by("code"))
    against, loads = firms_against(experts), open_panels(experts)
    refs: defaultdict[Firm, list[str]] = defaultdict(list)
    if against:
        for ref, (enterprise, supplier) in parties.items():
            refs["enterprise", enterprise].append(ref)
            refs["supplier", supplier].append(ref)
    for one in experts:
        conflicts = {ref for firm in against.get(one.pk, ()) for ref in refs.get(firm, ())}
        yield {
            "conflicts": sorted(conflicts),
            "expert": one.code,
            "room": max(one.most_open - loads.get(one.pk, 0), 0),
            "specialities": groups_of(one),
        }
