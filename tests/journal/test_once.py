"""An idempotency key: the same content gives the same answer, other content an error (U4)."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from tests.campaigns.racing import race
from tests.cast import APPLYING, World, broken
from tests.vouchers.refusing import codes
from yunquan.journal.models import RequestKey
from yunquan.journal.once import once
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.models import Voucher


def asked(run: Any, *, key: str = "k1", owner: str = "supplier:1", **content: str) -> dict[str, Any]:
    return {"owner": owner, "key": key, "content": {"act": "confirm", **content}, "now": APPLYING, "run": run}


@pytest.mark.clause("U4")
def test_the_same_key_with_the_same_content_runs_once(db: None) -> None:
    runs: list[int] = []

    def run() -> dict[str, Any]:
        runs.append(1)
        return {"answer": len(runs)}

    assert [once(**asked(run)) for _ in range(3)] == [{"answer": 1}] * 3
    assert once(**asked(run, key="k2")) == {"answer": 2}
    assert once(**asked(run, owner="supplier:2")) == {"answer": 3}


@pytest.mark.clause("U4")
def test_the_same_key_with_other_content_is_an_error(db: None) -> None:
    once(**asked(lambda: {"answer": 1}))
    assert codes(once, **asked(lambda: {"answer": 2}, voucher="other")) == {"idempotency_conflict"}


@pytest.mark.clause("U4")
def test_a_refused_request_may_be_sent_again_under_its_key(db: None) -> None:
    def refuses() -> dict[str, Any]:
        raise Refused([Refusal("not_yet", "还不行。", "D47-3")])

    assert codes(once, **asked(refuses)) == {"not_yet"}
    assert not RequestKey.objects.exists()
    assert once(**asked(lambda: {"answer": 1})) == {"answer": 1}


@pytest.mark.clause("U4", "S1")
def test_one_request_sent_many_times_at_once_has_one_effect_and_one_answer(lasting_world: World) -> None:
    world = lasting_world
    voucher = world.apply()

    def confirm() -> dict[str, Any]:
        row = vouchers.confirm(
            voucher=voucher, seen_hash=voucher.content_hash, by=world["supplier"], now=APPLYING
        )
        return {"state": row.state, "version": row.version}

    answers = race([partial(once, **asked(confirm, voucher=voucher.number))] * 4)
    assert answers == [{"state": "confirmed", "version": 2}] * 4
    assert Voucher.objects.get().version == 2
    assert broken() == []
