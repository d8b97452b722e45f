"""到期: the clock closes unfinished applications and lapses vouchers that were not claimed (D47-5.18, 5.19)."""

from __future__ import annotations

from datetime import datetime

from yunquan.journal.actions import audited, move
from yunquan.kernel.workflow import Actor
from yunquan.parties import actions as parties
from yunquan.programme.models import Window
from yunquan.programme.rules import rulebook
from yunquan.vouchers.actions.shared import end_of_life, lock, tell
from yunquan.vouchers.models import Voucher


@audited("voucher.expire", about="voucher")
def expire(*, voucher: Voucher, by: Actor, now: datetime) -> Voucher:
    """Close a draft or returned application after the application window; nothing was issued, no strike."""
    voucher = lock(voucher, with_enterprise=True)
    if voucher.lifecycle.row("expire", voucher.state) is not None:
        end_of_life(voucher, by=by, now=now, article="D47-5.18")
    facts = {"now": now, "window": _window(voucher, Window.Kind.APPLY)}
    move(voucher, "expire", by=by, facts=facts, now=now, changes={"waiting_since": None, "due_on": None})
    tell(voucher, org=voucher.enterprise.key, kind="expired", title="申领已截止，未完成的申领已关闭", now=now)
    return voucher


@audited("voucher.lapse", about="voucher")
def lapse(*, voucher: Voucher, by: Actor, now: datetime) -> Voucher:
    """Lapse an issued voucher after the claim window, give back its quota and count a strike (D47-5.19, Q4)."""
    voucher = lock(voucher, with_enterprise=True)
    facts = {"now": now, "window": _window(voucher, Window.Kind.CLAIM)}
    if voucher.lifecycle.row("lapse", voucher.state) is not None:
        end_of_life(voucher, by=by, now=now, article="D47-5.18")
        parties.count_strike(
            enterprise=voucher.enterprise,
            voucher=voucher.number,
            cycle=voucher.cycle.code,
            by=by,
            now=now,
            rules=rulebook(voucher.cycle.pack),
        )
    move(voucher, "lapse", by=by, facts=facts, now=now, changes={"waiting_since": None, "due_on": None})
    tell(
        voucher,
        org=voucher.enterprise.key,
        kind="lapsed",
        title="服务券逾期未兑现，已作废并记一次未兑现",
        now=now,
    )
    return voucher


def _window(voucher: Voucher, kind: Window.Kind) -> Window | None:
    return Window.objects.filter(cycle=voucher.cycle, kind=kind).first()
