"""Two reports of one project filed at the same moment never spend the same public money twice (D858-2.1)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from tests.cast import World, broken
from tests.demonstrations import stage
from tests.inspections.together import together
from yunquan.demonstrations import queries
from yunquan.demonstrations.actions import reporting


@pytest.mark.django_db(transaction=True)
@pytest.mark.clause("D858-2.1")
def test_two_reports_at_once_stay_within_the_plan(lasting_world: World) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("two writers at once need PostgreSQL")
    world = lasting_world
    project = stage.registered(world)
    (first,) = stage.asked(world)
    (second,) = stage.asked(world, as_of=stage.AS_OF + timedelta(days=3))
    typed = [
        stage.typed_report(
            world, reached=[], overrun="测试", spending=[stage.payment(place, "600000", paid_on="2020-06-30")]
        )
        for place in (1, 2)
    ]

    def act(report: Any, form: Any) -> Any:
        return lambda: reporting.file(report=report, typed=form, by=world["dg_enterprise"], now=stage.FILED)

    assert sorted(together([act(first, typed[0]), act(second, typed[1])])) == ["done", "refused"]
    assert sum(one.public_spent_fen for one in queries.spending_by_line(project)) == 600000_00
    assert broken() == []
