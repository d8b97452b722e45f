"""A usage verdict by hand: a reason, a document, marked as by hand (D47-5.13)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import CLAIMING, World, broken
from tests.vouchers.refusing import codes
from yunquan.journal.queries import history, log_size
from yunquan.usage.queries import latest_verdict, verdicts_of
from yunquan.vouchers import actions as vouchers


def verdict(world: World, voucher: Any, **changes: Any) -> dict[str, Any]:
    by = changes.pop("by", world["province_officer"])
    return {
        "voucher": voucher,
        "outcome": "done",
        "reasons": [{"label": "连接记录已核对（测试）"}],
        "document": world.file(by),
        "by": by,
        "now": CLAIMING,
        **changes,
    }


@pytest.mark.clause("D47-5.13")
def test_a_verdict_by_hand_needs_a_reason_a_document_and_a_known_outcome(world: World) -> None:
    voucher = world.attest(world.claim(world.issued()))
    said = codes(
        vouchers.record_verdict,
        **verdict(world, voucher, outcome="perhaps", reasons=[{"label": ""}], document=None),
    )
    assert said == {"unknown_outcome", "no_reason", "no_document"}
    assert verdicts_of(voucher.number) == []


@pytest.mark.clause("D47-5.13")
def test_done_goes_to_the_city_and_says_for_ever_that_it_was_by_hand(world: World) -> None:
    voucher = world.verdict(world.attest(world.claim(world.issued())))
    assert voucher.state == "verified"
    assert voucher.due_on is not None
    kept = latest_verdict(voucher.number)
    assert kept is not None
    assert (kept.source, kept.outcome, kept.recorded_by) == ("hand", "done", world["province_officer"].person)
    assert kept.document is not None
    last = history(voucher.journal_key)[-1]
    assert (last["act"], last["payload"]["source"]) == ("voucher.mark_done", "hand")
    assert broken() == []


@pytest.mark.clause("D47-5.13", "D47-5.21")
def test_not_done_returns_the_claim_with_the_reasons(world: World) -> None:
    voucher = world.verdict(world.attest(world.claim(world.issued())), "not_done")
    assert (voucher.state, voucher.return_reasons) == (
        "claim_returned",
        [{"label": "连接记录已核对（测试）"}],
    )
    assert broken() == []


@pytest.mark.clause("D47-5.13", "L1")
def test_not_enough_data_leaves_the_claim_waiting_and_stands_in_the_log(world: World) -> None:
    voucher = world.attest(world.claim(world.issued()))
    before = log_size()
    after = world.verdict(voucher, "not_enough_data")
    assert after.state == "attested"
    assert log_size() > before + 1  # the file that was taken, and the verdict
    assert history(voucher.journal_key)[-1]["act"] == "voucher.record_verdict"
    assert world.verdict(after).state == "verified"
    assert [row.outcome for row in verdicts_of(voucher.number)] == ["not_enough_data", "done"]
    assert broken() == []


@pytest.mark.clause("D47-5.13", "S1")
@pytest.mark.parametrize("outcome", ["done", "not_done", "not_enough_data"])
def test_only_the_province_records_a_verdict_and_only_on_an_attested_claim(
    world: World, outcome: str
) -> None:
    voucher = world.claim(world.issued())
    assert codes(vouchers.record_verdict, **verdict(world, voucher, outcome=outcome)) == {
        "not_from_this_state"
    }
    voucher = world.attest(voucher)
    for name in ("dg_enterprise", "supplier", "dg_reviewer", "auditor"):
        said = codes(vouchers.record_verdict, **verdict(world, voucher, outcome=outcome, by=world[name]))
        assert said == {"not_your_role"}
    assert verdicts_of(voucher.number) == []
