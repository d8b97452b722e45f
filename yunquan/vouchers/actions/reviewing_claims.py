"""兑现审核: the city checks issuer, payee and sums of claims marked done (D47-5.14, M6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from yunquan.journal.actions import audited, move
from yunquan.kernel.refusal import Refused
from yunquan.kernel.workflow import Actor
from yunquan.policy.award import bonus_fen, bonus_refusals
from yunquan.programme.rules import rulebook
from yunquan.vouchers.actions.attesting import return_claim
from yunquan.vouchers.actions.shared import Reason, codes_of, end_of_life, lock, persons, stated, tell
from yunquan.vouchers.claimsums import stored_claim_refusals
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import Voucher

ONCE_APPROVED = (S.APPROVED, S.LISTED, S.ORDERED, S.PAID, S.RECOVERED)


@audited("voucher.approve_claim", about="voucher")
def approve_claim(*, voucher: Voucher, seen_hash: str, by: Actor, now: datetime) -> Voucher:
    """Approve a claim whose computed checks all pass; the first one of a certified enterprise adds the
    贯标 bonus, once ever (D47-4.4.5, D47-5.14)."""
    voucher = lock(voucher, with_enterprise=True)
    facts = approval_facts(voucher, seen_hash=seen_hash, by=by)
    decision = voucher.lifecycle.decide("approve_claim", state=voucher.state, role=by.role, facts=facts)
    if decision.row is None:
        raise Refused(decision.refusals)
    bonus = bonus_due_fen(voucher)
    changes = {
        "approved_at": now,
        "approved_by": by.person,
        "bonus_fen": bonus,
        "waiting_since": now,
        "due_on": None,
    }
    payload = {"claim_hash": voucher.claim_hash, "bonus_fen": str(bonus)}
    move(voucher, "approve_claim", by=by, facts=facts, now=now, changes=changes, payload=payload)
    tell(voucher, org=voucher.enterprise.key, kind="claim_approved", title="兑现审核通过，等待公示", now=now)
    return voucher


def approval_facts(voucher: Voucher, *, seen_hash: str, by: Actor) -> dict[str, Any]:
    """The facts of the city's claim review, for the action and for the checks shown on its screen."""
    return {
        "content_hash": voucher.attested_hash,
        "seen_hash": seen_hash if voucher.attested_hash == voucher.claim_hash else "",
        "enterprise_state": voucher.enterprise.state,
        "person": by.person,
        "earlier_persons": persons(
            voucher.submitted_by, voucher.confirmed_by, voucher.claimed_by, voucher.attested_by
        ),
        "claim_refusals": stored_claim_refusals(voucher, rulebook(voucher.cycle.pack)),
    }


def bonus_due_fen(voucher: Voucher) -> int:
    """The 贯标 bonus in fen that this claim brings, or 0: certified, no award for it yet, and the first claim
    of the enterprise that is approved (D47-4.4.5, M5); one refused after an objection doesn't count."""
    enterprise = voucher.enterprise
    assert voucher.applied_on is not None
    rules = rulebook(voucher.cycle.pack)
    earlier = Voucher.objects.filter(enterprise=enterprise, state__in=ONCE_APPROVED).exclude(pk=voucher.pk)
    refusals = bonus_refusals(
        rules,
        voucher.applied_on,
        is_certified=enterprise.is_iia_certified,
        had_provincial_award=enterprise.had_iia_award,
        had_bonus=enterprise.is_iia_certified and earlier.exists(),
    )
    return 0 if refusals else bonus_fen(rules, voucher.applied_on)


@audited("voucher.send_back_claim", about="voucher")
def send_back_claim(*, voucher: Voucher, reasons: Sequence[Reason], by: Actor, now: datetime) -> Voucher:
    """Return the claim once, with every reason (D47-5.21, S6)."""
    voucher = lock(voucher, with_enterprise=True)
    return_claim(voucher, "send_back_claim", reasons=reasons, by=by, now=now)
    return voucher


@audited("voucher.reject_claim", about="voucher")
def reject_claim(*, voucher: Voucher, reasons: Sequence[Reason], by: Actor, now: datetime) -> Voucher:
    """Reject a claim that breaks the law, with reasons; its quota goes back (D47-5.21, Q4)."""
    voucher = lock(voucher, with_enterprise=True)
    kept = stated(reasons)
    if kept and voucher.lifecycle.row("reject_claim", voucher.state):
        end_of_life(voucher, by=by, now=now, article="D47-5.21")
    changes = {"return_reasons": kept, "waiting_since": None, "due_on": None, "approved_by": by.person}
    codes = codes_of(voucher, kept, now=now)
    move(
        voucher,
        "reject_claim",
        by=by,
        facts={"reasons": kept},
        now=now,
        changes=changes,
        codes=codes,
        payload={"reasons": kept},
    )
    tell(voucher, org=voucher.enterprise.key, kind="claim_rejected", title="您的兑现申请未获通过", now=now)
    return voucher
