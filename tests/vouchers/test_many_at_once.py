"""Many submitted or issued in one transaction end as they would one after the other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.cast import APPLYING, DONGGUAN, World, broken
from yunquan.journal.models import LogEntry, Notice
from yunquan.kernel.refusal import Refused
from yunquan.ledger.actions import Posting, transfer
from yunquan.ledger.books import Book
from yunquan.ledger.queries import balance_fen
from yunquan.programme import accounts
from yunquan.vouchers import actions
from yunquan.vouchers.actions import Approval, Submission


def _confirmed(world: World, count: int) -> list[Any]:
    made = []
    for place in range(count):
        world.add_enterprise(f"many{place}")
        made.append(world.confirm(world.apply(f"many{place}")))
    return made


def _leave_quota(world: World, left_fen: int) -> None:
    """Take all of the city's quota but so much away."""
    quota, reserved = accounts.quota("2018", DONGGUAN), accounts.reserved("2018", DONGGUAN)
    taken = balance_fen(quota) - left_fen
    transfer(
        [Posting(quota, reserved, taken)],
        book=Book.PROMISES, kind="issue", subject="test", article="D47-5.10", now=APPLYING,
    )  # fmt: skip


def _codes(outcome: Any) -> list[str]:
    return [refusal.code for refusal in outcome.refusals] if isinstance(outcome, Refused) else [outcome.state]


@pytest.mark.clause("D47-8.2a")
def test_the_quota_goes_to_the_first_and_whoever_no_longer_fits_is_told_what_is_left(world: World) -> None:
    vouchers = _confirmed(world, 3)
    _leave_quota(world, vouchers[0].face_fen * 2 + 1)
    outcomes = actions.issue_all(
        [
            Approval(voucher=row, seen_hash=row.content_hash, by=world["dg_reviewer"], now=APPLYING)
            for row in vouchers
        ]
    )
    assert [_codes(outcome) for outcome in outcomes] == [["issued"], ["issued"], ["no_quota"]]
    assert balance_fen(accounts.quota("2018", DONGGUAN)) == 1
    acts = LogEntry.objects.filter(act="voucher.issue").order_by("seq").values_list("obj", flat=True)
    assert list(acts) == [row.journal_key for row in vouchers]
    assert Notice.objects.filter(kind="issued").count() == 2


@pytest.mark.clause("D47-5.10")
def test_one_that_is_refused_does_not_hold_the_others(world: World) -> None:
    vouchers = _confirmed(world, 3)
    asked = [
        Approval(voucher=row, seen_hash=row.content_hash, by=world["dg_reviewer"], now=APPLYING)
        for row in vouchers
    ]
    asked[1] = Approval(voucher=vouchers[1], seen_hash="0" * 64, by=world["dg_reviewer"], now=APPLYING)
    outcomes = actions.issue_all(asked)
    assert [_codes(outcome) for outcome in outcomes] == [["issued"], ["content_changed"], ["issued"]]
    assert not broken()


@pytest.mark.clause("D47-5.10")
def test_the_same_voucher_twice_is_issued_once(world: World) -> None:
    (voucher,) = _confirmed(world, 1)
    asked = Approval(voucher=voucher, seen_hash=voucher.content_hash, by=world["dg_reviewer"], now=APPLYING)
    first, second = actions.issue_all([asked, asked])
    assert (_codes(first), _codes(second)) == (["issued"], ["not_from_this_state"])
    assert not broken()


@pytest.mark.clause("D47-4.4.3", "D47-5.8")
def test_two_of_one_enterprise_count_under_its_ceiling_and_one_contract_serves_one(world: World) -> None:
    drafts = [world.start() for _ in range(2)]
    typed = world.typed()
    by = world["dg_enterprise"]
    outcomes = actions.submit_all(
        [Submission(voucher=row, typed=typed, by=by, now=APPLYING) for row in drafts]
    )
    assert [_codes(outcome) for outcome in outcomes] == [["submitted"], ["contract_used"]]
    again = actions.submit_all([Submission(voucher=drafts[1], typed=world.typed(), by=by, now=APPLYING)])
    assert again[0].awarded_before_fen == outcomes[0].face_fen
    assert not broken()
