"""The invariant of holds, as `yunquan doctor` checks it: what is held is neither listed nor ordered (F2)."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from yunquan.journal.invariants import Breach
from yunquan.journal.models import LogEntry
from yunquan.vouchers.models import Hold

HOLD, LIFT = "voucher.hold", "voucher.lift_hold"
# What nobody does with a voucher while it is held.
HELD_STEPS = ("voucher.list", "voucher.order")


def held_breaches() -> Iterator[Breach]:
    """Each hold and its lifting are logged (L1), and nothing was listed or ordered between them (F2)."""
    still = Counter(
        Hold.objects.filter(lifted_at=None).order_by().values_list("voucher__number", flat=True).iterator()
    )
    numbers = set(Hold.objects.order_by().values_list("voucher__number", flat=True).iterator())
    open_now: Counter[str] = Counter()
    acts = LogEntry.objects.filter(act__in=(HOLD, LIFT, *HELD_STEPS)).order_by("seq")
    for row in acts.iterator(chunk_size=2000):
        number = row.obj.removeprefix("voucher:")
        if row.act not in (HOLD, LIFT) and not open_now[number]:
            continue
        if json.loads(row.entry)["res"] == "refused" or not row.obj.startswith("voucher:"):
            continue
        if row.act in HELD_STEPS:
            yield Breach("F2", row.obj, f"暂缓未解除就办理了 {row.act}（日志 {row.seq}）")
            continue
        open_now[number] += 1 if row.act == HOLD else -1
    for number in sorted(numbers | set(open_now)):
        if open_now[number] != still[number]:
            told = f"表中有 {still[number]} 项暂缓，日志中有 {open_now[number]} 项"
            yield Breach("L1", f"voucher:{number}", told)
