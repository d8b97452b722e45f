"""暂缓: what keeps vouchers from payment, laid on and lifted for many at once (D47-5.22, D108-5, D26-4).

A hold is laid under the lock of its voucher: whoever lists or orders it at the same moment either sees the hold
or came before it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from yunquan.journal.actions import Entry, audited, notify_all, record_all
from yunquan.journal.models import Notice
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.vouchers.actions.shared import bureau_org, lock_all
from yunquan.vouchers.lifecycle import FINAL, S
from yunquan.vouchers.models import Hold, Voucher

# What may still be paid; only that is held back.
UNPAYABLE = (S.PAID, *FINAL)


@audited("voucher.hold", about="source")
def hold_all(
    *,
    vouchers: Sequence[Voucher],
    kind: str,
    source: str,
    reason: str,
    article: str,
    by: Actor,
    now: datetime,
) -> list[Hold]:
    """Keep vouchers from payment for one reason; each (voucher, source) is held once however often it is asked.

    `source` is the journal key of what holds them. Those that are paid or ended are left alone. An instruction
    that the bank already has goes on: the hold stands for the case that it comes back. Gives the new holds.
    """
    if not reason.strip() or kind not in Hold.Kind.values:
        raise Refused([Refusal("no_reason", "请写明暂缓兑付的原因。", article, field="reason")])
    locked = lock_all(list({row.pk: row for row in vouchers}.values()))
    open_here = Hold.objects.filter(source=source, lifted_at=None, voucher__in=locked)
    known = set(open_here.values_list("voucher_id", flat=True))
    fresh = [row for row in locked if row.pk not in known and row.state not in UNPAYABLE]
    holds = [
        Hold(
            voucher=row,
            kind=kind,
            source=source,
            reason=reason.strip()[:300],
            article=article,
            held_by=by.person,
            held_at=now,
        )
        for row in fresh
    ]
    if not holds:
        return []
    holds = Hold.objects.bulk_create(holds)
    record_all(_entry("voucher.hold", hold, by=by, now=now) for hold in holds)
    notify_all(notice for hold in holds for notice in _held(hold, now=now))
    return holds


@audited("voucher.lift_hold", about="source")
def lift_all(
    *,
    source: str,
    reason: str,
    by: Actor,
    now: datetime,
    vouchers: Sequence[Voucher] | None = None,
) -> list[Hold]:
    """Lift what a source holds, of some vouchers or of all; lifting twice does nothing. Gives what was lifted."""
    if not reason.strip():
        raise Refused([Refusal("no_reason", "请写明解除暂缓的理由。", "D47-5.22", field="reason")])
    held = Hold.objects.filter(source=source, lifted_at=None)
    if vouchers is not None:
        held = held.filter(voucher__in=vouchers)
    lock_all([hold.voucher for hold in held.select_related("voucher")])
    # Read again under the lock: another may have lifted it meanwhile.
    return lift(list(held.select_related("voucher").order_by("pk")), reason=reason, by=by, now=now)


def lift(holds: list[Hold], *, reason: str, by: Actor, now: datetime) -> list[Hold]:
    """Lift holds whose vouchers are locked already, as a part of another act."""
    for hold in holds:
        hold.lifted_by, hold.lifted_at, hold.lifted_reason = by.person, now, reason.strip()[:300]
    if holds:
        Hold.objects.bulk_update(holds, ["lifted_by", "lifted_at", "lifted_reason"])
        record_all(_entry("voucher.lift_hold", hold, by=by, now=now) for hold in holds)
    return holds


def _entry(act: str, hold: Hold, *, by: Actor, now: datetime) -> Entry:
    """What the voucher's history is told; the reason stands in the payload (L3)."""
    payload = {"hold": hold.pk, "kind": hold.kind, "source": hold.source}
    said = hold.lifted_reason if act.endswith("lift_hold") else hold.reason
    return Entry(
        act=act,
        by=by,
        obj=hold.voucher.journal_key,
        now=now,
        why=hold.article,
        payload={**payload, "reason": said},
    )


def _held(hold: Hold, *, now: datetime) -> Sequence[Notice]:
    """The bureau that pays is told; the parties hear from what holds it, or a visit would be known beforehand."""
    voucher = hold.voucher
    title = f"{voucher.number} 暂缓兑付：{hold.get_kind_display()}"
    return [
        Notice(
            org=bureau_org(voucher),
            obj=voucher.journal_key,
            kind="hold",
            title=title,
            text=hold.reason,
            key=f"{hold.journal_key}:held",
            at=now,
        )
    ]
