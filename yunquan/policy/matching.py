"""What a city adds to a voucher from its own funds, step by step (D47-4.4.6); exact, rounded down once at the end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from yunquan.kernel.money import format_yuan

RATIO, FIXED = "ratio", "fixed"
ROUNDINGS = {"fen": "舍到分", "yuan": "舍到元"}
_UNIT_FEN = {"fen": 1, "yuan": 100}
WHOLE = 10_000


@dataclass(frozen=True, slots=True)
class Terms:
    """The values of one version of a city's scheme; money in fen, the ratio in hundredths of a percent."""

    basis: str
    ratio: int = 0
    fixed: Mapping[int, int] = field(default_factory=dict)
    ceiling_fen: int = 0
    counts_bonus: bool = False
    within_fee: bool = True
    rounding: str = "yuan"


@dataclass(frozen=True, slots=True)
class Service:
    """One service of a voucher: its number in the catalogue, its name and its fee in fen."""

    number: int
    name: str
    fee_fen: int


@dataclass(frozen=True, slots=True)
class Award:
    """What the province gives for a voucher, and what the city gave the enterprise before in the cycle, in fen."""

    award_fen: int
    bonus_fen: int
    services: Sequence[Service]
    earlier_fen: int = 0

    def as_json(self) -> dict[str, Any]:
        """The inputs as they are kept beside a line, so that it can be worked out again."""
        return {
            "award_fen": self.award_fen,
            "bonus_fen": self.bonus_fen,
            "earlier_fen": self.earlier_fen,
            "services": [[one.number, one.name, one.fee_fen] for one in self.services],
        }

    @classmethod
    def from_json(cls, kept: Mapping[str, Any]) -> Award:
        """The inputs read back."""
        services = tuple(Service(*one) for one in kept["services"])
        return cls(kept["award_fen"], kept["bonus_fen"], services, kept["earlier_fen"])


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the working: what, how, and what stands after it in fen (rounded down for show)."""

    label: str
    working: str
    after_fen: int


@dataclass(frozen=True, slots=True)
class Worked:
    """The amount in fen, and how it came about."""

    amount_fen: int
    steps: tuple[Step, ...]


def percent(ratio: int) -> str:
    """A ratio in words.

    >>> percent(5000), percent(1234)
    ('50%', '12.34%')
    """
    whole, rest = divmod(ratio, 100)
    return f"{whole}.{rest:02d}".rstrip("0") + "%" if rest else f"{whole}%"


def work_out(award: Award, terms: Terms) -> Worked:
    """Work out what a city adds to one voucher.

    >>> one = Award(110_000_00, 0, [Service(2, "设备状态监控", 80_000_00), Service(8, "协同", 50_000_00)])
    >>> work_out(one, Terms(RATIO, ratio=3333, ceiling_fen=500_000_00)).amount_fen
    2000000
    """
    amount, steps = _before_limits(award, terms)
    if terms.within_fee:
        fee_fen = sum(one.fee_fen for one in award.services)
        room = max(0, fee_fen - award.award_fen)
        amount = min(amount, Fraction(room))
        working = f"上云费用 {format_yuan(fee_fen)} − 省奖补 {format_yuan(award.award_fen)} = {format_yuan(room)} 元"
        steps.append(Step("不超过企业自付的费用", working, int(amount)))
    left = max(0, terms.ceiling_fen - award.earlier_fen)
    amount = min(amount, Fraction(left))
    working = (
        f"每家企业上限 {format_yuan(terms.ceiling_fen)} − 本周期已列 {format_yuan(award.earlier_fen)}"
        f" = {format_yuan(left)} 元"
    )
    steps.append(Step("不超过企业剩余上限", working, int(amount)))
    unit = _UNIT_FEN[terms.rounding]
    whole = int(amount) // unit * unit
    steps.append(Step("取整", f"{ROUNDINGS[terms.rounding]}，只舍不入", whole))
    return Worked(whole, tuple(steps))


def _before_limits(award: Award, terms: Terms) -> tuple[Fraction, list[Step]]:
    if terms.basis == FIXED:
        steps, total = [], 0
        for one in award.services:
            given = terms.fixed.get(one.number, 0)
            total += given
            steps.append(Step(one.name, "每项定额" if given else "本办法没有列这一项", given))
        if not award.award_fen:
            return Fraction(0), [*steps, Step("省奖补为零", "没有省奖补的券不配套", 0)]
        return Fraction(total), steps
    base = award.award_fen + (award.bonus_fen if terms.counts_bonus else 0)
    told = f"服务券 {format_yuan(award.award_fen)} 元"
    if award.bonus_fen:
        told += f"，贯标奖补 {format_yuan(award.bonus_fen)} 元{'一并' if terms.counts_bonus else '不'}计入"
    amount = Fraction(base * terms.ratio, WHOLE)
    working = f"{format_yuan(base)} × {percent(terms.ratio)}"
    return amount, [Step("省奖补", told, base), Step("按比例配套", working, int(amount))]


def due_back_fen(paid_fen: int, award_fen: int, taken_back_fen: int) -> int:
    """What the city asks back when the province took back part of its award: never less than that share.

    >>> due_back_fen(100, 300, 100), due_back_fen(100, 300, 300), due_back_fen(100, 300, 0)
    (34, 100, 0)
    """
    if taken_back_fen <= 0:
        return 0
    if taken_back_fen >= award_fen:
        return paid_fen
    return -(-paid_fen * taken_back_fen // award_fen)
