"""The doctor names planted breaches of order, quota, log and keys (F2, F3, Q3, L2, L3, U4)."""

from __future__ import annotations

import pytest
from django.db.models import F

from tests.cast import CLAIMING, DONGGUAN, PAYING, World
from tests.jobs.test_doctor import found
from tests.journal.test_log import unguarded
from tests.settlement.making import add_funds, leave_funds, several
from yunquan.journal.actions import Entry, record_all
from yunquan.journal.models import LogHead, RequestKey
from yunquan.settlement import actions as settlement
from yunquan.settlement.models import PaymentRun
from yunquan.vouchers.checks import quota_exhausted
from yunquan.vouchers.models import Voucher


def _split(world: World) -> PaymentRun:
    """A released run of three vouchers whose money reaches the first alone."""
    vouchers = several(world, 3)
    leave_funds(world, vouchers[0].face_fen)
    world.standing()
    run = world.released()
    assert found() == set()
    return run


@pytest.mark.clause("F2")
def test_a_run_that_skipped_the_queue(world: World) -> None:
    run = _split(world)
    first, second, third = run.plan
    PaymentRun.objects.update(plan=[second | {"position": 1}, first | {"position": 2}, third])
    assert found() == {("F2", run.journal_key)}
    PaymentRun.objects.update(plan=[first | {"outcome": "carry"}, second | {"outcome": "pay"}, third])
    assert ("F2", run.journal_key) in found()
    PaymentRun.objects.update(plan=run.plan, funds_fen=F("funds_fen") - 1)
    assert found() == {("F2", run.journal_key)}


@pytest.mark.clause("F2")
def test_an_instruction_beside_the_plan(world: World) -> None:
    run = _split(world)
    PaymentRun.objects.update(
        plan=[run.plan[0] | {"amount_fen": run.plan[0]["amount_fen"] - 1}, *run.plan[1:]]
    )
    assert ("F2", run.journal_key) in found()


@pytest.mark.clause("F3")
def test_a_voucher_that_was_passed_over_and_not_carried(world: World) -> None:
    run = _split(world)
    passed = Voucher.objects.get(number=run.plan[1]["voucher"])
    Voucher.objects.filter(pk=passed.pk).update(carried_at=None)
    assert found() == {("F3", passed.journal_key)}


@pytest.mark.clause("F3")
def test_carried_vouchers_that_changed_places(world: World) -> None:
    world.pay_all(_split(world))
    add_funds(world, 1_000_000_00)
    run = settlement.prepare_run(cycle=world.cycle, city=DONGGUAN, by=world["dg_reviewer"], now=PAYING)
    run = settlement.release(run=run, by=world["dg_cashier"], now=PAYING)
    assert found() == set()
    PaymentRun.objects.filter(pk=run.pk).update(plan=list(reversed(run.plan)))
    assert found() == {("F3", run.journal_key)}


@pytest.mark.clause("L3")
@pytest.mark.parametrize("said", ["13800138000", "someone@example.com", "11010519491231002X"])
def test_an_entry_that_names_somebody(world: World, said: str) -> None:
    with unguarded("journal_logentry") as cursor:
        cursor.execute("UPDATE journal_logentry SET entry = entry || %s WHERE seq = 3", [f" {said}"])
    assert ("L3", "log:3") in found()


@pytest.mark.clause("L2")
def test_an_entry_altered_beyond_reading_is_named_and_stops_nothing(world: World) -> None:
    with unguarded("journal_logentry") as cursor:
        cursor.execute("UPDATE journal_logentry SET entry = entry || 'x' WHERE seq = 3")
    LogHead.objects.update(size=F("size") + 1)
    assert found() >= {("L2", "log:3"), ("L2", "log:head")}


@pytest.mark.clause("Q3")
def test_a_refusal_for_quota_that_was_there(world: World) -> None:
    voucher = world.confirm(world.apply())
    entry = Entry(
        act="voucher.issue", by=world["dg_reviewer"], obj=voucher.journal_key, now=CLAIMING,
        why="D47-8.2a:no_quota", refused=True,
        payload={"reasons": [quota_exhausted(left_fen=110_000_00, face_fen=110_000_00).message]},
    )  # fmt: skip
    seq = record_all([entry])
    assert ("Q3", f"log:{seq}") in found()


@pytest.mark.clause("Q3")
def test_a_true_refusal_for_quota_is_no_breach(world: World) -> None:
    voucher = world.confirm(world.apply())
    entry = Entry(
        act="voucher.issue", by=world["dg_reviewer"], obj=voucher.journal_key, now=CLAIMING,
        why="D47-8.2a:no_quota", refused=True,
        payload={"reasons": [quota_exhausted(left_fen=109_999_99, face_fen=110_000_00).message]},
    )  # fmt: skip
    record_all([entry])
    assert found() == set()


@pytest.mark.clause("U4")
def test_a_key_that_was_served_without_keeping_the_answer(world: World) -> None:
    RequestKey.objects.create(
        owner="person:1", key="k", content_hash="0" * 64, answer={"state": "issued"}, at=CLAIMING
    )
    assert found() == set()
    RequestKey.objects.update(content_hash="")
    assert found() == {("U4", "request:person:1:k")}
