"""Kill -9 at any moment: nothing acknowledged is lost, nothing half-loaded is ever seen, work goes on."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.usage.store.killing import faults, kill_at_random, kill_at_touches, killed, written
from tests.usage.store.victim import start


@pytest.mark.clause("D47-5.13")
def test_a_kill_at_any_touch_of_the_store_loses_nothing_and_shows_nothing_by_half(tmp_path: Path) -> None:
    assert kill_at_touches(tmp_path, sorted(random.Random().sample(range(1, 400), 8))) >= 4


@pytest.mark.parametrize("wrongly", [False, True])
def test_a_mark_that_is_written_before_the_parts_would_be_noticed(tmp_path: Path, wrongly: bool) -> None:
    files = written(tmp_path)
    for number in (1, 2, 9):
        root, acknowledged = tmp_path / f"store-{number}", tmp_path / f"acknowledged-{number}"
        assert killed(start(root, files, acknowledged, dies_at=number, touch="os.link", wrongly=wrongly))
        assert bool(faults(root, acknowledged)) == wrongly


def test_kills_at_random_moments_one_after_the_other_lose_no_ground(tmp_path: Path) -> None:
    kill_at_random(tmp_path, 8)
