"""The clock's chores of the inspections: each said once, nothing left for a second run (D858-2.1, D858-2.3)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import World, at
from tests.inspections import stage
from tests.inspections.test_rectifying import ORDERING, ordered
from tests.inspections.test_self_checks import opened
from yunquan.jobs import inspecting
from yunquan.jobs.tick import tick
from yunquan.journal.models import Notice


@pytest.mark.clause("D858-2.1")
def test_the_clock_reminds_of_self_checks_once_and_tells_the_province_who_is_late(world: World) -> None:
    opened(world, 1)
    late = at("2020-09-22 06:00")
    assert tick(late).done["reminded"] >= 3
    told = list(Notice.objects.filter(org="bureau:440000", title__contains="自查逾期未报 2 家"))
    assert len(told) == 1
    assert inspecting.remind(late) == 0
    assert "reminded" not in tick(late).done


@pytest.mark.clause("D858-2.3")
def test_the_clock_reminds_of_rectifications_once(world: World) -> None:
    (row,) = stage.drawn(world, regime="d858", now=ORDERING)
    ordered(world, row)
    assert inspecting.remind(at("2020-10-30 06:00")) == 0
    assert inspecting.remind(at("2020-11-03 06:00")) == 2
    assert inspecting.remind(at("2020-11-05 06:00")) == 4
    assert inspecting.remind(at("2020-11-05 07:00")) == 0


def test_nothing_is_said_where_nothing_is_open(world: World, django_assert_max_num_queries: Any) -> None:
    moment = at("2020-11-05 06:00")
    assert inspecting.remind(moment) == 0  # Calendar and rules are read once a process.
    with django_assert_max_num_queries(5):
        assert inspecting.remind(moment) == 0
