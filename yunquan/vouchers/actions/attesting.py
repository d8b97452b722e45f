"""供应商确认兑现: the supplier attests the claim, gives the ends, and the usage verdict is recorded (D47-5.12, 5.13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from yunquan.evidence.models import StoredFile
from yunquan.journal.actions import Step, audited, move, move_all, notify_all, record
from yunquan.journal.models import Notice
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties.standings import refusals_for
from yunquan.programme.rules import rulebook
from yunquan.usage import actions as usage
from yunquan.usage import queries as usage_queries
from yunquan.usage.ends import declared
from yunquan.vouchers.actions.alarms import hear_early
from yunquan.vouchers.actions.amending import ends_refused, own_cloud
from yunquan.vouchers.actions.declaring import Declares, declaration_refusals, declare, declared_said
from yunquan.vouchers.actions.shared import (
    Reason,
    bureau_org,
    codes_of,
    due,
    lock,
    notice,
    persons,
    stated,
    tell,
)
from yunquan.vouchers.actions.stating import state_reasons, tell_of_late_reasons
from yunquan.vouchers.models import Voucher
from yunquan.vouchers.sharing import shared_ends

CLAIM_DAYS = "review.claim_working_days"


@audited("voucher.attest", about="voucher")
def attest(
    *,
    voucher: Voucher,
    seen_hash: str,
    ends: Sequence[Mapping[str, Any]],
    declares: Declares | None = None,
    by: Actor,
    now: datetime,
) -> Voucher:
    """Attest that invoices and payments are genuine and give client and cloud ends (D47-5.12).

    `declares` says anew how the supplier stands to the enterprise, where that changed (D47-5.23).
    """
    voucher = lock(voucher)
    facts = {
        # The supplier acts here; whether the enterprise may be paid is asked when it is approved, listed and paid.
        "standing": refusals_for(supplier=voucher.supplier, on=local_date(now)),
        "content_hash": voucher.claim_hash,
        "seen_hash": seen_hash,
        "person": by.person,
        "earlier_persons": persons(voucher.submitted_by, voucher.claimed_by, voucher.reviewed_by),
        "ends_missing": ends_refused(voucher, ends),
        "declaration": declaration_refusals(declares),
    }
    if not facts["ends_missing"] and voucher.lifecycle.row("attest", voucher.state):
        usage.declare_ends(
            voucher=voucher.number,
            ends=ends,
            own_cloud=own_cloud(voucher),
            shared=shared_ends(voucher, [declared(end) for end in ends]),
            by=by,
            now=now,
        )
    changes = {
        "attested_hash": voucher.claim_hash,
        "attested_by": by.person,
        "waiting_since": now,
        "due_on": None,
    }
    payload = {"claim_hash": voucher.claim_hash, **declared_said(declares)}
    move(voucher, "attest", by=by, facts=facts, now=now, changes=changes, payload=payload)
    declare(voucher, declares, by=by, now=now)
    tell(voucher, org="bureau:440000", kind="awaiting_verdict", title="有兑现申请待行为数据判定", now=now)
    hear_early(voucher, now=now)
    return voucher


@audited("voucher.decline_claim", about="voucher")
def decline_claim(*, voucher: Voucher, reasons: Sequence[Reason], by: Actor, now: datetime) -> Voucher:
    """Return the claim to the enterprise with all reasons; a supplier may decline (D47-5.12)."""
    voucher = lock(voucher, with_enterprise=True)
    assert voucher.applied_on is not None
    rule = rulebook(voucher.cycle.pack).value("settlement.supplier_may_decline", voucher.applied_on)
    facts = {"may_decline": rule.value}
    return_claim_read(voucher, "decline_claim", reasons=reasons, by=by, now=now, facts=facts)
    return voucher


@audited("voucher.record_verdict", about="voucher")
def record_verdict(
    *,
    voucher: Voucher,
    outcome: str,
    reasons: Sequence[Reason],
    document: StoredFile | None,
    by: Actor,
    now: datetime,
) -> Voucher:
    """Record a usage verdict by hand, with a reason and a document, marked as recorded by hand (D47-5.13).

    Done moves the claim on to the city, not done returns it with reasons, not enough data leaves it waiting.
    """
    voucher = lock(voucher, with_enterprise=True)
    kept = stated(reasons)
    # Not enough data takes no step, so the table is asked here whether a verdict may be recorded at all.
    may = voucher.lifecycle.decide("mark_done", state=voucher.state, role=by.role, facts={"verdict": "done"})
    if may.row is None:
        raise Refused(may.refusals)
    usage.record_by_hand(
        voucher=voucher.number, outcome=outcome, reasons=kept, document=document, by=by, now=now
    )
    verdict = usage_queries.latest_outcome(voucher.number)
    if outcome == "not_done":
        return_claim(voucher, "mark_not_done", reasons=kept, by=by, now=now, facts={"verdict": verdict})
    elif outcome == "done":
        payload = {"source": "hand", "reasons": kept}
        due_on = due(voucher, CLAIM_DAYS, now=now)
        move_all([done_step(voucher, verdict=verdict, due_on=due_on, payload=payload, by=by, now=now)])
        tell(voucher, org=bureau_org(voucher), kind="to_review_claim", title="有兑现申请待审核", now=now)
    else:
        detail = {"source": "hand", "outcome": outcome, "reasons": kept}
        record(
            "voucher.record_verdict", by=by, obj=voucher.journal_key, now=now, why="D47-5.13", payload=detail
        )
    return voucher


def done_step(
    voucher: Voucher, *, verdict: str, due_on: date, payload: Mapping[str, Any], by: Actor, now: datetime
) -> Step:
    """The step that marks a claim as done and hands it to the city, to be reviewed by a day (D47-5.21)."""
    changes = {"waiting_since": now, "due_on": due_on}
    return Step(
        thing=voucher,
        action="mark_done",
        by=by,
        facts={"verdict": verdict},
        now=now,
        changes=changes,
        payload=payload,
    )


def return_claim(
    voucher: Voucher,
    action: str,
    *,
    reasons: Sequence[Reason],
    by: Actor,
    now: datetime,
    facts: dict[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
) -> None:
    """Take a step that returns the claim for what the behaviour data say, keeping its reasons."""
    step = return_step(voucher, action, reasons=reasons, by=by, now=now, facts=facts, changes=changes)
    move_all([step])
    notify_all([return_notice(voucher, now=now)])


def return_claim_read(
    voucher: Voucher,
    action: str,
    *,
    reasons: Sequence[Reason],
    by: Actor,
    now: datetime,
    facts: Mapping[str, Any],
    changes: Mapping[str, Any] | None = None,
    late_words: str = "",
) -> None:
    """Return a claim that a person read: a reason that he could have given before is flagged (S6)."""
    given = state_reasons(voucher, reasons, step="claim", by=by, late_words=late_words)
    step = return_step(
        voucher,
        action,
        reasons=given.reasons,
        by=by,
        now=now,
        facts={**facts, **given.facts},
        payload=given.payload,
        changes=changes,
    )
    move_all([step])
    notify_all([return_notice(voucher, now=now)])
    tell_of_late_reasons(voucher, given, by=by, now=now)


def return_step(
    voucher: Voucher,
    action: str,
    *,
    reasons: Sequence[Mapping[str, Any]],
    by: Actor,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
    payload: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
) -> Step:
    """The step itself with reasons as they are stored, for acts that take many at once."""
    kept = list(reasons)
    return Step(
        thing=voucher,
        action=action,
        by=by,
        facts={**(facts or {}), "reasons": kept},
        now=now,
        changes={
            "return_reasons": kept,
            "returns": voucher.returns + 1,
            "attested_hash": "",
            "waiting_since": now,
            "due_on": None,
            **(changes or {}),
        },
        codes=codes_of(voucher, kept, now=now),
        payload={**(payload or {}), "reasons": kept},
    )


def return_notice(voucher: Voucher, *, now: datetime) -> Notice:
    """What the enterprise is told once its claim has returned."""
    return notice(
        voucher,
        org=voucher.enterprise.key,
        kind="claim_returned",
        title="您的兑现申请被退回，请按理由补正",
        now=now,
    )
