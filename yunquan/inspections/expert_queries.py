"""What screens read of experts, their ties, load and training."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db.models import Count, Q, QuerySet

from yunquan.inspections.expert_ties import OPEN_VISITS
from yunquan.inspections.models import Attendance, Expert, Panelist, Tie, Training
from yunquan.kernel.workflow import Actor
from yunquan.parties import access as parties
from yunquan.parties import queries as people
from yunquan.policy.contracts import normalise_name
from yunquan.policy.regimes import load_regime, shipped_regimes
from yunquan.policy.roles import Role

PROVINCE = (Role.PROVINCE_OFFICER, Role.PROVINCE_APPROVER)
OFFICERS = (*PROVINCE, Role.CITY_REVIEWER, Role.CITY_APPROVER)
SPECIALITIES = list(Expert.Speciality.choices)
KINDS = list(Tie.Kind.choices)


def register(actor: Actor) -> QuerySet[Expert]:
    """The register with load, ties and training counted; the province's alone (A1)."""
    if actor.role not in PROVINCE:
        return Expert.objects.none()
    return Expert.objects.select_related("person").annotate(
        open_count=Count(
            "panels", filter=Q(panels__recused_at=None, panels__visit__state__in=OPEN_VISITS), distinct=True
        ),
        tie_count=Count("ties", filter=Q(ties__ended_at=None), distinct=True),
        training_count=Count("attendances", distinct=True),
    )


def expert_for(actor: Actor, pk: int) -> Expert | None:
    """One expert, or None as if there were none."""
    return register(actor).filter(pk=pk).first()


def own_sheet(actor: Actor) -> Expert | None:
    """The expert's own sheet on the register, or None."""
    head, _, tail = actor.person.partition(":")
    if actor.role != Role.EXPERT or head != "person" or not tail.isdecimal():
        return None
    return Expert.objects.select_related("person").filter(person_id=int(tail)).first()


def ties_of(expert: Expert) -> list[Tie]:
    """All ties, those that hold first."""
    return sorted(expert.ties.order_by("-pk"), key=lambda one: one.ended_at is not None)


def panels_of(expert: Expert) -> list[Panelist]:
    """The latest panels of an expert with their visits."""
    return list(expert.panels.select_related("visit__plan").order_by("-pk")[:100])


def attended(expert: Expert) -> list[Attendance]:
    """The trainings that an expert attended, the latest first."""
    return list(expert.attendances.select_related("training").order_by("-training__held_at"))


def logins(today: date) -> list[tuple[str, str]]:
    """The people with an expert's login who aren't on the register yet: login name and name."""
    known = set(Expert.objects.values_list("person_id", flat=True))
    return [(one.username, one.name) for one in people.experts(today) if one.pk not in known]


def trainings(actor: Actor) -> QuerySet[Training]:
    """The training sessions with how many attended; for the bureaus that inspect."""
    if actor.role not in OFFICERS or not parties.bureau_code(actor):
        return Training.objects.none()
    return Training.objects.annotate(count=Count("attendances")).order_by("-held_at", "-pk")


def training_for(actor: Actor, pk: int) -> Training | None:
    """One training session, or None."""
    return trainings(actor).filter(pk=pk).first()


def who_attended(training: Training) -> set[int]:
    """The numbers of the experts who were there."""
    return set(training.attendances.values_list("expert_id", flat=True))


def choices() -> list[tuple[str, str]]:
    """The active experts to choose among, by code."""
    rows = Expert.objects.filter(is_active=True).select_related("person").order_by("code")
    return [(str(one.pk), f"{one.code} {one.person.name}（{one.get_speciality_display()}）") for one in rows]


def experts_by(numbers: Iterable[str]) -> list[Expert]:
    """Experts by their numbers as a form sends them."""
    return list(Expert.objects.filter(pk__in=[int(one) for one in numbers]))


def regime_titles() -> list[tuple[str, str]]:
    """The regimes with their titles."""
    return [(name, load_regime(name).title) for name in shipped_regimes()]


def tied_to(persons: Iterable[int], *, codes: set[str], names: set[str]) -> dict[int, str]:
    """Of these people, who is tied to a firm of these codes or names by the register: employer or declared tie."""
    found: dict[int, str] = {}
    for expert in Expert.objects.filter(person__in=list(persons)).prefetch_related("ties"):
        if expert.employer_uscc in codes or normalise_name(expert.employer) in names:
            found[expert.person_id] = "专家库登记的所在单位"
        for tie in expert.ties.all():
            if tie.ended_at is None and (tie.uscc in codes or normalise_name(tie.firm) in names):
                found[expert.person_id] = f"专家库登记的利害关系（{tie.get_kind_display()}）"
    return found
