"""One line of a bank's result file, understood or refused with every fault: pure, for every kind of payment (M9)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
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
    rows: Iterable[tuple[int, Mapping[str, str]]],
    take: Callable[[dict[str, str]], str],
    read: Callable[[dict[str, str]], ResultLine | None],
) -> list[LineOutcome]:
    """Take the lines of a file each for itself; a bad line stops no other.

    Where the file itself gives a payment two results none is taken: the order of its lines decides nothing.
    `read` understands a line without taking it and gives None for a payment that has its result already.
    """
    lines = list(rows)
    torn = _torn(lines, read)
    outcomes = []
    for number, columns in lines:
        name = named(columns)
        if name in torn:
            outcomes.append(LineOutcome(number, name, "refused", (_two_results(torn[name]),)))
            continue
        try:
            outcomes.append(LineOutcome(number, name, take(dict(columns))))
        except Refused as refused:
            outcomes.append(LineOutcome(number, name, "refused", refused.refusals))
    return outcomes


def _torn(
    lines: Sequence[tuple[int, Mapping[str, str]]], read: Callable[[dict[str, str]], ResultLine | None]
) -> dict[str, list[int]]:
    """The payments to which lines that are right by themselves give different results, with their rows."""
    times = Counter(named(columns) for _number, columns in lines)
    said: dict[str, dict[int, tuple[str, str, date]]] = {}
    for number, columns in lines:
        name = named(columns)
        if times[name] == 1:
            continue
        try:
            told = read(dict(columns))
        except Refused:
            continue  # What is wrong with it is said when it is taken.
        if told is not None:
            said.setdefault(name, {})[number] = (told.outcome, told.reference, told.settled_on)
    return {name: list(found) for name, found in said.items() if len(set(found.values())) > 1}


def _two_results(rows: Sequence[int]) -> Refusal:
    return Refusal(
        "result_contradicts",
        f"文件第 {'、'.join(str(row) for row in rows)} 行对这笔指令说的结果不同，都没有登记。",
        ARTICLE,
        "请联系银行核对，改正后重新导入。",
        "outcome",
    )


def named(columns: Mapping[str, str]) -> str:
    """The number of the instruction that a line names."""
    return str(columns.get("instruction", "")).strip()


def read_line(
    columns: Mapping[str, str],
    *,
    expected_fen: int | None,
    released_on: date | None,
    today: date,
    is_used: Callable[[str], bool],
) -> ResultLine:
    """The line's columns understood, or Refused with every fault at once.

    `expected_fen` is the amount of its instruction and `released_on` the day on which its run was released, both None
    where there is no such one; `is_used` says whether a reference stands on another payment already.
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
    else:
        if settled_on > today:
            faults.append(
                fault("settled_on", f"入账日期 {settled_on} 晚于今天（{today}）。", "请联系银行核对。")
            )
        if released_on is not None and settled_on < released_on:
            message = f"入账日期 {settled_on} 早于本批次放行的日期（{released_on}）。"
            faults.append(fault("settled_on", message, "请联系银行核对。"))
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
