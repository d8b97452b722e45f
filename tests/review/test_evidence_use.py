"""Money that stands on use must hear of it when the records of that use are taken back (D47-5.12, D47-5.16)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.cast import World, broken
from tests.usage.judging import attested
from tests.usage.test_verdicts import NOW, background, load, log_of
from yunquan.journal.models import Notice
from yunquan.usage import nightly
from yunquan.usage.pictures import root
from yunquan.usage.queries import holding
from yunquan.usage.store import Store


@pytest.mark.clause("D47-5.12", "D47-5.16")
def test_the_city_is_told_when_a_verdict_that_it_acts_on_would_be_another_now(
    world: World, tmp_path: Path
) -> None:
    voucher = attested(world)
    background(tmp_path)
    load(tmp_path, log_of(["120.79.10.8"], date(2018, 11, 9), date(2019, 2, 20)))
    assert nightly.run(now=NOW).written == {"done": 1}
    voucher = world.verdict(voucher)
    assert voucher.state == "verified"
    nightly.run(now=NOW + timedelta(days=1))
    assert not Notice.objects.filter(kind="use_changed").exists()
    wrong = max(Store(root()).loads(), key=lambda one: one.order)
    Store(root()).withdraw(wrong.sha256, wrong.source, reason="误装", by="测试", now=datetime.now(UTC))
    for days in (2, 3):
        nightly.run(now=NOW + timedelta(days=days))
    told = Notice.objects.get(kind="use_changed")
    assert told.org == f"bureau:{voucher.city}" and voucher.number in told.title
    assert told.obj == voucher.journal_key
    # What was decided stands until somebody decides otherwise.
    assert holding([voucher.number])[voucher.number].outcome == "done"
    assert broken() == []
