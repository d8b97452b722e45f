"""Lays what several sources say about one invoice together: the most trusted wins, disagreement is kept."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from yunquan.evidence.reading.facts import RECORDED, Conflict, InvoiceFacts, InvoiceLine, Place, Source

SPECIAL, ORDINARY = "电子发票（增值税专用发票）", "电子发票（普通发票）"
_RED = re.compile(r"被红冲蓝字|红字(?:增值税专用)?发票信息(?:确认单|表)|对应正数发票|销项负数|开具红字")
_VOID = re.compile(r"(?:已|发票)?作废(?:发票)?|(?:已|全额|部分)?红冲(?:[-－]?(?:全额|部分))?|已红冲.*")
_TITLE = re.compile(r"电子发票[（(]([^（）()]{2,24})[）)]")
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
        sums = [self.values.get(name) for name in ("gross_fen", "net_fen", "tax_fen")]
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
    for name in (*RECORDED, "check_code"):
        told = [(one.source, _value(one, name)) for one in said]
        told = [(source, value) for source, value in told if value is not None]
        if not told:
            continue
        first = told[0][1]
        values[name] = first
        sources[name] = tuple(dict.fromkeys(source for source, value in told if _same(name, first, value)))
        if not all(_same(name, first, value) for _source, value in told):
            conflicts.append(Conflict(name, tuple(dict(reversed(told)).items())[::-1]))
        for one in said:
            if name in one.places and name not in places:
                places[name] = one.places[name]
    sums = [values.get(name) for name in ("net_fen", "tax_fen", "gross_fen")]
    disputed = {conflict.field for conflict in conflicts}
    if None not in sums and sums[0] + sums[1] != sums[2] and not disputed & {"net_fen", "tax_fen", "gross_fen"}:
        told = [(sources["gross_fen"][0], sums[2]), ("sum", sums[0] + sums[1])]
        conflicts.append(Conflict("gross_fen", tuple(told)))
    return InvoiceFacts(
        sources=sources,
        conflicts=tuple(conflicts),
        places=places,
        void=next((one.void for one in said if one.void), None),
        lines=next((one.lines for one in said if one.lines), ()),
        **values,
    )


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
