"""On labelled synthetic months the planted frauds are found and the honest are left alone.

The whole year, with more of each, is a campaign (tests/campaigns/test_recall.py).
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from yunquan.usage.simulate import FRAUDS
from yunquan.usage.simulate.recall import Recall, measure
from yunquan.usage.simulate.trial import try_signals


@pytest.fixture(scope="module")
def recall(tmp_path_factory: pytest.TempPathFactory) -> Recall:
    return tried(
        tmp_path_factory.mktemp("months"),
        vouchers=40,
        frauds=0.45,
        months=(date(2019, 3, 1), date(2019, 6, 30)),
    )


def tried(folder: Path, *, vouchers: int, frauds: float, months: tuple[date, date]) -> Recall:
    """The whole way from a synthetic world to its signals, always the same."""
    from_on, to_on = months
    return try_signals(
        folder, seed=11, vouchers=vouchers, frauds=frauds, from_on=from_on, to_on=to_on, now=datetime.now(UTC)
    )


def holds(recall: Recall, *, honest: int) -> None:
    """Every kind was planted, and the figures are what the programme promises."""
    told = "\n".join(recall.lines())
    print(told)
    assert set(recall.planted) == set(FRAUDS)
    assert recall.honest >= honest
    assert recall.recall >= 0.95, f"{told}\n{recall.missed}"
    assert recall.false_alarms <= 0.02, f"{told}\n{recall.accused}"


@pytest.mark.clause("D47-5.13")
def test_planted_frauds_are_found_and_honest_services_are_not_accused(recall: Recall) -> None:
    holds(recall, honest=25)


def test_the_figures_say_first_that_they_are_synthetic(recall: Recall) -> None:
    assert recall.lines()[0].startswith("合成数据（不是真实记录）")


def test_a_fraud_counts_as_found_only_by_the_signal_of_its_kind() -> None:
    labels = {("A", "1"): "one_user", ("B", "1"): "", ("C", "1"): ""}
    held = measure(labels, {})
    assert (held.recall, held.false_alarms, held.missed) == (0.0, 0.0, ((("A", "1"), "one_user"),))
