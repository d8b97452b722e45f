"""银行结果: a bank's result file, taken line by line, each line once (D47-5.15, M9)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import IntegrityError, transaction

from yunquan.journal.actions import audited, move
from yunquan.kernel.canonical import content_hash
from yunquan.kernel.money import MoneyError, format_yuan, parse_yuan
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.ledger.actions import Posting, open_account, transfer
from yunquan.ledger.books import Book
from yunquan.programme import accounts
from yunquan.settlement.models import BankResult, PaymentInstruction, PaymentRun
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.actions.shared import lock

COLUMNS = ("instruction", "amount", "outcome", "bank_reference", "settled_on", "reason")
OUTCOMES = {"成功": "paid", "success": "paid", "失败": "bounced", "退票": "bounced", "refused": "bounced"}
ARTICLE = "D47-5.15"
LONGEST_REFERENCE = 60


@dataclass(frozen=True, slots=True)
class LineOutcome:
    """What became of one line of the file: `taken`, `known` (taken before) or `refused`, with reasons."""

    row: int
    instruction: str
    status: str
    reasons: tuple[Refusal, ...] = ()


def take_results(
    *, run: PaymentRun, rows: Iterable[tuple[int, Mapping[str, str]]], by: Actor, now: datetime
) -> list[LineOutcome]:
    """Take a result file line by line, each in a transaction of its own; a bad line stops no other.

    Rows are (row number, columns `instruction,amount,outcome,bank_reference,settled_on,reason`).
    """
    outcomes = []
    for number, columns in rows:
        name = str(columns.get("instruction", "")).strip()
        try:
            status = take_result(run=run, columns=dict(columns), by=by, now=now)
            outcomes.append(LineOutcome(number, name, status))
        except Refused as refused:
            outcomes.append(LineOutcome(number, name, "refused", refused.refusals))
    return outcomes


@audited("instruction.result", about="run")
def take_result(*, run: PaymentRun, columns: Mapping[str, str], by: Actor, now: datetime) -> str:
    """Take one line: the payment went through or came back; gives `taken` or `known`.

    Raises Refused when the line names no instruction of this run, another amount, an unknown outcome or
    day, or an outcome that contradicts the one taken before.
    """
    name = str(columns.get("instruction", "")).strip()
    query = PaymentInstruction.objects.filter(run=run, number=name)
    found = query.select_related("voucher__cycle", "run__cycle").first()
    outcome, settled_on, reference = _read(columns, found)
    assert found is not None
    lock(found.voucher)
    instruction = query.select_for_update(of=("self",)).select_related("voucher__cycle", "run__cycle").get()
    line = {name: str(columns.get(name, "")).strip() for name in COLUMNS}
    line_hash = content_hash(line)
    if BankResult.objects.filter(line_hash=line_hash).exists():
        return "known"
    if instruction.state != "ordered":
        raise Refused([_contradiction(instruction)])
    BankResult.objects.create(
        instruction=instruction,
        outcome=outcome,
        bank_reference=reference,
        reason=line["reason"][:200],
        settled_on=settled_on,
        line_hash=line_hash,
        taken_by=by.person,
        at=now,
    )
    if outcome == "paid":
        try:
            with transaction.atomic():
                _settle(instruction, reference=reference, by=by, now=now)
        except IntegrityError:
            # Another payment took the same reference since it was looked for.
            if not _used_reference(reference, instruction):
                raise
            raise Refused([_reference_taken()]) from None
    else:
        _bounce(instruction, reason=line["reason"], by=by, now=now)
    return "taken"


def _read(columns: Mapping[str, str], instruction: PaymentInstruction | None) -> tuple[str, date, str]:
    """The line's columns understood, or every fault at once."""
    faults = []
    if instruction is None:
        faults.append(_fault("instruction", "本批次没有这个指令号。", "请核对文件是否属于本批次。"))
    outcome = OUTCOMES.get(str(columns.get("outcome", "")).strip())
    if outcome is None:
        faults.append(_fault("outcome", "结果应为“成功”或“失败”。"))
    settled_on = date.min
    try:
        settled_on = date.fromisoformat(str(columns.get("settled_on", "")).strip()[:10])
    except ValueError:
        faults.append(_fault("settled_on", "入账日期应写成 2019-06-20。"))
    try:
        amount_fen = parse_yuan(str(columns.get("amount", "")).strip())
        if instruction is not None and amount_fen != instruction.amount_fen:
            expected = format_yuan(instruction.amount_fen)
            faults.append(_fault("amount", f"金额与指令的 {expected} 元不符。", "请联系银行核对。"))
    except MoneyError as error:
        faults.append(_fault("amount", str(error)))
    reference = str(columns.get("bank_reference", "")).strip()
    if len(reference) > LONGEST_REFERENCE:
        message = f"银行流水号不应超过 {LONGEST_REFERENCE} 个字符。"
        faults.append(_fault("bank_reference", message, "请核对文件的列是否对应。"))
    if outcome == "paid" and not reference:
        faults.append(_fault("bank_reference", "成功的付款应有银行流水号。"))
    elif outcome == "paid" and _used_reference(reference, instruction):
        faults.append(_reference_taken())
    if faults:
        raise Refused(faults)
    assert outcome is not None
    return outcome, settled_on, reference


def _used_reference(reference: str, instruction: PaymentInstruction | None) -> bool:
    others = PaymentInstruction.objects.filter(bank_reference=reference)
    return others.exclude(pk=instruction.pk if instruction else 0).exists()


def _reference_taken() -> Refusal:
    return _fault("bank_reference", "这个银行流水号已登记在另一笔付款上。", "请联系银行核对。")


def _fault(column: str, message: str, mend: str = "") -> Refusal:
    return Refusal("bad_result_line", message, ARTICLE, mend, column)


def _contradiction(instruction: PaymentInstruction) -> Refusal:
    return Refusal(
        "result_contradicts",
        f"这笔指令已登记为“{instruction.lifecycle.states[instruction.state]}”，与本行不符。",
        ARTICLE,
        "请联系银行核对后人工处理。",
        "outcome",
    )


def _settle(instruction: PaymentInstruction, *, reference: str, by: Actor, now: datetime) -> None:
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
    changes = {"bank_reference": reference, "settled_at": now}
    payload = {"amount_fen": str(instruction.amount_fen), "voucher": voucher.number}
    move(instruction, "settle", by=by, facts={}, now=now, changes=changes, payload=payload)


def _bounce(instruction: PaymentInstruction, *, reason: str, by: Actor, now: datetime) -> None:
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
    changes = {"refusal_reason": reason.strip()[:200], "settled_at": now}
    payload = {"amount_fen": str(instruction.amount_fen), "voucher": voucher.number}
    move(instruction, "bounce", by=by, facts={}, now=now, changes=changes, payload=payload)
