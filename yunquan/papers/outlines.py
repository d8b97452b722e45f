"""A report by an outline, and a list, as PDF and as Word: facts, sections of text, tables, the hash of the content."""

from __future__ import annotations

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt

from yunquan.papers import pdf
from yunquan.papers.tables import Column


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a report; money in fen."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What a report holds, the same on both kinds of paper."""

    title: str
    facts: Sequence[tuple[str, str]] = ()
    sections: Sequence[tuple[str, str]] = ()
    tables: Sequence[Table] = ()
    notes: Sequence[str] = ()
    issuer: str = ""
    issued_on: date | None = None
    digest: str = ""


def as_pdf(outline: Outline) -> bytes:
    """The report as PDF."""
    return pdf.typeset(
        "outline",
        {
            "title": outline.title,
            "facts": [list(fact) for fact in outline.facts],
            "sections": [list(section) for section in outline.sections],
            "tables": [{"title": one.title, **pdf.set_rows(one.columns, one.rows)} for one in outline.tables],
            "notes": list(outline.notes),
            "issuer": outline.issuer,
            "issued_on": outline.issued_on.isoformat() if outline.issued_on else "",
            "digest": outline.digest,
            "foot": outline.title,
        },
    )


def as_docx(outline: Outline) -> bytes:
    """The report as a Word document."""
    form = Document()
    style = form.styles["Normal"]
    style.font.size = Pt(11)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体")
    _write(form, outline.title, align=WD_ALIGN_PARAGRAPH.CENTER, size=17, bold=True)
    if outline.facts:
        _grid(form, outline.facts)
    for heading, text in outline.sections:
        _write(form, heading, bold=True)
        for paragraph in text.split("\n"):
            _write(form, f"\u3000\u3000{paragraph}")
    for one in outline.tables:
        _write(form, one.title, bold=True)
        rows = pdf.set_rows(one.columns, one.rows)["rows"]
        _grid(form, [[column.title for column in one.columns], *rows])
    for note in outline.notes:
        _write(form, note, size=9)
    if outline.issuer:
        day = outline.issued_on.isoformat() if outline.issued_on else ""
        _write(form, f"{outline.issuer}\n{day}", align=WD_ALIGN_PARAGRAPH.RIGHT)
    if outline.digest:
        _write(form, f"内容摘要（SHA-256）{outline.digest}", size=8)
    place = io.BytesIO()
    form.save(place)
    return place.getvalue()


def _write(form: Any, text: str, *, align: Any = None, size: int | None = None, bold: bool = False) -> None:
    line = form.add_paragraph()
    run = line.add_run(pdf.clean(text))
    run.bold = bold
    if size is not None:
        run.font.size = Pt(size)
    line.alignment = align


def _grid(form: Any, rows: Iterable[Sequence[str]]) -> None:
    kept = [list(row) for row in rows]
    table = form.add_table(rows=len(kept), cols=len(kept[0]), style="Table Grid")
    for cells, row in zip((one.cells for one in table.rows), kept, strict=True):
        for cell, text in zip(cells, row, strict=True):
            cell.text = pdf.clean(text)
