"""What was read in a form's files, beside its fields: proposals that fill what is empty and never overwrite (D47-5.10).

Files are read when a form is posted; drawing a page reads nothing. Without JavaScript the person saves the draft and
presses 填入; with it the page asks by itself as soon as a file has gone ahead.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from yunquan.desks.shared.forms import DAY_FORMATS
from yunquan.desks.shared.typed import MOST_ROWS, Ask, Blank, Typed
from yunquan.evidence import queries as evidence
from yunquan.evidence import readings
from yunquan.evidence.reading.facts import Place
from yunquan.evidence.readings import Found
from yunquan.kernel.money import MoneyError, format_yuan, parse_yuan, yuan_plain
from yunquan.policy.contracts import normalise_contract_number, normalise_name

SOURCES = {
    "xml": "XML", "ofd": "OFD", "text": "文字", "capitals": "大写金额", "qr": "二维码", "info": "文件属性",
    "typed": "清单", "sum": "金额加税额",
}  # fmt: skip
NUMBERS = ("number", "serial")


@dataclass(frozen=True, slots=True)
class Beside:
    """What a file says about one field; `standing` is empty, same or other, by what is typed there."""

    name: str
    value: str
    shown: str
    source: str
    standing: str
    conflict: str = ""


@dataclass(frozen=True, slots=True)
class Told:
    """What is known about one file: unread, reading, nothing, against, read or list; `fills` could be filled."""

    scope: str
    state: str
    why: str = ""
    fills: int = 0
    count: int = 0
    warnings: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """Everything that was read for a form, by the names of its fields."""

    fields: Mapping[str, Beside] = field(default_factory=dict)
    files: Mapping[str, Told] = field(default_factory=dict)

    @property
    def is_reading(self) -> bool:
        """Whether the page should ask again."""
        return any(told.state == "reading" for told in self.files.values())


@dataclass(frozen=True, slots=True)
class Level:
    """One file of a form with the fields that it may fill: the plain questions, or one row."""

    scope: str
    prefix: str
    ask: Ask
    asks: Sequence[Ask]
    values: Typed

    @property
    def pk(self) -> int:
        return file_number(self.values.get(self.ask.name))


def levels(blank: Blank, typed: Mapping[str, Any]) -> Iterator[Level]:
    """The files of a form that can be read, each with its fields."""
    for asks, prefix, values in places(blank, typed):
        for ask in asks:
            if ask.reader:
                yield Level(prefix.rstrip("-") or ask.name, prefix, ask, asks, values)


def places(blank: Blank, typed: Mapping[str, Any]) -> Iterator[tuple[Sequence[Ask], str, Typed]]:
    yield blank.asks, "", dict(typed)
    for group, asks in blank.groups.items():
        yield asks, f"{group}-", dict(typed.get(group) or {})
    for name, asks in blank.rows.items():
        for place, row in enumerate(list(typed.get(name) or [])[:MOST_ROWS]):
            yield asks, f"{name}-{place}-", dict(row)


def look(
    blank: Blank, typed: Mapping[str, Any], *, org: str, troubles: Mapping[int, str] | None = None
) -> Look:
    """What was read, beside what is typed; the number of queries doesn't grow with the rows."""
    fields: dict[str, Beside] = {}
    files: dict[str, Told] = {}
    for level, reading, file in read_for(blank, typed, org):
        name = f"{level.prefix}{level.ask.name}"
        if file is None:
            continue
        if not evidence.is_open(file):
            files[name] = Told(level.scope, "nothing", evidence.why_held(file))
            continue
        if reading is None:
            trouble = (troubles or {}).get(file.pk)
            state = "reading" if trouble == "" else "nothing" if trouble else "unread"
            files[name] = Told(level.scope, state, trouble or "")
            continue
        found, why = papers_of(level.ask.reader, reading)
        paper = meant(found, level)
        notes = readings.notes_in(reading)
        if paper is None and is_list(found):
            files[name] = Told(level.scope, "list", count=len(found), notes=notes)
            continue
        if paper is None or paper.facts is None or not paper.facts.sources:
            reason = (paper.why if paper is not None else "") or why
            files[name] = Told(level.scope, "nothing", reason, notes=notes)
            continue
        against = tuple(warnings(paper.facts))
        if against:
            # Nothing is proposed out of a document that can't serve.
            files[name] = Told(level.scope, "against", warnings=against, notes=notes)
            continue
        beside = {f"{level.prefix}{one.name}": one for one in fields_of(level, paper.facts)}
        fields |= beside
        fills = sum(one.standing == "empty" for one in beside.values())
        files[name] = Told(level.scope, "read", fills=fills, notes=notes)
    return Look(fields, files)


