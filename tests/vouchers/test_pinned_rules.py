"""A rule that changes binds applications from its day on; those before keep theirs (D47-4.4.1, M4)."""

from __future__ import annotations

from datetime import date

import pytest

from tests.cast import World, at, broken
from yunquan.programme import actions as programme
from yunquan.programme.models import RuleChange
from yunquan.vouchers import actions as vouchers


def publish_cap(world: World, *, amount: str, from_on: date) -> RuleChange:
    """A cap of 供应链协同, drafted and published by two people of the province."""
    now = at("2018-12-04 09:00")
    change = programme.draft_rule_change(
        pack="gd-2018",
        rule="award.cap.8",
        value={"per": "service", "amount": amount},
        from_on=from_on,
        article="D47-4.4.4",
        meaning="测试调整供应链协同上限",
        by=world["province_officer"],
        now=now,
    )
    change = programme.submit_rule_change(change=change, by=world["province_officer"], now=now)
    return programme.publish_rule_change(change=change, by=world["province_approver"], now=now)


@pytest.mark.clause("D47-4.4.1", "D47-4.4.4", "M4")
def test_a_changed_cap_binds_later_vouchers_and_leaves_earlier_ones_alone(world: World) -> None:
    old = world.apply()
    publish_cap(world, amount="1 万元", from_on=date(2018, 12, 10))
    old.refresh_from_db()
    eve = world.apply("fs_enterprise", now=at("2018-12-09 23:59"))
    new = world.apply("hc_enterprise", now=at("2018-12-10 00:00"))
    assert [voucher.face_fen for voucher in (old, eve, new)] == [110_000_00, 110_000_00, 90_000_00]
    assert old.rule_version != new.rule_version == eve.rule_version
    assert broken() == []


@pytest.mark.clause("D47-4.4.1")
def test_a_voucher_submitted_again_after_the_change_takes_the_new_rules(world: World) -> None:
    voucher = world.apply()
    publish_cap(world, amount="1 万元", from_on=date(2018, 12, 10))
    clerk, later = world["dg_enterprise"], at("2018-12-11 09:00")
    voucher = vouchers.withdraw(voucher=voucher, by=clerk, now=later)
    voucher = vouchers.submit(voucher=voucher, by=clerk, now=later)
    assert (voucher.face_fen, voucher.applied_on) == (90_000_00, date(2018, 12, 11))


@pytest.mark.clause("D47-4.4.1", "M4")
def test_an_old_voucher_is_paid_what_it_was_awarded_after_the_change(world: World) -> None:
    voucher = world.issued()
    publish_cap(world, amount="1 万元", from_on=date(2018, 12, 10))
    voucher = world.approve(world.verdict(world.attest(world.claim(voucher))))
    world.standing()
    world.pay_all(world.released())
    voucher.refresh_from_db()
    assert (voucher.state, voucher.face_fen) == ("paid", 110_000_00)
    assert broken() == []
