"""Settled worlds: several vouchers of 东莞 on a list, in public or standing, and funds to match."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import CLAIMING, DONGGUAN, PAYING, World, at
from yunquan.kernel.workflow import Actor
from yunquan.programme import actions as programme
from yunquan.settlement import actions as settlement
from yunquan.settlement.actions import taking
from yunquan.settlement.models import Objection, PaymentRun, SettlementLine, SettlementList
from yunquan.vouchers.models import Voucher

FUNDS = 1000_0000_00


def several(world: World, count: int = 3, **changes: Any) -> list[Voucher]:
    """Approved claims of as many enterprises of 东莞, in the order of their claims, an hour apart."""
    made = []
    for number in range(count):
        name = f"e{number}-{next(world.serial)}"
        world.add_enterprise(name)
        voucher = world.issued(name, **changes)
        voucher = world.claim(voucher, name, now=CLAIMING + timedelta(hours=number))
        made.append(world.approve(world.verdict(world.attest(voucher))))
    return made


def leave_funds(world: World, fen: int) -> None:
    """Leave 东莞 just so much money."""
    programme.withdraw_funds(
        cycle=world.cycle, city=DONGGUAN, amount_fen=FUNDS - fen, by=world["province_officer"], now=CLAIMING
    )


def add_funds(world: World, fen: int) -> None:
    """More money for 东莞."""
    programme.appropriate_funds(
        cycle=world.cycle,
        city=DONGGUAN,
        amount_fen=fen,
        document="追加",
        by=world["province_officer"],
        now=PAYING,
    )


def line_of(shown: SettlementList, voucher: Voucher) -> SettlementLine:
    """A voucher's line, read afresh."""
    return SettlementLine.objects.select_related("settlement_list__cycle").get(
        settlement_list=shown, voucher=voucher
    )


def object_to(world: World, shown: SettlementList, voucher: Voucher, **changes: Any) -> Objection:
    """An objection by a visitor, within the period."""
    typed = {
        "raised_by": "测试来访者",
        "contact": "测试联系方式",
        "grounds": "设备没有联网（测试）",
        "file": None,
        "by": Actor(person="visitor", role="public", org="public"),
        "now": at("2019-04-10 09:00"),
        **changes,
    }
    return settlement.raise_objection(line=line_of(shown, voucher), **typed)


def outcomes(run: PaymentRun) -> list[tuple[str, str]]:
    """The run's plan: voucher number and outcome in pay order."""
    return [(row["voucher"], row["outcome"]) for row in run.plan]


def taken_meanwhile(monkeypatch: pytest.MonkeyPatch) -> None:
    """The next look for a bank's reference comes too early: another payment takes it right after."""
    real, early = taking._is_used, [False]
    monkeypatch.setattr(taking, "_is_used", lambda *told: early.pop() if early else real(*told))
