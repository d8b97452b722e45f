"""Lays what several sources say about one invoice together: the most trusted wins, disagreement is kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from yunquan.evidence.keys import invoice_key
from yunquan.evidence.reading.facts import RECORDED, Conflict, InvoiceFacts, InvoiceLine, Place, Source

SPECIAL, ORDINARY = "电子发票（增值税专用发票）", "电子发票（普通发票）"
_RED = re.compile(r"被红冲蓝字|红字(?:增值税专用)?发票信息(?:确认单|表)|对应正数发票|销项负数|开具红字")
_DIGITAL_REVERSED = re.compile(r"被红冲蓝字[^\d:：]{0,12}号码[:：]?(\d{20})(?!\d)")
_OLDER_REVERSED = re.compile(
    r"(?:对应正数发票|被红冲蓝字[^\d:：]{0,12}?)代码[:：]?(\d{10}|\d{12})\D{0,4}号码[:：]?(\d{8})(?!\d)"
)
_VOID = re.compile(r"(?:已|发票)?作废(?:发票)?|(?:已|全额|部分)?红冲(?:[-－]?(?:全额|部分))?|已红冲.*")
_TITLE = re.compile(r"电子发票[（(]([^（）()]{2,24})[）)]")
_SUMS = ("net_fen", "tax_fen", "gross_fen")
_OLDER = re.compile(r"(?:增值税(?:电子)?(?:普通|专用)发票|机动车销售统一发票|二手车销售统一发票)")


@dataclass(frozen=True, slots=True)
class Said:
    """What one source says about an invoice, by the names of InvoiceFacts; nothing is guessed."""

    source: Source
    values: dict[str, Any]
    places: dict[str, Place] = field(default_factory=dict)
    lines: tuple[InvoiceLine, ...] = ()
    red_mark: bool = False
    void: str | None = None

    @property
    def red(self) -> bool | None:
        """A mark or a negative sum makes an invoice red; a source without any sum doesn't say."""
        sums = [self.values.get(name) for name in _SUMS]
        if self.red_mark or any(amount < 0 for amount in sums if amount is not None):
            return True
        return False if any(amount is not None for amount in sums) else None


def title_kind(text: str) -> str | None:
    """The kind of an invoice by its printed title, without the province that older titles begin with.

    >>> title_kind("电子发票(普通发票)"), title_kind("广东增值税电子普通发票")
    ('电子发票（普通发票）', '增值税电子普通发票')
    """
    compact = "".join(text.split())
    found = _TITLE.search(compact)
    if found:
        return f"电子发票（{found[1]}）"
    older = _OLDER.search(compact)
    return older[0] if older else None


def is_red_mark(text: str) -> bool:
    """Whether a text is one that only red invoices carry."""
    return _RED.search("".join(text.split())) is not None


def reversed_key(text: str) -> str | None:
    """The key of the blue invoice that a red one's remark names (D47-5.14); None where it names none.

    >>> reversed_key("被红冲蓝字全电发票号码：24442000000123456789 红字发票信息确认单编号：44000001")
    '24442000000123456789'
    >>> reversed_key("对应正数发票代码:044001900111号码:12345678"), reversed_key("号码：12345678")
    ('044001900111-12345678', None)
    """
    compact = "".join(text.split())
    digital = _DIGITAL_REVERSED.search(compact)
    if digital:
        return invoice_key("", digital[1])
    older = _OLDER_REVERSED.search(compact)
    return invoice_key(older[1], older[2]) if older else None


def void_mark(text: str) -> str | None:
    """What a stamp or a state says against an invoice: 作废 or 已红冲; None where it says nothing."""
    compact = "".join(text.split()).strip("【】[]（）()")
    if not _VOID.fullmatch(compact):
        return None
    return "作废" if "作废" in compact else "已红冲"


def merge(said: Sequence[Said]) -> InvoiceFacts:
    """The facts of one invoice; `said` stands in the order of trust.

    Sums in fen.  A field's sources are all that agree with the value taken; the others become a conflict that
    keeps every value.
    """
    values: dict[str, Any] = {}
    sources: dict[str, tuple[str, ...]] = {}
    places: dict[str, Place] = {}
    conflicts: list[Conflict] = []
    alone = said[0] if len(said) == 1 else None
    for name in (*RECORDED, "check_code", "reverses"):
        if alone is not None:
            value = _value(alone, name)
            if value is not None:
                values[name], sources[name] = value, (alone.source,)
                if name in alone.places:
                    places[name] = alone.places[name]
            continue
        told = [(one.source, _value(one, name)) for one in said]
        told = [(source, value) for source, value in told if value is not None]
        if not told:
            continue
        first = told[0][1]
        values[name] = first
        sources[name] = tuple(dict.fromkeys(source for source, value in told if _same(name, first, value)))
        if not all(_same(name, first, value) for _source, value in told):
            conflicts.append(Conflict(name, _each(told)))
        for one in said:
            if name in one.places and name not in places:
                places[name] = one.places[name]
    net, tax, gross = (values.get(name) for name in _SUMS)
    if None not in (net, tax, gross) and not {conflict.field for conflict in conflicts} & set(_SUMS):
        added = int(net or 0) + int(tax or 0)
        if added != gross:
            conflicts.append(Conflict("gross_fen", ((sources["gross_fen"][0], gross), ("sum", added))))
    return InvoiceFacts(
        sources=sources,
        conflicts=tuple(conflicts),
        places=places,
        void=next((one.void for one in said if one.void), None),
        lines=next((one.lines for one in said if one.lines), ()),
        **values,
    )


def _each(told: Sequence[tuple[str, Any]]) -> tuple[tuple[str, Any], ...]:
    """What every source says; a source that says two things stands twice."""
    every: dict[str, Any] = {}
    for source, value in told:
        if every.setdefault(source, value) != value:
            every.setdefault(f"{source} 2", value)
    return tuple(every.items())


def _value(one: Said, name: str) -> Any:
    return one.red if name == "red" else one.values.get(name)


def _same(name: str, one: Any, other: Any) -> bool:
    if one == other:
        return True
    if name in ("seller", "buyer", "kind"):
        return _plain(one) == _plain(other)
    if name == "check_code":
        shorter, longer = sorted((one, other), key=len)
        return bool(longer.endswith(shorter))
    return False


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()
