"""An invoice that is reversed or made void after it served a claim: alarm and hold (D47-5.14, D47-5.23)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from yunquan.kernel.money import format_yuan


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """An invoice that a claim rests on, and how far its voucher has come."""

    key: str
    voucher: str
    gross_fen: int
    is_paid: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """What was learnt of an invoice: the key of the one reversed or made void, and by how much (positive fen).

    `reversed_fen` is None where the whole invoice is meant.
    """

    key: str
    kind: Literal["red", "void"]
    on: date
    reversed_fen: int | None = None
    red_number: str = ""


@dataclass(frozen=True, slots=True)
class Alarm:
    """What must stop or be asked back: `hold` keeps a voucher from payment, a paid one is for recovery."""

    voucher: str
    key: str
    hold: bool
    recover: bool
    standing_fen: int
    message: str
    article: str


def later_alarms(
    claimed: Iterable[Claimed], news: Iterable[News], *, face_fen: Mapping[str, int] | None = None
) -> list[Alarm]:
    """One alarm for each claimed invoice that is reversed or void; the order of the news doesn't matter.

    `face_fen` by voucher tells whether what still stands covers the voucher; the hold comes in either case,
    because only a reviewer may say that the rest is enough.
    """
    by_key: dict[str, list[News]] = {}
    for one in set(news):
        by_key.setdefault(one.key, []).append(one)
    rows = list(claimed)
    standing: dict[str, int] = {}
    for row in rows:
        standing[row.voucher] = standing.get(row.voucher, 0) + _left(row, by_key.get(row.key, ()))
    alarms = []
    for row in rows:
        told = sorted(by_key.get(row.key, ()), key=lambda one: (one.on, one.kind, one.red_number))
        if told:
            face = (face_fen or {}).get(row.voucher)
            alarms.append(_alarm(row, told, standing[row.voucher], face))
    return alarms


def _left(row: Claimed, told: Sequence[News]) -> int:
    """What still stands of an invoice; never below nothing."""
    if any(one.kind == "void" or one.reversed_fen is None for one in told):
        return 0
    return max(0, row.gross_fen - sum(one.reversed_fen or 0 for one in told))


def _alarm(row: Claimed, told: Sequence[News], standing: int, face: int | None) -> Alarm:
    what = "、".join(
        f"{one.on} {'作废' if one.kind == 'void' else '红冲'}"
        + (f" {format_yuan(one.reversed_fen)} 元" if one.reversed_fen is not None else "")
        + (f"（红字发票 {one.red_number}）" if one.red_number else "")
        for one in told
    )
    rest = f"该券余下有效发票 {format_yuan(standing)} 元"
    if face is not None:
        rest += f"，{'不低于' if standing >= face else '低于'}服务券金额 {format_yuan(face)} 元"
    next_step = "已兑付，请核查并决定是否追回" if row.is_paid else "已暂停兑付，请核查"
    article = "D47-5.23" if row.is_paid else "D47-5.14"
    message = f"服务券 {row.voucher} 的发票 {row.key} 已{what}；{rest}；{next_step}"
    return Alarm(row.voucher, row.key, not row.is_paid, row.is_paid, standing, message, article)
