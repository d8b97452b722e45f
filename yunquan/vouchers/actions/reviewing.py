"""审核: the city, or its county, approves (and the voucher is issued), returns or rejects (D47-5.10, 5.21)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from yunquan.journal.actions import Asked, Step, audited, audited_all, move, move_all, notify_all, only
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refused
from yunquan.kernel.workflow import Actor
from yunquan.ledger.actions import Posting, transfer
from yunquan.ledger.books import Book
from yunquan.ledger.queries import balance_fen
from yunquan.parties.models import Bureau
from yunquan.parties.standings import Against, against, refusals_for
from yunquan.policy.roles import Role
from yunquan.programme import accounts
from yunquan.programme.models import Window
from yunquan.vouchers import checks
from yunquan.vouchers.actions.confirming import return_to_enterprise
from yunquan.vouchers.actions.shared import (
    Reason,
    codes_of,
    end_of_life,
    lock,
    lock_all,
    notice,
    persons,
    stated,
    tell,
)
from yunquan.vouchers.models import SecondLook, Voucher
from yunquan.vouchers.relating import looks_said, relations_of, second_look

# What the approval of an application doesn't read.
UNREAD = ("typed", "typed_claim", "explanation", "search_text", "related_party_note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval(Asked):
    """A reviewer approves the content that it saw."""

    voucher: Voucher
    seen_hash: str
    dissent_reason: str = ""


def issue(*, voucher: Voucher, seen_hash: str, dissent_reason: str = "", by: Actor, now: datetime) -> Voucher:
    """Approve the application and issue the voucher within the city's quota (D47-5.10, D47-8.2a).

    The face moves from quota to reserved in the same transaction; the ledger refuses what the quota does
    not cover, whatever happens at the same moment (Q1, Q3). `dissent_reason` answers a second reviewer who does
    not agree (D47-5.23).
    """
    approval = Approval(voucher=voucher, seen_hash=seen_hash, dissent_reason=dissent_reason, by=by, now=now)
    return only(issue_all([approval]))


@audited_all("voucher.issue", about="voucher")
def issue_all(asked: Sequence[Approval]) -> list[Voucher | Refused]:
    """Issue different vouchers in one transaction, in the order asked; an outcome for each."""
    outcomes: list[Voucher | Refused] = []
    steps: list[Step] = []
    locked = lock_all([row.voucher for row in asked], without=UNREAD)
    windows = Window.objects.filter(cycle__in={row.cycle_id for row in locked}, kind=Window.Kind.CLAIM)
    closings = dict(windows.exclude(published_at=None).values_list("cycle_id", "closes_at"))
    on = local_date(max(approval.now for approval in asked))
    relations = relations_of(locked, step=SecondLook.Step.APPLICATION, on=on)
    parties = [party for row in locked for party in (row.enterprise, row.supplier) if party is not None]
    known = against((party.uscc for party in parties), on=on)
    for approval, voucher in zip(asked, locked, strict=True):
        by, now, reason = approval.by, approval.now, approval.dissent_reason
        closes_at = closings.get(voucher.cycle_id)
        facts = {
            **issue_facts(voucher, seen_hash=approval.seen_hash, by=by, on=local_date(now), known=known),
            "claim_closed_at": closes_at if closes_at is not None and now >= closes_at else None,
            "second_look": second_look(relations[voucher.pk], reason=reason),
        }
        decision = voucher.lifecycle.decide("issue", state=voucher.state, role=by.role, facts=facts)
        if decision.row is None:
            outcomes.append(Refused(_with_quota(voucher, decision.refusals, facts)))
            continue
        outcomes.append(voucher)
        steps.append(
            Step(
                thing=voucher,
                action="issue",
                by=by,
                facts=facts,
                now=now,
                changes={"issued_at": now, "reviewed_by": by.person, "waiting_since": now, "due_on": None},
                payload={
                    "face_fen": str(voucher.face_fen),
                    "content_hash": voucher.content_hash,
                    **looks_said(relations[voucher.pk], reason=reason),
                },
                pol=voucher.rule_version,
                request=approval.request,
            )
        )
    if steps:
        issued = [outcome for outcome in outcomes if isinstance(outcome, Voucher)]
        _reserve_quota(issued, now=max(step.now for step in steps))
        move_all(steps)
        title = "服务券已发放，请在截止前兑现"
        notify_all(
            notice(voucher, org=voucher.enterprise.key, kind="issued", title=title, now=step.now)
            for voucher, step in zip(issued, steps, strict=True)
        )
    return outcomes


def _reserve_quota(vouchers: Sequence[Voucher], *, now: datetime) -> None:
    """Move the faces from quota to reserved; when it is short, refuse with what is left."""
    postings = []
    for voucher in vouchers:
        code, city = voucher.cycle.code, voucher.city
        gives, takes = accounts.quota(code, city), accounts.reserved(code, city)
        postings.append(Posting(gives, takes, voucher.face_fen, voucher.journal_key))
    try:
        transfer(postings, book=Book.PROMISES, kind="issue", article="D47-5.10", now=now)
    except Refused as short:
        voucher = vouchers[0]
        left = balance_fen(accounts.quota(voucher.cycle.code, voucher.city))
        raise Refused([checks.quota_exhausted(left_fen=left, face_fen=voucher.face_fen)]) from short


def issue_facts(
    voucher: Voucher, *, seen_hash: str, by: Actor, on: date, known: Against | None = None
) -> dict[str, Any]:
    """The facts of the city's approval, for the action and for the checks shown on the review screen."""
    here, note = _reviews_here(voucher, by)
    return {
        "content_hash": voucher.confirmed_hash,
        "seen_hash": seen_hash if voucher.confirmed_hash == voucher.content_hash else "",
        "enterprise_state": voucher.enterprise.state,
        "standing": refusals_for(
            enterprise=voucher.enterprise, supplier=voucher.supplier, on=on, known=known
        ),
        "person": by.person,
        "earlier_persons": persons(voucher.submitted_by, voucher.confirmed_by),
        "reviews_here": here,
        "reviews_elsewhere_note": note,
        "quota_left_fen": None,
        "face_fen": voucher.face_fen,
    }


