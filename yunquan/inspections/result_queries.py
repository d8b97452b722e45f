"""What screens, plans and jobs read of results: what waits and what is public (D108-3.4, D108-2.2)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import Exists, Q, QuerySet

from yunquan.evidence.models import StoredFile
from yunquan.inspections import access
from yunquan.inspections.lifecycle import OFFICERS, RESULT_STATES, TOLD_STATES
from yunquan.inspections.models import Effect, Inspection, Opinion, Ruling, Summons
from yunquan.inspections.result_checks import PARTIES
from yunquan.inspections.result_facts import (
    asked_before,
    failed_rectifications,
    outcome_label,
    outcome_of,
    outcomes_of,
    rectification_failed,
    sides_of,
    silent,
    to_review,
    unheard,
)
from yunquan.kernel.workflow import Actor
from yunquan.parties import standings
from yunquan.policy.regimes.forms import EFFECTS, Outcome
from yunquan.policy.roles import Role
from yunquan.programme.rules import working_calendar

# Before the decision counts, a party sees the panel's conclusion and not what is proposed.
COUNTS = ("decided", "reviewed", "published")


def results_for(actor: Actor) -> QuerySet[Inspection]:
    """The inspections with a result that an actor may see; a party those it was told of."""
    party = actor.role in (Role.ENTERPRISE, Role.SUPPLIER)
    rows = access.inspections_visible_to(actor).filter(state__in=TOLD_STATES if party else RESULT_STATES)
    return rows.select_related("plan", "voucher__enterprise", "voucher__supplier")


def result_for(actor: Actor, pk: int) -> Inspection | None:
    """One result, or None as if it did not exist."""
    return results_for(actor).filter(pk=pk).first()


def waiting_results(actor: Actor) -> QuerySet[Inspection]:
    """Results on which the actor's role has the next step, the most urgent first."""
    table = Inspection.lifecycle
    states = {
        state
        for state in RESULT_STATES
        if any(one.action != "reopen" for one in table.offers_to(state, actor))
    }
    if actor.role in (Role.ENTERPRISE, Role.SUPPLIER):
        states &= {"explaining", "informed", "answered"}
    if actor.role == Role.PROVINCE_APPROVER:
        states &= {"proposed", "decided"}
    rows = results_for(actor)
    if actor.role in OFFICERS:
        own = Q(plan__city=_city_of(actor))
        again = own & Q(Exists(failed_rectifications()), state__in=COUNTS)
        if actor.role == Role.PROVINCE_OFFICER:
            own |= Q(state__in=("decided", "reviewed"))
        return rows.filter((own & Q(state__in=states)) | again).order_by("due_on", "pk")
    rows = rows.filter(state__in=states)
    if actor.role in (Role.ENTERPRISE, Role.SUPPLIER):
        rows = rows.exclude(state__in=("informed", "answered"), opinions__in=_answers_of(actor))
    if actor.role == Role.CITY_APPROVER:
        rows = rows.filter(plan__city=_city_of(actor))
    if actor.role == Role.PROVINCE_APPROVER:
        rows = rows.filter(Q(plan__city="") | Q(state="decided"))
    return rows.order_by("due_on", "pk")


def _city_of(actor: Actor) -> str:
    """The city whose plans an officer's bureau runs; the province's own plans have none."""
    return "" if actor.role == Role.PROVINCE_OFFICER else actor.org.partition(":")[2]


def _answers_of(actor: Actor) -> QuerySet[Opinion]:
    """What the actor's own organisation has answered."""
    return Opinion.objects.filter(kind="answer", org=actor.org)


def _measures(inspection: Inspection, found: Outcome | None) -> list[str]:
    """What the outcome in hand would do: the proposed one where it waits for approval."""
    in_hand = outcome_of(inspection, inspection.proposed_outcome) if inspection.state == "proposed" else found
    return [EFFECTS[one] for one in in_hand.effects] if in_hand is not None else []


def days_left(inspection: Inspection, today: date) -> int | None:
    """Working days to the current deadline; negative when overdue."""
    if inspection.due_on is None:
        return None
    return working_calendar().working_days_between(today, inspection.due_on)


