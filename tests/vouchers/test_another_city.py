"""Behind the door of access, a step itself asks whose case it is (A1)."""

from __future__ import annotations

import pytest

from tests.cast import APPLYING, PAYING, World
from yunquan.kernel.refusal import Refused
from yunquan.settlement import actions as settlement
from yunquan.vouchers import actions as vouchers


@pytest.mark.clause("A1", "D47-5.10")
def test_an_officer_of_another_city_cannot_issue(world: World) -> None:
    voucher = world.confirm(world.apply())
    with pytest.raises(Refused) as refused:
        vouchers.issue(voucher=voucher, seen_hash=voucher.content_hash, by=world["fs_reviewer"], now=APPLYING)
    assert "not_your_case" in refused.value.codes


@pytest.mark.clause("A1")
def test_another_supplier_cannot_confirm(world: World) -> None:
    voucher = world.apply()
    with pytest.raises(Refused) as refused:
        vouchers.confirm(
            voucher=voucher, seen_hash=voucher.content_hash, by=world["other_supplier"], now=APPLYING
        )
    assert refused.value.codes == ("not_your_case",)


@pytest.mark.clause("A1")
def test_another_city_cannot_release_a_run(world: World) -> None:
    world.approved()
    world.standing()
    run = settlement.prepare_run(cycle=world.cycle, city="441900", by=world["dg_reviewer"], now=PAYING)
    with pytest.raises(Refused):
        settlement.release(run=run, by=world["fs_cashier"], now=PAYING)


@pytest.mark.clause("A1")
def test_only_the_enterprise_opens_and_edits_its_applications(world: World) -> None:
    voucher = world.start()
    with pytest.raises(Refused):
        vouchers.save_application(voucher=voucher, typed={}, by=world["fs_enterprise"], now=APPLYING)
    with pytest.raises(Refused):
        vouchers.start(enterprise=world.enterprise, cycle=world.cycle, by=world["dg_reviewer"], now=APPLYING)
    issued = world.issued()
    with pytest.raises(Refused):
        vouchers.save_claim(voucher=issued, typed={}, by=world["fs_enterprise"], now=APPLYING)
