"""Prices held against others by robust statistics, each with its number of cases."""

from __future__ import annotations

import random
import statistics
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yunquan.evidence.prices import (
    LEAST_CASES,
    MOST_POINTS,
    Priced,
    PriceWeight,
    cap_shares,
    price_views,
    quantile,
    spread_of,
    weight_of,
    wilson_lower,
)

fens = st.integers(min_value=1, max_value=10**10)


def line(key: str, fee: int, *, supplier: str = "甲", size: str = "small", cap: int | None = None) -> Priced:
    """A line of one service."""
    return Priced(key=key, service="生产品质管控", supplier=supplier, size=size, fee_fen=fee, cap_fen=cap)


def market(count: int, seed: int = 7) -> list[Priced]:
    """Honest prices around 80,000 yuan."""
    chance = random.Random(seed)
    return [
        line(f"m{place}", round(chance.gauss(8_000_000, 600_000)), supplier=f"s{place % 5}")
        for place in range(count)
    ]


@settings(deadline=None)
@given(st.lists(fens, min_size=1, max_size=60))
def test_the_spread_is_that_of_the_plain_definitions(values: list[int]) -> None:
    spread = spread_of(values)
    assert spread is not None and spread.count == len(values)
    median = statistics.median(map(Fraction, values))
    assert spread.median == median
    assert spread.mad == statistics.median(abs(Fraction(value) - median) for value in values)
    assert spread.least <= spread.lower <= spread.median <= spread.upper <= spread.most
    if len(values) > 1:
        plain = statistics.quantiles(map(Fraction, values), n=4, method="inclusive")
        assert [spread.lower, spread.median, spread.upper] == plain


def test_nothing_is_no_spread_and_a_quantile_of_nothing_is_a_mistake() -> None:
    assert spread_of([]) is None
    with pytest.raises(ValueError, match="no values"):
        quantile([], Fraction(1, 2))


@settings(deadline=None)
@given(st.lists(fens, min_size=20, max_size=60), st.integers(1, 9))
def test_a_few_planted_prices_do_not_move_the_median_beyond_the_honest_ones(
    values: list[int], bad: int
) -> None:
    planted = spread_of([*values, *[10**14] * bad])
    assert planted is not None and planted.median <= max(values)


def test_a_fee_above_the_listed_price_needs_an_eye_and_one_at_it_does_not() -> None:
    for fee, high in ((8_000_000, False), (8_800_000, False), (8_800_001, True), (4_000_000, False)):
        (listed, *_rest) = price_views(line("x", fee), [], listed_fen=8_000_000)
        assert (listed.ground, listed.needs_eye, listed.article) == ("listed", high, "D26-2")
    (unlisted, *_rest) = price_views(line("x", 1), [], listed_fen=0)
    assert unlisted.standing == "few"


def test_a_price_far_above_the_market_stands_out_and_an_honest_one_does_not() -> None:
    others = market(60)
    views = {view.ground: view for view in price_views(line("x", 20_000_000, supplier="s1"), others)}
    assert [views[ground].standing for ground in ("supplier", "service_size", "service")] == ["high"] * 3
    assert views["service"].count == 60 and "60 例" in views["service"].message
    assert views["service"].article == "D108-4.1.3"
    for honest in others:
        for view in price_views(honest, others):
            assert view.standing == "usual" and view.count < 60


def test_few_cases_are_said_and_nothing_is_concluded_from_them() -> None:
    (view,) = [
        one for one in price_views(line("x", 10**9), market(LEAST_CASES - 1)) if one.ground == "service"
    ]
    assert view.standing == "few" and not view.needs_eye and f"{LEAST_CASES - 1} 例" in view.message


def test_a_line_is_not_held_against_itself_nor_against_another_service_or_size() -> None:
    other = Priced(key="o", service="供应链协同", supplier="甲", size="small", fee_fen=1)
    large = [line(f"l{place}", 1, size="large") for place in range(9)]
    views = {one.ground: one for one in price_views(line("x", 5), [line("x", 5), other, *large])}
    assert (views["service"].count, views["service_size"].count, views["supplier"].count) == (9, 0, 9)


def test_prices_by_device_are_compared_by_device() -> None:
    def watched(key: str, fee: int, devices: int) -> Priced:
        return Priced(
            key=key, service="生产设备状态监控", supplier="甲", size="small", fee_fen=fee, devices=devices
        )

    others = [watched(str(count), 200_000 * count, count) for count in range(10, 30)]
    views = {one.ground: one for one in price_views(watched("x", 200_000 * 300, 300), others)}
    assert views["service"].standing == "usual" and "/台" in views["service"].message
    views = {one.ground: one for one in price_views(watched("y", 200_000 * 30, 10), others)}
    assert views["service"].standing == "high"


def test_a_supplier_whose_fees_end_at_the_cap_stands_out_and_the_others_do_not() -> None:
    cap = 20_000_000
    lines = [line(f"a{n}", cap, supplier="到顶", cap=cap) for n in range(14)]
    lines += [line("a14", cap - 1, supplier="到顶", cap=cap)]
    chance = random.Random(3)
    for n in range(80):
        fee = cap if chance.random() < 0.15 else chance.randint(5_000_000, cap - 1)
        lines.append(line(f"b{n}", fee, supplier=f"s{n % 4}", cap=cap))
    lines += [line(f"c{n}", cap, supplier="少", cap=cap) for n in range(LEAST_CASES - 1)]
    shares = cap_shares(lines)
    assert [share.supplier for share in shares if share.stands_out] == ["到顶"]
    assert (shares[0].count, shares[0].at_cap) == (15, 14) and "15 项中 14 项" in shares[0].message
    assert cap_shares([line("n", 5)]) == []


@settings(deadline=None)
@given(st.integers(0, 200), st.integers(0, 200))
def test_the_cautious_share_lies_below_the_plain_one(hits: int, misses: int) -> None:
    count = hits + misses
    least = wilson_lower(hits, count)
    assert 0 <= least <= (hits / count if count else 0)
    if hits:
        assert wilson_lower(10 * hits, 10 * count) >= least - 1e-12


def test_each_ground_counts_once_in_the_draw_and_no_reason_gives_no_points() -> None:
    assert weight_of([]) == PriceWeight(0, ())
    usual = price_views(line("x", 8_000_000, supplier="s1"), market(60), listed_fen=8_000_000)
    assert weight_of(usual).points == 0
    high = price_views(line("x", 20_000_000, supplier="s1"), market(60), listed_fen=8_000_000)
    told = weight_of([*high, *high])
    assert told.points == MOST_POINTS and len(told.reasons) == 4
    listed = price_views(line("x", 20_000_000), [], listed_fen=8_000_000)
    assert weight_of(listed).points == 1
    share = cap_shares([line(f"c{place}", 100, supplier="s1", cap=100) for place in range(9)])[0]
    assert weight_of([], share).points == 1 and "上限" in weight_of([], share).reasons[0]


def test_a_sample_of_ones_own_replaces_the_common_one() -> None:
    own = [line(f"o{place}", 20_000_000 + place, supplier="s1") for place in range(9)]
    views = price_views(line("x", 20_000_000, supplier="s1"), market(60), narrower={"supplier": own})
    assert [view.standing for view in views] == ["usual", "high", "high"]
