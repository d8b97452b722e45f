"""On a labelled synthetic year the planted frauds are found and the honest are left alone."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from yunquan.usage.simulate import FRAUDS
from yunquan.usage.simulate.recall import Recall, measure
from yunquan.usage.simulate.trial import try_signals


@pytest.fixture(scope="module")
def recall(tmp_path_factory: pytest.TempPathFactory) -> Recall:
    return try_signals(
        tmp_path_factory.mktemp("year"),
        seed=11,
        vouchers=90,
        frauds=0.32,
        from_on=date(2019, 1, 1),
        to_on=date(2019, 12, 31),
        now=datetime.now(UTC),
    )


@pytest.mark.clause("D47-5.13")
def test_planted_frauds_are_found_and_honest_services_are_not_accused(recall: Recall) -> None:
    told = "\n".join(recall.lines())
    print(told)
    assert set(recall.planted) == set(FRAUDS)
    assert recall.honest >= 60
    assert recall.recall >= 0.95, f"{told}\n{recall.missed}"
    assert recall.false_alarms <= 0.02, f"{told}\n{recall.accused}"


def test_the_figures_say_first_that_they_are_synthetic(recall: Recall) -> None:
    assert recall.lines()[0].startswith("合成数据（不是真实记录）")


def test_a_fraud_counts_as_found_only_by_the_signal_of_its_kind() -> None:
    labels = {("A", "1"): "one_user", ("B", "1"): "", ("C", "1"): ""}
    held = measure(labels, {})
    assert (held.recall, held.false_alarms, held.missed) == (0.0, 0.0, ((("A", "1"), "one_user"),))
