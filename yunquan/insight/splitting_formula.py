"""The next cycle's split over the cities: weighted shares and whole fen, exactly (D47-5.17, D47-8.2c). Pure.

A city's share of each ground is its figure over the sum of all cities'; a ground in which no city has anything gives
its weight to the others in proportion. What is left of whole fen goes to the largest remainders, ties by code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Ground:
    """One ground of the split: what it is called, how a city's figure is counted, and whether it is fen."""

    key: str
    label: str
    definition: str
    is_fen: bool
    article: str


GROUNDS = (
    Ground("industry", "产业规模", "省厅录入的各地市{industry}，取所选年度最后一次录入的数。", False, "D47-5.17"),
    Ground("result", "上期兑付", "上一周期已兑付的金额。", True, "D47-5.17"),
    Ground("early", "提前完成重点支持", "上一周期在申领截止 {early_days} 天以前，已发放金额达到目标额度，并且待结算的券不少于 "
           "{least_waiting} 张的地市，取其上一周期目标额度；其他地市为零。", True, "D47-8.2c"),
    Ground("queue", "待结算", "上一周期已提出兑现申请、还没有兑付的券，按券面金额。", True,
           "D47-8.2c"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class CityPart:
    """What one city gets: fen by ground (before rounding, as exact fractions of the total) and whole fen in all."""

    by_ground: Mapping[str, Fraction]
    fen: int


def largest_remainder(total_fen: int, shares: Mapping[str, Fraction]) -> dict[str, int]:
    """Whole fen for each by its share of the total; together exactly the total. Raises ValueError.

    >>> largest_remainder(100, {"a": Fraction(1, 3), "b": Fraction(1, 3), "c": Fraction(1, 3)})
    {'a': 34, 'b': 33, 'c': 33}
    """
    if total_fen < 0 or any(share < 0 for share in shares.values()):
        raise ValueError("nothing negative is split")
    whole = sum(shares.values(), Fraction(0))
    if whole <= 0:
        raise ValueError("nobody has a share")
    exact = {key: total_fen * share / whole for key, share in shares.items()}
    fen = {key: value.numerator // value.denominator for key, value in exact.items()}
    left = total_fen - sum(fen.values())
    for key in sorted(exact, key=lambda key: (fen[key] - exact[key], key))[:left]:
        fen[key] += 1
    return fen


def has_figures(figures: Mapping[str, Mapping[str, int]], weights: Mapping[str, int]) -> bool:
    """Whether any city has anything in any ground that weighs."""
    return any(weight and one.get(key, 0) for key, weight in weights.items() for one in figures.values())


def effective_weights(
    figures: Mapping[str, Mapping[str, int]], weights: Mapping[str, int]
) -> dict[str, Fraction]:
    """The weight of each ground as a share of one, after grounds in which no city has anything fell away.

    Raises ValueError where no ground is left.
    """
    counted = {
        key for key, weight in weights.items() if weight and any(one.get(key, 0) for one in figures.values())
    }
    whole = sum(weights[key] for key in counted)
    if not whole:
        raise ValueError("no ground has figures")
    return {key: Fraction(weight if key in counted else 0, whole) for key, weight in weights.items()}


def split(
    total_fen: int, figures: Mapping[str, Mapping[str, int]], weights: Mapping[str, int]
) -> dict[str, CityPart]:
    """The total split over cities by their figures. Raises ValueError where no city has any figure."""
    effective = effective_weights(figures, weights)
    sums = {key: sum(one.get(key, 0) for one in figures.values()) for key in weights}
    by_ground = {
        city: {
            key: effective[key] * one.get(key, 0) / sums[key] if sums[key] else Fraction(0) for key in weights
        }
        for city, one in figures.items()
    }
    fen = largest_remainder(
        total_fen, {city: sum(parts.values(), Fraction(0)) for city, parts in by_ground.items()}
    )
    return {
        city: CityPart({key: share * total_fen for key, share in parts.items()}, fen[city])
        for city, parts in by_ground.items()
    }
