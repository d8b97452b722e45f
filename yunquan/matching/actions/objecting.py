"""配套异议: raised in public within the period, decided by the city's approver (D47-5.22)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from yunquan.evidence.models import StoredFile
from yunquan.journal.actions import audited, move, notify, record
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.matching import checks
from yunquan.matching.entitled import UNUSED
from yunquan.matching.lifecycle import GONE
from yunquan.matching.models import MatchingLine, MatchingList, MatchingObjection
from yunquan.policy.deadlines import review_deadline
from yunquan.programme.rules import rulebook, working_calendar
from yunquan.settlement.actions.objecting import CODE_ALPHABET
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
    lists = MatchingList.objects.select_for_update(of=("self",)).select_related("cycle")
    shown = lists.get(pk=line.matching_list_id)
    facts = {"list_state": shown.state, "publicity_ends_at": shown.publicity_ends_at or now, "now": now}
    refusals = [refusal for refusal in [checks.within_publicity(facts)] if refusal]
    typed = (
        ("raised_by", raised_by, "提出人"),
        ("contact", contact, "联系方式"),
        ("grounds", grounds, "异议内容"),
    )
    refusals += [
        Refusal("missing", f"请填写{label}。", "D47-5.22", field=name)
        for name, value, label in typed
        if not value.strip()
    ]
    if refusals:
        raise Refused(refusals)
    row = MatchingObjection.objects.create(
        line=line,
        city=shown.city,
        code="PT" + "".join(secrets.choice(CODE_ALPHABET) for _ in range(10)),
        raised_by=raised_by.strip()[:120],
        contact=contact.strip()[:120],
        grounds=grounds.strip(),
        file=file,
        raised_at=now,
        due_on=review_deadline("claim", now, rulebook(shown.cycle.pack), working_calendar()).due_on,
    )
    record(
        "matching_objection.raise",
        by=by,
        obj=row.journal_key,
        now=now,
        why="D47-5.22",
        post=row.state,
        payload={"line": line.pk, "voucher": line.voucher_number},
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
