"""What screens read of vouchers: queues, one voucher with all that belongs to it, its timeline."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db.models import Count, F, Max, Min, Q, QuerySet, Sum

from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Actor
from yunquan.ledger.queries import balance_fen
from yunquan.parties.models import Bureau
from yunquan.policy.roles import Role
from yunquan.policy.settlement import Check
from yunquan.programme import accounts
from yunquan.programme.models import Cycle
from yunquan.programme.rules import rulebook, working_calendar
from yunquan.vouchers import checks
from yunquan.vouchers.access import visible_to
from yunquan.vouchers.actions.claiming import claim_facts
from yunquan.vouchers.actions.reviewing import issue_facts
from yunquan.vouchers.actions.reviewing_claims import approval_facts, bonus_due_fen
from yunquan.vouchers.claiming import ClaimFacts, understand_claim
from yunquan.vouchers.claimsums import stored_claim_checks, typed_claim_checks
from yunquan.vouchers.lifecycle import COUNTED, LABELS, VOUCHER, S
from yunquan.vouchers.models import ServiceLine, Voucher
from yunquan.vouchers.preparing import Prepared, awarded_before, explanation_of, prepare
from yunquan.vouchers.relating import relation_of, second_look

WAITING: Mapping[str, tuple[str, ...]] = {
    Role.ENTERPRISE: (S.DRAFT, S.RETURNED, S.ISSUED, S.CLAIM_RETURNED),
    Role.SUPPLIER: (S.SUBMITTED, S.CLAIMED),
    Role.COUNTY_REVIEWER: (S.CONFIRMED,),
    Role.CITY_REVIEWER: (S.CONFIRMED, S.VERIFIED, S.APPROVED),
    Role.PROVINCE_OFFICER: (S.ATTESTED,),
}
MOST_COUNTED = 1000


def waiting_for(actor: Actor, states: Iterable[str] | None = None) -> QuerySet[Voucher]:
    """The vouchers that wait for this actor, the most urgent first."""
    wanted = tuple(states) if states is not None else WAITING.get(actor.role, ())
    rows = visible_to(actor).filter(state__in=wanted).select_related("enterprise", "supplier", "cycle")
    return rows.order_by(F("due_on").asc(nulls_last=True), "pk")


def applications_due(actor: Actor) -> QuerySet[Voucher]:
    """The applications that this bureau itself reviews: the county's where the city so set (D47-5.10)."""
    rows = waiting_for(actor, (S.CONFIRMED,))
    delegating = Bureau.objects.filter(level="city", counties_review=True).values("code")
    if actor.role == Role.COUNTY_REVIEWER:
        return rows.filter(city__in=delegating)
    if actor.role == Role.CITY_REVIEWER:
        return rows.exclude(Q(city__in=delegating) & ~Q(county=""))
    return rows.none()


def longest_waiting(actor: Actor, states: Iterable[str], *, most: int) -> list[Voucher]:
    """At most so many that wait for this actor, the longest first; each state is read off its index."""
    found: list[Voucher] = []
    for state in states:
        rows = waiting_for(actor, (state,)).prefetch_related("lines").order_by("waiting_since", "pk")
        found += rows[:most]
    return sorted(found, key=lambda row: (row.waiting_since is None, row.waiting_since, row.pk))[:most]


def waiting_count(actor: Actor, states: Iterable[str]) -> int:
    """How many wait, counted up to 1000 so that a page costs the same however many there are."""
    rows = visible_to(actor).filter(state__in=tuple(states)).order_by()
    return rows.values("pk")[:MOST_COUNTED].count()


def listed(actor: Actor) -> QuerySet[Voucher]:
    """All vouchers in the actor's scope for a list page, with what its rows show."""
    return visible_to(actor).select_related("enterprise", "supplier", "cycle")


def lines_of(voucher: Voucher) -> list[ServiceLine]:
    """The service lines in the order of the contract."""
    return list(voucher.lines.order_by("position"))


def evidence_of(voucher: Voucher) -> dict[str, list[Any]]:
    """The invoices, payment proofs and declared firms of the claim that stands."""
    invoices = voucher.claim_invoices.select_related("invoice__file").order_by("pk")
    proofs = voucher.claim_proofs.select_related("proof__file").order_by("pk")
    parties = voucher.claim_parties.select_related("party__file").order_by("pk")
    return {
        "invoices": [join.invoice for join in invoices],
        "proofs": [join.proof for join in proofs],
        "parties": [join.party for join in parties],
    }


