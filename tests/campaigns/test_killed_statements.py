"""A kill at any statement of an act leaves all of it or nothing: states, books, log and every other row."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.apps import apps
from django.db import OperationalError, connection

from tests.cast import APPLYING, CLAIMING, CLOCK, DONGGUAN, PAYING, World, at, broken
from tests.settlement.making import object_to, several
from tests.usage.judging import attested, compute
from tests.vouchers.test_completion import draft, three
from yunquan.journal.models import Notice
from yunquan.journal.queries import verify_log
from yunquan.settlement import actions as settlement
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.actions import completion, reviewing
from yunquan.vouchers.models import Voucher

Act = Callable[[], Any]
NOW = at("2019-04-11 09:00")
MOST_STATEMENTS = 400


class FailsAt:
    """Fails the n-th statement, as a lost connection would; counts them all."""

    def __init__(self, number: int) -> None:
        self.number, self.count = number, 0

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        self.count += 1
        if self.count == self.number:
            raise OperationalError(f"killed at statement {self.number}: {sql[:60]}")
        return execute(sql, params, many, context)


def everything() -> dict[str, list[Any]]:
    """Every row of every table of ours, but the messages, which go out after the commit."""
    ours = [
        model
        for model in apps.get_models()
        if model.__module__.startswith("yunquan.") and model is not Notice
    ]
    return {model._meta.label: sorted(model._default_manager.values_list(), key=repr) for model in ours}


def submit(world: World) -> Act:
    voucher, typed = world.start(), world.typed()
    return lambda: vouchers.submit(voucher=voucher, typed=typed, by=world["dg_enterprise"], now=APPLYING)


def issue(world: World) -> Act:
    voucher = world.confirm(world.apply())
    seen, by, now = voucher.content_hash, world["dg_reviewer"], APPLYING + timedelta(days=3)
    return lambda: vouchers.issue(voucher=voucher, seen_hash=seen, by=by, now=now)


def claim(world: World) -> Act:
    voucher = world.issued()
    typed = world.typed_claim(voucher)
    return lambda: vouchers.claim(voucher=voucher, typed=typed, by=world["dg_enterprise"], now=CLAIMING)


def claim_again(world: World) -> Act:
    voucher = world.verdict(world.attest(world.claim(world.issued())), "not_done")
    typed = world.typed_claim(voucher)
    return lambda: vouchers.claim(voucher=voucher, typed=typed, by=world["dg_enterprise"], now=CLAIMING)


def draw_up(world: World) -> Act:
    several(world, 2)
    city = {"cycle": world.cycle, "city": DONGGUAN, "by": world["dg_reviewer"]}
    return lambda: settlement.draw_up(now=at("2019-04-08 09:00"), **city)


def publish(world: World) -> Act:
    drawn = draw_up(world)()
    return lambda: settlement.publish(
        settlement_list=drawn, by=world["dg_approver"], now=at("2019-04-08 10:00")
    )


def withdraw(world: World) -> Act:
    several(world, 2)
    shown = world.published()
    return lambda: settlement.withdraw(settlement_list=shown, reason="测试", by=world["dg_approver"], now=NOW)


def uphold(world: World) -> Act:
    [voucher] = several(world, 1)
    raised = object_to(world, world.published(), voucher)
    return lambda: settlement.uphold(objection=raised, reason="属实", by=world["dg_approver"], now=NOW)


def release(world: World) -> Act:
    several(world, 2)
    world.standing()
    city = {"cycle": world.cycle, "city": DONGGUAN, "by": world["dg_reviewer"]}
    run = settlement.prepare_run(now=PAYING, **city)
    return lambda: settlement.release(run=run, by=world["dg_cashier"], now=PAYING + timedelta(hours=1))


def _result(world: World, outcome: str) -> Act:
    several(world, 1)
    world.standing()
    run = world.released()
    line = world.result(run, outcome)
    return lambda: settlement.take_result(run=run, columns=line, by=world["dg_cashier"], now=PAYING)


def pay(world: World) -> Act:
    return _result(world, "成功")


def bounce(world: World) -> Act:
    return _result(world, "退票")


def receive(world: World) -> Act:
    pay(world)()
    voucher, by = Voucher.objects.get(), world["dg_approver"]
    asked = settlement.demand(
        voucher=voucher,
        amount_fen=voucher.face_fen,
        reason="测试",
        document=world.file(by),
        by=by,
        now=PAYING,
    )
    return lambda: settlement.receive(recovery=asked, bank_reference="R1", by=world["dg_cashier"], now=PAYING)


def lapse(world: World) -> Act:
    for _ in range(2):
        vouchers.lapse(voucher=world.issued(), by=CLOCK, now=at("2019-03-31 17:00"))
    voucher = world.issued()  # the third strike bars the enterprise in the same transaction
    return lambda: vouchers.lapse(voucher=voucher, by=CLOCK, now=at("2019-03-31 17:00"))


def send_table(world: World) -> Act:
    three(world)
    table = draft(world)
    return lambda: completion.send(table=table, by=world["province_officer"], now=PAYING)


def draft_table(world: World) -> Act:
    three(world)
    return lambda: draft(world)


def judge(world: World) -> Act:
    voucher = attested(world)
    return lambda: compute(voucher, "done", "not_done")


ACTS = (
    submit, issue, claim, claim_again, draw_up, publish, withdraw, uphold, release, pay, bounce, receive, lapse, send_table,
    draft_table, judge,
)  # fmt: skip


def kill_at_every_statement(act: Act) -> int:
    """Run the act with its first, second, … statement failing until it comes through; gives how many there are."""
    before = everything()
    for number in range(1, MOST_STATEMENTS):
        killer = FailsAt(number)
        try:
            with connection.execute_wrapper(killer):
                act()
        except OperationalError:
            now = everything()
            assert now == before, f"half done after statement {number}"
            assert verify_log() is None
            continue
        # Statements after the commit send messages; a message that fails doesn't undo the act.
        assert everything() != before
        assert broken() == []
        return number
    raise AssertionError("more statements than expected")


@pytest.mark.clause("L1", "M9", "Q4")
@pytest.mark.parametrize("prepare", ACTS, ids=lambda act: act.__name__)
def test_a_kill_at_any_statement_leaves_all_or_nothing(world: World, prepare: Callable[[World], Act]) -> None:
    assert kill_at_every_statement(prepare(world)) > 8


@pytest.mark.clause("L1")
@pytest.mark.parametrize("prepare", [issue, pay], ids=lambda act: act.__name__)
def test_a_kill_on_a_connection_that_commits_leaves_all_or_nothing(
    lasting_world: World, prepare: Callable[[World], Act], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.CRITICAL, logger="django")
    assert kill_at_every_statement(prepare(lasting_world)) > 8


@pytest.mark.clause("L1")
def test_an_act_and_its_message_are_there_together_or_not_at_all(lasting_world: World) -> None:
    act = issue(lasting_world)
    before = everything()
    with connection.execute_wrapper(_no_notices), pytest.raises(OperationalError):
        act()
    assert everything() == before
    assert broken() == []
    assert act().state == "issued"
    assert Notice.objects.filter(kind="issued").count() == 1


def _no_notices(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
    if "journal_notice" in sql:
        raise OperationalError("no messages today")
    return execute(sql, params, many, context)


@pytest.mark.clause("L1")
def test_without_its_roll_back_the_same_kill_leaves_half_an_act(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same act, its transaction kept open through the kill, is found half done."""

    def killed(*args: Any, **options: Any) -> None:
        raise OperationalError("killed before the state was changed")

    act = issue(world)
    voucher = world.confirm(world.apply())
    monkeypatch.setattr(reviewing, "move_all", killed)
    before = everything()
    with pytest.raises(OperationalError):
        act()
    assert everything() == before
    without_roll_back = reviewing.issue_all.__wrapped__
    seen, by = voucher.content_hash, world["dg_reviewer"]
    approval = reviewing.Approval(voucher=voucher, seen_hash=seen, by=by, now=APPLYING)
    with pytest.raises(OperationalError):
        without_roll_back([approval])
    assert everything() != before
    assert ("Q1", f"reserved:2018:{DONGGUAN}") in {(breach.invariant, breach.row) for breach in broken()}
