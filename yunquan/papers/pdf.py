"""Official papers as PDF.  What people typed reaches the typesetter only as JSON strings, never as markup."""

from __future__ import annotations

import io
import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pylopdf_fonts_zh_cn
import segno
import typst

from yunquan.kernel.money import capitals, format_yuan
from yunquan.papers.forms_docx import CONTRACT_NOTE, HOW_TO_CHECK
from yunquan.papers.tables import Column

_TEMPLATES = Path(__file__).parent / "typ"
_FONTS = Path(pylopdf_fonts_zh_cn.__file__).parent


def clean(text: Any) -> str:
    """Text without control characters and without signs that turn the direction of writing."""
    return "".join(
        sign
        for sign in str(text)
        if sign == "\n"
        or not (
            unicodedata.category(sign) == "Cc"
            or sign in "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"
        )
    )


def _cleaned(thing: Any) -> Any:
    if isinstance(thing, str):
        return clean(thing)
    if isinstance(thing, Mapping):
        return {key: _cleaned(value) for key, value in thing.items()}
    if isinstance(thing, (list, tuple)):
        return [_cleaned(value) for value in thing]
    return thing


def typeset(template: str, paper: Mapping[str, Any]) -> bytes:
    """Set one of this folder's templates with the paper's strings; gives the PDF."""
    return typst.compile(
        str(_TEMPLATES / f"{template}.typ"),
        root=str(_TEMPLATES),
        font_paths=[str(_FONTS)],
        ignore_system_fonts=True,
        sys_inputs={"paper": json.dumps(_cleaned(paper), ensure_ascii=False)},
    )


def _cell(column: Column, value: Any) -> str:
    if value is None or value == "":
        return "—" if column.kind == "money" else ""
    return format_yuan(value) if column.kind == "money" else str(value)


def set_rows(columns: Sequence[Column], rows: Iterable[Sequence[Any] | Mapping[str, Any]]) -> dict[str, Any]:
    """Columns and cells as the templates set them: money written out, widths as shares."""
    shares = {"money": 14, "count": 7, "date": 11, "time": 16}
    taken = [
        list(row.get(column.name) for column in columns) if isinstance(row, Mapping) else list(row)
        for row in rows
    ]
    return {
        "columns": [
            {
                "title": column.title,
                "kind": "text" if column.kind in ("text", "date", "time") else column.kind,
                "share": column.width or shares.get(column.kind, 20),
            }
            for column in columns
        ],
        "rows": [[_cell(column, value) for column, value in zip(columns, row, strict=True)] for row in taken],
    }


def _total(total_fen: int | None) -> dict[str, str]:
    if total_fen is None:
        return {}
    return {"total": format_yuan(total_fen), "capitals": capitals(total_fen)}


def table_paper(
    *,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any] | Mapping[str, Any]],
    lines: Sequence[str] = (),
    notes: Sequence[str] = (),
    total_fen: int | None = None,
    issuer: str = "",
    issued_on: date | None = None,
    digest: str = "",
    landscape: bool = True,
    foot: str = "",
) -> bytes:
    """Any table as an official paper, such as 完成情况表; money in fen, widths as shares."""
    return typeset(
        "table",
        {
            "title": title,
            "lines": list(lines),
            "notes": list(notes),
            "issuer": issuer,
            "digest": digest,
            "issued_on": issued_on.isoformat() if issued_on else "",
            "landscape": landscape,
            "foot": foot or title,
            **_total(total_fen),
            **set_rows(columns, rows),
        },
    )


def settlement_list(
    *,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any] | Mapping[str, Any]],
    publicity_from: date,
    publicity_until: date,
    publicity_days: int,
    total_fen: int,
    digest: str,
    objection: str = "",
    lines: Sequence[str] = (),
    notes: Sequence[str] = (),
    issuer: str = "",
    issued_on: date | None = None,
) -> bytes:
    """结算清单: its time in public, the sum in figures and capitals, its hash on each page (D47-5.14)."""
    return typeset(
        "settlement_list",
        {
            "title": title,
            "lines": list(lines),
            "notes": list(notes),
            "issuer": issuer,
            "digest": digest,
            "issued_on": issued_on.isoformat() if issued_on else "",
            "foot": title,
            "publicity_from": publicity_from.isoformat(),
            "publicity_until": publicity_until.isoformat(),
            "publicity_days": str(publicity_days),
            "objection": objection,
            **_total(total_fen),
            **set_rows(columns, rows),
        },
    )


def qr_svg(text: str) -> str:
    """A QR code as a picture that stands in a paper."""
    place = io.BytesIO()
    segno.make(text, error="m").save(place, kind="svg", border=2, xmldecl=True, scale=4)
    return place.getvalue().decode()


def notice(
    *,
    title: str,
    paragraphs: Sequence[str] = (),
    facts: Sequence[tuple[str, str]] = (),
    items: Sequence[Mapping[str, str]] = (),
    addressee: str = "",
    number: str = "",
    qr_text: str = "",
    total_fen: int | None = None,
    notes: Sequence[str] = (),
    issuer: str = "",
    issued_on: date | None = None,
    digest: str = "",
) -> bytes:
    """A notice or a receipt; with `qr_text` it carries a code that leads to its check.

    `items` are numbered reasons with `says`, `text`, `mend` and `article`.
    """
    return typeset(
        "notice",
        {
            "title": title,
            "paragraphs": list(paragraphs),
            "facts": [list(fact) for fact in facts],
            "items": [
                {name: item.get(name, "") for name in ("says", "text", "mend", "article")} for item in items
            ],
            "digest": digest,
            "addressee": addressee,
            "number": number,
            "notes": list(notes),
            "issuer": issuer,
            "foot": title,
            "issued_on": issued_on.isoformat() if issued_on else "",
            "qr": qr_svg(qr_text) if qr_text else "",
            "qr_says": HOW_TO_CHECK,
            **_total(total_fen),
        },
    )


def contract(fields: Mapping[str, Any]) -> bytes:
    """The contract of annex 1.3 from the same fields as the Word form (see `forms_docx.contract_fields`)."""
    columns = [
        Column("number", "序号", "count", 4),
        Column("service", "应用服务", "text", 20),
        Column("fee", "上云上平台费用（元）", "count", 10),
    ]
    rows = [[line["number"], line["service"], line["fee"]] for line in fields["lines"]]
    return typeset(
        "contract",
        {
            **{name: value for name, value in fields.items() if name not in ("lines", "total")},
            "total_said": fields["total"],
            "title": "广东省工业企业“上云上平台”服务合同（参考）",
            "foot": "服务合同（参考）",
            "notes": [CONTRACT_NOTE],
            **set_rows(columns, rows),
        },
    )