def preview(voucher: Voucher, typed: Mapping[str, Any], now: datetime) -> tuple[Prepared, list[Refusal]]:
    """What a submit would say now: the award with its explanation and every refusal, nothing written."""
    prepared = prepare(
        voucher=voucher, enterprise=voucher.enterprise, cycle=voucher.cycle, typed=typed, now=now
    )
    decision = VOUCHER.decide("submit", state=voucher.state, role=Role.ENTERPRISE, facts=prepared.facts)
    return prepared, list(decision.refusals)


def award_explanation(prepared: Prepared) -> dict[str, Any]:
    """The award of a preview in the form that a voucher keeps (`voucher.explanation`)."""
    return explanation_of(prepared.award, size=prepared.size) if prepared.award is not None else {}


def preview_claim(
    voucher: Voucher, typed: Mapping[str, Any], now: datetime
) -> tuple[ClaimFacts, list[Refusal]]:
    """What a claim would say now, nothing written."""
    seen = understand_claim(typed)
    facts = claim_facts(voucher, seen=seen, now=now)
    decision = VOUCHER.decide("claim", state=voucher.state, role=Role.ENTERPRISE, facts=facts)
    return seen, list(decision.refusals)


def quota_left_fen(voucher: Voucher) -> int:
    """The city's quota not yet issued, in fen."""
    return balance_fen(accounts.quota(voucher.cycle.code, voucher.city))


def issue_refusals(voucher: Voucher, actor: Actor, *, on: date) -> list[Refusal]:
    """What speaks against issuing on a day, for the review screen; the quota's shortage included."""
    facts = issue_facts(voucher, seen_hash=voucher.content_hash, by=actor, on=on)
    related = relation_of(voucher, step="application", on=on)
    facts["second_look"] = second_look(related)
    decision = VOUCHER.decide("issue", state=voucher.state, role=actor.role, facts=facts)
    short = checks.quota_left({**facts, "quota_left_fen": quota_left_fen(voucher)})
    return [*decision.refusals, *([short] if short else [])]


def claim_review(voucher: Voucher, actor: Actor, *, on: date) -> tuple[list[Refusal], int]:
    """What speaks against approving a claim on a day, and the bonus it would bring in fen."""
    related = relation_of(voucher, step="claim", on=on)
    facts = approval_facts(voucher, seen_hash=voucher.claim_hash, by=actor, related=related, on=on)
    decision = VOUCHER.decide("approve_claim", state=voucher.state, role=actor.role, facts=facts)
    return list(decision.refusals), bonus_due_fen(voucher)


def claim_checks(voucher: Voucher) -> list[Check]:
    """The computed checks of the claim that stands, passed ones too (M6)."""
    return stored_claim_checks(voucher, rulebook(voucher.cycle.pack))


def working_days_left(voucher: Voucher, now: datetime) -> int | None:
    """Working days until the step is due; negative when overdue, None without a due date."""
    if voucher.due_on is None:
        return None
    return working_calendar().working_days_between(local_date(now), voucher.due_on)


def ceiling_of(enterprise: Any, cycle: Cycle, now: datetime) -> dict[str, int]:
    """The enterprise's cumulative ceiling of a cycle: ceiling, awarded and left, in fen (D47-4.4.3)."""
    rules = rulebook(cycle.pack)
    ceiling = rules.value("award.cumulative_ceiling", local_date(now)).value.for_size(enterprise.size)
    awarded = awarded_before(enterprise=enterprise, cycle=cycle, without=None)
    return {"ceiling_fen": ceiling, "awarded_fen": awarded, "left_fen": max(0, ceiling - awarded)}


