"""What a signal is: something about the use that a person should look at, with the rows that show it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby
from typing import Any

EVIDENCE_ROWS = 20
Key = tuple[str, str]
SOURCE_LABELS = {"operator": "运营商连接记录", "application": "应用系统登录日志"}


@dataclass(frozen=True, slots=True)
class Signal:
    """One anomaly of one service of a voucher, in words, with at most twenty rows of evidence; never a verdict."""

    code: str
    title: str
    text: str
    evidence: tuple[Mapping[str, Any], ...]


Row = Mapping[str, Any]
Tell = Callable[[Sequence[Row]], str]
Show = Callable[[Row], Mapping[str, Any]]
Found = Iterator[tuple[Key, Signal]]


def key_of(row: Row) -> Key:
    """The service of a voucher that a row tells of."""
    return row["voucher"], row["service"]


def told(code: str, title: str, rows: Iterable[Row], tell: Tell, show: Show) -> Found:
    """One signal for each service among rows that are sorted by voucher and service."""
    for key, group in groupby(rows, key=key_of):
        of_service = list(group)
        evidence = tuple(show(row) for row in of_service[:EVIDENCE_ROWS])
        yield key, Signal(code, title, tell(of_service), evidence)


def percent(part: float, whole: float = 1) -> str:
    """A share as people read it.

    >>> percent(1, 3), percent(1)
    ('33.3 %', '100 %')
    """
    shown = f"{100 * part / whole:.1f}" if whole else "0"
    return f"{shown.removesuffix('.0')} %"


def limit(ratio: Fraction) -> str:
    """A threshold as people read it.

    >>> limit(Fraction(1, 5))
    '20 %'
    """
    return percent(float(ratio))
