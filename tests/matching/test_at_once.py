"""Many hands at once, and kills in the middle: the city's own money is never spent twice nor half (M8, M9, L1)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest
from django.db import connection

from tests.campaigns.racing import race
from tests.campaigns.test_killed_statements import kill_at_every_statement
from tests.campaigns.test_races import careless_transfer, sound
from tests.cast import DONGGUAN, World, broken
from tests.matching.making import (
    ADDING,
    ADOPTING,
    LISTING,
    VISITOR,
    drawn,
    paid,
    pay_all,
    prepared,
    proposed,
    published,
    released,
    result,
    scheme,
    standing,
)
from yunquan.jobs.tick import tick
from yunquan.ledger.models import Transfer
from yunquan.ledger.queries import balance_fen
from yunquan.matching import accounts
from yunquan.matching import actions as matching
from yunquan.matching.actions import results
from yunquan.matching.models import MatchingLine, MatchingList, MatchingRun
from yunquan.settlement import actions as settlement

Act = Callable[[], Any]
FACE = 110_000_00


@pytest.mark.clause("D47-4.4.6", "M7", "P2")
def test_lists_runs_releases_and_results_at_once_happen_once(lasting_world: World) -> None:
    world = lasting_world
    adopting = [partial(matching.adopt, scheme=proposed(world), by=world["dg_approver"], now=ADOPTING)] * 3
    answers = race(adopting)
    assert (
        sorted(map(str, (one for one in answers if isinstance(one, tuple))))
        == ["('not_from_this_state',)"] * 2
    )
    paid(world, 2)
    draw = {"cycle": world.cycle, "city": DONGGUAN, "by": world["dg_reviewer"]}
    answers = race([partial(matching.draw_up, now=LISTING, **draw)] * 4)
    assert answers.count(("nothing_due",)) == 3
    shown = MatchingList.objects.get()
    matching.publish(matching_list=shown, by=world["dg_approver"], now=LISTING)
    tick(ADDING)
    answers = race([partial(matching.prepare_run, now=ADDING, **draw)] * 4)
    assert answers.count(("run_waiting",)) == 3
    run = MatchingRun.objects.get()
    release = partial(matching.release, run=run, by=world["dg_cashier"], now=ADDING)
    answers = race([release] * 4)
    assert sum(isinstance(one, MatchingRun) for one in answers) == 1
    lines = [result(row) for row in run.instructions.all()] * 3
    take = partial(matching.take_result, run=run, by=world["dg_cashier"], now=ADDING)
    answers = race([partial(take, columns=line) for line in lines])
    assert sorted(answers) == ["known"] * 4 + ["taken"] * 2
    assert Transfer.objects.filter(book="matching", kind="pay").count() == 2
    assert balance_fen(accounts.fund("2018", DONGGUAN)) == 1_000_000_00 - FACE
    sound()


def _reduce_while_released(world: World) -> list[Any]:
    """The money is taken back to less than a run needs while that run is released."""
    scheme(world)
    paid(world, 2)
    standing(world)
    run = prepared(world)
    low = proposed(world, from_on=date(2019, 9, 1), total_fen=FACE - 1, now=ADDING)
    return race(
        [
            partial(matching.release, run=run, by=world["dg_cashier"], now=ADDING),
            partial(matching.adopt, scheme=low, by=world["dg_approver"], now=ADDING),
        ]
    )


@pytest.mark.clause("M2", "M8", "D47-4.4.6")
def test_money_taken_back_while_a_run_is_released_is_never_spent_twice(lasting_world: World) -> None:
    answers = _reduce_while_released(lasting_world)
    refused = [one for one in answers if isinstance(one, tuple)]
    assert refused in ([("funds_short",)], [("plan_outdated",)], [("no_funds", "plan_outdated")])
    sound()


@pytest.mark.clause("M8")
def test_with_the_ledgers_guard_switched_off_the_doctor_finds_the_money_spent_twice(
    lasting_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: the same transfers without their guard are found."""
    if connection.vendor != "postgresql":
        pytest.skip("SQLite takes the write lock when a transaction begins, so no two acts overlap")
    world = lasting_world
    scheme(world)
    paid(world, 2)
    standing(world)
    run = released(world)
    monkeypatch.setattr(results, "transfer", careless_transfer)
    monkeypatch.setattr(
        results.MatchingLine.objects, "select_for_update", lambda **_of: results.MatchingLine.objects
    )
    take = partial(matching.take_result, run=run, by=world["dg_cashier"], now=ADDING)
    race([partial(take, columns=result(row)) for row in run.instructions.all()])
    assert any(breach.invariant in ("M1", "M8") for breach in broken())


def adopt(world: World) -> Act:
    row = proposed(world)
    return lambda: matching.adopt(scheme=row, by=world["dg_approver"], now=ADOPTING)


def draw_up(world: World) -> Act:
    scheme(world)
    paid(world, 2)
    return lambda: drawn(world)


def withdraw(world: World) -> Act:
    scheme(world)
    paid(world, 2)
    shown = published(world)
    return lambda: matching.withdraw(matching_list=shown, reason="测试", by=world["dg_approver"], now=LISTING)


def uphold(world: World) -> Act:
    scheme(world)
    paid(world, 1)
    line = published(world).lines.get()
    raised = matching.raise_objection(
        line=line, raised_by="测试", contact="测试", grounds="测试", file=None, by=VISITOR, now=LISTING
    )
    return lambda: matching.uphold(objection=raised, reason="测试", by=world["dg_approver"], now=LISTING)


def release(world: World) -> Act:
    scheme(world, total_fen=FACE // 2)
    paid(world, 2)
    standing(world)
    run = prepared(world)
    return lambda: matching.release(run=run, by=world["dg_cashier"], now=ADDING)


def _result(world: World, outcome: str) -> Act:
    scheme(world)
    paid(world, 1)
    standing(world)
    run = released(world)
    line = result(run.instructions.get(), outcome)
    return lambda: matching.take_result(run=run, columns=line, by=world["dg_cashier"], now=ADDING)


def pay(world: World) -> Act:
    return _result(world, "成功")


def bounce(world: World) -> Act:
    return _result(world, "失败")


def receive(world: World) -> Act:
    scheme(world)
    [voucher] = paid(world, 1)
    standing(world)
    pay_all(world, released(world))
    by = world["dg_approver"]
    settlement.demand(
        voucher=voucher, amount_fen=FACE, reason="测试", document=world.file(by), by=by, now=ADDING
    )
    line = MatchingLine.objects.get()
    back = matching.demand(line=line, amount_fen=FACE // 2, reason="测试", by=by, now=ADDING)
    return lambda: matching.receive(recovery=back, bank_reference="R1", by=world["dg_cashier"], now=ADDING)


ACTS = (adopt, draw_up, withdraw, uphold, release, pay, bounce, receive)


@pytest.mark.clause("L1", "M9", "D47-4.4.6")
@pytest.mark.parametrize("prepare", ACTS, ids=lambda act: act.__name__)
def test_a_kill_at_any_statement_leaves_all_or_nothing(world: World, prepare: Callable[[World], Act]) -> None:
    assert kill_at_every_statement(prepare(world)) > 8
