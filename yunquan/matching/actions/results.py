"""配套银行结果: a bank's result file on a city's own payments, line by line, each line once (M9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial

from yunquan.journal.actions import Step, audited, move_all, notify
from yunquan.kernel.workflow import Actor
from yunquan.ledger.actions import Posting, open_account, transfer
from yunquan.ledger.books import Book
from yunquan.matching import accounts
from yunquan.matching.checks import ARTICLE
from yunquan.matching.models import MatchingInstruction, MatchingLine, MatchingResult, MatchingRun
from yunquan.settlement.actions.taking import read, take
from yunquan.settlement.result_lines import LineOutcome, ResultLine, one_by_one


def take_results(
    *, run: MatchingRun, rows: Iterable[tuple[int, Mapping[str, str]]], by: Actor, now: datetime
) -> list[LineOutcome]:
    """Take a result file line by line, each in a transaction of its own; a bad line stops no other."""
    return one_by_one(
        rows,
        lambda columns: take_result(run=run, columns=columns, by=by, now=now),
        partial(read, instructions=MatchingInstruction.objects.filter(run=run), now=now),
    )


@audited("matching_instruction.result", about="run")
def take_result(*, run: MatchingRun, columns: Mapping[str, str], by: Actor, now: datetime) -> str:
    """Take one line: the payment went through or came back; gives `taken` or `known`.

    Raises Refused when the line names no instruction of this run, another amount, an unknown outcome or
    day, or an outcome that contradicts the one taken before.
    """
    return take(
        columns,
        instructions=MatchingInstruction.objects.filter(run=run).select_related("line", "run__cycle"),
        results=MatchingResult,
        lock=lambda row: MatchingLine.objects.select_for_update(of=("self",)).get(pk=row.line_id),
        settle=partial(_settle, by=by, now=now),
        bounce=partial(_bounce, by=by, now=now),
        by=by,
        now=now,
    )


def _settle(row: MatchingInstruction, told: ResultLine, *, by: Actor, now: datetime) -> None:
    """One bank result, one transfer of the city's own money, one paid line, in one transaction (M9)."""
    line = row.line
    payee = accounts.enterprise(line.enterprise_id)
    open_account(book=Book.MATCHING, key=payee)
    _post("pay", accounts.committed(row.run.cycle.code, row.city), payee, row, now=now)
    changes = {"bank_reference": told.reference, "settled_at": now}
    payload = {"amount_fen": str(row.amount_fen), "voucher": line.voucher_number}
    _move_both(row, ("settle", changes), ("pay", {"paid_at": now}), payload, by=by, now=now)
    _tell(row, "paid", "本市配套资金已兑付", now=now)


def _bounce(row: MatchingInstruction, told: ResultLine, *, by: Actor, now: datetime) -> None:
    """The money came back: it is free again, the line keeps its place before what was carried behind it (F3)."""
    line, code = row.line, row.run.cycle.code
    _post("bounce", accounts.committed(code, row.city), accounts.fund(code, row.city), row, now=now)
    changes = {"refusal_reason": told.reason, "settled_at": now}
    payload = {"amount_fen": str(row.amount_fen), "voucher": line.voucher_number}
    kept = {"carried_at": line.carried_at or now}
    _move_both(row, ("bounce", changes), ("bounce", kept), payload, by=by, now=now)
    _tell(row, "bounced", "本市配套资金被银行退回，请核对收款账户", now=now)


def _post(kind: str, credit: str, debit: str, row: MatchingInstruction, *, now: datetime) -> None:
    transfer(
        [Posting(credit, debit, row.amount_fen)],
        book=Book.MATCHING,
        kind=kind,
        subject=row.line.journal_key,
        article=ARTICLE,
        now=now,
    )


def _move_both(
    row: MatchingInstruction,
    of_row: tuple[str, Mapping[str, object]],
    of_line: tuple[str, Mapping[str, object]],
    payload: Mapping[str, object],
    *,
    by: Actor,
    now: datetime,
) -> None:
    move_all(
        [
            Step(thing=row, action=of_row[0], by=by, facts={}, now=now, changes=of_row[1], payload=payload),
            Step(thing=row.line, action=of_line[0], by=by, facts={}, now=now, changes=of_line[1]),
        ]
    )


def _tell(row: MatchingInstruction, kind: str, title: str, *, now: datetime) -> None:
    notify(
        org=f"enterprise:{row.line.enterprise_id}",
        obj=row.line.journal_key,
        kind=kind,
        title=f"{title}（{row.line.voucher_number}）",
        key=f"{row.journal_key}:{kind}",
        now=now,
    )
