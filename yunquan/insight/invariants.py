"""The invariants of replays and evaluations, as `yunquan doctor` checks them: a report is what its hash says, and is logged (L1)."""

from __future__ import annotations

from collections.abc import Iterator

from yunquan.insight import evaluation_invariants
from yunquan.insight.actions import report_hash
from yunquan.insight.models import ReplayReport
from yunquan.journal.invariants import Breach
from yunquan.journal.models import LogEntry


def breaches() -> Iterator[Breach]:
    """What stands otherwise than it was frozen or logged: evaluations and splits, and then replays."""
    yield from evaluation_invariants.breaches()
    yield from _replays()


def _replays() -> Iterator[Breach]:
    """Every report whose lines are not those that were frozen, or of which the log knows nothing."""
    logged = set(LogEntry.objects.filter(act="replay.freeze").values_list("obj", flat=True))
    for report in ReplayReport.objects.select_related("replay").order_by("pk").iterator(chunk_size=50):
        key = report.replay.journal_key
        rows = list(report.rows.order_by("pk").values_list("table", "key", "figures"))
        found = report_hash(report.replay, report.rules_before, report.rules_tried, rows)
        if found != report.content_hash:
            yield Breach("L1", key, "试算报告的内容与冻结时的摘要不符")
        if key not in logged:
            yield Breach("L1", key, "试算报告在日志中没有记录")
