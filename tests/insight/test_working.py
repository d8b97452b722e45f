"""Work on a replay outside any transaction, as page, clock and command do it: one snapshot, progress told beside it."""

from __future__ import annotations

from datetime import date

from tests.cast import World
from tests.insight.conftest import NOW
from yunquan.insight import actions
from yunquan.insight.models import ReplayWork
from yunquan.programme import actions as programme


def test_progress_is_told_past_the_snapshot_and_the_report_is_kept(lasting_world: World) -> None:
    world, by = lasting_world, lasting_world["province_officer"]
    voucher = world.apply()
    change = programme.draft_rule_change(
        pack="gd-2018", rule="award.cap.8", value={"per": "service", "amount": "2 万元"}, from_on=date(2099, 9, 1),
        article="D47-A1.1", meaning="试算用。", by=by, now=NOW,
    )  # fmt: skip
    row = actions.ask(changes=[change], cycles=[world.cycle], by=by, now=NOW)
    report = actions.run(row=row, by=by, now=NOW)
    assert report is not None
    work = ReplayWork.objects.get(replay=row)
    assert (work.read, work.total, work.fault) == (1, 1, "")
    assert report.rows.get(table="case").key == voucher.number
