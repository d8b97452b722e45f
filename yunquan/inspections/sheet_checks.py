"""What still lacks in a check sheet before it is closed, and whether its conclusion agrees with its rows; pure.

Every fault at once, each with the field it stands beside (D108-3.3, D26-2).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yunquan.inspections import sheet_fields as s
from yunquan.kernel.refusal import Refusal


def unfinished(rows: Sequence[s.Row], findings: Mapping[str, Any]) -> list[Refusal]:
    """Everything that keeps a sheet from being closed."""
    refusals = [refusal for row in rows if row["kind"] != "conclusion" for refusal in _row(row, findings)]
    return refusals + _conclusion(rows, findings)


def _row(row: s.Row, findings: Mapping[str, Any]) -> list[Refusal]:
    finding, field = findings.get(f"{row['code']}.finding", ""), f"{row['code']}.finding"
    label, article = row["label"], row["article"]
    if not finding:
        mend = "请选择符合、不符合或不适用。"
        return [Refusal("unanswered", f"“{label}”还没有给出检查结论。", article, mend, field)]
    refusals = []
    if finding == s.MET:
        for service in row.get("services", ()):
            short = s.lacking(service, row, findings)
            if short:
                message = f"“{label}”选了符合，但“{service['name']}”没有达到标准：{'；或 '.join(short)}。"
                mend = "请补勾现场看到的功能，或改为不符合。"
                refusals.append(Refusal("functions_missing", message, article, mend, field))
    elif not findings.get(f"{row['code']}.remark"):
        said = (s.AMOUNT_FINDINGS if row["kind"] == "amount" else s.FINDINGS).get(finding, finding)
        message = f"“{label}”为“{said}”，还没有写说明。"
        mend = "请写明看到的情况和理由。"
        refusals.append(Refusal("remark_missing", message, article, mend, f"{row['code']}.remark"))
    return refusals


def _conclusion(rows: Sequence[s.Row], findings: Mapping[str, Any]) -> list[Refusal]:
    row = s.conclusion_of(rows)
    field, article = f"{row['code']}.outcome", row["article"]
    outcome = s.outcome_of(rows, findings)
    if outcome is None:
        return [Refusal("unanswered", f"“{row['label']}”还没有选择。", article, "请给出结论。", field)]
    asked = [one for one in rows if one["kind"] != "conclusion"]
    unmet = [one["label"] for one in asked if findings.get(f"{one['code']}.finding") == s.UNMET]
    if outcome["qualified"]:
        if not unmet:
            return []
        message = f"“{'”“'.join(unmet)}”不符合，整体结论不能是“{outcome['label']}”。"
        mend = "请更正该项的检查结论，或改选不合格的结论。"
        return [Refusal("conclusion_disagrees", message, article, mend, field)]
    refusals = []
    doubted = any(findings.get(f"{one['code']}.finding") == s.DOUBT for one in asked)
    if not unmet and not doubted:
        message = f"整体结论为“{outcome['label']}”，但各项都没有不符合。"
        mend = "请把不符合的项目写明，或改选合格的结论。"
        refusals.append(Refusal("conclusion_disagrees", message, article, mend, field))
    if not s.grounds_of(rows, findings):
        message = f"整体结论为“{outcome['label']}”，还没有勾选属于哪种情形。"
        stem = f"{row['code']}.g.{outcome['code']}.0"
        refusals.append(Refusal("ground_missing", message, article, "请至少勾选一种情形。", stem))
    return refusals
