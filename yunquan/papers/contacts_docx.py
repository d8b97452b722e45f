"""The contacts receipt of annex 3 as a Word document, to be sealed and scanned (D47-A3)."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from datetime import date

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Pt

_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
# The rows of the form: a label and a field on the left, a label and a field on the right.
_ROWS = (
    (("分管领导", "leader"), ("联系方式", "leader_phone")),
    (("分管科室", "section"), None),
    (("科室负责人", "section_head"), ("联系方式", "section_head_phone")),
    (("具体负责人", "responsible"), ("手机号码", "mobile")),
    (("座机号码", "landline"), ("电子邮箱", "email")),
)
EMPTY_COUNTIES = 3


def receipt(
    fields: Mapping[str, str],
    counties: Sequence[tuple[str, str, str]] = (),
    *,
    title: str,
    addressee: str,
    due_on: date,
    with_counties: bool,
) -> bytes:
    """The form filled in as far as known; `counties` are place, name and mobile, blank rows are left to write on."""
    form = Document()
    style = form.styles["Normal"]
    style.font.size = Pt(11)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体")

    def write(text: str, *, align: int | None = None, size: int | None = None, bold: bool = False) -> None:
        line = form.add_paragraph()
        run = line.add_run(_plain(text))
        run.bold = bold
        if size is not None:
            run.font.size = Pt(size)
        line.alignment = align  # type: ignore[assignment]

    write("附件 3", size=10)
    write("工业企业上云上平台工作联系方式回执", align=WD_ALIGN_PARAGRAPH.CENTER, size=16, bold=True)
    write(title, align=WD_ALIGN_PARAGRAPH.CENTER, size=10)
    table = form.add_table(rows=0, cols=4, style="Table Grid")
    cells = table.add_row().cells
    cells[0].text = "单位"
    cells[1].merge(cells[3]).text = f"{_plain(fields.get('unit', ''))}　　　　　　（公章）"
    for left, right in _ROWS:
        cells = table.add_row().cells
        cells[0].text = left[0]
        said = _plain(fields.get(left[1], ""))
        if right is None:
            cells[1].merge(cells[3]).text = said
            continue
        cells[1].text, cells[2].text, cells[3].text = said, right[0], _plain(fields.get(right[1], ""))
    if with_counties:
        rows = [*counties, *[("", "", "")] * max(0, EMPTY_COUNTIES - len(counties))]
        for place, name, mobile in rows:
            cells = table.add_row().cells
            cells[0].text = "县区（选填）"
            cells[1].merge(cells[3]).text = _plain(place)
            cells = table.add_row().cells
            cells[0].text, cells[1].text = "具体负责人", _plain(name)
            cells[2].text, cells[3].text = "手机号码", _plain(mobile)
    write(f"本回执须加盖单位公章，于 {due_on} 前报送{addressee}；也可在平台上传盖章扫描件。", size=9)
    place_kept = io.BytesIO()
    form.save(place_kept)
    return place_kept.getvalue()


def _plain(text: object) -> str:
    return _NOT_XML.sub("", str(text or ""))
