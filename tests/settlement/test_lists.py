"""The settlement list: frozen, hashed, approved by a second person, in public, closed (D47-5.14, 5.22)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from tests.cast import CLOCK, DONGGUAN, FOSHAN, World, at, broken
from tests.settlement.making import several
from tests.vouchers.refusing import codes
from yunquan.kernel.workflow import Actor
from yunquan.parties.models import Enterprise
from yunquan.policy.deadlines import publicity_days_left
from yunquan.settlement import actions as settlement
from yunquan.settlement import queries
from yunquan.settlement.models import SettlementLine, SettlementList
from yunquan.vouchers.models import Voucher

DAY = at("2019-04-08 09:00")


def drawn_up(world: World) -> SettlementList:
    return settlement.draw_up(cycle=world.cycle, city=DONGGUAN, by=world["dg_reviewer"], now=DAY)


@pytest.mark.clause("D47-5.14", "P2")
def test_a_list_freezes_every_approved_claim_in_queue_order(world: World) -> None:
    vouchers = several(world)
    drawn = drawn_up(world)
    lines = list(drawn.lines.order_by("position"))
    assert [line.voucher_number for line in lines] == [voucher.number for voucher in vouchers]
    assert (drawn.total_fen, drawn.count) == (3 * 110_000_00, 3)
    assert {voucher.state for voucher in Voucher.objects.all()} == {"listed"}
    assert queries.is_unchanged(drawn)
    assert broken() == []


@pytest.mark.clause("D47-5.14")
def test_nothing_approved_makes_no_list_and_nobody_else_draws_one_up(world: World) -> None:
    by = world["dg_reviewer"]
    assert codes(settlement.draw_up, cycle=world.cycle, city=DONGGUAN, by=by, now=DAY) == {"nothing_approved"}
    several(world, 1)
    assert codes(settlement.draw_up, cycle=world.cycle, city=FOSHAN, by=by, now=DAY) == {"nothing_approved"}
    for name in ("supplier", "dg_cashier", "auditor", "dg_enterprise"):
        said = codes(settlement.draw_up, cycle=world.cycle, city=DONGGUAN, by=world[name], now=DAY)
        assert said == {"not_your_role"}
    assert not SettlementList.objects.exists()


@pytest.mark.clause("M3", "P1", "D47-5.14b")
def test_a_frozen_line_cannot_be_changed_in_the_database(world: World) -> None:
    several(world, 1)
    drawn_up(world)
    with pytest.raises(DatabaseError), transaction.atomic():
        SettlementLine.objects.update(face_fen=1)
    with pytest.raises(DatabaseError), transaction.atomic():
        SettlementLine.objects.all().delete()


@pytest.mark.clause("P1")
def test_the_list_says_what_it_said_when_an_enterprise_is_renamed(world: World) -> None:
    several(world, 1)
    drawn = drawn_up(world)
    Enterprise.objects.update(name="改名后（测试）")
    assert queries.is_unchanged(drawn)
    assert "改名后" not in drawn.lines.get().enterprise_name


@pytest.mark.clause("P1")
def test_a_list_that_differs_from_its_hash_is_not_published(world: World) -> None:
    several(world, 1)
    drawn = drawn_up(world)
    SettlementList.objects.filter(pk=drawn.pk).update(content_hash="0" * 64)
    by = world["dg_approver"]
    assert codes(settlement.publish, settlement_list=drawn, by=by, now=DAY) == {"content_changed"}


@pytest.mark.clause("S3", "D47-5.14")
def test_who_drew_it_up_or_had_a_hand_in_a_voucher_does_not_approve_it(world: World) -> None:
    several(world, 1)
    drawn = drawn_up(world)
    for name in ("dg_reviewer", "supplier"):
        by = Actor(person=world[name].person, role="city_approver", org=f"bureau:{DONGGUAN}")
        assert codes(settlement.publish, settlement_list=drawn, by=by, now=DAY) == {"same_person"}
    assert codes(settlement.publish, settlement_list=drawn, by=world["dg_reviewer"], now=DAY) == {
        "not_your_role"
    }


@pytest.mark.clause("D47-5.22", "P1")
def test_publicity_closes_when_its_full_days_are_over_and_not_before(world: World) -> None:
    several(world, 1)
    shown = settlement.publish(settlement_list=drawn_up(world), by=world["dg_approver"], now=DAY)
    ends = at("2019-04-16 00:00")
    assert shown.publicity_ends_at == ends
    early = ends - timedelta(microseconds=1)
    assert codes(settlement.close, settlement_list=shown, by=CLOCK, now=early) == {"publicity_not_over"}
    by = world["dg_approver"]
    assert codes(settlement.close, settlement_list=shown, by=by, now=ends) == {"not_your_role"}
    assert settlement.close(settlement_list=shown, by=CLOCK, now=ends).state == "standing"
    assert publicity_days_left(shown.publicity_ends_at, DAY) == 7
    assert broken() == []


@pytest.mark.clause("D47-5.14", "M3")
def test_a_withdrawn_list_comes_back_as_the_next_version_of_its_batch(world: World) -> None:
    several(world, 2)
    shown = settlement.publish(settlement_list=drawn_up(world), by=world["dg_approver"], now=DAY)
    by = world["dg_approver"]
    assert codes(settlement.withdraw, settlement_list=shown, reason=" ", by=by, now=DAY) == {"no_reason"}
    gone = settlement.withdraw(settlement_list=shown, reason="漏列一张", by=by, now=DAY)
    assert gone.state == "withdrawn"
    assert {voucher.state for voucher in Voucher.objects.all()} == {"approved"}
    several(world, 1)
    second = drawn_up(world)
    assert (second.batch, second.edition, second.count) == (1, 2, 3)
    assert second.content_hash != gone.content_hash
    assert SettlementLine.objects.filter(settlement_list=gone).count() == 2
    several(world, 1)
    third = drawn_up(world)
    assert (third.batch, third.edition) == (2, 1)
    assert broken() == []


@pytest.mark.clause("D47-5.15", "P1")
def test_a_list_from_which_payment_began_is_not_withdrawn(world: World) -> None:
    several(world, 1)
    standing = world.standing()
    world.released()
    by = world["dg_approver"]
    assert codes(settlement.withdraw, settlement_list=standing, reason="测试", by=by, now=DAY) == {
        "payment_begun"
    }


def test_the_second_approver_is_told_that_it_was_published(world: World) -> None:
    several(world, 1)
    drawn = drawn_up(world)
    settlement.publish(settlement_list=drawn, by=world["dg_approver"], now=DAY)
    said = codes(settlement.publish, settlement_list=drawn, by=world["dg_approver"], now=DAY)
    assert said == {"not_from_this_state"}
