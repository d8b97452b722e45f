"""撤回误装的文件: the province takes back a delivery that should not have been loaded (D47-5.12)."""

from __future__ import annotations

from datetime import datetime

from yunquan.journal.actions import audited, move, notify
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.usage import checks, deliveries
from yunquan.usage.models import Delivery
from yunquan.usage.nightly import make_due


@audited("delivery.withdraw", about="delivery")
def withdraw(*, delivery: Delivery, reason: str, by: Actor, now: datetime) -> Delivery:
    """Take back a delivery that was loaded by mistake; its days are computed again the next night (D47-5.12).

    The records are kept aside with the reason, and the same file may come again. Raises Refused: another role
    or state, no reason, a load under way.
    """
    from yunquan.usage.store import StoreBusy, StoreFailed

    row = Delivery.objects.select_for_update(of=("self",)).get(pk=delivery.pk)
    words = reason.strip()
    payload = {"reason": words, "sha256": row.sha256, "records": str(row.records)}
    notify(
        org=row.org,
        obj=row.journal_key,
        kind="delivery_withdrawn",
        title=f"行为数据“{row.name[:60]}”已由省厅撤回，不再计入",
        text=f"理由：{words}。改正后可以重新送达同一文件。",
        key=f"{row.journal_key}:withdrawn",
        now=now,
    )
    changes = {"withdrawn_reason": words}
    move(row, "withdraw", by=by, facts={"reason": words}, now=now, changes=changes, payload=payload)
    try:
        deliveries.store().withdraw(row.sha256, row.source, reason=words, by=by.person, now=now)
    except (StoreBusy, StoreFailed) as wait:
        refusal = Refusal("store_busy", f"{wait}。", checks.ARTICLE, "请过几分钟再撤回。")
        raise Refused([refusal]) from None
    make_due()
    return row
