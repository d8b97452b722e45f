"""The points of a supplier's year in whole numbers: golden figures, bounds, and what doesn't count."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yunquan.insight.evaluation_scoring import FULL, MEASURES, Tally, definitions, points_of, ranks, scored
from yunquan.policy.rulebook import load_pack

METHOD = load_pack("gd-2018").value("evaluation.suppliers", date(2019, 1, 1)).value
KEYS = [one.key for one in MEASURES]


@pytest.mark.clause("D47-8.3")
def test_a_score_is_the_weighted_mean_of_what_has_cases() -> None:
    tallies = {
        "vouchers": Tally(15, 15), "completion": Tally(9, 10), "inspection": Tally(2, 3), "complaints": Tally(1, 15),
        "price": Tally(12, 12), "answering": Tally(29, 30),
    }  # fmt: skip
    told = scored(tallies, METHOD)
    points = {key: figure.get("points") for key, figure in told.figures.items()}
    assert points == {
        "vouchers": 7500, "completion": 9000, "usage": None, "inspection": 6667, "complaints": 3333, "price": 10000,
        "answering": 9667,
    }  # fmt: skip
    # (20*7500 + 20*9000 + 20*6667 + 10*3333 + 10*10000 + 5*9667) / 85, by hand.
    assert told.score == 7588 and told.unranked == ""


def test_what_has_no_cases_is_no_nought() -> None:
    whole = {key: Tally(20, 20) for key in KEYS} | {"complaints": Tally(0, 20)}
    assert scored(whole, METHOD).score == FULL
    assert scored({key: tally for key, tally in whole.items() if key != "usage"}, METHOD).score == FULL


def test_few_vouchers_or_little_weight_are_not_ranked() -> None:
    few = {key: Tally(4, 4) for key in KEYS}
    assert scored(few, METHOD).unranked == "发券 4 张，不足 5 张"
    assert "合计权重 20" in scored({"vouchers": Tally(50, 50)}, METHOD).unranked


# The first draw reads the whole house for constants, which takes a busy machine its time.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(KEYS), st.tuples(st.integers(0, 50), st.integers(0, 50))))
def test_points_and_scores_stay_within_their_bounds(drawn: dict[str, tuple[int, int]]) -> None:
    tallies = {
        key: Tally(min(good, cases) if key != "complaints" else good, cases)
        for key, (good, cases) in drawn.items()
    }
    told = scored(tallies, METHOD)
    assert 0 <= told.score <= FULL
    assert all(0 <= figure.get("points", 0) <= FULL for figure in told.figures.values())
    for key, tally in tallies.items():
        better = Tally(tally.good + (1 if key != "complaints" else -1), tally.cases)
        if tally.cases and 0 <= better.good <= max(tally.cases, better.good if key == "complaints" else 0):
            assert (points_of(key, better, METHOD) or 0) >= (points_of(key, tally, METHOD) or 0)


def test_equals_share_a_place_and_the_next_is_counted_on() -> None:
    assert ranks({7: 100, 3: 100, 5: 99}) == {3: 1, 7: 1, 5: 3}


def test_every_figure_says_what_it_is_and_the_weights_are_a_hundred() -> None:
    told = definitions(METHOD)
    assert sum(int(one["weight"]) for one in told) == 100
    assert all("{" not in f"{one['definition']}{one['points']}" and one["definition"] for one in told)
