"""What is wrong with a form, field by field, in words that say where it stands: the row, the field, the fault."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from yunquan.kernel.refusal import Refusal

# What the forms call their rows, as their headings do.
_ROWS = {
    "lines": "应用服务", "invoices": "发票", "proofs": "付款凭证", "parties": "代付说明", "ends": "使用端",
    "modules": "功能模块", "counties": "县区", "budget": "用途", "milestones": "节点", "reached": "节点",
    "spending": "支出",
}  # fmt: skip


def row_said(name: str, rows: Mapping[str, str] | None = None) -> str:
    """The row that a field's name stands for; empty where it stands in none. `rows` is what a form calls its own.

    >>> row_said("invoices-1-gross"), row_said("steps-0-on"), row_said("title")
    ('发票 2', '第 1 行', '')
    """
    found = re.match(r"([a-z]+)-(\d+)-", name)
    if found is None:
        return ""
    noun, number = (rows or {}).get(found[1]) or _ROWS.get(found[1]), int(found[2]) + 1
    return f"{noun} {number}" if noun else f"第 {number} 行"


def field_problems(bound: Any) -> list[dict[str, str]]:
    """What is wrong with one field, with the article and the way to mend it where a refusal says them."""
    return [_told(str(message), bound.form, bound.name) for message in bound.errors]


def problems_of(form: Any) -> list[dict[str, str]]:
    """Everything wrong with a form: what concerns it as a whole, then each field with its row and its label."""
    told = [{"anchor": "", "label": "", **_told(str(one), form, "")} for one in form.non_field_errors()]
    for bound in form:
        for problem in field_problems(bound):
            anchor = bound.id_for_label or bound.auto_id
            told.append({**problem, "anchor": anchor, "label": _place(bound, problem["message"])})
    return told


def _told(message: str, form: Any, name: str) -> dict[str, str]:
    refusals: list[Refusal] = getattr(form, "refusals_by_field", {}).get(name, [])
    refusal = next((one for one in refusals if one.message == message), None)
    article, mend = (refusal.article, refusal.mend) if refusal is not None else ("", "")
    return {"message": message, "article": article, "mend": mend}


def _place(bound: Any, message: str) -> str:
    """Where a fault stands: its row and its field, which is left out where the message names it itself."""
    blank = getattr(bound.form, "blank", None)
    row = row_said(bound.name) if blank is not None and bound.name.partition("-")[0] in blank.rows else ""
    label = str(bound.label)
    lead, _, own = label.rpartition("：")
    bare = re.sub(r"（[^（）]*）$", "", own)
    said = bare and (bare in message or any(bare.endswith(message[:most]) for most in range(4, len(bare))))
    shown = lead if said else label
    return f"{row} {shown}".strip()
