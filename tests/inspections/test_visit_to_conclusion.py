"""From a signed or obstructed visit to the conclusion of its inspections, with nothing in between replaced."""

from __future__ import annotations

import pytest

from tests.cast import World
from tests.inspections import visits
from yunquan.inspections.actions import visiting
from yunquan.jobs.doctor import breaches

pytestmark = pytest.mark.django_db


@pytest.mark.clause("D108-3.3")
def test_the_last_signature_concludes_the_inspection(world: World) -> None:
    visit = visits.signed(world, regime="d26")
    inspection = visits.inspection_of(visit)
    assert (visit.state, inspection.state, inspection.outcome) == ("signed", "concluded", "qualified")
    assert "建议扩大联网范围" in inspection.opinion
    assert [row for row in breaches() if row.row.startswith(("visit:", "sheet:"))] == []


def test_a_party_that_signs_last_at_its_own_desk_concludes_through_the_platform(world: World) -> None:
    visit = visits.closed(world, regime="d26")
    for actor in visits.everybody(world, visit):
        visits.put_name(world, visit, "technical_expert", by=actor)
    visits.put_name(world, visit, "supplier", by=world["supplier"])
    visits.put_name(world, visit, "enterprise", by=world["dg_enterprise"])
    assert visits.inspection_of(visit).state == "concluded"


@pytest.mark.clause("D108-6")
@pytest.mark.parametrize(("regime", "outcome"), [("d108", "terms_unmet"), ("d26", "unqualified")])
def test_obstruction_concludes_as_not_passed(world: World, regime: str, outcome: str) -> None:
    visit = visits.announced(
        world, regime=regime, by="province_officer" if regime == "d108" else "dg_reviewer"
    )
    visiting.obstruct(visit=visit, reason="拒绝进入车间", by=visits.lead(world, visit), now=visit.starts_at)
    inspection = visits.inspection_of(visit)
    assert (inspection.state, inspection.outcome, inspection.opinion) == (
        "concluded",
        outcome,
        "拒绝进入车间",
    )
