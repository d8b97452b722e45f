"""A check sheet as the expert's page draws it: rows, functions to tick, what the platform knows, who differs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from yunquan.inspections import visit_queries
from yunquan.inspections.sheet_fields import AMOUNT_FINDINGS, FINDINGS, fields_of
from yunquan.inspections.sheet_prefill import beside
from yunquan.kernel.refusal import Refusal


def drawn(
    sheet: Any, faults: Sequence[Refusal] = (), typed: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """One sheet with everything its page shows; `typed` is what a refused form had in it."""
    told = visit_queries.told(sheet)
    now = {name: word.value for name, word in told.items()}
    values = {**now, **typed} if typed is not None else now
    beside_field: dict[str, list[Refusal]] = {}
    for fault in faults:
        beside_field.setdefault(fault.field, []).append(fault)
    rows = [_row(sheet, row, values, told, beside_field) for row in sheet.rows]
    return {
        "sheet": sheet,
        "voucher": sheet.inspection.voucher,
        "head": sheet.prefilled.get("head", {}),
        "rows": rows,
        "answered": sum(row["is_answered"] for row in rows),
        "closed": sheet.closed_at is not None,
        "shown": {name: value for name, value in now.items() if value not in ("", False)},
    }


def _row(
    sheet: Any,
    row: Mapping[str, Any],
    values: Mapping[str, Any],
    told: Mapping[str, Any],
    faults: Mapping[str, list[Refusal]],
) -> dict[str, Any]:
    code, stem = row["code"], f"s{sheet.pk}-"
    named = {field.name: field for field in fields_of(row)}  # type: ignore[arg-type]

    def part(name: str) -> dict[str, Any]:
        field = named[name]
        others = told[name].others if name in told else ()
        return {
            "name": f"{stem}{name}",
            "label": field.label,
            "value": values.get(name, ""),
            "choices": field.choices,
            "faults": faults.get(f"{stem}{name}", []),
            "others": [f"另一台设备填写：{_said(field, other.value)}" for other in others],
        }

    drawn: dict[str, Any] = {
        "code": code,
        "label": row["label"],
        "standard": row["standard"],
        "article": row["article"],
        "kind": row["kind"],
        "known": beside(dict(row), sheet.prefilled),
    }
    if row["kind"] == "conclusion":
        drawn["outcome"] = part(f"{code}.outcome")
        drawn["qualified"] = [one["code"] for one in row["outcomes"] if one["qualified"]]
        drawn["grounds"] = [
            {
                "outcome": one["code"],
                "label": one["label"],
                "ticks": [part(f"{code}.g.{one['code']}.{place}") for place in range(len(one["grounds"]))],
            }
            for one in row["outcomes"]
            if one["grounds"]
        ]
        drawn["remark"] = part(f"{code}.opinion")
        drawn["is_answered"] = bool(values.get(f"{code}.outcome"))
        return drawn
    drawn["services"] = [
        {
            "name": service["name"],
            "several": len(service["categories"]) > 1,
            "categories": [
                {
                    "name": category["name"],
                    "least": category["least"],
                    "basic": [
                        part(f"{code}.f.{service['number']}.{at}.b{i}") for i in range(len(category["basic"]))
                    ],
                    "extended": [
                        part(f"{code}.f.{service['number']}.{at}.e{i}")
                        for i in range(len(category["extended"]))
                    ],
                }
                for at, category in enumerate(service["categories"])
            ],
        }
        for service in row.get("services", ())
    ]
    drawn["finding"] = part(f"{code}.finding")
    drawn["remark"] = part(f"{code}.remark")
    drawn["is_answered"] = bool(values.get(f"{code}.finding"))
    return drawn


def _said(field: Any, value: Any) -> str:
    if field.kind == "tick":
        return "已勾选" if value else "未勾选"
    words = {**FINDINGS, **AMOUNT_FINDINGS, **dict(field.choices)}
    return words.get(value, str(value)) or "（空）"


def conflicts(sheets: Sequence[Any]) -> dict[str, str]:
    """For each field on which devices differ what the other one says: the page shows it without a reload."""
    found = {}
    for sheet in sheets:
        named = {field.name: field for row in sheet.rows for field in fields_of(row)}
        for name, word in visit_queries.told(sheet).items():
            if word.others and name in named:
                said = "、".join(_said(named[name], other.value) for other in word.others)
                chosen = _said(named[name], word.value)
                found[f"s{sheet.pk}-{name}"] = f"两台设备不同：现以“{chosen}”为准，另一台填写“{said}”"
    return found
