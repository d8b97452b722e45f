"""Whether a fee is in line with others, by robust statistics and always with the number of cases (D108-4.1.3, D26-2).

A figure here is a question to ask, never a verdict: few cases say so, and what lies far out is shown with what it
was held against.  All sums are fen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import sqrt
from typing import Literal

from yunquan.kernel.money import format_yuan

Ground = Literal["listed", "supplier", "service_size", "service"]
Standing = Literal["few", "usual", "high", "low"]
GROUNDS: dict[Ground, str] = {
    "listed": "产品公布的收费标准",
    "supplier": "该供应商同一服务的其他合同",
    "service_size": "同一服务、同规模企业的合同",
    "service": "同一服务的全部合同",
}
STANDINGS: dict[Standing, str] = {
    "few": "案例太少，不作比较",
    "usual": "在通常范围内",
    "high": "明显偏高",
    "low": "明显偏低",
}
# Below this a median says little and a spread nothing.
LEAST_CASES = 8
# Iglewicz and Hoaglin: a modified z-score beyond 3.5 is far out. 1.4826 makes the MAD a standard deviation.
FAR_OUT = 3.5
_MAD_SCALE = 1.4826
# Where more than half of all cases cost the same, the spread is nothing; a tenth stands in for it.
_LEAST_SPREAD = 0.1
_TOLERANCE = Fraction(1, 10)
_ARTICLE, _LISTED_ARTICLE = "D108-4.1.3", "D26-2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """One service line of a contract: its fee, and its devices where the service is priced by device."""

    key: str
    service: str
    supplier: str
    size: str
    fee_fen: int
    cap_fen: int | None = None
    devices: int | None = None

    @property
    def price(self) -> Fraction:
        """The fee in fen, for each device where devices are counted: what can be compared across sizes of plant."""
        return Fraction(self.fee_fen, self.devices) if self.devices else Fraction(self.fee_fen)


@dataclass(frozen=True, slots=True)
class Spread:
    """How prices lie: number of cases, median, median absolute deviation and quartiles, in fen."""

    count: int
    median: Fraction
    mad: Fraction
    lower: Fraction
    upper: Fraction
    least: Fraction
    most: Fraction


@dataclass(frozen=True, slots=True)
class PriceView:
    """One comparison of a fee: against what, how many cases, where it stands, in words."""

    ground: Ground
    standing: Standing
    count: int
    score: float | None
    spread: Spread | None
    message: str
    article: str

    @property
    def needs_eye(self) -> bool:
        return self.standing == "high"


def quantile(ordered: Sequence[Fraction], share: Fraction) -> Fraction:
    """The value below which a share of ordered values lies, between neighbours in proportion; exact.

    >>> quantile([Fraction(1), Fraction(2), Fraction(4)], Fraction(1, 2))
    Fraction(2, 1)
    """
    if not ordered:
        raise ValueError("no values")
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def spread_of(values: Iterable[Fraction | int]) -> Spread | None:
    """How values lie, or None where there are none."""
    ordered = sorted(map(Fraction, values))
    if not ordered:
        return None
    half = Fraction(1, 2)
    median = quantile(ordered, half)
    mad = quantile(sorted(abs(value - median) for value in ordered), half)
    lower, upper = quantile(ordered, Fraction(1, 4)), quantile(ordered, Fraction(3, 4))
    return Spread(len(ordered), median, mad, lower, upper, ordered[0], ordered[-1])


def score_of(price: Fraction, spread: Spread) -> float:
    """How many robust standard deviations a price lies from the median."""
    scale = max(_MAD_SCALE * float(spread.mad), _LEAST_SPREAD * float(spread.median), 1e-9)
    return float(price - spread.median) / scale


def price_views(
    line: Priced,
    others: Iterable[Priced],
    *,
    listed_fen: int | None = None,
    listed_by_device: bool = True,
    narrower: Mapping[Ground, Iterable[Priced]] | None = None,
) -> list[PriceView]:
    """Hold a line's fee against the listed price (for the service or each device) and against other contracts.

    The line itself is left out of the others by its key; lines of other services are passed over, and so are
    lines priced by device where this one isn't.  Where the others are a sample of the latest, `narrower` gives
    the supplier's own and those of the same size, sampled for themselves.
    """
    kept = list(others)
    own = {ground: list(rows) for ground, rows in (narrower or {}).items()}

    def same(ground: Ground) -> list[Priced]:
        return [
            other
            for other in own.get(ground, kept)
            if other.key != line.key
            and other.service == line.service
            and bool(other.devices) == bool(line.devices)
            and (ground != "supplier" or other.supplier == line.supplier)
            and (ground != "service_size" or other.size == line.size)
        ]

    views = [_against_listed(line, listed_fen, by_device=listed_by_device)] if listed_fen is not None else []
    grounds: tuple[Ground, ...] = ("supplier", "service_size", "service")
    return [*views, *(_against(ground, line, same(ground)) for ground in grounds)]


def _against(ground: Ground, line: Priced, others: Sequence[Priced]) -> PriceView:
    spread = spread_of(other.price for other in others)
    word = GROUNDS[ground]
    if spread is None or spread.count < LEAST_CASES:
        count = spread.count if spread else 0
        message = f"{word}只有 {count} 例（不足 {LEAST_CASES} 例），不作比较"
        return PriceView(ground, "few", count, None, spread, message, _ARTICLE)
    score = score_of(line.price, spread)
    standing: Standing = "high" if score > FAR_OUT else "low" if score < -FAR_OUT else "usual"
    message = (
        f"{_said(line.price, line)}；{word} {spread.count} 例：中位数 {_said(spread.median, line)}，"
        f"中间一半在 {_said(spread.lower, line)} 至 {_said(spread.upper, line)} 之间；{STANDINGS[standing]}"
    )
    return PriceView(ground, standing, spread.count, round(score, 2), spread, message, _ARTICLE)


def _against_listed(line: Priced, listed_fen: int, *, by_device: bool) -> PriceView:
    """A tenth above the listed price needs no explanation; more does (D26-2)."""
    if not by_device:
        line = replace(line, devices=None)
    if listed_fen <= 0:
        message = "产品没有公布收费标准，不作比较"
        return PriceView("listed", "few", 0, None, None, message, _LISTED_ARTICLE)
    apart = (line.price - listed_fen) / listed_fen
    standing: Standing = "high" if apart > _TOLERANCE else "low" if apart < -5 * _TOLERANCE else "usual"
    how = "高" if apart > 0 else "低"
    share = f"{how} {float(abs(apart)):.0%}" if apart else "一致"
    message = f"{_said(line.price, line)}；收费标准 {_said(Fraction(listed_fen), line)}，比标准{share}"
    return PriceView("listed", standing, 1, round(float(apart), 4), None, message, _LISTED_ARTICLE)


def _said(price: Fraction, line: Priced) -> str:
    return f"{format_yuan(round(price))} 元{'/台' if line.devices else ''}"


@dataclass(frozen=True, slots=True)
class PriceWeight:
    """By how much prices raise a voucher's weight in a draw, and each reason in words; no reason, no points."""

    points: int
    reasons: tuple[str, ...]


