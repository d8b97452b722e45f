"""The stage stands: a plan over vouchers, what it picked, experts on the register."""

from __future__ import annotations

from tests.cast import World, broken
from tests.inspections import stage


def test_a_drawn_plan_has_an_inspection_for_each_voucher(world: World) -> None:
    voucher = world.approved()
    (inspection,) = stage.drawn(world, vouchers=[voucher])
    assert (inspection.state, inspection.voucher_id, inspection.plan.state) == (
        "selected", voucher.pk, "drawn",
    )  # fmt: skip
    assert broken() == []


def test_experts_have_logins_and_employers_of_their_own(world: World) -> None:
    made = stage.experts(world, 3) + stage.experts(world, 2, "finance")
    assert len({one.employer for one in made}) == 3 and len({one.person_id for one in made}) == 5
