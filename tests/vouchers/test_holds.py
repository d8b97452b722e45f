"""暂缓: a hold keeps its own voucher from lists and payment until it is lifted; the others go on (F2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from tests.cast import DONGGUAN, PAYING, World, at, broken
from yunquan.journal.models import LogEntry
from yunquan.kernel.refusal import Refused
from yunquan.settlement import actions as settlement
from yunquan.settlement.planning import plan_run
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.holding import holds_among, open_holds
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import Hold, Voucher

HELD = at("2019-04-01 10:00")


def hold(world: World, *rows: Voucher, source: str = "inspection:1") -> list[Hold]:
    return vouchers.hold_all(
        vouchers=rows,
        kind="inspection",
        source=source,
        reason="已列入测试抽查计划",
        article="D108-5",
        by=world["province_officer"],
        now=HELD,
    )


def lift(world: World, source: str = "inspection:1") -> list[Hold]:
    by = world["province_officer"]
    return vouchers.lift_all(source=source, reason="抽查已了结", by=by, now=HELD + timedelta(days=1))


@pytest.mark.clause("D108-5")
def test_a_held_voucher_stays_off_the_list_and_the_others_enter_it(world: World) -> None:
    held, free = world.approved(), world.approved()
    hold(world, held)
    drawn = settlement.draw_up(
        cycle=world.cycle, city=DONGGUAN, by=world["dg_reviewer"], now=at("2019-04-08 09:00")
    )
    assert [line.voucher_id for line in drawn.lines.all()] == [free.pk]
    assert not broken()


def test_nothing_but_held_vouchers_is_said_in_words(world: World) -> None:
    hold(world, world.approved())
    with pytest.raises(Refused, match="暂缓"):
        settlement.draw_up(
            cycle=world.cycle, city=DONGGUAN, by=world["dg_reviewer"], now=at("2019-04-08 09:00")
        )


@pytest.mark.clause("D108-5", "D47-5.22")
def test_a_listed_voucher_that_is_held_waits_while_the_others_are_paid(world: World) -> None:
    held, free = world.approved(), world.approved()
    world.standing()
    hold(world, held)
    plan = plan_run(cycle=world.cycle, city=DONGGUAN, now=PAYING)
    outcomes = {plan.lines[row.claim.claim_no].voucher_id: row.outcome for row in plan.payments}
    assert outcomes[free.pk] == "pay" and outcomes[held.pk] != "pay"
    assert "已列入测试抽查计划" in str(plan.as_json())
    world.released()
    held.refresh_from_db()
    assert held.state == S.LISTED
    assert not broken()


@pytest.mark.clause("D108-5")
def test_a_hold_laid_between_preparing_and_releasing_stops_the_release(world: World) -> None:
    row = world.approved()
    world.standing()
    run = settlement.prepare_run(cycle=world.cycle, city=DONGGUAN, by=world["dg_reviewer"], now=PAYING)
    hold(world, row)
    with pytest.raises(Refused) as refused:
        settlement.release(run=run, by=world["dg_cashier"], now=PAYING)
    assert {one.code for one in refused.value.refusals} == {"plan_outdated"}


def test_the_order_itself_refuses_a_held_voucher(world: World) -> None:
    row = world.approved()
    world.standing()
    hold(world, row)
    facts = {"publicity_complete": True, "holds": []}
    with pytest.raises(Refused) as refused:
        vouchers.order(voucher=row, facts=facts, by=world["dg_cashier"], now=PAYING)
    assert [one.article for one in refused.value.refusals] == ["D108-5"]


def test_the_same_source_holds_a_voucher_once_and_a_second_one_again(world: World) -> None:
    row = world.approved()
    assert len(hold(world, row, row)) == 1
    assert hold(world, row) == []
    assert len(hold(world, row, source="inspection:2")) == 1
    assert len(lift(world)) == 1
    assert lift(world) == []
    assert [one.source for one in open_holds(row)] == ["inspection:2"]
    acts = LogEntry.objects.filter(obj=row.journal_key, act__startswith="voucher.").values_list(
        "act", flat=True
    )
    assert list(acts).count("voucher.hold") == 2 and list(acts).count("voucher.lift_hold") == 1
    assert not broken()


def test_a_lifted_voucher_enters_the_next_list(world: World) -> None:
    row = world.approved()
    hold(world, row)
    lift(world)
    world.published()
    row.refresh_from_db()
    assert row.state == S.LISTED


def test_a_paid_voucher_is_not_held(world: World) -> None:
    row = world.approved()
    world.standing()
    world.pay_all(world.released())
    assert hold(world, Voucher.objects.get(pk=row.pk)) == []


def test_only_the_lifting_is_ever_written_after_a_hold(world: World) -> None:
    (kept,) = hold(world, world.approved())
    with pytest.raises(DatabaseError), transaction.atomic():
        Hold.objects.filter(pk=kept.pk).update(reason="另一个原因")
    with pytest.raises(DatabaseError), transaction.atomic():
        Hold.objects.filter(pk=kept.pk).delete()
    assert len(lift(world)) == 1


def test_a_hold_states_its_reason(world: World) -> None:
    facts = {"kind": "inspection", "source": "inspection:3", "reason": "", "article": "D108-5"}
    row, by = world.approved(), world["province_officer"]
    with pytest.raises(Refused) as refused:
        vouchers.hold_all(vouchers=[row], **facts, by=by, now=HELD)
    assert [one.field for one in refused.value.refusals] == ["reason"]


def test_a_lifting_states_its_reason(world: World) -> None:
    hold(world, world.approved())
    with pytest.raises(Refused) as refused:
        vouchers.lift_all(source="inspection:1", reason=" ", by=world["province_officer"], now=HELD)
    assert [one.field for one in refused.value.refusals] == ["reason"]


def test_the_doctor_finds_a_voucher_that_was_listed_while_it_was_held(world: World) -> None:
    row = world.approved()
    hold(world, row)
    world_rows = Voucher.objects.filter(pk=row.pk)
    assert not broken()
    # Past the verbs: someone who writes the table by hand.
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("yunquan.vouchers.actions.paying.holds_refused", lambda voucher: [])
        vouchers.enter_list(voucher=world_rows.get(), by=world["dg_reviewer"], now=HELD + timedelta(hours=1))
    assert "F2" in {found.invariant for found in broken()}


def test_reading_holds_takes_one_query_however_many(world: World, django_assert_num_queries: object) -> None:
    rows = [world.approved() for _ in range(3)]
    hold(world, *rows)
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert set(holds_among([row.pk for row in rows])) == {row.pk for row in rows}
    # Of a list's city alone where the caller names it, in the same one query.
    first = Voucher.objects.filter(pk=rows[0].pk)
    with django_assert_num_queries(1):  # type: ignore[operator]
        assert set(holds_among([row.pk for row in rows], within=first)) == {rows[0].pk}


def test_the_holds_of_a_voucher_stand_beside_its_verdicts(world: World) -> None:
    """Both are called holds: a claim's latest outcome is asked of the same rows."""
    from yunquan.vouchers.usage_queries import judged

    row = world.approved()
    hold(world, row)
    (seen,) = judged(world["province_officer"])
    assert seen.holds == "done" and seen.payment_holds.count() == 1
