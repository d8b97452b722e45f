"""Who sees which list, objection, run and recovery (A1, D47-5.14b)."""

from __future__ import annotations

import pytest

from tests.cast import CLOCK, DONGGUAN, PAYING, World, at
from tests.settlement.making import line_of, object_to, several
from yunquan.settlement import access
from yunquan.settlement import actions as settlement

PEOPLE = (
    "dg_enterprise", "fs_enterprise", "supplier", "dg_reviewer", "dg_approver", "dg_cashier", "fs_reviewer",
    "fs_cashier", "hc_reviewer", "province_officer", "auditor", "expert", "system_admin", "audit_admin",
)  # fmt: skip
BUREAUS = {"dg_reviewer", "dg_approver", "dg_cashier", "province_officer", "auditor"}


def seeing(world: World, ask, pk: int) -> set[str]:  # type: ignore[no-untyped-def]
    return {name for name in PEOPLE if ask(world[name], pk) is not None}


@pytest.mark.clause("A1")
def test_lists_runs_objections_and_recoveries_belong_to_their_city_and_the_province(world: World) -> None:
    first, second = several(world, 2)
    shown = world.published()
    raised = object_to(world, shown, first)
    assert seeing(world, access.list_for, shown.pk) == BUREAUS
    assert seeing(world, access.objection_for, raised.pk) == BUREAUS
    settlement.dismiss(objection=raised, reason="属实", by=world["dg_approver"], now=raised.raised_at)
    settlement.close(settlement_list=shown, by=CLOCK, now=shown.publicity_ends_at)
    run = world.released()
    assert seeing(world, access.run_for, run.pk) == BUREAUS
    world.pay_all(run)
    by = world["dg_approver"]
    asked = settlement.demand(
        voucher=second, amount_fen=1_00, reason="测试", document=world.file(by), by=by, now=PAYING
    )
    assert seeing(world, access.recovery_for, asked.pk) == BUREAUS
    assert seeing(world, access.file_for, asked.document_id) == BUREAUS
    owner = next(
        actor for actor in world.people.values() if actor.org == f"enterprise:{second.enterprise_id}"
    )
    assert access.recovery_for(owner, asked.pk) is not None


@pytest.mark.clause("D47-5.14b", "A1")
def test_the_public_sees_a_list_from_its_publication_and_not_a_draft_or_a_withdrawn_one(world: World) -> None:
    [voucher] = several(world, 1)
    now = at("2019-04-08 09:00")
    drawn = settlement.draw_up(cycle=world.cycle, city=DONGGUAN, by=world["dg_reviewer"], now=now)
    assert access.public_list(drawn.pk) is None
    assert access.public_line(line_of(drawn, voucher).pk) is None
    shown = settlement.publish(settlement_list=drawn, by=world["dg_approver"], now=now)
    assert access.public_list(shown.pk) == shown
    assert access.public_line(line_of(shown, voucher).pk) is not None
    settlement.withdraw(settlement_list=shown, reason="测试", by=world["dg_approver"], now=now)
    assert access.public_list(shown.pk) is None
