"""Ends that change after the verdict: what was judged was something else (D47-5.13, E1)."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.cast import CLAIMING, World, broken
from tests.usage.judging import attested, compute
from tests.usage.test_verdicts import NOW as NIGHT
from tests.usage.test_verdicts import background, load, log_of
from tests.vouchers.refusing import codes
from tests.vouchers.test_completion import NOW, draft, send
from yunquan.usage import nightly
from yunquan.usage.queries import verdicts_of
from yunquan.vouchers import actions
from yunquan.vouchers.models import Voucher


def amended(world: World, voucher: Voucher, client: str, *, now: datetime) -> None:
    ends: list[dict[str, Any]] = [
        {**end, "value": client} if end["side"] == "client" else end for end in world.ends(voucher)
    ]
    actions.amend_ends(voucher=voucher, ends=ends, reason="更换专线（测试）", by=world["supplier"], now=now)


@pytest.mark.clause("D47-5.13", "E1")
def test_a_table_is_not_sent_once_the_ends_it_was_drafted_on_have_changed(world: World) -> None:
    voucher = attested(world)
    compute(voucher, "done")
    table = draft(world)
    amended(world, voucher, "14.23.99.9", now=NOW)
    assert codes(send, world=world, table=table, now=NOW + timedelta(minutes=1)) == {"draft_outdated"}
    voucher.refresh_from_db()
    assert voucher.state == "attested"


@pytest.mark.clause("D47-5.13", "E1")
def test_a_verdict_on_other_ends_is_not_what_a_table_says(world: World) -> None:
    voucher = attested(world)
    compute(voucher, "done")
    amended(world, voucher, "14.23.99.9", now=NOW - timedelta(days=1))
    table = send(world, draft(world))
    assert {line.outcome for line in table.lines.all()} == {"not_enough_data"}
    voucher.refresh_from_db()
    assert voucher.state == "attested"
    assert broken() == []


@pytest.mark.clause("E1")
def test_the_same_result_on_other_ends_is_said_again_once(world: World, tmp_path: Path) -> None:
    voucher = attested(world)
    background(tmp_path)
    assert nightly.run(now=NIGHT).written == {"not_done": 1}
    amended(world, voucher, "14.23.99.9", now=NIGHT + timedelta(hours=1))
    assert nightly.run(now=NIGHT + timedelta(days=1)).written == {"not_done": 1}
    load(tmp_path, log_of(["14.1.1.1"], date(2018, 12, 1), date(2018, 12, 9)))
    assert nightly.run(now=NIGHT + timedelta(days=2)).written == {}
    assert len(verdicts_of(voucher.number)) == 2
    assert NIGHT > CLAIMING