def _with_quota(voucher: Voucher, refusals: Sequence[Any], facts: dict[str, Any]) -> list[Any]:
    """Say the quota's refusal together with the others: every reason at once."""
    left = balance_fen(accounts.quota(voucher.cycle.code, voucher.city))
    short = checks.quota_left({**facts, "quota_left_fen": left})
    if voucher.state != "confirmed" or short is None:
        return list(refusals)
    return [*refusals, short]


def _reviews_here(voucher: Voucher, by: Actor) -> tuple[bool, str]:
    """Whether this bureau reviews: the county where the city so set and the enterprise lies in one."""
    if not voucher.county:
        return by.role == Role.CITY_REVIEWER, "这张券由地市主管部门审核。"
    county_reviews = Bureau.objects.filter(code=voucher.city, counties_review=True).exists()
    if county_reviews:
        return by.role == Role.COUNTY_REVIEWER, "本市已设定由县区审核申领，请由企业所在县区办理。"
    return by.role == Role.CITY_REVIEWER, "本市未设定由县区审核，请由地市主管部门办理。"


@audited("voucher.send_back", about="voucher")
def send_back(
    *, voucher: Voucher, reasons: Sequence[Reason], late_words: str = "", by: Actor, now: datetime
) -> Voucher:
    """Return the application once, with every reason (D47-5.21, S6).

    `late_words` say why a reason comes only now that was visible at an earlier return.
    """
    voucher = lock(voucher, with_enterprise=True)
    facts = issue_facts(voucher, seen_hash=voucher.content_hash, by=by, on=local_date(now))
    return_to_enterprise(
        voucher, "send_back", reasons=reasons, late_words=late_words, by=by, now=now, facts=facts
    )
    return voucher


@audited("voucher.reject", about="voucher")
def reject(*, voucher: Voucher, reasons: Sequence[Reason], by: Actor, now: datetime) -> Voucher:
    """Reject an application that breaks the law or lies outside the programme, with reasons (D47-5.21)."""
    voucher = lock(voucher, with_enterprise=True)
    kept = stated(reasons)
    facts = {
        **issue_facts(voucher, seen_hash=voucher.content_hash, by=by, on=local_date(now)),
        "reasons": kept,
    }
    if kept and voucher.lifecycle.row("reject", voucher.state):
        end_of_life(voucher, by=by, now=now, article="D47-5.21")
    changes = {"return_reasons": kept, "waiting_since": None, "due_on": None, "reviewed_by": by.person}
    codes = codes_of(voucher, kept, now=now)
    move(
        voucher,
        "reject",
        by=by,
        facts=facts,
        now=now,
        changes=changes,
        codes=codes,
        payload={"reasons": kept},
    )
    tell(voucher, org=voucher.enterprise.key, kind="rejected", title="您的申领未获通过", now=now)
    return voucher