def timeline(voucher: Voucher, *, closes_at: datetime | None = None) -> list[dict[str, Any]]:
    """Where a voucher stands, as steps: title, note, at, mark (done, now, next, bad), article."""
    order = [
        ("提交申领", voucher.applied_at, "D47-5.7b", (S.DRAFT, S.RETURNED)),
        ("供应商确认", None, "D47-5.9", (S.SUBMITTED,)),
        ("主管部门审核并发放", voucher.issued_at, "D47-5.10", (S.CONFIRMED,)),
        ("提出兑现申请", voucher.claimed_at, "D47-5.11", (S.ISSUED, S.CLAIM_RETURNED)),
        ("供应商确认兑现", None, "D47-5.12", (S.CLAIMED,)),
        ("行为数据判定", None, "D47-5.13", (S.ATTESTED,)),
        ("地市审核兑现", voucher.approved_at, "D47-5.14", (S.VERIFIED,)),
        ("公示结算清单", None, "D47-5.22", (S.APPROVED, S.LISTED)),
        ("兑付", voucher.paid_at, "D47-5.15", (S.ORDERED,)),
    ]
    ended = voucher.state in (S.REJECTED, S.REFUSED, S.EXPIRED, S.LAPSED, S.CANCELLED, S.REVOKED)
    here = next((i for i, step in enumerate(order) if voucher.state in step[3]), len(order))
    if ended:
        here = max((i + 1 for i, step in enumerate(order) if step[1] is not None), default=0)
    steps: list[dict[str, Any]] = []
    for place, (title, at, article, _states) in enumerate(order):
        mark = "done" if place < here else "now" if place == here and not ended else "next"
        note = LABELS[S(voucher.state)] if mark == "now" else ""
        if mark == "now" and voucher.state in (S.ISSUED, S.CLAIM_RETURNED) and closes_at is not None:
            steps.append(
                {
                    "title": title,
                    "note": f"{note}；逾期作废",
                    "at": closes_at,
                    "mark": mark,
                    "article": article,
                }
            )
            continue
        steps.append(
            {
                "title": title,
                "note": note,
                "at": at if mark == "done" else None,
                "mark": mark,
                "article": article,
            }
        )
    if ended or voucher.state == S.RECOVERED:
        last = [step for step in steps if step["mark"] == "done"]
        steps = [
            *last,
            {"title": LABELS[S(voucher.state)], "note": "", "at": None, "mark": "bad", "article": ""},
        ]
    return steps


def overdue_by_city(actor: Actor, today: date) -> dict[str, int]:
    """How many applications and claims a city or county holds beyond their day, in one query (D47-5.21)."""
    late = visible_to(actor).filter(state__in=(S.CONFIRMED, S.VERIFIED), due_on__lt=today)
    rows = late.order_by().values("city").annotate(times=Count("pk"))
    return {row["city"]: row["times"] for row in rows}


def counted_by_city(actor: Actor, cycle: Cycle) -> dict[str, dict[str, int]]:
    """For each city of a cycle the number and face of vouchers by state group, in one query.

    Groups: `issued` (living, not yet paid), `listed` (in a settlement list or on the way), `paid`.
    """
    groups = {"listed": (S.LISTED, S.ORDERED), "paid": (S.PAID, S.RECOVERED)}
    sums: dict[str, Any] = {}
    for name, states in groups.items():
        sums[f"{name}"] = Count("pk", filter=Q(state__in=states))
        sums[f"{name}_fen"] = Sum("face_fen", filter=Q(state__in=states), default=0)
    sums["issued"] = Count("pk", filter=Q(state__in=COUNTED))
    rows: Iterable[Mapping[str, Any]] = (
        visible_to(actor).filter(cycle=cycle).order_by().values("city").annotate(**sums)
    )
    return {row["city"]: {name: int(row[name] or 0) for name in sums} for row in rows}


def claim_checks_typed(voucher: Voucher, seen: ClaimFacts) -> list[Check]:
    """The computed checks of a claim that is being typed, passed ones too (M6)."""
    return typed_claim_checks(voucher, seen, rulebook(voucher.cycle.pack))


def attested_by_city(actor: Actor) -> dict[str, dict[str, Any]]:
    """For each city how many claims wait for a usage verdict, with the first and last claim, in one query."""
    rows = visible_to(actor).filter(state=S.ATTESTED).order_by().values("city")
    told = rows.annotate(count=Count("pk"), first=Min("claimed_at"), last=Max("claimed_at"))
    return {row["city"]: {name: row[name] for name in ("count", "first", "last")} for row in told}
