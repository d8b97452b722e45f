"""Worlds with a city's own subsidy: a scheme of 东莞, paid vouchers, a list in public or standing, a run."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from tests.cast import CLOCK, DONGGUAN, PAYING, World, at, released_on
from tests.settlement.making import several
from yunquan.kernel.money import yuan_plain
from yunquan.kernel.workflow import Actor
from yunquan.matching import actions as matching
from yunquan.matching.models import MatchingInstruction, MatchingList, MatchingRun, MatchingScheme
from yunquan.vouchers.models import Voucher

ADOPTING = at("2019-01-10 09:00")
LISTING = PAYING + timedelta(days=10)
ADDING = at("2019-06-20 10:00")
VISITOR = Actor(person="visitor", role="public", org="public")


def proposed(world: World, **changes: Any) -> MatchingScheme:
    """Half of the province's award, at most 200,000 yuan an enterprise, 1,000,000 yuan in all."""
    values: dict[str, Any] = {
        "cycle": world.cycle, "city": DONGGUAN, "title": "虚构市上云配套办法（测试）", "document": "测工信〔2019〕1号",
        "clause": "第三条", "basis": "ratio", "ratio": 5000, "ceiling_fen": 200_000_00, "total_fen": 1_000_000_00,
        "from_on": date(2019, 1, 1), "within_fee": False, "by": world["dg_reviewer"], "now": ADOPTING, **changes,
    }  # fmt: skip
    return matching.propose(**values)


def scheme(world: World, *, now: datetime = ADOPTING, **changes: Any) -> MatchingScheme:
    """The same, adopted by the approver."""
    row = proposed(world, **{"now": now, **changes})
    return matching.adopt(scheme=row, by=world["dg_approver"], now=now + timedelta(hours=1))


def paid(world: World, count: int = 2, **changes: Any) -> list[Voucher]:
    """Vouchers that the province's money was paid for."""
    rows = several(world, count, **changes)
    world.standing()
    world.pay_all(world.released())
    return list(Voucher.objects.filter(pk__in=[row.pk for row in rows]).order_by("claim_seq"))


def drawn(world: World, *, now: datetime = LISTING) -> MatchingList:
    return matching.draw_up(cycle=world.cycle, city=DONGGUAN, by=world["dg_reviewer"], now=now)


def published(world: World, *, now: datetime = LISTING) -> MatchingList:
    shown = drawn(world, now=now)
    return matching.publish(matching_list=shown, by=world["dg_approver"], now=now + timedelta(hours=1))


def standing(world: World, *, now: datetime = LISTING) -> MatchingList:
    shown = published(world, now=now)
    assert shown.publicity_ends_at is not None
    return matching.close(matching_list=shown, by=CLOCK, now=shown.publicity_ends_at + timedelta(minutes=1))


def prepared(world: World, *, now: datetime = ADDING) -> MatchingRun:
    return matching.prepare_run(cycle=world.cycle, city=DONGGUAN, by=world["dg_reviewer"], now=now)


def released(world: World, *, now: datetime = ADDING) -> MatchingRun:
    run = prepared(world, now=now)
    return matching.release(run=run, by=world["dg_cashier"], now=now + timedelta(hours=1))


def result(row: MatchingInstruction, outcome: str = "成功", **changes: str) -> dict[str, str]:
    """A bank's result line for an instruction."""
    is_paid = outcome == "成功"
    return {
        "instruction": row.number, "amount": yuan_plain(row.amount_fen), "outcome": outcome,
        "bank_reference": f"B{row.number}" if is_paid else "", "settled_on": released_on(row.run),
        "reason": "" if is_paid else "账号户名不符", **changes,
    }  # fmt: skip


def pay_all(world: World, run: MatchingRun, *, now: datetime = ADDING + timedelta(days=1)) -> None:
    """The bank pays every instruction of a run."""
    for row in run.instructions.order_by("number"):
        matching.take_result(run=run, columns=result(row), by=world["dg_cashier"], now=now)


def outcomes(run: MatchingRun) -> list[tuple[str, str]]:
    """The run's plan: voucher number and outcome in pay order."""
    return [(row["voucher"], row["outcome"]) for row in run.plan]
