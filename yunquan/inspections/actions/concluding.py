"""抽查结论: the panel concludes, asks about an amount in doubt, hears the explanation and thinks again (D108-A2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from yunquan.inspections.models import Inspection, Opinion
from yunquan.inspections.result_facts import (
    asked_before,
    due,
    locked,
    outcome_facts,
    outcome_label,
    own_files,
    place_facts,
    result_due,
    tell,
    tell_parties,
    write_ruling,
)
from yunquan.journal.actions import audited, move
from yunquan.kernel.calendar import local_date
from yunquan.kernel.workflow import Actor


@audited("inspection.conclude", about="inspection")
def conclude(
    *, inspection: Inspection, outcome: str, grounds: Sequence[str], opinion: str, by: Actor, now: datetime
) -> Inspection:
    """Write down the panel's conclusion, a code of the regime's outcomes with its grounds and the experts' opinion.

    The result has to be given back within the regime's working days after the visit (D108-3.4).
    """
    row = locked(inspection)
    facts = {**place_facts(row, by), **outcome_facts(row, outcome, grounds)}
    changes = {
        "outcome": outcome,
        "grounds": facts["grounds"],
        "opinion": opinion.strip(),
        "concluded_by": by.person,
        "concluded_at": now,
        "due_on": result_due(row, now),
    }
    payload = {"outcome": outcome, "grounds": facts["grounds"], "opinion": opinion.strip()}
    pol = row.plan.regime_version
    move(row, "conclude", by=by, facts=facts, now=now, changes=changes, payload=payload, pol=pol)
    write_ruling(row, "concluded", outcome=outcome, grounds=grounds, text=opinion, by=by, now=now)
    title = f"抽查已有结论，请在 {row.due_on} 前反馈：{row.voucher.number}"
    tell(row, row.plan.org, "concluded", title, outcome_label(row, outcome), now)
    return row


@audited("inspection.ask", about="inspection")
def ask(*, inspection: Inspection, doubt: str, by: Actor, now: datetime) -> Inspection:
    """Ask for an explanation and proof of an amount in doubt within the regime's working days (D108-A2)."""
    row = locked(inspection)
    facts = {**place_facts(row, by), "reason": doubt, "asked_before": asked_before(row)}
    due_on = due(row, "evidence_working_days", local_date(now))
    move(
        row,
        "ask",
        by=by,
        facts=facts,
        now=now,
        changes={"doubt": doubt.strip(), "due_on": due_on},
        payload={"doubt": doubt.strip(), "due": str(due_on)},
    )
    title = f"请在 {due_on} 前说明 {row.voucher.number} 的合同金额"
    text = f"{doubt.strip()}\n请提供过往已完成的同类合同（不含上云上平台项目）、验收报告和发票。"
    tell_parties(row, "ask", title, text, now)
    return row


@audited("inspection.explain", about="inspection")
def explain(
    *, inspection: Inspection, text: str, files: Sequence[int] = (), by: Actor, now: datetime
) -> Inspection:
    """File the explanation with earlier contracts of the same kind, acceptance and invoices (D108-A2).

    `files` are uploads of the filer's own organisation.
    """
    row = locked(inspection)
    rows, all_own = own_files(files, by)
    facts = {"text": text, "files_own": all_own}
    shown = [one.sha256 for one in rows]
    move(
        row,
        "explain",
        by=by,
        facts=facts,
        now=now,
        changes={"due_on": result_due(row, now)},
        payload={"text": text.strip(), "files": shown},
    )
    filed = Opinion.objects.create(
        inspection=row, kind="explanation", org=by.org, text=text.strip(), filed_by=by.person, filed_at=now
    )
    filed.files.set(rows)
    tell(row, row.plan.org, "explained", f"已收到金额说明：{row.voucher.number}", text.strip()[:500], now)
    return row


@audited("inspection.explain_late", about="inspection")
def explain_late(*, inspection: Inspection, by: Actor, now: datetime) -> Inspection:
    """The clock: no explanation came in time, the panel's conclusion goes on as it is (D108-A2)."""
    row = locked(inspection)
    facts = {"due_on": row.due_on, "today": local_date(now)}
    move(row, "explain_late", by=by, facts=facts, now=now, changes={"due_on": result_due(row, now)})
    title = f"逾期没有收到金额说明：{row.voucher.number}"
    tell(row, row.plan.org, "explain_late", title, "按现有材料给出结论。", now)
    tell_parties(row, "explain_late", title, "将按现有材料给出结论。", now)
    return row


@audited("inspection.reconsider", about="inspection")
def reconsider(
    *,
    inspection: Inspection,
    outcome: str,
    grounds: Sequence[str],
    opinion: str,
    reason: str,
    by: Actor,
    now: datetime,
) -> Inspection:
    """Conclude again after the explanation, or its want, with the reason; what was concluded before stays on record."""
    row = locked(inspection)
    facts = {
        **place_facts(row, by),
        **outcome_facts(row, outcome, grounds),
        "asked_before": asked_before(row),
        "reason": reason,
    }
    changes = {
        "outcome": outcome,
        "grounds": facts["grounds"],
        "opinion": opinion.strip(),
        "concluded_by": by.person,
    }
    payload = {"outcome": outcome, "before": row.outcome, "reason": reason.strip()}
    move(row, "reconsider", by=by, facts=facts, now=now, changes=changes, payload=payload)
    write_ruling(
        row,
        "reconsidered",
        outcome=outcome,
        grounds=grounds,
        text=f"{opinion.strip()}\n{reason.strip()}",
        by=by,
        now=now,
    )
    return row
