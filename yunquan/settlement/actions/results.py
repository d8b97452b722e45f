"""银行结果: a bank's result file, taken line by line, each line once (D47-5.15, M9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from functools import partial

from yunquan.journal.actions import audited, move
from yunquan.kernel.workflow import Actor
from yunquan.ledger.actions import Posting, open_account, transfer
from yunquan.ledger.books import Book
from yunquan.programme import accounts
from yunquan.settlement.actions.taking import read, take
from yunquan.settlement.models import BankResult, PaymentInstruction, PaymentRun
from yunquan.settlement.result_lines import ARTICLE, LineOutcome, ResultLine, one_by_one
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.actions.shared import lock


def take_results(
    *, run: PaymentRun, rows: Iterable[tuple[int, Mapping[str, str]]], by: Actor, now: datetime
) -> list[LineOutcome]:
    """Take a result file line by line, each in a transaction of its own; a bad line stops no other.

    Rows are (row number, columns `instruction,amount,outcome,bank_reference,settled_on,reason`).
    """
    return one_by_one(
        rows,
        lambda columns: take_result(run=run, columns=columns, by=by, now=now),
        partial(read, instructions=PaymentInstruction.objects.filter(run=run), now=now),
    )


@audited("instruction.result", about="run")
def take_result(*, run: PaymentRun, columns: Mapping[str, str], by: Actor, now: datetime) -> str:
    """Take one line: the payment went through or came back; gives `taken` or `known`.

    Raises Refused when the line names no instruction of this run, another amount, an unknown outcome or
    day, or an outcome that contradicts the one taken before.
    """
    instructions = PaymentInstruction.objects.filter(run=run).select_related("voucher__cycle", "run__cycle")
    return take(
        columns,
        instructions=instructions,
        results=BankResult,
        lock=lambda row: lock(row.voucher),
        settle=partial(_settle, by=by, now=now),
        bounce=partial(_bounce, by=by, now=now),
        by=by,
        now=now,
    )


def _settle(instruction: PaymentInstruction, told: ResultLine, *, by: Actor, now: datetime) -> None:
    """One bank result, one cash transfer, one paid voucher, in one transaction (M9)."""
    run, voucher = instruction.run, instruction.voucher
    payee = accounts.enterprise(voucher.enterprise_id)
    open_account(book=Book.CASH, key=payee)
    transfer(
        [Posting(accounts.committed(run.cycle.code, run.city), payee, instruction.amount_fen)],
        book=Book.CASH,
        kind="pay",
        subject=voucher.journal_key,
        article=ARTICLE,
        now=now,
    )
    vouchers.pay(voucher=voucher, paid_fen=instruction.amount_fen, by=by, now=now)
    changes = {"bank_reference": told.reference, "settled_at": now}
    payload = {"amount_fen": str(instruction.amount_fen), "voucher": voucher.number}
    move(instruction, "settle", by=by, facts={}, now=now, changes=changes, payload=payload)


def _bounce(instruction: PaymentInstruction, told: ResultLine, *, by: Actor, now: datetime) -> None:
    """The money came back: it is free again, the voucher keeps its place."""
    run, voucher = instruction.run, instruction.voucher
    transfer(
        [
            Posting(
                accounts.committed(run.cycle.code, run.city),
                accounts.fund(run.cycle.code, run.city),
                instruction.amount_fen,
            )
        ],
        book=Book.CASH,
        kind="bounce",
        subject=voucher.journal_key,
        article=ARTICLE,
        now=now,
    )
    vouchers.bounce(voucher=voucher, by=by, now=now)
    changes = {"refusal_reason": told.reason, "settled_at": now}
    payload = {"amount_fen": str(instruction.amount_fen), "voucher": voucher.number}
    move(instruction, "bounce", by=by, facts={}, now=now, changes=changes, payload=payload)
