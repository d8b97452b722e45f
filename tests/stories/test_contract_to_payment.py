"""The whole life of a voucher through the verbs, asserted on the ledger as text."""

from __future__ import annotations

import pytest

from tests.cast import World, broken
from yunquan.journal.queries import history, verify_log
from yunquan.ledger.queries import as_text
from yunquan.settlement import actions as settlement


@pytest.mark.clause("D47-5.15", "D47-5.10", "D47-4.4.2", "M9", "L1")
def test_a_voucher_goes_from_contract_to_payment(world: World) -> None:
    voucher = world.approved()
    assert voucher.face_fen == 110_000_00
    world.standing()
    run = world.released()
    world.pay_all(run)
    voucher.refresh_from_db()
    assert voucher.state == "paid"
    run = settlement.finish(run=run, by=world["dg_cashier"], now=voucher.paid_at)
    assert run.state == "done"
    assert as_text(voucher.journal_key) == (
        "promises issue: quota:2018:441900 -> reserved:2018:441900 110,000.00\n"
        f"cash pay: committed:2018:441900 -> enterprise:{world.enterprise.pk} 110,000.00\n"
        "promises redeem: reserved:2018:441900 -> redeemed:2018:441900 110,000.00"
    )
    acts = [entry["act"] for entry in history(voucher.journal_key)]
    assert acts == [
        "voucher.start", "voucher.submit", "voucher.confirm", "voucher.issue", "voucher.claim",
        "voucher.attest", "voucher.mark_done", "voucher.approve_claim", "voucher.list", "voucher.order",
        "voucher.pay",
    ]  # fmt: skip
    assert verify_log() is None
    assert broken() == []
