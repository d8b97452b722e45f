"""A project is registered once, and its reports never spend the same public money twice: both under a lock (D858-2.1)."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction

from tests.campaigns.racing import race
from tests.cast import World
from tests.demonstrations import stage
from yunquan.demonstrations import queries
from yunquan.demonstrations.actions import registering
from yunquan.demonstrations.models import Project


def _is_held(project: Project) -> bool:
    """Whether another connection finds the project locked."""
    try:
        with transaction.atomic():
            Project.objects.select_for_update(nowait=True).get(pk=project.pk)
        return False
    except OperationalError:
        return True
    finally:
        connection.close()


@pytest.mark.clause("D858-2.1")
def test_the_same_project_registered_by_two_at_once_is_registered_once(lasting_world: World) -> None:
    world = lasting_world
    typed = stage.typed_plan(world.enterprise)
    hands = [world["province_officer"], world["dg_reviewer"]] * 2
    acts = [partial(registering.register, typed=typed, by=by, now=stage.REGISTERED) for by in hands]
    answers = race(acts)
    assert answers.count(("registered_before",)) == 3
    assert Project.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.clause("D858-2.1")
def test_a_report_is_summed_up_under_the_lock_of_its_project(
    lasting_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer at a time")
    project = stage.registered(lasting_world)
    (report,) = stage.asked(lasting_world)
    assert not _is_held(project)
    found, summed_up = list[bool](), queries.spent_before

    def looked_on(*args: Any) -> Any:
        with ThreadPoolExecutor(1) as aside:
            found.append(aside.submit(_is_held, project).result(20))
        return summed_up(*args)

    monkeypatch.setattr(queries, "spent_before", looked_on)
    stage.filed(lasting_world, report)
    assert found == [True]
