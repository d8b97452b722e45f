"""Random lives of vouchers: a short run always, a long one with YUNQUAN_CAMPAIGN=1."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.campaigns.machine import Lives
from tests.cast import FOSHAN, World

CAMPAIGN = bool(os.environ.get("YUNQUAN_CAMPAIGN"))


@pytest.mark.clause(
    "M1", "M2", "M5", "M8", "M10", "Q1", "Q2", "Q3", "Q4", "S1", "S3", "S4", "F1", "F2", "P2", "L1"
)
def test_every_invariant_holds_after_every_step_of_random_lives(world: World) -> None:
    for name in ("dg_second", "dg_third"):
        world.add_enterprise(name)
    world.add_enterprise("fs_second", city=FOSHAN)
    Lives.world, Lives.reached = world, set()
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=300 if CAMPAIGN else 8,
            stateful_step_count=120 if CAMPAIGN else 40,
            deadline=None,
            derandomize=not CAMPAIGN,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert Lives.reached >= {"paid", "listed", "returned"}, "the lives ended too early to show anything"
