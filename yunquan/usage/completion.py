"""完成情况表: what a completion table says, its hash, and how one edition differs from another (D47-5.13)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yunquan.kernel.canonical import canonical_json, content_hash
from yunquan.usage.models import CompletionLine, CompletionTable, Verdict

NOT_JUDGED = {
    "code": "not_judged",
    "label": "尚无行为数据判定",
    "mend": "请供应商核对用户端、云端信息并送达行为数据。",
    "article": "D47-5.12",
}


@dataclass(frozen=True, slots=True)
class Subject:
    """A voucher as a table names it: its parties, and its services by number."""

    voucher: str
    enterprise_name: str
    enterprise_uscc: str
    supplier_name: str
    services: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Change:
    """What one edition says of a service otherwise than the one before; empty text where it isn't named."""

    voucher: str
    service: int
    service_name: str
    before: str
    after: str
    notes: tuple[str, ...] = field(default=())


def lines_for(subject: Subject, verdict: Verdict | None) -> list[CompletionLine]:
    """One line a service, without table or place: what the verdict says of it, word for word.

    A verdict by hand speaks for the whole voucher, so each of its services has it. Where nothing was judged
    yet, there is not enough data.
    """
    parts = {row.service: row for row in verdict.services.all()} if verdict is not None else {}
    lines = []
    for number, name in sorted(subject.services.items()):
        part = parts.get(number)
        if verdict is None:
            outcome, reasons = Verdict.Outcome.NOT_ENOUGH_DATA.value, [NOT_JUDGED]
        elif part is None:
            outcome, reasons = verdict.outcome, verdict.reasons
        else:
            outcome, reasons = part.outcome, part.reasons
        lines.append(
            CompletionLine(
                voucher=subject.voucher,
                enterprise_name=subject.enterprise_name,
                enterprise_uscc=subject.enterprise_uscc,
                supplier_name=subject.supplier_name,
                service=number,
                service_name=name,
                outcome=outcome,
                figures=part.figures if part is not None else {},
                reasons=reasons,
                signals=part.signals if part is not None else [],
                verdict=verdict,
            )
        )
    return lines


VOUCHER_NUMBER = re.compile(r"GD[0-9A-Za-z.]{1,20}-[A-Z]{2,4}-[0-9]{6,}")
ELSEWHERE = "其他地市的券"


def named_in(lines: Iterable[CompletionLine]) -> set[str]:
    """The vouchers that the signals of lines name."""
    return {number for line in lines for number in VOUCHER_NUMBER.findall(str(line.signals))}


def without(value: Any, numbers: Collection[str]) -> Any:
    """Signals as a city may read them that sees none of these vouchers (A1).

    >>> without([{"text": "与券 GD2018-FS-000001 相同"}], {"GD2018-FS-000001"})
    [{'text': '与券 其他地市的券 相同'}]
    """
    if isinstance(value, str):
        return VOUCHER_NUMBER.sub(lambda one: ELSEWHERE if one[0] in numbers else one[0], value)
    if isinstance(value, list):
        return [without(one, numbers) for one in value]
    if isinstance(value, dict):
        return {name: without(one, numbers) for name, one in value.items()}
    return value


_COPIED = (
    "voucher", "enterprise_name", "enterprise_uscc", "supplier_name", "service", "service_name", "outcome",
    "figures", "reasons", "signals", "verdict_id",
)  # fmt: skip


def carried(line: CompletionLine) -> CompletionLine:
    """A line as the next edition repeats it."""
    return CompletionLine(**{name: getattr(line, name) for name in _COPIED})


def in_order(lines: Iterable[CompletionLine]) -> list[CompletionLine]:
    """Lines by voucher and service, numbered from 1."""
    ordered = sorted(lines, key=lambda line: (line.voucher, line.service))
    for place, line in enumerate(ordered, 1):
        line.position = place
    return ordered


def outcome_of(outcomes: Iterable[str]) -> str:
    """A voucher is done when each service is, not done when one isn't, else there is not enough data."""
    found = set(outcomes)
    if Verdict.Outcome.NOT_DONE in found:
        return str(Verdict.Outcome.NOT_DONE)
    if found == {Verdict.Outcome.DONE}:
        return str(Verdict.Outcome.DONE)
    return str(Verdict.Outcome.NOT_ENOUGH_DATA)


def by_voucher(lines: Iterable[CompletionLine]) -> dict[str, list[CompletionLine]]:
    """The lines of each voucher, in their order."""
    found: dict[str, list[CompletionLine]] = {}
    for line in lines:
        found.setdefault(line.voucher, []).append(line)
    return found


