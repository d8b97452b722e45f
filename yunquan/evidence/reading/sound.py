"""Whether what a reading fork said can be what a reader says: a process that opened a hostile file is not believed.

Its answer may be any JSON.  What is kept of a file is shown for years, so a field of another type would break pages
for good; such an answer counts as that of a reader that broke down.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from typing import Any

from yunquan.evidence.reading.facts import (
    ContractFacts,
    ContractLine,
    InvoiceFacts,
    InvoiceLine,
    Place,
    ProofFacts,
)

_LONGEST, _MOST_FEN = 4_000, 10**18
_MOST_ROWS, _MOST_NAMES = 20_000, 2_000
# Databases hold no zero signs and no halves of signs; no document means any.
_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")
# A picture is 256 bits, and a print of 128 × 128 signs.
_BITS, _PRINT = re.compile(r"[0-9a-f]{64}"), re.compile(r"[A-Za-z0-9+/]{21846}==")

Check = Callable[[Any], bool]


def plain(read: Any) -> Any:
    """The same without signs that can't be written down."""
    if isinstance(read, str):
        return _UNWRITABLE.sub("", read)
    if isinstance(read, list):
        return [plain(part) for part in read]
    if isinstance(read, dict):
        return {plain(name): plain(part) for name, part in read.items()}
    return read


def is_sound(reader: str, read: Any) -> bool:
    """Whether this can be the answer of a reader; of an unknown one anything can."""
    check = _READERS.get(reader)
    return check is None or check(read)


def _text(value: Any) -> bool:
    return value is None or (isinstance(value, str) and len(value) <= _LONGEST)


def _said(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST


def _whole(value: Any) -> bool:
    return value is None or (type(value) is int and abs(value) <= _MOST_FEN)


def _truth(value: Any) -> bool:
    return value is None or isinstance(value, bool)


def _day(value: Any) -> bool:
    if value is None:
        return True
    try:
        return isinstance(value, str) and bool(date.fromisoformat(value))
    except ValueError:
        return False


def _list(part: Check, most: int = _MOST_ROWS) -> Check:
    return lambda value: isinstance(value, list) and len(value) <= most and all(map(part, value))


def _names(part: Check) -> Check:
    """An object of few names, each with such a part."""

    def check(value: Any) -> bool:
        few = isinstance(value, dict) and len(value) <= _MOST_NAMES
        return few and all(map(_said, value)) and all(map(part, value.values()))

    return check


def _object(parts: Mapping[str, Check], *, must: tuple[str, ...] = ()) -> Check:
    """An object of these names alone, each with its own kind of part."""

    def check(value: Any) -> bool:
        if not isinstance(value, dict) or not set(must) <= value.keys() <= parts.keys():
            return False
        return all(parts[name](part) for name, part in value.items())

    return check


def _box(value: Any) -> bool:
    # What stands beside the page is no fault of the reader's.
    return value is None or (
        isinstance(value, list)
        and len(value) == 4
        and all(type(edge) is int and abs(edge) < 10**6 for edge in value)
    )


def _conflicting(value: Any) -> bool:
    return _text(value) or _truth(value) or _whole(value)


_KINDS: dict[str, Check] = {
    "str": _said,
    "str | None": _text,
    "int | None": _whole,
    "bool | None": _truth,
    "date | None": _day,
    "tuple[int, int, int, int] | None": _box,
    "tuple[str, ...]": _list(_said),
}


def _parts(made: type) -> dict[str, Check]:
    """The kind of each field of a record, by its declaration."""
    return {one.name: _KINDS[str(one.type)] for one in fields(made) if str(one.type) in _KINDS}


_KINDS["tuple[InvoiceLine, ...]"] = _list(_object(_parts(InvoiceLine), must=("name",)))
_KINDS["tuple[ContractLine, ...]"] = _list(_object(_parts(ContractLine), must=("service",)))
_KINDS["tuple[Conflict, ...]"] = _list(
    _object({"field": _said, "values": _names(_conflicting)}, must=("field", "values")), _MOST_NAMES
)
_KINDS["Mapping[str, tuple[str, ...]]"] = _names(_list(_said, _MOST_NAMES))
_KINDS["Mapping[str, Place]"] = _names(_object(_parts(Place)))


def _rows(group: str, facts: type) -> Check:
    row = {
        "row": _whole,
        "facts": lambda value: value is None or _object(_parts(facts))(value),
        "error": _text,
    }
    parts = {group: _list(_object(row, must=("row", "facts", "error"))), "notes": _list(_said)}
    return _object(parts, must=(group,))


def _written(pattern: re.Pattern[str]) -> Check:
    return lambda value: isinstance(value, str) and pattern.fullmatch(value) is not None


_READERS: dict[str, Check] = {
    "contract": _object(_parts(ContractFacts)),
    "invoice": _rows("invoices", InvoiceFacts),
    "proof": _rows("proofs", ProofFacts),
    "likeness": _object(
        {
            "text": lambda value: isinstance(value, str),
            "pictures": _list(
                _object(
                    {
                        "page": lambda value: type(value) is int and 0 < value < 1 << 31,
                        "bits": _written(_BITS),
                        "grey": _written(_PRINT),
                    },
                    must=("page", "bits", "grey"),
                ),
                64,
            ),
        },
        must=("text", "pictures"),
    ),
}
