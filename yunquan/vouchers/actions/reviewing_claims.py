"""兑现审核: the city checks issuer, payee and sums of claims marked done (D47-5.14, M6)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from yunquan.evidence.matching import refusals
from yunquan.journal.actions import audited, move
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties.standings import refusals_for
from yunquan.policy.award import bonus_fen, bonus_refusals
from yunquan.policy.settlement import unaccepted_exceptions
from yunquan.programme.models import Window
from yunquan.programme.rules import rulebook
from yunquan.vouchers.actions.alarms import alarm_upheld
from yunquan.vouchers.actions.attesting import return_claim_read
from yunquan.vouchers.actions.shared import Reason, codes_of, end_of_life, lock, persons, stated, tell
from yunquan.vouchers.claimsums import stored_claim_checks
from yunquan.vouchers.findings import claim_findings
from yunquan.vouchers.holding import alarms_said
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import SecondLook, Voucher
from yunquan.vouchers.relating import Related, looks_said, relation_of, second_look

ONCE_APPROVED = (S.APPROVED, S.LISTED, S.ORDERED, S.PAID, S.RECOVERED)


@audited("voucher.approve_claim", about="voucher")
def approve_claim(
    *, voucher: Voucher, seen_hash: str, dissent_reason: str = "", by: Actor, now: datetime
) -> Voucher:
    """Approve a claim whose computed checks all pass; the first one of a certified enterprise adds the
    贯标 bonus, once ever (D47-4.4.5, D47-5.14).

    `dissent_reason` answers a second reviewer who does not agree (D47-5.23).
    """
    voucher = lock(voucher, with_enterprise=True)
    if voucher.lifecycle.row("approve_claim", voucher.state) is None:
        raise Refused(
            voucher.lifecycle.decide("approve_claim", state=voucher.state, role=by.role, facts={}).refusals
        )
    related = relation_of(voucher, step=SecondLook.Step.CLAIM, on=local_date(now))
    facts = approval_facts(
        voucher, seen_hash=seen_hash, by=by, related=related, reason=dissent_reason, on=local_date(now)
    )
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
    payload = {
        "claim_hash": voucher.claim_hash,
        "bonus_fen": str(bonus),
        **looks_said(related, reason=dissent_reason),
    }
    move(voucher, "approve_claim", by=by, facts=facts, now=now, changes=changes, payload=payload)
    tell(voucher, org=voucher.enterprise.key, kind="claim_approved", title="兑现审核通过，等待公示", now=now)
    return voucher


def approval_facts(
    voucher: Voucher, *, seen_hash: str, by: Actor, related: Related, on: date, reason: str = ""
) -> dict[str, Any]:
    """The facts of the city's claim review, for the action and for the checks shown on its screen."""
    rules = rulebook(voucher.cycle.pack)
    return {
        "content_hash": voucher.attested_hash,
        "seen_hash": seen_hash if voucher.attested_hash == voucher.claim_hash else "",
        "enterprise_state": voucher.enterprise.state,
        "standing": refusals_for(enterprise=voucher.enterprise, on=on),
        "person": by.person,
        "earlier_persons": persons(
            voucher.submitted_by, voucher.confirmed_by, voucher.claimed_by, voucher.attested_by
        ),
        "claim_refusals": refusals(claim_findings(voucher)),
        "exceptions": unaccepted_exceptions(stored_claim_checks(voucher, rules)),
        "second_look": second_look(related, reason=reason),
        "alarms": alarms_said(voucher),
    }


def bonus_due_fen(voucher: Voucher) -> int:
    """The 贯标 bonus in fen that this claim brings, or 0: certified, no award for it yet, and the first claim
    of the enterprise that is approved (D47-4.4.5, M5); one refused after an objection doesn't count."""
    enterprise = voucher.enterprise
    assert voucher.applied_on is not None
    rules = rulebook(voucher.cycle.pack)
    earlier = Voucher.objects.filter(enterprise=enterprise, state__in=ONCE_APPROVED).exclude(pk=voucher.pk)
    against = bonus_refusals(
        rules,
        voucher.applied_on,
        is_certified=enterprise.is_iia_certified,
        had_provincial_award=enterprise.had_iia_award,
        had_bonus=enterprise.is_iia_certified and earlier.exists(),
    )
    return 0 if against else bonus_fen(rules, voucher.applied_on)


@audited("voucher.send_back_claim", about="voucher")
def send_back_claim(
    *, voucher: Voucher, reasons: Sequence[Reason], late_words: str = "", by: Actor, now: datetime
) -> Voucher:
    """Return the claim once, with every reason (D47-5.21, S6); after its approval only for an upheld alarm.

    `late_words` say why a reason comes only now that was visible at an earlier return.
    """
    voucher = lock(voucher, with_enterprise=True)
    undone = {"approved_at": None, "approved_by": "", "bonus_fen": 0} if voucher.state == S.APPROVED else {}
    window = Window.objects.filter(cycle=voucher.cycle, kind=Window.Kind.CLAIM).first()
    facts = {"alarm_upheld": alarm_upheld(voucher), "now": now, "window": window}
    return_claim_read(
        voucher,
        "send_back_claim",
        reasons=reasons,
        late_words=late_words,
        by=by,
        now=now,
        facts=facts,
        changes=undone,
    )
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
