"""The fields of a check table: what may be entered in each, and what they are called; pure, no Django.

A sheet keeps its rows as the regime sets them on the day (`frozen_rows`). A field is named by its row and part:
`genuine.finding`, `catalogue.f.2.0.e1` (service 2, category 0, extended function 1), `conclusion.g.fraud.0`.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from yunquan.policy.regimes import Regime

LONGEST = 2000
MET, UNMET, NOT_ASKED, DOUBT = "met", "unmet", "na", "doubt"
FINDINGS = {MET: "符合", UNMET: "不符合", NOT_ASKED: "不适用"}
AMOUNT_FINDINGS = {MET: "符合", UNMET: "不符合", DOUBT: "存疑，请对方补充证明", NOT_ASKED: "不适用"}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its name, its kind (`choice`, `text`, `tick`), what it is called, what may be chosen."""

    name: str
    kind: str
    label: str
    choices: tuple[tuple[str, str], ...] = ()


Row = Mapping[str, Any]


def frozen_rows(
    regime: Regime, table: str, services: Iterable[tuple[int, str]], on: date
) -> list[dict[str, Any]]:
    """The rows of a table on a day, with the functions of these services and the outcomes to choose from."""
    named = list(services)
    dated = regime.value(f"table.{table}", on)
    outcomes = regime.value("outcomes", on).value.outcomes
    rows: list[dict[str, Any]] = []
    for one in dated.value.rows:
        row: dict[str, Any] = {
            "code": one.code, "label": one.label, "standard": one.standard, "kind": one.kind,
            "article": dated.article,
        }  # fmt: skip
        if one.kind == "functions":
            row["services"] = [_service(regime, number, name, on) for number, name in named]
        if one.kind == "conclusion":
            row["outcomes"] = [
                {
                    "code": outcome.code, "label": outcome.label, "qualified": outcome.qualified,
                    "grounds": list(outcome.grounds),
                }
                for outcome in outcomes
            ]  # fmt: skip
        rows.append(row)
    return rows


def _service(regime: Regime, number: int, name: str, on: date) -> dict[str, Any]:
    categories = regime.categories(number, on)
    return {
        "number": number,
        "name": name,
        "categories": [
            {
                "name": one.name, "basic": list(one.basic), "extended": list(one.extended),
                "least": one.least_extended,
            }
            for one in categories
        ],
    }  # fmt: skip


def fields(rows: Sequence[Row]) -> dict[str, Field]:
    """Every field of a sheet by its name, in the order of the table."""
    return {field.name: field for row in rows for field in fields_of(row)}


def fields_of(row: Row) -> Iterator[Field]:
    """The fields of one row."""
    code, label = row["code"], row["label"]
    if row["kind"] == "conclusion":
        outcomes = row["outcomes"]
        choices = tuple((one["code"], one["label"]) for one in outcomes)
        yield Field(f"{code}.outcome", "choice", label, choices)
        for one in outcomes:
            for place, ground in enumerate(one["grounds"]):
                yield Field(f"{code}.g.{one['code']}.{place}", "tick", ground)
        yield Field(f"{code}.opinion", "text", "专家意见和建议")
        return
    for service in row.get("services", ()):
        for at, category in enumerate(service["categories"]):
            for part, letter in (("basic", "b"), ("extended", "e")):
                for place, function in enumerate(category[part]):
                    yield Field(f"{code}.f.{service['number']}.{at}.{letter}{place}", "tick", function)
    found = AMOUNT_FINDINGS if row["kind"] == "amount" else FINDINGS
    yield Field(f"{code}.finding", "choice", label, tuple(found.items()))
    yield Field(f"{code}.remark", "text", "说明")


def cleaned(field: Field, value: Any) -> Any:
    """A value as it is kept; raises ValueError with a sentence when the field can't hold it."""
    if field.kind == "tick":
        if not isinstance(value, bool):
            raise ValueError(f"“{field.label}”只能勾选或不勾选。")
        return value
    if not isinstance(value, str):
        raise ValueError(f"“{field.label}”的内容不是文字。")
    if field.kind == "choice":
        if value and value not in dict(field.choices):
            raise ValueError(f"“{field.label}”没有这个选项。")
        return value
    text = unicodedata.normalize("NFC", value).replace("\r\n", "\n").strip()
    text = "".join(sign for sign in text if sign == "\n" or unicodedata.category(sign) not in ("Cc", "Cs"))
    if len(text) > LONGEST:
        raise ValueError(f"“{field.label}”不能超过 {LONGEST} 字。")
    return text


def lacking(service: Mapping[str, Any], row: Row, findings: Mapping[str, Any]) -> list[str]:
    """Why no category of a service is delivered; empty when one is, or when the decree names none (D108-3.3)."""
    reasons = []
    for at, category in enumerate(service["categories"]):
        stem = f"{row['code']}.f.{service['number']}.{at}."
        basic = [
            name
            for place, name in enumerate(category["basic"])
            if findings.get(f"{stem}b{place}") is not True
        ]
        have = sum(findings.get(f"{stem}e{place}") is True for place in range(len(category["extended"])))
        said = []
        if basic:
            said.append(f"基本功能缺“{'”“'.join(basic)}”")
        if have < category["least"]:
            said.append(f"扩展功能至少 {category['least']} 项，现勾选 {have} 项")
        if not said:
            return []
        reasons.append(f"{category['name']}：{'，'.join(said)}")
    return reasons


def conclusion_of(rows: Sequence[Row]) -> Row:
    """The row of the conclusion: each table has one."""
    return next(row for row in rows if row["kind"] == "conclusion")


def outcome_of(rows: Sequence[Row], findings: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The outcome that was chosen, or None."""
    row = conclusion_of(rows)
    chosen = findings.get(f"{row['code']}.outcome")
    return next((one for one in row["outcomes"] if one["code"] == chosen), None)


def grounds_of(rows: Sequence[Row], findings: Mapping[str, Any]) -> list[str]:
    """The grounds that were ticked for the chosen outcome."""
    row, outcome = conclusion_of(rows), outcome_of(rows, findings)
    if outcome is None:
        return []
    stem = f"{row['code']}.g.{outcome['code']}."
    return [
        ground for place, ground in enumerate(outcome["grounds"]) if findings.get(f"{stem}{place}") is True
    ]
