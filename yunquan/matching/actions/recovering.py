"""配套追回: the city asks its own money back where the voucher was recovered; booked when it arrives (M10)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Sum

from yunquan.journal.actions import audited, move, notify, record
from yunquan.kernel.refusal import Refused
from yunquan.kernel.workflow import Actor
from yunquan.ledger.actions import Posting
from yunquan.ledger.books import Book
from yunquan.ledger.queries import moved_fen
from yunquan.matching import accounts
from yunquan.matching.actions.schemes import of_city
from yunquan.matching.checks import ARTICLE, ON_DEMAND
from yunquan.matching.entitled import STANDING, lessened_fen
from yunquan.matching.models import MatchingLine, MatchingRecovery
from yunquan.parties.checks import role_allows
from yunquan.policy.roles import Role
from yunquan.settlement.actions.recovering import book_return
from yunquan.vouchers.actions.shared import lock


@audited("matching_recovery.demand", about="line")
def demand(*, line: MatchingLine, amount_fen: int, reason: str, by: Actor, now: datetime) -> MatchingRecovery:
    """Ask back an amount in fen of what the city paid on top; never more than was paid (M10)."""
    voucher = lock(line.voucher)
    row = MatchingLine.objects.select_for_update(of=("self",)).select_related("voucher").get(pk=line.pk)
    demanded = MatchingRecovery.objects.filter(line=row).aggregate(total=Sum("amount_fen"))["total"] or 0
    facts = {
        "reason": reason,
        "line_state": row.state,
        "is_lost": voucher.state not in STANDING,
        "lessened_fen": sum(lessened_fen([row]).values()),
        "paid_fen": moved_fen(subject=row.journal_key, kind="pay"),
        "demanded_fen": demanded,
        "amount_fen": amount_fen,
    }
    refusals = [role_allows(by.role, (Role.CITY_APPROVER,), "下达配套追回"), of_city(row.city, by)]
    refused = [one for one in (*refusals, *(check(facts) for check in ON_DEMAND)) if one is not None]
    if refused:
        raise Refused(refused)
    recovery = MatchingRecovery.objects.create(
        line=row,
        city=row.city,
        amount_fen=amount_fen,
        reason=reason.strip(),
        demanded_by=by.person,
        demanded_at=now,
    )
    record(
        "matching_recovery.demand",
        by=by,
        obj=recovery.journal_key,
        now=now,
        why=ARTICLE,
        post=recovery.state,
        payload={"amount_fen": str(amount_fen), "voucher": row.voucher_number, "reason": reason.strip()},
    )
    notify(
        org=f"enterprise:{row.enterprise_id}",
        obj=row.journal_key,
        kind="recovery",
        title=f"请退回本市配套资金（{row.voucher_number}）",
        text=reason.strip(),
        key=f"{recovery.journal_key}:demanded",
        now=now,
    )
    return recovery


@audited("matching_recovery.receive", about="recovery")
def receive(*, recovery: MatchingRecovery, bank_reference: str, by: Actor, now: datetime) -> MatchingRecovery:
    """The money is back: book it, and mark the line recovered when all that was paid has come back."""
    lines = MatchingLine.objects.select_for_update(of=("self",))
    line = lines.select_related("matching_list__cycle").get(pk=recovery.line_id)
    row = MatchingRecovery.objects.select_for_update(of=("self",)).get(pk=recovery.pk)
    back = accounts.recovered(line.matching_list.cycle.code, line.city)
    paid_fen, back_fen = book_return(
        row,
        Posting(accounts.enterprise(line.enterprise_id), back, row.amount_fen),
        book=Book.MATCHING,
        subject=line.journal_key,
        article=ARTICLE,
        bank_reference=bank_reference,
        by=by,
        now=now,
    )
    if back_fen >= paid_fen:
        move(line, "recover", by=by, facts={}, now=now)
    return row
