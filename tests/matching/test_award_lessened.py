"""An award that grows smaller between a city's list and its payment is not paid in full and then asked back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from tests.campaigns.racing import race
from tests.campaigns.test_races import sound
from tests.cast import CLOCK, PAYING, World, broken
from tests.matching.making import (
    ADDING,
    LISTING,
    VISITOR,
    drawn,
    outcomes,
    paid,
    pay_all,
    prepared,
    published,
    released,
    scheme,
    standing,
)
from tests.settlement.making import several
from tests.vouchers.refusing import refusals
from yunquan.jobs.tick import tick
from yunquan.ledger.queries import balance_fen
from yunquan.matching import accounts, queries
from yunquan.matching import actions as matching
from yunquan.matching.models import MatchingLine, MatchingRun
from yunquan.settlement import actions as settlement
from yunquan.vouchers.models import Voucher

FACE = 110_000_00
BACK = 30_000_00


def codes(act: Callable[..., Any]) -> list[str]:
    """The codes of every refusal."""
    return [refusal.code for refusal in refusals(act)]


def taken_back(world: World, voucher: Voucher, *, amount_fen: int = BACK) -> None:
    """The province asks a part of an award back."""
    by = world["dg_approver"]
    settlement.demand(
        voucher=voucher,
        amount_fen=amount_fen,
        reason="核减（测试）",
        document=world.file(by),
        by=by,
        now=ADDING,
    )


@pytest.mark.clause("D47-4.4.6", "M4", "M10")
def test_a_line_whose_award_was_partly_taken_back_waits_and_comes_again_with_what_is_left(
    world: World,
) -> None:
    scheme(world)
    first, second = paid(world)
    standing(world)
    run = prepared(world)
    taken_back(world, first)
    assert codes(lambda: matching.release(run=run, by=world["dg_cashier"], now=ADDING)) == ["plan_outdated"]
    matching.cancel(run=run, by=world["dg_cashier"], now=ADDING)
    run = prepared(world)
    assert outcomes(run) == [(first.number, "held"), (second.number, "pay")]
    assert "追回" in run.plan[0]["reason"] and "重新列入" in run.plan[0]["reason"]
    matching.cancel(run=run, by=world["dg_cashier"], now=ADDING)
    standing_line = MatchingLine.objects.get(voucher=second)
    assert codes(lambda: matching.relist(line=standing_line, by=CLOCK, now=ADDING)) == ["award_unchanged"]
    assert tick(ADDING).done["matching_relisted"] == 1
    assert MatchingLine.objects.get(voucher=first).state == "left"
    assert "matching_relisted" not in tick(ADDING).done
    pay_all(world, released(world))
    later = ADDING + timedelta(days=2)
    [line] = standing(world, now=later).lines.all()
    assert (line.voucher, line.award_fen, line.amount_fen) == (first, FACE - BACK, (FACE - BACK) // 2)
    assert "matching_relisted" not in tick(later).done
    pay_all(world, released(world, now=later + timedelta(days=9)), now=later + timedelta(days=10))
    assert balance_fen(accounts.enterprise(first.enterprise_id)) == (FACE - BACK) // 2
    # What was taken back before the line was drawn up is not asked back once more.
    assert queries.to_recover(MatchingLine.objects.select_related("voucher")) == []
    line.refresh_from_db()
    assert queries.recovery_room(line)["due_fen"] == 0
    demand = partial(
        matching.demand, line=line, amount_fen=1, reason="测试", by=world["dg_approver"], now=later
    )
    assert codes(demand) == ["nothing_taken_back"]
    assert broken() == []


@pytest.mark.clause("F3", "D47-4.4.6")
def test_a_carried_line_that_comes_again_keeps_its_place(world: World) -> None:
    scheme(world, total_fen=FACE // 2 + 1)
    _first, second, third = paid(world, 3)
    standing(world)
    pay_all(world, released(world))
    carried = MatchingLine.objects.get(voucher=second).carried_at
    taken_back(world, second)
    assert tick(ADDING).done["matching_relisted"] == 1
    again = MatchingLine.objects.get(matching_list=drawn(world, now=ADDING + timedelta(days=1)))
    assert (again.voucher, again.carried_at) == (second, carried)
    assert MatchingLine.objects.get(voucher=third).carried_at == carried


@pytest.mark.clause("D47-4.4.6")
def test_a_list_still_in_public_loses_such_a_line_too(world: World) -> None:
    scheme(world)
    first, _second = paid(world)
    shown = published(world)
    taken_back(world, first)
    assert tick(LISTING + timedelta(hours=2)).done["matching_relisted"] == 1
    assert queries.is_unchanged(shown)
    assert [one.voucher for one in queries.due_now(world.cycle, shown.city)] == [first]
    assert broken() == []


@pytest.mark.clause("D47-4.4.6", "M8", "M10")
def test_a_release_and_a_recovery_at_once_never_leave_a_full_payment_unnoticed(lasting_world: World) -> None:
    world = lasting_world
    scheme(world)
    [voucher] = paid(world, 1)
    standing(world)
    run = prepared(world)
    race(
        [
            partial(matching.release, run=run, by=world["dg_cashier"], now=ADDING),
            partial(taken_back, world, voucher),
        ]
    )
    run = MatchingRun.objects.get()
    if run.state == "released":
        pay_all(world, run)
        [(_line, due_fen)] = queries.to_recover(MatchingLine.objects.select_related("voucher"))
        assert due_fen == -(-(FACE // 2) * BACK // FACE)
    else:
        assert tick(ADDING).done["matching_relisted"] == 1
    sound()


@pytest.mark.clause("D47-4.4.6", "D47-5.22")
def test_an_award_that_the_province_reduced_on_an_objection_is_no_longer_the_listed_one(world: World) -> None:
    scheme(world, trigger="approved")
    first, second = several(world, 2)
    public = world.published()
    shown = published(world, now=public.published_at)
    line = public.lines.get(voucher=first)
    raised = settlement.raise_objection(
        line=line,
        raised_by="测试",
        contact="测试",
        grounds="测试",
        file=None,
        by=VISITOR,
        now=public.published_at,
    )
    settlement.reduce(
        objection=raised, payable_fen=FACE - BACK, reason="核减（测试）", by=world["dg_approver"], now=PAYING
    )
    assert tick(shown.published_at).done["matching_relisted"] == 1
    left = {line.voucher: line.state for line in shown.lines.all()}
    assert left == {first: "left", second: "listed"}
    assert broken() == []
