"""One line of a bank's result file, understood or refused with every fault: pure, for every kind of payment (M9)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from yunquan.kernel.canonical import content_hash
from yunquan.kernel.money import MoneyError, format_yuan, parse_yuan
from yunquan.kernel.refusal import Refusal, Refused

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


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A line understood: `paid` or `bounced`, the day, the bank's reference and reason, and the line's own hash."""

    outcome: str
    settled_on: date
    reference: str
    reason: str
    line_hash: str


def one_by_one(
    rows: Iterable[tuple[int, Mapping[str, str]]], take: Callable[[dict[str, str]], str]
) -> list[LineOutcome]:
    """Take the lines of a file each for itself; a bad line stops no other."""
    outcomes = []
    for number, columns in rows:
        name = named(columns)
        try:
            outcomes.append(LineOutcome(number, name, take(dict(columns))))
        except Refused as refused:
            outcomes.append(LineOutcome(number, name, "refused", refused.refusals))
    return outcomes


def named(columns: Mapping[str, str]) -> str:
    """The number of the instruction that a line names."""
    return str(columns.get("instruction", "")).strip()


def read_line(
    columns: Mapping[str, str], *, expected_fen: int | None, is_used: Callable[[str], bool]
) -> ResultLine:
    """The line's columns understood, or Refused with every fault at once.

    `expected_fen` is the amount of its instruction, None where there is no such one; `is_used` says whether a
    reference stands on another payment already.
    """
    line = {name: str(columns.get(name, "")).strip() for name in COLUMNS}
    faults = []
    if expected_fen is None:
        faults.append(fault("instruction", "本批次没有这个指令号。", "请核对文件是否属于本批次。"))
    outcome = OUTCOMES.get(line["outcome"])
    if outcome is None:
        faults.append(fault("outcome", "结果应为“成功”或“失败”。"))
    settled_on = date.min
    try:
        settled_on = date.fromisoformat(line["settled_on"][:10])
    except ValueError:
        faults.append(fault("settled_on", "入账日期应写成 2019-06-20。"))
    try:
        amount_fen = parse_yuan(line["amount"])
        if expected_fen is not None and amount_fen != expected_fen:
            expected = format_yuan(expected_fen)
            faults.append(fault("amount", f"金额与指令的 {expected} 元不符。", "请联系银行核对。"))
    except MoneyError as error:
        faults.append(fault("amount", str(error)))
    reference = line["bank_reference"]
    if len(reference) > LONGEST_REFERENCE:
        message = f"银行流水号不应超过 {LONGEST_REFERENCE} 个字符。"
        faults.append(fault("bank_reference", message, "请核对文件的列是否对应。"))
    if outcome == "paid" and not reference:
        faults.append(fault("bank_reference", "成功的付款应有银行流水号。"))
    elif outcome == "paid" and is_used(reference):
        faults.append(reference_taken())
    if faults:
        raise Refused(faults)
    assert outcome is not None
    return ResultLine(outcome, settled_on, reference, line["reason"][:200], content_hash(line))


def fault(column: str, message: str, mend: str = "") -> Refusal:
    """What is wrong with one column."""
    return Refusal("bad_result_line", message, ARTICLE, mend, column)


def reference_taken() -> Refusal:
    """Another payment has this reference."""
    return fault("bank_reference", "这个银行流水号已登记在另一笔付款上。", "请联系银行核对。")


def contradiction(state: str) -> Refusal:
    """The instruction has an outcome already (its state in words), and this line says another."""
    return Refusal(
        "result_contradicts",
        f"这笔指令已登记为“{state}”，与本行不符。",
        ARTICLE,
        "请联系银行核对后人工处理。",
        "outcome",
    )