def read_for(blank: Blank, typed: Mapping[str, Any], org: str) -> Iterator[tuple[Level, Any, Any]]:
    found = list(levels(blank, typed))
    files = evidence.files_by_id([level.pk for level in found if level.pk], org=org)
    stored = {
        reader: readings.readings_of(
            [files[one.pk] for one in found if one.ask.reader == reader and one.pk in files], reader
        )
        for reader in {level.ask.reader for level in found}
    }
    for level in found:
        file = files.get(level.pk)
        reading = stored[level.ask.reader].get(file.sha256) if file is not None else None
        yield level, reading, file


def papers_of(reader: str, reading: Any) -> tuple[tuple[Found[Any], ...], str]:
    """The papers that a reading holds: one, or the rows of a list; none and why."""
    if reader == "contract":
        facts, why = readings.contract_in(reading)
        return ((Found(None, facts, why),) if facts is not None else ()), why
    return (readings.invoices_in if reader == "invoice" else readings.proofs_in)(reading)


def is_list(found: Sequence[Found[Any]]) -> bool:
    return len(found) > 1 or any(one.row is not None for one in found)


def meant(found: Sequence[Found[Any]], level: Level) -> Found[Any] | None:
    """The paper of a file that a row is about: the only one, or that of its number in a list."""
    if not is_list(found):
        return found[0] if found else None
    number = next((ask for ask in level.asks if ask.reads in NUMBERS), None)
    if number is None:
        return None
    typed = str(level.values.get(number.name) or "")
    fitting = (
        one for one in found
        if one.facts is not None and readings.same_number(getattr(one.facts, number.reads), typed)
    )  # fmt: skip
    return next(fitting, None)


def warnings(facts: Any) -> Iterator[str]:
    """What a document says against itself: it is told at once, beside the file (D47-5.11, D47-5.14)."""
    if getattr(facts, "no_proof", None):
        yield f"这份文件不是付款凭证：{facts.no_proof}。请上传付款成功后的银行回单。"
    if getattr(facts, "void", None):
        yield f"文件显示这张发票{facts.void}，不能用于兑现，请更换。"
    if getattr(facts, "red", None):
        yield "这是一张红字发票，不能用于兑现，请更换。"


def fields_of(level: Level, facts: Any) -> Iterator[Beside]:
    for ask in level.asks:
        value = getattr(facts, ask.reads, None) if ask.reads else None
        if value in (None, "") or (isinstance(value, int) and value < 0):
            continue
        typed = str(level.values.get(ask.name) or "")
        standing = "empty" if not typed.strip() else "same" if _same(ask, typed, value) else "other"
        conflict = next((one for one in facts.conflicts if one.field == ask.reads), None)
        told = (
            "；".join(f"{_source(name)}为 {shown(value)}" for name, value in conflict.values)
            if conflict
            else ""
        )
        yield Beside(ask.name, written(value), shown(value), where(facts, ask.reads), standing, told)


def where(facts: Any, name: str) -> str:
    """From which sources a field was read and where it stands, in words."""
    said = "、".join(_source(source) for source in facts.sources.get(name, ()))
    place: Place | None = facts.places.get(name)
    stands = ""
    if place is not None and place.page:
        stands = f"第 {place.page} 页"
    elif place is not None and place.table:
        stands = f"第 {place.table} 个表格" + (f"第 {place.row} 行" if place.row else "")
    elif place is not None and place.paragraph:
        stands = f"第 {place.paragraph} 段"
    return f"{said} {stands}".strip()


def _source(name: str) -> str:
    head, _, count = name.partition(" ")
    return f"{SOURCES.get(head, head)}{count}"


def written(value: Any) -> str:
    """A value as a field holds it: days as 2018-12-31, sums in yuan."""
    if isinstance(value, date):
        return value.isoformat()
    return yuan_plain(value) if isinstance(value, int) else str(value)


def shown(value: Any) -> str:
    """A value as a person reads it."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{format_yuan(value)} 元"
    return written(value)


def _same(ask: Ask, typed: str, value: Any) -> bool:
    if isinstance(value, int):
        try:
            return parse_yuan(typed) == value
        except MoneyError:
            return False
    if isinstance(value, date):
        return _day(typed) == value
    if ask.reads == "bank":
        one, other = normalise_name(typed), normalise_name(str(value))
        return one in other or other in one
    if ask.reads in NUMBERS or ask.reads.endswith("_no"):
        return normalise_contract_number(typed) == normalise_contract_number(str(value))
    return normalise_name(typed) == normalise_name(str(value))


def _day(typed: str) -> date | None:
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", typed))
    for form in DAY_FORMATS:
        try:
            return datetime.strptime(plain, form).date()
        except ValueError:
            continue
    return None


def file_number(value: Any) -> int:
    text = str(value or "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
