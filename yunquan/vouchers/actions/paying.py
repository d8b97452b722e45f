"""列清单、兑付、追回: the steps that settlement takes on a voucher, each in settlement's own transaction.

They are called with the voucher's row already chosen by settlement and lock it again here, so that the
life-cycle table stays the one place that says from where to where.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yunquan.journal.actions import audited, move
from yunquan.kernel.calendar import local_date
from yunquan.kernel.workflow import Actor
from yunquan.ledger.actions import Posting, transfer
from yunquan.ledger.books import Book
from yunquan.parties.standings import refusals_for
from yunquan.programme import accounts
from yunquan.vouchers.actions.shared import end_of_life, lock, tell
from yunquan.vouchers.holding import alarms_said, holds_refused
from yunquan.vouchers.models import Voucher


def _may_be_paid(voucher: Voucher, now: datetime) -> dict[str, Any]:
    """What is asked of the payee on the day: alarms on its invoices, and what stands against it (D47-8.4)."""
    standing = refusals_for(enterprise=voucher.enterprise, on=local_date(now))
    return {"alarms": alarms_said(voucher), "standing": standing}


@audited("voucher.list", about="voucher")
def enter_list(*, voucher: Voucher, by: Actor, now: datetime) -> Voucher:
    """Enter an approved claim into a settlement list (D47-5.14)."""
    voucher = lock(voucher)
    move(
        voucher,
        "list",
        by=by,
        facts={**_may_be_paid(voucher, now), "holds": holds_refused(voucher)},
        now=now,
        changes={"waiting_since": now},
    )
    return voucher


@audited("voucher.unlist", about="voucher")
def leave_list(*, voucher: Voucher, by: Actor, now: datetime) -> Voucher:
    """Take a claim out of a list that was withdrawn."""
    voucher = lock(voucher)
    move(voucher, "unlist", by=by, facts={}, now=now, changes={"waiting_since": now})
    return voucher


@audited("voucher.order", about="voucher")
def order(*, voucher: Voucher, facts: Mapping[str, Any], by: Actor, now: datetime) -> Voucher:
    """Order the payment of a listed voucher; an open hold or alarm blocks it (D47-5.15, D47-5.22)."""
    voucher = lock(voucher)
    holds = [*facts.get("holds", ()), *holds_refused(voucher)]
    facts = {**facts, **_may_be_paid(voucher, now), "holds": holds}
    move(voucher, "order", by=by, facts=facts, now=now, changes={"waiting_since": now})
    return voucher


@audited("voucher.bounce", about="voucher")
def bounce(*, voucher: Voucher, by: Actor, now: datetime) -> Voucher:
    """The bank sent the payment back: the voucher stays before what was carried behind it (F3)."""
    voucher = lock(voucher)
    changes = {"waiting_since": now, "carried_at": voucher.carried_at or now}
    move(voucher, "bounce", by=by, facts={}, now=now, changes=changes)
    tell(
        voucher,
        org=voucher.enterprise.key,
        kind="bounced",
        title="兑付款被银行退回，请核对收款账户",
        now=now,
    )
    return voucher


@audited("voucher.pay", about="voucher")
def pay(*, voucher: Voucher, paid_fen: int, by: Actor, now: datetime) -> Voucher:
    """The bank paid so much: the promise is redeemed (M9)."""
    voucher = lock(voucher)
    code, city = voucher.cycle.code, voucher.city
    transfer(
        [Posting(accounts.reserved(code, city), accounts.redeemed(code, city), voucher.face_fen)],
        book=Book.PROMISES,
        kind="redeem",
        subject=voucher.journal_key,
        article="D47-5.15",
        now=now,
    )
    changes = {"paid_at": now, "waiting_since": None}
    move(voucher, "pay", by=by, facts={}, now=now, changes=changes, payload={"paid_fen": str(paid_fen)})
    tell(voucher, org=voucher.enterprise.key, kind="paid", title="奖补资金已兑付", now=now)
    return voucher


@audited("voucher.refuse", about="voucher")
def refuse(*, voucher: Voucher, facts: Mapping[str, Any], by: Actor, now: datetime) -> Voucher:
    """An upheld objection ends the voucher; its quota goes back (D47-5.22, Q4)."""
    voucher = lock(voucher, with_enterprise=True)
    if voucher.lifecycle.row("refuse", voucher.state) is not None:
        end_of_life(voucher, by=by, now=now, article="D47-5.22")
    # A bonus that was never paid is not spent: it may come with the enterprise's next approved claim (M5).
    changes = {"waiting_since": None, "due_on": None, "bonus_fen": 0}
    move(voucher, "refuse", by=by, facts=facts, now=now, changes=changes)
    tell(voucher, org=voucher.enterprise.key, kind="refused", title="异议成立，本券不予兑付", now=now)
    return voucher


def carry_over(*, vouchers: list[int], now: datetime) -> None:
    """Mark those that the funds did not reach: they come first in the next period, in their order (D47-8.2b)."""
    Voucher.objects.filter(pk__in=vouchers, carried_at=None).update(carried_at=now)


@audited("voucher.recover", about="voucher")
def recover(*, voucher: Voucher, facts: Mapping[str, Any], by: Actor, now: datetime) -> Voucher:
    """All that was paid has come back (D47-5.23)."""
    voucher = lock(voucher)
    move(voucher, "recover", by=by, facts=facts, now=now)
    return voucher