# A price far above all others of its service says most; the listed price is where a supplier's prices begin.
_POINTS: dict[Ground, int] = {"service": 2, "service_size": 2, "supplier": 1, "listed": 1}
_AT_CAP_POINTS = 1
MOST_POINTS = 4


def weight_of(views: Iterable[PriceView], share: CapShare | None = None) -> PriceWeight:
    """The points of a voucher's lines: each ground counts once, whatever the number of lines; never a verdict."""
    high = [view for view in views if view.standing == "high"]
    points = sum(_POINTS[ground] for ground in {view.ground for view in high})
    reasons = [f"{GROUNDS[view.ground]}：{view.message}" for view in high]
    if share is not None and share.stands_out:
        points += _AT_CAP_POINTS
        reasons.append(f"供应商的费用多恰好等于上限：{share.message}")
    return PriceWeight(min(points, MOST_POINTS), tuple(dict.fromkeys(reasons)))


@dataclass(frozen=True, slots=True)
class CapShare:
    """How many of a supplier's lines end exactly at the cap, beside those of all other suppliers."""

    supplier: str
    count: int
    at_cap: int
    others: int
    others_at_cap: int
    least_share: float
    stands_out: bool
    message: str
    article: str = _ARTICLE


def cap_shares(lines: Iterable[Priced]) -> list[CapShare]:
    """For every supplier the share of lines whose fee is the cap to the fen; those that stand out come first.

    A supplier stands out when even the cautious lower bound of its share (Wilson, 95 %) lies above the share of
    all the others, and above a half, with at least eight lines; a line without a cap doesn't count.
    """
    capped = [line for line in lines if line.cap_fen is not None]
    counts: dict[str, tuple[int, int]] = {}
    for line in capped:
        count, at_cap = counts.get(line.supplier, (0, 0))
        counts[line.supplier] = (count + 1, at_cap + (line.fee_fen == line.cap_fen))
    whole = sum(at_cap for _count, at_cap in counts.values())
    shares = [
        _cap_share(supplier, count, at_cap, len(capped) - count, whole - at_cap)
        for supplier, (count, at_cap) in counts.items()
    ]
    return sorted(shares, key=lambda share: (not share.stands_out, -share.least_share, share.supplier))


def _cap_share(supplier: str, count: int, at_cap: int, others: int, others_at_cap: int) -> CapShare:
    least = wilson_lower(at_cap, count)
    usual = others_at_cap / others if others else 0.0
    stands_out = count >= LEAST_CASES and least > max(usual, 0.5)
    message = f"{count} 项中 {at_cap} 项（{at_cap / count:.0%}）的费用恰好等于上限"
    message += (
        f"；其他供应商 {others} 项中 {others_at_cap} 项（{usual:.0%}）" if others else "；没有其他供应商可比"
    )
    if count < LEAST_CASES:
        message += f"；不足 {LEAST_CASES} 项，不作比较"
    return CapShare(supplier, count, at_cap, others, others_at_cap, round(least, 4), stands_out, message)


def wilson_lower(hits: int, count: int, z: float = 1.96) -> float:
    """The lower end of the interval in which the true share lies with 95 %, from few cases too."""
    if not hits:
        return 0.0
    share = hits / count
    middle = share + z * z / (2 * count)
    reach = z * sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    # Rounding of floats may not lift it above the share itself.
    return min(share, max(0.0, (middle - reach) / (1 + z * z / count)))