def result_view(inspection: Inspection, *, for_party: bool) -> dict[str, Any]:
    """Everything a result page shows of one inspection; a party sees no proposal and no person."""
    counts = inspection.state in COUNTS and not (inspection.state == "decided" and to_review(inspection))
    code, grounds = inspection.outcome, inspection.grounds
    if for_party and not counts:
        told = inspection.rulings.filter(step__in=("concluded", "reconsidered")).order_by("-pk").first()
        code, grounds = (told.outcome, told.grounds) if told is not None else (code, grounds)
    found = outcome_of(inspection, code)
    hidden = inspection.state == "explaining" and for_party
    return {
        "state": inspection.lifecycle.states[inspection.state],
        "outcome": "" if hidden or found is None else found.label,
        "is_qualified": found.qualified if found is not None else None,
        "grounds": [] if hidden else grounds,
        "opinion": "" if hidden else inspection.opinion,
        "doubt": inspection.doubt,
        "asked": asked_before(inspection),
        "opinions": list(inspection.opinions.prefetch_related("files").order_by("pk")),
        "summonses": summonses_of(inspection),
        "hearings": list(inspection.hearings.select_related("record").order_by("pk")),
        "rulings": [] if for_party else rulings_of(inspection),
        # What an earlier decision did stays in sight while another one is in hand.
        "effects": effects_of(inspection),
        "measures": [] if for_party else _measures(inspection, found),
        "to_review": to_review(inspection),
        "silent": silent(inspection),
        "proposed": outcome_label(inspection, inspection.proposed_outcome)
        if inspection.proposed_outcome and not for_party and inspection.state not in COUNTS
        else "",
    }


def rulings_of(inspection: Inspection) -> list[dict[str, Any]]:
    """What was said of the outcome at each step, in order."""
    rows = Ruling.objects.filter(inspection=inspection).select_related("document").order_by("pk")
    return [
        {
            "step": row.get_step_display(),
            "outcome": outcome_label(inspection, row.outcome) if row.outcome else "",
            "grounds": row.grounds,
            "text": row.text,
            "document": row.document,
            "role": Role(row.role).label if row.role in set(Role) else row.role,
            "at": row.at,
        }
        for row in rows
    ]


def summonses_of(inspection: Inspection) -> list[dict[str, Any]]:
    """When and where the parties were asked to be heard, each time once."""
    sides = {org: PARTIES[side] for side, org in sides_of(inspection).items()}
    found: dict[tuple[datetime, str], dict[str, Any]] = {}
    for row in Summons.objects.filter(inspection=inspection).order_by("held_at", "pk"):
        key = row.held_at, row.place
        told = found.setdefault(key, {"held_at": row.held_at, "place": row.place, "at": row.summoned_at})
        told.setdefault("whom", []).append(sides.get(row.org, row.org))
    return list(found.values())


def last_summons(inspection: Inspection) -> Summons | None:
    """The last time that the parties were asked to be heard, or None."""
    return Summons.objects.filter(inspection=inspection).order_by("-pk").first()


def effects_of(inspection: Inspection) -> list[dict[str, Any]]:
    """What the decision did, in words."""
    rows = Effect.objects.filter(inspection=inspection).order_by("pk")
    voucher = inspection.voucher
    names = {voucher.enterprise.key: voucher.enterprise.name}
    if voucher.supplier is not None:
        names[voucher.supplier.key] = voucher.supplier.name
    return [
        {
            "what": EFFECTS.get(row.code, row.code),
            "code": row.code,
            "obj": row.obj,
            "whom": names.get(row.obj, row.obj.partition(":")[2]),
            "before": row.before,
            "after": row.after,
            "amount_fen": row.amount_fen,
            "article": row.article,
            "at": row.done_at,
        }
        for row in rows
    ]


def outcome_choices(inspection: Inspection) -> list[dict[str, Any]]:
    """The outcomes to choose from, with what each leads to and whether a hearing is wanting."""
    return [
        {
            "code": one.code,
            "label": one.label,
            "grounds": one.grounds,
            "measures": [EFFECTS[effect] for effect in one.effects],
            "unheard": unheard(inspection, one.code),
        }
        for one in outcomes_of(inspection)
    ]


