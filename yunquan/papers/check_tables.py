"""The two official check tables 抽查表, filled or blank: supplier's finance table and enterprise's on-site table (D108).

Rows and findings come as plain values; a signature is drawn from its strokes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from yunquan.papers.pdf import typeset

BLANK_ROWS = 11
AGREED = "经现场沟通确认，签字方认同上述评价结论。"


@dataclass(frozen=True, slots=True)
class Mark:
    """One signature: who for, the name, its strokes, and when; empty strokes show the typed name."""

    label: str
    name: str
    strokes: Sequence[Sequence[int]] = ()
    said: str = ""


Cell = Mapping[str, Any]


def strokes_svg(strokes: Sequence[Sequence[int]]) -> str:
    """A drawn signature as a picture: whole numbers only, whatever was typed never gets into it."""
    points = [(int(one[at]), int(one[at + 1])) for one in strokes for at in range(0, len(one) - 1, 2)]
    if not points:
        return ""
    left, top = min(x for x, _ in points) - 6, min(y for _, y in points) - 6
    wide, high = max(x for x, _ in points) - left + 6, max(y for _, y in points) - top + 6
    lines = []
    for one in strokes:
        pairs = [f"{int(one[at])},{int(one[at + 1])}" for at in range(0, len(one) - 1, 2)]
        if len(pairs) == 1:
            pairs *= 2
        lines.append(f'<polyline points="{" ".join(pairs)}"/>')
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{left} {top} {wide} {high}" width="{wide}" height="{high}">'
        f'<g fill="none" stroke="#111" stroke-width="4" stroke-linecap="round" stroke-linejoin="round">'
        f"{''.join(lines)}</g></svg>"
    )


def finance_table(
    *,
    title: str,
    supplier: str,
    rows: Sequence[Sequence[str]],
    conclusion: str,
    experts: Sequence[Mark],
    others: Sequence[Mark],
    day: str,
    opinion: str = "",
    annex: str = "附件 1",
    notes: Sequence[str] = (),
    digest: str = "",
) -> bytes:
    """Annex 1: a row a contract with contract, invoice and payment proof; without rows a form to fill in by hand."""
    cells: list[Cell] = [
        {"text": text, "head": True, "middle": True}
        for text in ("合同名称及编号", "合同合规性", "发票合规性", "支付凭证合规性")
    ]
    for row in rows or [("", "", "", "")] * BLANK_ROWS:
        cells += [{"text": row[0] or " "}] + [{"text": text, "middle": True} for text in row[1:4]]
    cells += _ending(
        3, f"该公司检查结论为（合格或不合格）：{conclusion}", opinion, experts, others, ("供应商代表：",), day
    )
    return typeset(
        "check_table",
        {
            "title": title, "annex": annex, "whose": f"被查供应商：{supplier}", "shares": [34, 22, 22, 22],
            "cells": cells, "notes": list(notes), "digest": digest, "foot": title,
        },
    )  # fmt: skip


def on_site_table(
    *,
    title: str,
    enterprise: str,
    rows: Sequence[Mapping[str, Any]],
    conclusion: str,
    experts: Sequence[Mark],
    others: Sequence[Mark],
    signers: Sequence[str],
    day: str,
    opinion: str = "",
    annex: str = "附件 2",
    notes: Sequence[str] = (),
    digest: str = "",
) -> bytes:
    """Annex 2. A row has `label`, `standard`, `said` and, for functions, `functions`: (category, part, text, said)."""
    cells: list[Cell] = [
        {"text": "抽查项", "head": True, "middle": True},
        {"text": "判定标准", "head": True, "middle": True, "columns": 2},
        {"text": "结论", "head": True, "middle": True},
    ]
    for row in rows:
        cells += _functions(row) if row.get("functions") else _plain(row)
    cells += _ending(
        3, f"经现场评审，结论为（合格或不合格）：{conclusion}", opinion, experts, others,
        tuple(f"{one}：" for one in signers), day,
    )  # fmt: skip
    return typeset(
        "check_table",
        {
            "title": title, "annex": annex, "whose": f"被查企业：{enterprise}", "shares": [14, 14, 54, 18],
            "cells": cells, "notes": list(notes), "digest": digest, "foot": title,
        },
    )  # fmt: skip


def _plain(row: Mapping[str, Any]) -> list[Cell]:
    return [
        {"text": row["label"], "middle": True},
        {"text": row["standard"], "columns": 2},
        {"text": row["said"] or " "},
    ]


def _functions(row: Mapping[str, Any]) -> list[Cell]:
    """The categories of the catalogue, each with its basic and extended functions; the label stands over all."""
    told = list(row["functions"])
    cells: list[Cell] = [
        {"text": row["label"], "middle": True, "rows": len(told) + 2},
        {"text": "类型", "middle": True},
        {"text": "功能（基本功能为必备项；扩展功能应≧1 项）"},
        {"text": "/", "middle": True},
    ]
    place = 0
    while place < len(told):
        category = told[place][0]
        same = sum(1 for one in told[place:] if one[0] == category)
        for at, (_category, part, text, said) in enumerate(told[place : place + same]):
            if at == 0:
                cells.append({"text": category, "middle": True, "rows": same})
            cells += [{"text": f"{part}：{text}"}, {"text": said or " "}]
        place += same
    cells += [{"text": row["standard"], "columns": 2}, {"text": row["said"] or " "}]
    return cells


def _ending(
    columns: int,
    verdict: str,
    opinion: str,
    experts: Sequence[Mark],
    others: Sequence[Mark],
    blanks: Sequence[str],
    day: str,
) -> list[Cell]:
    said = f"{verdict}\n{f'专家意见：{opinion}' if opinion else ''}".strip()
    return [
        {"text": "整体结论", "middle": True},
        {
            "text": f"{said}\n专家组签名：", "columns": columns, "signatures": _marks(experts), "foot": day,
            "space": 0.4 if experts else 3,
        },
        {"text": "签字", "middle": True},
        {
            "text": AGREED if others else f"{AGREED}\n{'　　　　　　'.join(blanks)}", "columns": columns,
            "signatures": _marks(others), "foot": day, "space": 0.4 if others else 3,
        },
    ]  # fmt: skip


def _marks(marks: Sequence[Mark]) -> list[dict[str, str]]:
    return [
        {
            "name": one.name,
            "picture": strokes_svg(one.strokes),
            "said": "　".join(p for p in (one.label, one.said) if p),
        }
        for one in marks
    ]
