"""Computed verdicts for tests, as the nightly run would write them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from tests.cast import CLAIMING, CLOCK, World
from yunquan.usage.models import Verdict
from yunquan.usage.verdicts import Computed, Part, record_computed
from yunquan.vouchers.models import Voucher

FEW = {
    "code": "active_days",
    "label": "活跃天数 3 天，要求不少于 20 天",
    "mend": "继续使用",
    "article": "D47-5.13",
}
JUDGED = CLAIMING + timedelta(days=2)  # The attestation, which declares the ends, is a day earlier.
NONE = {"code": "no_records", "label": "没有送达运营商连接记录", "mend": "请补送记录", "article": "D47-5.12"}
SHARED = {
    "code": "shared_client", "label": "用户端与其他企业共用", "evidence": [{"client": "120.79.10.8", "days": 3}],
}  # fmt: skip
FIGURES = {
    "active_days": 40, "active_weeks": 9, "records": 1234, "bytes": 98765, "clients": 2, "working_share": "0.842",
}  # fmt: skip


def part(service: int, outcome: str, **changes: Any) -> Part:
    """One service's part with figures, and reasons where it isn't done."""
    reasons = {"done": (), "not_done": (FEW,), "not_enough_data": (NONE,)}[outcome]
    figures = FIGURES if outcome == "done" else {**FIGURES, "active_days": 3, "records": 7}
    return Part(service, outcome, changes.get("figures", figures), reasons, changes.get("signals", ()))


def compute(voucher: Voucher, *outcomes: str, now: datetime = JUDGED, **changes: Any) -> list[Verdict]:
    """Write a computed verdict: one outcome for all services, or one for each of 2 and 8."""
    two = outcomes * 2 if len(outcomes) == 1 else outcomes
    parts = tuple(part(service, said, **changes) for service, said in zip((2, 8), two, strict=True))
    reasons = [{"code": "watching", "label": "持续观察"}] if changes.get("watching") else []
    result = Computed(voucher.number, parts, "rules-1", changes.get("input_hash", "a" * 64), reasons)
    return record_computed([result], by=CLOCK, now=now)


def attested(world: World, clerk: str = "dg_enterprise") -> Voucher:
    """A claim that waits for its verdict."""
    return world.attest(world.claim(world.issued(clerk), clerk))
