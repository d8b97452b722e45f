"""确认: the supplier confirms exactly what was submitted, by its content hash, or returns it (D47-5.9)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from yunquan.journal.actions import audited, move
from yunquan.kernel.calendar import local_date
from yunquan.kernel.workflow import Actor
from yunquan.parties.standings import refusals_for
from yunquan.vouchers.actions.declaring import Declares, declaration_refusals, declare, declared_said
from yunquan.vouchers.actions.shared import Reason, codes_of, due, lock, persons, reviewing_org, tell
from yunquan.vouchers.actions.stating import state_reasons, tell_of_late_reasons
from yunquan.vouchers.models import Voucher


@audited("voucher.confirm", about="voucher")
def confirm(
    *,
    voucher: Voucher,
    seen_hash: str,
    tag_pilot: bool = False,
    declares: Declares | None = None,
    by: Actor,
    now: datetime,
) -> Voucher:
    """Confirm contract and amounts; `seen_hash` is what the supplier saw, `tag_pilot` marks 试点 (D47-6.3).

    `declares` is what the supplier says of its relation to the enterprise (D47-5.23).
    """
    voucher = lock(voucher)
    assert voucher.supplier is not None
    facts = {
        "standing": refusals_for(
            enterprise=voucher.enterprise, supplier=voucher.supplier, on=local_date(now)
        ),
        "content_hash": voucher.content_hash,
        "seen_hash": seen_hash,
        "supplier_state": voucher.supplier.state,
        "supplier_is_pilot": voucher.supplier.holds_pilot(voucher.cycle.code),
        "tag_pilot": tag_pilot,
        "person": by.person,
        "earlier_persons": persons(voucher.submitted_by),
        "declaration": declaration_refusals(declares),
    }
    changes = {
        "confirmed_hash": voucher.content_hash,
        "confirmed_by": by.person,
        "is_pilot": tag_pilot,
        "waiting_since": now,
        "due_on": due(voucher, "review.application_working_days", now=now),
    }
    payload = {"content_hash": voucher.content_hash, "pilot": tag_pilot, **declared_said(declares)}
    move(voucher, "confirm", by=by, facts=facts, now=now, changes=changes, payload=payload)
    declare(voucher, declares, by=by, now=now)
    tell(voucher, org=reviewing_org(voucher), kind="to_review", title="有服务券申领待审核", now=now)
    return voucher


@audited("voucher.decline", about="voucher")
def decline(*, voucher: Voucher, reasons: Sequence[Reason], by: Actor, now: datetime) -> Voucher:
    """Return the application to the enterprise with all reasons at once (D47-5.9)."""
    voucher = lock(voucher, with_enterprise=True)
    return_to_enterprise(voucher, "decline", reasons=reasons, by=by, now=now)
    return voucher


def return_to_enterprise(
    voucher: Voucher,
    action: str,
    *,
    reasons: Sequence[Reason],
    by: Actor,
    now: datetime,
    facts: dict[str, object] | None = None,
    late_words: str = "",
) -> None:
    """Take a step that returns the application, keeping its reasons (S6); `late_words` say why one comes late."""
    repeated = voucher.returns > 0
    given = state_reasons(voucher, reasons, step="application", by=by, late_words=late_words)
    move(
        voucher,
        action,
        by=by,
        facts={**(facts or {}), **given.facts},
        now=now,
        changes={
            "return_reasons": given.reasons,
            "returns": voucher.returns + 1,
            "waiting_since": now,
            "due_on": None,
            "confirmed_hash": "",
        },
        codes=codes_of(voucher, given.reasons, now=now),
        payload={**given.payload, "repeated": repeated},
    )
    tell(voucher, org=voucher.enterprise.key, kind="returned", title="您的申领被退回，请按理由修改", now=now)
    tell_of_late_reasons(voucher, given, by=by, now=now)
