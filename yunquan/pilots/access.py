"""Who may see which pilot: the only door (A1). What isn't granted here is not there."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from yunquan.evidence.models import StoredFile
from yunquan.kernel.workflow import Actor
from yunquan.parties import regions
from yunquan.parties.access import bureau_code, supplier_number
from yunquan.pilots.models import Pilot, PilotCall, PilotSeat
from yunquan.pilots.reading import rows
from yunquan.policy.roles import Role

# What a city's bureau sees of pilots that concern it: those in public and after.
SHOWN = ("public", "named", "hearing", "finished", "withdrawn")


def sees_province(actor: Actor) -> bool:
    """Whether the actor works on pilots for the province: its officers, approvers and auditors."""
    return bureau_code(actor) == regions.PROVINCE


def calls_visible_to(actor: Actor) -> QuerySet[PilotCall]:
    """Every call for the province, the published ones for everybody else."""
    found = PilotCall.objects.select_related("cycle").order_by("-pk")
    return found if sees_province(actor) else found.exclude(state="draft")


def call_for(actor: Actor, pk: int) -> PilotCall | None:
    """One call, or None as if it did not exist."""
    return calls_visible_to(actor).filter(pk=pk).first()


def pilots_visible_to(actor: Actor) -> QuerySet[Pilot]:
    """A supplier's own, all that was submitted for the province, an expert's seats, a city's once they are public."""
    found = Pilot.objects.select_related("call__cycle", "supplier").order_by("-pk")
    own = supplier_number(actor)
    if own is not None:
        return found.filter(supplier=own)
    if sees_province(actor):
        return found.exclude(state="draft")
    if actor.role == Role.EXPERT:
        mine = PilotSeat.objects.filter(person=_person(actor), recused_at=None).values("pilot")
        return found.filter(pk__in=mine)
    code = bureau_code(actor)
    if regions.city(code):
        return found.filter(Q(supplier__city=code) | Q(earmarks__city=code), state__in=SHOWN).distinct()
    return found.none()


def pilot_for(actor: Actor, pk: int) -> Pilot | None:
    """One pilot, or None as if it did not exist."""
    return pilots_visible_to(actor).filter(pk=pk).first()


def seats_of(actor: Actor) -> QuerySet[PilotSeat]:
    """The seats of an expert in applications under review or reviewed, the open ones first."""
    if actor.role != Role.EXPERT:
        return PilotSeat.objects.none()
    found = PilotSeat.objects.filter(person=_person(actor)).select_related(
        "pilot__call__cycle", "pilot__supplier"
    )
    return found.order_by("given_at", "-pk")


def seat_for(actor: Actor, pk: int) -> PilotSeat | None:
    """One's own seat in an application, by the application's number."""
    return seats_of(actor).filter(pilot=pk).first()


def file_for(actor: Actor, pk: int) -> StoredFile | None:
    """A file of an application that the actor may see; a city sees the plan's figures, not its proofs."""
    if bureau_code(actor) and not sees_province(actor):
        return None
    seen = pilots_visible_to(actor)
    if actor.role == Role.EXPERT:
        # Nobody reads an application before the interests are declared.
        declared = PilotSeat.objects.filter(person=_person(actor), declared_at__isnull=False, recused_at=None)
        seen = seen.filter(pk__in=declared.values("pilot"))
    for typed, supplier in seen.order_by().values_list("typed", "supplier"):
        if str(pk) in numbers(typed):
            # The applicant's own upload: a number typed into one's own form opens nobody else's file.
            return StoredFile.objects.filter(pk=pk, org=f"supplier:{supplier}").first()
    return None


def numbers(typed: dict[str, object]) -> set[str]:
    """The numbers of the files that a form names."""
    return {str(row.get("file", "")) for row in rows(typed, "proofs")} | {str(typed.get("sealed", ""))}


def _person(actor: Actor) -> int:
    head, _, tail = actor.person.partition(":")
    return int(tail) if head == "person" and tail.isdecimal() else 0
