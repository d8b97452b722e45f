"""取消奖补资格: a decided inspection ends vouchers, their quota goes back (D108-4, D26-4, Q4)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from yunquan.journal.actions import Step, audited, move_all, notify_all
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.ledger.actions import lock_accounts
from yunquan.programme import accounts
from yunquan.vouchers.actions.holds import lift
from yunquan.vouchers.actions.shared import end_of_life, lock_all, notice
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import Hold, Voucher


@audited("voucher.revoke", about="source")
def revoke_all(
    *, vouchers: Sequence[Voucher], source: str, reason: str, article: str, by: Actor, now: datetime
) -> list[Voucher]:
    """End vouchers by one decision: all of them or none; gives them fresh.

    `source` is the journal key of the inspection. Each gives its quota back once (Q4) and frees its contract and
    papers (U1 to U3); its line stays on a published list as it was frozen and is not paid. One that the bank has
    in hand refuses the whole until the bank has answered; one that is paid is for `settlement.demand`.
    """
    locked = lock_all(list({row.pk: row for row in vouchers}.values()), with_enterprise=True)
    # Before the log's head, and before any account is taken one by one.
    lock_accounts(
        name(row.cycle.code, row.city) for row in locked for name in (accounts.quota, accounts.reserved)
    )
    facts = {"decision": source, "reason": reason}
    refusals = [bank_first(row, article) for row in locked if row.state == S.ORDERED]
    for row in locked:
        if row.state == S.ORDERED:
            continue
        decision = row.lifecycle.decide("revoke", state=row.state, role=by.role, facts=facts)
        refusals += [one for one in decision.refusals if one not in refusals]
    if refusals:
        raise Refused(refusals)
    holds = list(
        Hold.objects.filter(voucher__in=locked, lifted_at=None).select_related("voucher").order_by("pk")
    )
    for row in locked:
        end_of_life(row, by=by, now=now, article=article)
    # A bonus that was never paid is not spent: it may come with the enterprise's next approved claim (M5).
    changes = {"waiting_since": None, "due_on": None, "bonus_fen": 0}
    payload = {"decision": source, "reason": reason.strip(), "article": article}
    move_all(
        Step(
            thing=row,
            action="revoke",
            by=by,
            facts=facts,
            now=now,
            changes=changes,
            payload=payload,
            codes=[article] if article != "D108-4" else [],
        )
        for row in locked
    )
    lift(holds, reason="奖补资格已取消", by=by, now=now)
    notify_all(
        notice(row, org=org, kind="revoked", title=f"{row.number} 的奖补资格已取消", now=now, text=reason)
        for row in locked
        for org in (row.enterprise.key, f"supplier:{row.supplier_id}", f"bureau:{row.city}")
    )
    return locked


def bank_first(voucher: Voucher, article: str) -> Refusal:
    """Why nothing is decided while the bank has the money in hand (M9)."""
    return Refusal(
        "bank_result_first",
        f"{voucher.number} 的兑付指令已发给银行，须先登记银行结果再作处理。",
        article,
        "退票的，登记后可直接取消资格；支付成功的，处理决定将同时下达追回。",
    )
