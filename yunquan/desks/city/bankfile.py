"""The bank's result file: read as typed, so that one bad line stops no other; a missing column stops all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from yunquan.papers.readers import Fault, Wanted, read_table

HEADINGS = ("instruction", "amount", "outcome", "bank_reference", "settled_on", "reason")
_TITLES = {
    "instruction": "指令号",
    "amount": "金额（元）",
    "outcome": "结果",
    "bank_reference": "银行流水号",
    "settled_on": "入账日期",
    "reason": "原因",
}
_STATUS = {"taken": ("已登记", "good"), "known": ("此前已登记，未重复", ""), "refused": ("未登记", "bad")}


def _wanted(*, required: bool) -> list[Wanted]:
    return [Wanted(name, (_TITLES[name], name), required=required) for name in HEADINGS]


def read(content: bytes, *, file_name: str) -> tuple[list[tuple[int, dict[str, str]]], Sequence[Fault]]:
    """The lines by row number, or the faults of the file as a whole: not a table, or a column missing."""
    strict = read_table(content, _wanted(required=True), file_name=file_name)
    whole = [fault for fault in strict.faults if fault.row == 0 or fault.reason.startswith("表头里")]
    if whole:
        return [], whole
    loose = read_table(content, _wanted(required=False), file_name=file_name)
    if loose.faults:
        return [], loose.faults
    lines = [
        (line.number, {name: str(value or "") for name, value in line.values.items()}) for line in loose.rows
    ]
    return lines, ()


def said(outcomes: Iterable[Any]) -> list[dict[str, Any]]:
    """What became of each line, in words."""
    return [
        {
            "row": one.row,
            "instruction": one.instruction or "（空）",
            "label": _STATUS[one.status][0],
            "tone": _STATUS[one.status][1],
            "reasons": [
                f"{_TITLES.get(refusal.field, '')}：{refusal.message}{refusal.mend}"
                for refusal in one.reasons
            ],
        }
        for one in outcomes
    ]
