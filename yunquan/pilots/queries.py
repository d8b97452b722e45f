"""What screens read of the pilots: open calls, what waits, what the public sees, the draft's reckoning (D47-6, D0-6.3)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from yunquan.kernel.workflow import Actor
from yunquan.pilots import access, lead, ties
from yunquan.pilots.lifecycle import HOLDING
from yunquan.pilots.models import Pilot, PilotCall, PilotSeat
from yunquan.pilots.progress import tagged
from yunquan.pilots.scoring import Scored, ranking
from yunquan.policy.roles import Role
from yunquan.policy.rulebook import Rulebook
from yunquan.programme import queries as programme
from yunquan.programme.models import Cycle
from yunquan.vouchers.lifecycle import COUNTED

PUBLIC_STATES = ("public", "named", "hearing", "finished", "withdrawn")
MOST_SHOWN = 500


def open_calls(now: datetime) -> list[PilotCall]:
    """The calls to which one may apply now, the earliest closing first."""
    rows = PilotCall.objects.filter(state="open", closes_at__gt=now).select_related("cycle")
    return list(rows.order_by("closes_at", "pk"))


def calls_with_counts(actor: Actor) -> QuerySet[PilotCall]:
    """Calls with how many applied, are under review and hold a title, in one query."""
    applied = Count("pilots", filter=~Q(pilots__state="draft"))
    return access.calls_visible_to(actor).annotate(
        applied=applied,
        reviewing=Count("pilots", filter=Q(pilots__state="reviewing")),
        holding=Count("pilots", filter=Q(pilots__state__in=HOLDING)),
    )


def waiting(actor: Actor) -> QuerySet[Pilot]:
    """What waits for this person of the province: the formal check, the title after publicity, the end of a hearing."""
    rows = access.pilots_visible_to(actor)
    if actor.role == Role.PROVINCE_OFFICER:
        return rows.filter(state="submitted").order_by("submitted_at", "pk")
    if actor.role == Role.PROVINCE_APPROVER:
        own = Q(state="public") & ~Q(proposed_by=actor.person)
        return rows.filter(own | (Q(state="hearing") & ~Q(hearing_by=actor.person))).order_by("pk")
    return rows.none()


def waiting_calls(actor: Actor, now: datetime) -> QuerySet[PilotCall]:
    """The calls that wait for this person: to be published, to be ranked once they are over, to be put in public."""
    rows = access.calls_visible_to(actor).order_by("pk")
    if actor.role == Role.PROVINCE_OFFICER:
        scored = Pilot.objects.filter(state="reviewing").values("call")
        return rows.filter(state="open", closes_at__lte=now, pk__in=scored)
    if actor.role == Role.PROVINCE_APPROVER:
        drafts = Q(state="draft") & ~Q(drafted_by=actor.person)
        return rows.filter(drafts | (Q(state="ranked") & ~Q(ranked_by=actor.person)))
    return rows.none()


def open_seats(actor: Actor) -> int:
    """How many score sheets wait for this expert."""
    rows = access.seats_of(actor).filter(given_at=None, recused_at=None, pilot__state="reviewing")
    return rows.order_by().values("pk")[:1000].count()


def seats(pilot: Pilot) -> list[PilotSeat]:
    """The seats of an application with their people."""
    return list(pilot.seats.select_related("person").order_by("pk"))


def standing(call: PilotCall) -> list[dict[str, Any]]:
    """The applications under review in the order of their means, and after them those without a sheet."""
    pilots = {
        row.pk: row
        for row in call.pilots.filter(state="reviewing")
        .select_related("supplier", "call__cycle")
        .prefetch_related("seats")
    }
    totals = {
        pk: tuple(
            seat.total for seat in row.seats.all() if seat.given_at is not None and seat.total is not None
        )
        for pk, row in pilots.items()
    }
    scored = [
        Scored(pk, given, submitted_at)
        for pk, given in totals.items()
        if given and (submitted_at := pilots[pk].submitted_at) is not None
    ]
    found = [
        {"pilot": pilots[one.key], "rank": place, "totals": one.totals} for one, place in ranking(scored)
    ]
    placed = {one.key for one in scored}
    found += [{"pilot": row, "rank": None, "totals": ()} for pk, row in pilots.items() if pk not in placed]
    return found


def others_of_call(call: PilotCall) -> list[Pilot]:
    """The applications that are not under review, drafts left out."""
    rows = call.pilots.exclude(state__in=("draft", "reviewing")).select_related("supplier", "call__cycle")
    return list(rows.order_by("rank", "submitted_at", "pk"))


def conflicts(pilot: Pilot, people: Iterable[Any]) -> dict[int, str]:
    """The interests that the platform's own records know of these people."""
    return ties.computed_ties(pilot, people)


def firms_of(pilot: Pilot) -> tuple[set[str], set[str]]:
    """The credit codes and names of the applicant and its partners, to hold registers against."""
    return ties.firms_of(pilot)


def public_pilots() -> list[Pilot]:
    """What everybody may see: in public, named, finished and withdrawn, the latest first."""
    rows = Pilot.objects.filter(state__in=PUBLIC_STATES).select_related("supplier", "call__cycle")
    return list(
        rows.prefetch_related("earmarks").order_by("-call__cycle__order", "-call", "rank", "pk")[:MOST_SHOWN]
    )


def lead_table(cycle: Cycle, rules: Rulebook, on: date) -> dict[str, Any] | None:
    """What the draft's way would give each lead supplier of a cycle; None where the rules know no such way (D0-6.3).

    A city's money is what was appropriated to it; awards and enterprises are those of issued tagged vouchers.
    """
    share, local = (
        rules.find("pilots.lead_supplier_share", on),
        rules.find("pilots.local_enterprise_share", on),
    )
    if share is None or local is None:
        return None
    held = Pilot.objects.filter(call__cycle=cycle, state__in=(*HOLDING, "finished")).select_related(
        "supplier"
    )
    pilots = list(held.order_by("rank", "named_at", "pk"))
    counted = (
        tagged()
        .filter(cycle=cycle, supplier__in=[row.supplier_id for row in pilots], state__in=COUNTED)
        .order_by()
        .values("supplier", "enterprise__city")
        .annotate(enterprises=Count("enterprise", distinct=True), fen=Sum("face_fen"))
    )
    by_supplier: dict[int, list[Mapping[str, Any]]] = {}
    for row in counted:
        by_supplier.setdefault(row["supplier"], []).append(row)
    leads = []
    for pilot in pilots:
        supplier, mine = pilot.supplier, by_supplier.get(pilot.supplier_id, [])
        city = supplier.city if supplier.is_in_province else ""
        leads.append(
            lead.Lead(
                key=pilot.pk,
                name=supplier.name,
                city=city,
                enterprises=sum(row["enterprises"] for row in mine),
                local=sum(row["enterprises"] for row in mine if row["enterprise__city"] == city),
                award_fen=sum(row["fen"] for row in mine),
            )
        )
    funds = {row.city: row.appropriated_fen for row in programme.quota_table(cycle)}
    return {
        "shares": lead.lead_shares(leads, funds_fen=funds, share=share.value, local=local.value),
        "share": share,
        "local": local,
    }
