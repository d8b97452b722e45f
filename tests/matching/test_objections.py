"""Objections that outlive a list, and what the province reduced before the city adds to it (D47-5.22, D47-4.4.6)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import World, at, broken
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
from tests.settlement.making import object_to, several
from yunquan.ledger.queries import balance_fen
from yunquan.matching import accounts
from yunquan.matching import actions as matching
from yunquan.matching.models import MatchingLine
from yunquan.settlement import actions as settlement


@pytest.mark.clause("D47-4.4.6", "D47-5.22")
def test_what_the_province_reduced_before_it_paid_is_what_the_city_adds_to(world: World) -> None:
    scheme(world, trigger="approved")
    [voucher] = several(world, 1)
    shown = world.published()
    settlement.reduce(
        objection=object_to(world, shown, voucher), reason="部分属实（测试）", payable_fen=60_000_00,
        by=world["dg_approver"], now=at("2019-04-11 09:00"),
    )  # fmt: skip
    [line] = drawn(world).lines.all()
    assert (line.award_fen, line.amount_fen) == (60_000_00, 30_000_00)
    assert broken() == []


@pytest.mark.clause("D47-5.22", "M7", "P1")
def test_an_objection_outlives_the_version_of_the_list_it_was_raised_against(world: World) -> None:
    scheme(world)
    rows = paid(world, 4)
    shown = published(world)
    visit = {
        "raised_by": "测试来访者",
        "contact": "测试联系方式",
        "grounds": "请核查（测试）",
        "file": None,
        "by": VISITOR,
    }
    held, reduced, twice, refused = (
        [matching.raise_objection(line=line, now=LISTING + timedelta(days=1), **visit) for _ in range(2)]
        for line in shown.lines.order_by("position")
    )
    approver = {"by": world["dg_approver"], "now": LISTING + timedelta(days=2), "reason": "核查结论（测试）"}
    matching.reduce(objection=reduced[0], payable_fen=10_000_00, **approver)
    matching.dismiss(objection=reduced[1], **approver)
    matching.uphold(objection=twice[0], **approver)
    # The second one holds too; the line ends once.
    assert matching.uphold(objection=twice[1], **approver).state == "upheld"
    matching.withdraw(
        matching_list=shown, reason="更正（测试）", by=world["dg_approver"], now=LISTING + timedelta(days=2)
    )
    # Decided while its voucher stands on no list: it doesn't come back on the next version.
    assert matching.uphold(objection=refused[0], **approver).state == "upheld"
    matching.dismiss(objection=refused[1], **approver)
    again = standing(world, now=LISTING + timedelta(days=3))
    assert [line.voucher_number for line in again.lines.order_by("position")] == [
        row.number for row in rows[:2]
    ]
    run = prepared(world)
    assert dict(outcomes(run)) == {rows[0].number: "held", rows[1].number: "pay"}
    assert run.total_fen == 10_000_00
    matching.cancel(run=run, by=world["dg_cashier"], now=ADDING)
    late = {**approver, "now": ADDING}
    matching.reduce(objection=held[0], payable_fen=5_000_00, **late)
    matching.uphold(objection=held[1], **late)
    assert MatchingLine.objects.filter(voucher=rows[0]).latest("pk").state == "refused"
    pay_all(world, released(world))
    assert balance_fen(accounts.enterprise(rows[1].enterprise_id)) == 10_000_00
    assert broken() == []
