"""Why a self-check table is refused, and what the records say beside a claim; pure functions (D858-2.1)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from fractions import Fraction
from typing import Any

from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts

ARTICLE = "D858-2.1"
INSPECTED = {"none": "未检查", "on_site": "实地检查", "remote": "在线检查"}
CONCLUSIONS = {"qualified": "合格", "unqualified": "不合格"}
MOST_TOLD = 200
MOST_LETTERS = 1000
# From the best that can be said of a voucher's use to the worst; a claim above its records is an anomaly.
ORDER = ("stopped", "idle", "low_use", "in_use")


def every_line_told(facts: Facts) -> list[Refusal]:
    """Each voucher has its state, and a note wherever it is not simply in use (a supplier's table); a city says of

    each whether it was inspected, with what result, and what was wrong where it did not qualify.
    """
    told = _of_supplier(facts) if facts.get("whose") == "supplier" else _of_city(facts)
    found = list(told)
    if len(found) <= MOST_TOLD:
        return found
    rest = Refusal("more", f"还有 {len(found) - MOST_TOLD} 处没有填好，未逐一列出。", ARTICLE)
    return [*found[:MOST_TOLD], rest]


def _of_supplier(facts: Facts) -> Iterator[Refusal]:
    states: Mapping[str, str] = facts["states"]
    for line in facts["lines"]:
        number, use_state = line["number"], line["use_state"]
        if use_state not in states:
            yield _missing(line, "use_state", f"{number}：请选择使用状态（{'、'.join(states.values())}）。")
        elif use_state != "in_use" and not line["note"].strip():
            yield _missing(line, "note", f"{number}：“{states[use_state]}”的请写明说明。")
        yield from _too_long(line)


def _of_city(facts: Facts) -> Iterator[Refusal]:
    for line in facts["lines"]:
        number, inspected = line["number"], line["inspected"]
        if inspected not in INSPECTED:
            yield _missing(line, "inspected", f"{number}：请选择是否开展过实地检查或抽查。")
        elif inspected == "none" and line["conclusion"]:
            yield _missing(line, "conclusion", f"{number}：未检查的不能有检查结论。")
        elif inspected != "none" and line["conclusion"] not in CONCLUSIONS:
            yield _missing(line, "conclusion", f"{number}：检查过的请选择检查结论。")
        elif line["conclusion"] == "unqualified" and not line["note"].strip():
            yield _missing(line, "note", f"{number}：不合格的请写明问题及整改情况。")
        yield from _too_long(line)


def _missing(line: Mapping[str, Any], column: str, message: str) -> Refusal:
    return Refusal("missing", message, ARTICLE, field=f"{column}-{line['number']}")


def _too_long(line: Mapping[str, Any]) -> Iterator[Refusal]:
    if len(line["note"]) > MOST_LETTERS:
        said = f"{line['number']}：说明有 {len(line['note'])} 个字，不能超过 {MOST_LETTERS} 个。"
        yield Refusal("too_long", said, ARTICLE, field=f"note-{line['number']}")


def time_left(facts: Facts) -> Refusal | None:
    """Who gets a table back gets a day until which to mend it."""
    due_on, today = facts.get("due_on"), facts["today"]
    if isinstance(due_on, date) and due_on > today:
        return None
    return Refusal("due_on", "请写明新的填报期限，须晚于今天。", ARTICLE, field="due_on")


def said_by_records(active: int, covered: int, *, least_covered: int, low_share: Fraction) -> str:
    """What the records of a window say: in_use, low_use, idle, or nothing where too few days are covered.

    >>> said_by_records(0, 80, least_covered=30, low_share=Fraction(1, 5))
    'idle'
    >>> said_by_records(16, 80, least_covered=30, low_share=Fraction(1, 5))
    'in_use'
    >>> said_by_records(0, 29, least_covered=30, low_share=Fraction(1, 5))
    ''
    """
    if covered < least_covered or covered <= 0:
        return ""
    if active == 0:
        return "idle"
    return "low_use" if Fraction(active, covered) < low_share else "in_use"


def differs(claimed: str, recorded: str) -> str:
    """How a claim stands to the records: `above` them, `below`, or nothing where they agree or say nothing.

    Stopped and idle agree: both show no use.

    >>> differs("in_use", "idle"), differs("stopped", "in_use"), differs("stopped", "idle"), differs("in_use", "")
    ('above', 'below', '', '')
    """
    if claimed not in ORDER or recorded not in ORDER:
        return ""
    said, seen = ORDER.index(claimed), ORDER.index(recorded)
    if max(said, seen) <= ORDER.index("idle") or said == seen:
        return ""
    return "above" if said > seen else "below"
