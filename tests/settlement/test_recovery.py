"""Recovery after payment: never more than was paid, booked when it arrives (D47-5.23, M10)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import DONGGUAN, PAYING, World, broken
from tests.vouchers.refusing import codes
from yunquan.kernel.workflow import Actor
from yunquan.ledger.queries import as_text
from yunquan.settlement import actions as settlement
from yunquan.settlement.models import Recovery
from yunquan.vouchers.models import Voucher


@pytest.fixture
def paid(world: World) -> Voucher:
    voucher = world.approved()
    world.standing()
    world.pay_all(world.released())
    voucher.refresh_from_db()
    return voucher


def demand(world: World, voucher: Voucher, amount_fen: int, **changes: Any) -> dict[str, Any]:
    by = changes.pop("by", world["dg_approver"])
    return {
        "voucher": voucher, "amount_fen": amount_fen, "reason": "价格明显偏高", "document": world.file(by), "by": by,
        "now": PAYING, **changes,
    }  # fmt: skip


def receive(world: World, recovery: Recovery, **changes: Any) -> dict[str, Any]:
    return {
        "recovery": recovery, "bank_reference": "R1", "by": world["dg_cashier"], "now": PAYING, **changes,
    }  # fmt: skip


@pytest.mark.clause("D47-5.23b", "D47-5.23")
def test_a_part_comes_back_and_the_voucher_stays_paid(world: World, paid: Voucher) -> None:
    asked = settlement.demand(**demand(world, paid, 10_000_00))
    settlement.receive(**receive(world, asked))
    paid.refresh_from_db()
    assert paid.state == "paid"
    key = f"enterprise:{paid.enterprise_id}"
    assert f"cash recover: {key} -> recovered:2018:{DONGGUAN} 10,000.00" in as_text(paid.journal_key)
    assert broken() == []


@pytest.mark.clause("D47-5.23b", "S4", "M10")
def test_all_that_was_paid_comes_back_in_parts_and_the_voucher_is_recovered(
    world: World, paid: Voucher
) -> None:
    asked = [settlement.demand(**demand(world, paid, part)) for part in (10_000_00, 100_000_00)]
    assert codes(settlement.demand, **demand(world, paid, 1)) == {"recovery_out_of_range"}
    for number, one in enumerate(asked):
        settlement.receive(**receive(world, one, bank_reference=f"R{number}"))
    paid.refresh_from_db()
    assert paid.state == "recovered"
    assert codes(settlement.receive, **receive(world, asked[0])) == {"not_from_this_state"}
    assert codes(settlement.demand, **demand(world, paid, 1)) == {"not_paid", "recovery_out_of_range"}
    assert broken() == []


@pytest.mark.clause("M10", "D47-5.23")
@pytest.mark.parametrize("amount_fen", [0, -1, 110_000_01])
def test_what_is_asked_back_lies_between_nothing_and_what_was_paid(
    world: World, paid: Voucher, amount_fen: int
) -> None:
    assert codes(settlement.demand, **demand(world, paid, amount_fen)) == {"recovery_out_of_range"}


@pytest.mark.clause("D47-5.23")
def test_a_demand_needs_a_reason_a_document_a_payment_and_the_approver(world: World) -> None:
    voucher = world.approved()
    said = codes(
        settlement.demand, **demand(world, voucher, 1, reason=" ", document=None, by=world["dg_cashier"])
    )
    assert said == {"not_your_role", "no_reason", "no_document", "not_paid", "recovery_out_of_range"}


@pytest.mark.clause("S3")
def test_who_demanded_does_not_book_the_arrival(world: World, paid: Voucher) -> None:
    asked = settlement.demand(**demand(world, paid, 10_000_00))
    by = Actor(person=world["dg_approver"].person, role="city_cashier", org=world["dg_cashier"].org)
    assert codes(settlement.receive, **receive(world, asked, by=by)) == {"same_person"}
    assert codes(settlement.receive, **receive(world, asked, bank_reference=" ")) == {"missing"}
