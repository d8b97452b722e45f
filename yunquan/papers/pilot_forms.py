"""The application for a pilot 试点示范申请书 in the layout of annex 2, as PDF and as Word, from the same parts (D47-A2)."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.table import Table

from yunquan.papers.forms_docx import _NOT_XML
from yunquan.papers.pdf import typeset

LEAD, NAME = "广东省工业企业“上云上平台”", "试点示范申请书"
# Text; `head` for a label; `rows` and `columns` where it stands over several.
Cell = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the form: its heading, a table of so many columns, and texts under their own headings."""

    heading: str
    shares: tuple[int, ...] = ()
    cells: tuple[Cell, ...] = ()
    texts: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Form:
    """The whole form: what stands on the cover, the parts, and notes at the end."""

    cover: tuple[tuple[str, str], ...]
    compiler: str
    parts: tuple[Part, ...]
    notes: tuple[str, ...] = ()
    digest: str = ""


def pdf(form: Form) -> bytes:
    """The form as PDF."""
    return typeset(
        "pilot_form",
        {
            "title": f"{LEAD}{NAME}",
            "lead": LEAD,
            "name": NAME,
            "cover": [list(pair) for pair in form.cover],
            "compiler": form.compiler,
            "parts": [
                {
                    "heading": part.heading,
                    "shares": list(part.shares),
                    "cells": [dict(cell) for cell in part.cells],
                    "texts": [list(pair) for pair in part.texts],
                }
                for part in form.parts
            ],
            "notes": list(form.notes),
            "digest": form.digest,
            "foot": NAME,
        },
    )


def docx(form: Form) -> bytes:
    """The form as a Word document that can be written in further."""
    paper = Document()
    style = paper.styles["Normal"]
    style.font.size = Pt(11)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体")

    def write(text: str, *, size: int = 0, bold: bool = False, centred: bool = False) -> None:
        for place, line in enumerate(_NOT_XML.sub("", text).split("\n")):
            paragraph = paper.add_paragraph()
            run = paragraph.add_run(line)
            run.bold = bold
            if size:
                run.font.size = Pt(size)
            if centred:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            if place:
                paragraph.paragraph_format.space_before = Pt(0)

    for _ in range(5):
        write("")
    write(LEAD, size=22, centred=True)
    write(NAME, size=28, bold=True, centred=True)
    for _ in range(6):
        write("")
    for label, value in form.cover:
        write(f"{label}{value}", size=14)
    for _ in range(5):
        write("")
    write(form.compiler, size=12, centred=True)
    paper.add_page_break()
    for part in form.parts:
        write(part.heading, size=14, bold=True)
        if part.cells:
            _lay(paper.add_table(rows=_height(part), cols=len(part.shares), style="Table Grid"), part.cells)
        for label, text in part.texts:
            write(label, bold=True)
            if text:
                write(text)
    for note in form.notes:
        write(note, size=9)
    if form.digest:
        write(f"内容摘要（SHA-256）{form.digest}", size=8)
    place = io.BytesIO()
    paper.save(place)
    return place.getvalue()


def _height(part: Part) -> int:
    area = sum(cell.get("rows", 1) * cell.get("columns", 1) for cell in part.cells)
    return -(-area // len(part.shares))


def _lay(table: Table, cells: Sequence[Cell]) -> None:
    """Put cells into the table from left to right and down, over as many rows and columns as they take."""
    wide, taken = len(table.columns), set()
    spot = 0
    for cell in cells:
        while divmod(spot, wide) in taken:
            spot += 1
        row, column = divmod(spot, wide)
        rows, columns = cell.get("rows", 1), cell.get("columns", 1)
        taken |= {(row + down, column + right) for down in range(rows) for right in range(columns)}
        shown = table.cell(row, column)
        if rows > 1 or columns > 1:
            shown = shown.merge(table.cell(row + rows - 1, column + columns - 1))
        shown.text = _NOT_XML.sub("", str(cell["text"]))
        if cell.get("head"):
            for paragraph in shown.paragraphs:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