def public_results() -> QuerySet[Inspection]:
    """The published results, the latest first; nothing personal is read from them (D108-2.2)."""
    rows = Inspection.objects.filter(state="published", published_at__isnull=False)
    return rows.select_related("plan", "item", "voucher__enterprise", "voucher__supplier").order_by(
        "-published_at", "-pk"
    )


def late(today: date) -> QuerySet[Inspection]:
    """What the clock ends: explanations and answers whose time is over."""
    return Inspection.objects.filter(state__in=("explaining", "informed"), due_on__lt=today).order_by("pk")


def soon_due(until: date) -> QuerySet[Inspection]:
    """Results whose current deadline comes up to a day."""
    rows = Inspection.objects.filter(state__in=("concluded", "explaining", "informed"), due_on__lte=until)
    return rows.select_related("plan", "voucher").order_by("pk")


def file_for(actor: Actor, pk: int) -> StoredFile | None:
    """A paper of a result or of a standing that the actor may see, or None (A1).

    A party opens what it or the other side of its own voucher filed only where it filed it itself; the decision on
    paper, where it laid something on it, is opened from its standing.
    """
    party = actor.role in (Role.ENTERPRISE, Role.SUPPLIER)
    rows = results_for(actor)
    if party:
        found = Q(opinions__files=pk, opinions__org=actor.org) | Q(hearings__record=pk)
        seen = (
            rows.filter(found).exists()
            or rows.filter(
                state__in=COUNTS, rulings__step="decided", rulings__document=pk, effects__isnull=False
            ).exists()
        )
    else:
        found = Q(opinions__files=pk) | Q(hearings__record=pk) | Q(rulings__document=pk)
        seen = rows.filter(found).exists()
    if not seen:
        laid = standings.visible_to(actor)
        seen = laid.filter(Q(document=pk) | Q(ended_document=pk) | Q(appeals__files=pk)).exists()
    return StoredFile.objects.filter(pk=pk).first() if seen else None


def steps_for(inspection: Inspection, actor: Actor) -> list[str]:
    """The steps that a page offers the actor now: the table's rows for the role, where the place is the actor's."""
    state, role = inspection.state, actor.role
    offered = [row.action for row in inspection.lifecycle.offers_to(state, actor) if row.action != "publish"]
    own = actor.org == inspection.plan.org
    reviewed = to_review(inspection)
    found = []
    for action in offered:
        if action in ("inform", "propose", "decide", "conclude", "appoint", "reopen") and not own:
            continue
        if action == "reopen" and not rectification_failed(inspection):
            continue
        if action == "ask" and (asked_before(inspection) or not (own or role == Role.EXPERT)):
            continue
        if action == "reconsider" and not asked_before(inspection):
            continue
        if action == "review" and not reviewed:
            continue
        if action == "send_back" and not (own if state == "proposed" else reviewed and not own):
            continue
        if action == "answer" and inspection.opinions.filter(kind="answer", org=actor.org).exists():
            continue
        found.append(action)
    outcome = outcome_of(inspection, inspection.outcome)
    is_open = state in ("informed", "answered") and outcome is not None and not outcome.qualified
    if own and is_open and role in OFFICERS:
        found += [one for one in ("summon", "hear") if actor.may(f"inspection.{one}")]
    return [one for one in found if one not in ("conclude", "appoint", "replace")]


def publishable(actor: Actor) -> QuerySet[Inspection]:
    """Decided results that the actor publishes: the province its own and what it reviewed, a city what it runs alone."""
    rows = results_for(actor).filter(state__in=("decided", "reviewed")).order_by("pk")
    if actor.role == Role.PROVINCE_OFFICER:
        return rows.filter(Q(plan__city="") | Q(state="reviewed"))
    waiting = [row.pk for row in rows if not to_review(row) and row.plan.org == actor.org]
    return rows.filter(pk__in=waiting)


def named(rows: QuerySet[Inspection], word: str) -> QuerySet[Inspection]:
    """Those of an enterprise, a supplier or a blinded reference."""
    voucher = Q(voucher__enterprise__name__icontains=word) | Q(voucher__supplier__name__icontains=word)
    return rows.filter(voucher | Q(item__ref__iexact=word))


def waiting_count(actor: Actor) -> int:
    """How many results wait for the actor's role; up to 1000."""
    return waiting_results(actor).order_by().values("pk")[:1000].count()
