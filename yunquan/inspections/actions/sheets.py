"""The check sheets: entries of any device are taken once each, and the sheets closed over what they say.

Entries are never changed; the sheet is what they merge to (`sheet_merging`). A new one after closing opens the
sheets again, and what was signed no longer counts until they are closed with the same content (D108-3.3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yunquan.inspections.actions.appointing import locked
from yunquan.inspections.actions.visiting import may_work, still_open
from yunquan.inspections.models import CheckSheet, SheetEntry, Visit
from yunquan.inspections.sheet_checks import unfinished
from yunquan.inspections.sheet_fields import cleaned, fields
from yunquan.inspections.visit_queries import findings, live_sheets, sheets_hash
from yunquan.journal.actions import audited, record
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor

MOST_AT_ONCE = 2000
LARGEST = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One entry as a device sends it; `at` is what the device's clock said, shown and never trusted."""

    key: str
    sheet: int
    row: str
    value: Any
    number: int
    at: datetime | None = None


@audited("visit.entries", about="visit")
def take_entries(
    *, visit: Visit, device: str, entries: Sequence[Sent], by: Actor, now: datetime
) -> dict[str, str]:
    """Take a batch; gives for each key "" (taken, now or before) or why it can't be taken, in words.

    What can't be taken keeps nothing else back. Raises Refused when the visit takes no entries at all.
    """
    visit = locked(visit)
    may_work(visit, by, officers=False)
    if len(entries) > MOST_AT_ONCE:
        raise Refused([Refusal("too_many", f"一次最多收 {MOST_AT_ONCE} 条。", "D108-3.3", "请分批同步。")])
    sheets = {sheet.pk: sheet for sheet in live_sheets(visit)}
    known = set(
        SheetEntry.objects.filter(sheet__visit=visit, key__in=[one.key[:40] for one in entries]).values_list(
            "key", flat=True
        )
    )
    named = {pk: fields(sheet.rows) for pk, sheet in sheets.items()}
    outcomes: dict[str, str] = {}
    new: list[SheetEntry] = []
    for one in sorted(entries, key=lambda sent: sent.number):
        key = one.key[:40]
        if key in known:
            outcomes[one.key] = ""
            continue
        try:
            field = named[one.sheet][one.row]
            value = cleaned(field, one.value)
        except KeyError:
            outcomes[one.key] = "抽查表中没有这一项。"
            continue
        except ValueError as wrong:
            outcomes[one.key] = str(wrong)
            continue
        known.add(key)
        outcomes[one.key] = ""
        new.append(
            SheetEntry(
                sheet=sheets[one.sheet],
                key=key,
                device=device[:40],
                number=min(max(one.number, 0), LARGEST),
                row=one.row,
                value=value,
                entered_by=by.person,
                entered_at=one.at,
                received_at=now,
            )
        )
    if new:
        still_open(visit)
        # One after the other: the row's number is the order of arrival, whatever the database.
        for row in new:
            row.save(force_insert=True)
        record(
            "visit.entries", by=by, obj=visit.journal_key, now=now, why="D108-3.3",
            payload={"device": device[:40], "keys": [row.key for row in new]},
        )  # fmt: skip
        _refresh(visit, {row.sheet_id for row in new})
    return outcomes


def _refresh(visit: Visit, touched: set[int]) -> None:
    """Keep what the entries merge to beside them; sheets whose content changed are open again."""
    sheets = live_sheets(visit)
    found = {sheet.pk: findings(sheet) if sheet.pk in touched else sheet.findings for sheet in sheets}
    for sheet in sheets:
        if sheet.pk in touched:
            CheckSheet.objects.filter(pk=sheet.pk).update(findings=found[sheet.pk])
    closed = [sheet for sheet in sheets if sheet.closed_at is not None]
    if closed and sheets_hash(visit, found) != closed[0].content_hash:
        visit.sheets.update(closed_at=None, content_hash="")


@audited("visit.close", about="visit")
def close_sheets(*, visit: Visit, by: Actor, now: datetime) -> str:
    """Close all sheets over what they say now; gives the hash that is signed.

    Raises Refused with everything that is unanswered or disagrees, each beside its field (`s<sheet>-<field>`).
    """
    visit = locked(visit)
    may_work(visit, by, officers=False)
    still_open(visit, ("under_way",))
    sheets = live_sheets(visit)
    found = {sheet.pk: findings(sheet) for sheet in sheets}
    refusals = [
        Refusal(
            one.code, _named(sheet, sheets, one.message), one.article, one.mend, f"s{sheet.pk}-{one.field}"
        )
        for sheet in sheets
        for one in unfinished(sheet.rows, found[sheet.pk])
    ]
    if not sheets:
        refusals.append(Refusal("no_sheet", "没有要填的抽查表。", "D108-3.3", "请联系组织单位。"))
    if refusals:
        raise Refused(refusals)
    digest = sheets_hash(visit, found)
    if any(sheet.closed_at is None or sheet.content_hash != digest for sheet in sheets):
        for sheet in sheets:
            CheckSheet.objects.filter(pk=sheet.pk).update(
                closed_at=now, content_hash=digest, findings=found[sheet.pk]
            )
        record(
            "visit.close", by=by, obj=visit.journal_key, now=now, why="D108-3.3", payload={"content": digest}
        )  # fmt: skip
    return digest


def _named(sheet: CheckSheet, sheets: Sequence[CheckSheet], message: str) -> str:
    return message if len(sheets) == 1 else f"{sheet.inspection.voucher.number}：{message}"