def counts_of(outcomes: Iterable[str]) -> dict[str, int]:
    """How many of each outcome there are.

    >>> counts_of(["done", "done", "not_enough_data"])
    {'done': 2, 'not_done': 0, 'not_enough_data': 1}
    """
    found = {str(outcome): 0 for outcome in Verdict.Outcome.values}
    for outcome in outcomes:
        found[outcome] += 1
    return found


def totals(lines: Iterable[CompletionLine]) -> dict[str, int]:
    """How many vouchers are done, not done, without enough data, and with signals."""
    found = {str(outcome): 0 for outcome in Verdict.Outcome.values}
    found["vouchers"] = found["signals"] = 0
    for rows in by_voucher(lines).values():
        found[outcome_of(row.outcome for row in rows)] += 1
        found["vouchers"] += 1
        found["signals"] += any(row.signals for row in rows)
    return found


def source_of(line: CompletionLine) -> str:
    """How the line was judged: by hand, computed, or not yet."""
    return line.verdict.source if line.verdict is not None else ""


def line_content(line: CompletionLine) -> dict[str, Any]:
    """A line as the hash takes it."""
    return {
        "voucher": line.voucher,
        "enterprise": line.enterprise_name,
        "uscc": line.enterprise_uscc,
        "supplier": line.supplier_name,
        "service": str(line.service),
        "service_name": line.service_name,
        "outcome": str(line.outcome),
        "source": str(source_of(line)),
        "verdict": str(line.verdict_id or ""),
        "figures": line.figures,
        "reasons": line.reasons,
        "signals": line.signals,
    }


def table_content(table: CompletionTable, lines: Sequence[CompletionLine]) -> dict[str, Any]:
    """What the hash of a table is taken over, as canonical JSON."""
    return {
        "title": table.title,
        "city": table.city,
        "batch": str(table.batch),
        "edition": str(table.edition),
        "from": table.from_on.isoformat(),
        "to": table.to_on.isoformat(),
        "rules": table.rule_version,
        "lines": [
            {"position": str(line.position), **line_content(line)}
            for line in sorted(lines, key=lambda line: line.position)
        ],
    }


def table_hash(table: CompletionTable, lines: Sequence[CompletionLine]) -> str:
    """The hash under which a table is frozen; anyone can compute it from the table's JSON."""
    return content_hash(table_content(table, lines))


def hashed_bytes(table: CompletionTable, lines: Sequence[CompletionLine]) -> bytes:
    """The bytes that the hash is taken over."""
    return canonical_json(table_content(table, lines))


def inputs_hash(lines: Sequence[CompletionLine]) -> str:
    """One hash over what the verdicts of the lines rest on."""
    inputs = {line.voucher: line.verdict.input_hash if line.verdict is not None else "" for line in lines}
    return content_hash({"inputs": [{"voucher": v, "input": h} for v, h in sorted(inputs.items())]})


def says_the_same(before: Sequence[CompletionLine], after: Sequence[CompletionLine]) -> bool:
    """Whether two sets of lines say the same of the same vouchers, verdicts and all."""
    return [line_content(line) for line in in_order_of(before)] == [
        line_content(line) for line in in_order_of(after)
    ]


def in_order_of(lines: Iterable[CompletionLine]) -> list[CompletionLine]:
    """Lines by voucher and service; nothing is numbered."""
    return sorted(lines, key=lambda line: (line.voucher, line.service))


def is_unchanged(table: CompletionTable, lines: Sequence[CompletionLine]) -> bool:
    """Whether table and lines still have the hash under which they were frozen."""
    return table_hash(table, lines) == table.content_hash


def difference(before: Iterable[CompletionLine], after: Iterable[CompletionLine]) -> list[Change]:
    """What the later edition says otherwise, by voucher and service."""
    old = {(line.voucher, line.service): line for line in before}
    new = {(line.voucher, line.service): line for line in after}
    found = []
    for key in sorted({*old, *new}):
        was, now = old.get(key), new.get(key)
        one = now or was
        assert one is not None
        notes = _notes(was, now)
        if was is not None and now is not None and was.outcome == now.outcome and not notes:
            continue
        before_label = was.get_outcome_display() if was is not None else ""
        after_label = now.get_outcome_display() if now is not None else ""
        found.append(Change(*key, one.service_name, before_label, after_label, notes))
    return found


def _notes(was: CompletionLine | None, now: CompletionLine | None) -> tuple[str, ...]:
    """Beside the outcome: what of figures, reasons, signals and way of judging has changed."""
    if was is None:
        return ("新列入",)
    if now is None:
        return ("不再列入",)
    notes = []
    if source_of(was) != source_of(now):
        notes.append("改为人工录入" if source_of(now) == Verdict.Source.HAND else "改为系统计算")
    for name, label in (("figures", "数据有变化"), ("reasons", "理由有变化"), ("signals", "异常信号有变化")):
        if getattr(was, name) != getattr(now, name):
            notes.append(label)
    return tuple(notes)
