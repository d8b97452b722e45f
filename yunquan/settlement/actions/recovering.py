"""追回: the unreasonable part of what was paid is asked back and booked when it arrives (D47-5.23)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Sum

from yunquan.evidence.models import StoredFile
from yunquan.journal.actions import audited, move, notify, record
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.ledger.actions import Posting, transfer
from yunquan.ledger.books import Book
from yunquan.ledger.queries import moved_by_subject_fen, moved_fen
from yunquan.policy.roles import Role
from yunquan.programme import accounts
from yunquan.settlement import checks
from yunquan.settlement.models import Recovery
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.actions.shared import lock
from yunquan.vouchers.models import Voucher

ARTICLE = "D47-5.23"


@audited("recovery.demand", about="voucher")
def demand(
    *,
    voucher: Voucher,
    amount_fen: int,
    reason: str,
    document: StoredFile | None,
    by: Actor,
    now: datetime,
    decision: str = "",
    article: str = ARTICLE,
) -> Recovery:
    """Ask back an amount in fen with reason and document; never more than was paid (M10).

    `decision` is the journal key of a decided inspection and `article` what it rests on: then the province's
    approver may ask too, and `document` is the decision (D108-4, D26-4, D858-2.3).
    """
    voucher = lock(voucher)
    demanded = Recovery.objects.filter(voucher=voucher).aggregate(total=Sum("amount_fen"))["total"] or 0
    facts = {
        "reason": reason,
        "voucher_state": voucher.state,
        "paid_fen": moved_fen(subject=voucher.journal_key, kind="pay"),
        "demanded_fen": demanded,
        "amount_fen": amount_fen,
    }
    refusals = [refusal for check in checks.ON_DEMAND if (refusal := check(facts)) is not None]
    may = (Role.CITY_APPROVER, Role.PROVINCE_APPROVER) if decision else (Role.CITY_APPROVER,)
    if by.role not in may:
        refusals.insert(0, Refusal("not_your_role", "追回由地市审批人下达。", ARTICLE))
    if document is None:
        refusals.append(Refusal("no_document", "请上传检查或审计结论文件。", ARTICLE, field="document"))
    if refusals:
        raise Refused(refusals)
    assert document is not None
    recovery = Recovery.objects.create(
        voucher=voucher,
        city=voucher.city,
        amount_fen=amount_fen,
        reason=reason.strip(),
        article=article,
        document=document,
        demanded_by=by.person,
        demanded_at=now,
    )
    payload = {"amount_fen": str(amount_fen), "voucher": voucher.number, "reason": reason.strip()}
    if decision:
        payload["decision"] = decision
    record(
        "recovery.demand",
        by=by,
        obj=recovery.journal_key,
        now=now,
        why=article,
        post=recovery.state,
        payload=payload,
    )
    notify(
        org=voucher.enterprise.key,
        obj=recovery.journal_key,
        kind="recovery",
        title="请退回已兑付的奖补资金",
        text=reason.strip(),
        key=f"{recovery.journal_key}:demanded",
        now=now,
    )
    return recovery


@audited("recovery.receive", about="recovery")
def receive(*, recovery: Recovery, bank_reference: str, by: Actor, now: datetime) -> Recovery:
    """The money is back: book it, and mark the voucher recovered when all that was paid has come back."""
    voucher = lock(recovery.voucher)
    row = Recovery.objects.select_for_update(of=("self",)).get(pk=recovery.pk)
    code, city = voucher.cycle.code, voucher.city
    paid_fen, back_fen = book_return(
        row,
        Posting(accounts.enterprise(voucher.enterprise_id), accounts.recovered(code, city), row.amount_fen),
        book=Book.CASH,
        subject=voucher.journal_key,
        article=ARTICLE,
        bank_reference=bank_reference,
        by=by,
        now=now,
    )
    if back_fen >= paid_fen:
        totals = {"recovered_fen": back_fen, "paid_fen": paid_fen}
        vouchers.recover(voucher=voucher, facts=totals, by=by, now=now)
    return row


def book_return(
    row: Any,
    posting: Posting,
    *,
    book: Book,
    subject: str,
    article: str,
    bank_reference: str,
    by: Actor,
    now: datetime,
) -> tuple[int, int]:
    """Book what came back on a demand, which is locked, whichever money it is; gives what was paid for `subject`
    and what came back of it by now, in fen.

    Raises Refused when the demand is not waiting, who demanded it books it, or the bank's reference is missing.
    """
    facts = {"person": by.person, "earlier_persons": {row.demanded_by}}
    decision = row.lifecycle.decide("receive", state=row.state, role=by.role, facts=facts)
    if decision.row is None:
        raise Refused(decision.refusals)
    if not bank_reference.strip():
        raise Refused([Refusal("missing", "请填写入库流水号。", article, field="bank_reference")])
    transfer([posting], book=book, kind="recover", subject=subject, article=article, now=now)
    changes = {"bank_reference": bank_reference.strip()[:60], "received_at": now}
    payload = {"amount_fen": str(row.amount_fen)}
    move(row, "receive", by=by, facts=facts, now=now, changes=changes, payload=payload)
    return moved_fen(subject=subject, kind="pay"), moved_fen(subject=subject, kind="recover")


def left_to_demand_fen(voucher: Voucher) -> int:
    """What was paid and not asked back yet, in fen (M10)."""
    return lefts_to_demand_fen([voucher])[voucher.pk]


def lefts_to_demand_fen(vouchers: Iterable[Voucher]) -> dict[int, int]:
    """The same of many vouchers, by their keys: two queries however many they are."""
    rows = list(vouchers)
    paid = moved_by_subject_fen((row.journal_key for row in rows), kind="pay")
    demanded = dict(
        Recovery.objects.filter(voucher__in=rows)
        .order_by()
        .values_list("voucher")
        .annotate(total=Sum("amount_fen"))
    )
    return {row.pk: paid.get(row.journal_key, 0) - demanded.get(row.pk, 0) for row in rows}
