"""From the visit to the conclusion: when every table of the regime is signed, or a visit was obstructed.

The one place where a visit speaks to what follows it (`actions.concluding.conclude`).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from yunquan.inspections.models import CheckSheet, Inspection, Visit
from yunquan.inspections.sheet_fields import conclusion_of, grounds_of, outcome_of
from yunquan.inspections.visit_queries import findings, regime_value
from yunquan.kernel.workflow import Actor

OBSTRUCTED = "不配合抽查，按抽查不通过处理"


def hand_over(visit: Visit, rows: Sequence[Inspection], *, by: Actor, now: datetime) -> None:
    """Conclude each inspection whose tables are all signed; the gravest of their outcomes counts."""
    tables = regime_value(visit.plan, "tables").value
    order = [one.code for one in regime_value(visit.plan, "outcomes").value.outcomes]
    for row in rows:
        signed = CheckSheet.objects.filter(inspection=row, visit__state="signed").order_by("pk")
        sheets = {sheet.table: sheet for sheet in signed}
        if row.state != "appointed" or set(tables) - set(sheets):
            continue
        told = []
        for table in tables:
            sheet = sheets[table]
            found = findings(sheet)
            outcome = outcome_of(sheet.rows, found)
            if outcome is not None:
                opinion = str(found.get(f"{conclusion_of(sheet.rows)['code']}.opinion", ""))
                told.append((outcome, grounds_of(sheet.rows, found), opinion))
        worst = max(told, key=lambda one: (not one[0]["qualified"], order.index(one[0]["code"])))
        if worst[0]["qualified"]:
            # Of several good ones the more modest: what only one table calls excellent is not.
            worst = max(told, key=lambda one: order.index(one[0]["code"]))
        _conclude(
            row,
            outcome=worst[0]["code"],
            grounds=worst[1],
            opinion="\n".join(opinion for _outcome, _grounds, opinion in told if opinion),
            by=by,
            now=now,
        )


def hand_over_failed(
    visit: Visit, rows: Sequence[Inspection], *, reason: str, by: Actor, now: datetime
) -> None:
    """An obstructed visit concludes its inspections with the mildest outcome that is not qualified (D108-6)."""
    outcomes = regime_value(visit.plan, "outcomes").value.outcomes
    failed = next(one for one in outcomes if not one.qualified)
    for row in rows:
        if row.state == "appointed":
            _conclude(row, outcome=failed.code, grounds=[OBSTRUCTED], opinion=reason, by=by, now=now)


def _conclude(
    inspection: Inspection, *, outcome: str, grounds: list[str], opinion: str, by: Actor, now: datetime
) -> None:
    from yunquan.inspections.actions.concluding import conclude

    conclude(inspection=inspection, outcome=outcome, grounds=grounds, opinion=opinion, by=by, now=now)
