"""配套异议: raised in public within the period, decided by the city's approver (D47-5.22)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yunquan.evidence.models import StoredFile
from yunquan.journal.actions import audited, move, notify
from yunquan.kernel.workflow import Actor
from yunquan.matching.entitled import UNUSED
from yunquan.matching.lifecycle import GONE
from yunquan.matching.models import MatchingLine, MatchingList, MatchingObjection
from yunquan.settlement.actions.objecting import raised
from yunquan.vouchers.actions.shared import lock


@audited("matching_objection.raise", about="line")
def raise_objection(
    *,
    line: MatchingLine,
    raised_by: str,
    contact: str,
    grounds: str,
    file: StoredFile | None,
    by: Actor,
    now: datetime,
) -> MatchingObjection:
    """Raise an objection to one line within the publicity period; gives a tracking code."""
    row = raised(
        MatchingObjection,
        line=line,
        lists=MatchingList.objects.filter(pk=line.matching_list_id),
        prefix="PT",
        written={"raised_by": raised_by, "contact": contact, "grounds": grounds},
        file=file,
        by=by,
        now=now,
    )
    notify(
        org=f"bureau:{row.city}",
        obj=row.journal_key,
        kind="matching_objection",
        title="配套清单收到异议",
        key=f"{row.journal_key}:raised",
        now=now,
    )
    return row


def _decide(
    action: str,
    *,
    objection: MatchingObjection,
    reason: str,
    by: Actor,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
) -> tuple[MatchingObjection, MatchingLine]:
    """Decide under the lock of the voucher; gives its line too, on the version of the list that stands now."""
    voucher = lock(objection.line.voucher)
    lines = list(voucher.matching_lines.select_for_update(of=("self",)).order_by("pk"))
    line = next((one for one in lines if one.state != GONE), lines[-1])
    query = MatchingObjection.objects.select_for_update(of=("self",)).select_related("line")
    row = query.get(pk=objection.pk)
    decided = {"answer": reason.strip(), "decided_by": by.person, "decided_at": now, **(changes or {})}
    told = {"reason": reason, "listed_fen": line.due_fen, **(facts or {})}
    move(row, action, by=by, facts=told, now=now, changes=decided, payload={"reason": reason.strip()})
    return row, line


@audited("matching_objection.dismiss", about="objection")
def dismiss(*, objection: MatchingObjection, reason: str, by: Actor, now: datetime) -> MatchingObjection:
    """The objection doesn't hold: the line is paid as listed."""
    row, _line = _decide("dismiss", objection=objection, reason=reason, by=by, now=now)
    return row


@audited("matching_objection.uphold", about="objection")
def uphold(*, objection: MatchingObjection, reason: str, by: Actor, now: datetime) -> MatchingObjection:
    """The objection holds: the city adds nothing to this voucher."""
    row, line = _decide("uphold", objection=objection, reason=reason, by=by, now=now)
    # A second objection to the same voucher may hold too, or its list be gone; the line ends once.
    if line.state not in UNUSED:
        move(line, "refuse", by=by, facts={}, now=now)
    return row


@audited("matching_objection.reduce", about="objection")
def reduce(
    *, objection: MatchingObjection, payable_fen: int | None, reason: str, by: Actor, now: datetime
) -> MatchingObjection:
    """The objection holds in part: the city pays less than it listed, in fen."""
    facts, changes = {"payable_fen": payable_fen}, {"payable_fen": payable_fen}
    row, line = _decide(
        "reduce", objection=objection, reason=reason, by=by, now=now, facts=facts, changes=changes
    )
    MatchingLine.objects.filter(pk=line.pk).update(payable_fen=payable_fen)
    return row
