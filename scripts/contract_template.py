"""Build yunquan/papers/forms/contract.docx, the contract of annex 1.3 with its fields (D47-A1.3).

    python scripts/contract_template.py

Run it again after a change here and commit the result; a test compares the fields.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt

from yunquan.papers.forms_docx import CONTRACT_NOTE

PLACE = Path(__file__).resolve().parent.parent / "yunquan" / "papers" / "forms" / "contract.docx"
PARAGRAPHS = (
    "合同编号：{{ contract_no }}",
    "甲方（工业企业）：{{ enterprise }}    统一社会信用代码：{{ enterprise_code }}",
    "乙方（供应商）：{{ supplier }}    统一社会信用代码：{{ supplier_code }}",
    "合同正文：{{ body }}",
    "实施地点：{{ place }}",
    "本合同符合上云上平台应用服务目录：{{ services }}。",
    "本合同金额总计 {{ total }} 元（人民币大写：{{ total_capitals }}）。",
    "经计算上云上平台费用合计 {{ cloud_total }} 元（人民币大写：{{ cloud_capitals }}），其中：",
)


def build(place: Path) -> None:
    document = Document()
    section = document.sections[0]
    section.page_width, section.page_height = Cm(21), Cm(29.7)
    style = document.styles["Normal"]
    style.font.name, style.font.size = "SimSun", Pt(12)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), "宋体")
    head = document.add_paragraph()
    head.alignment = WD_ALIGN_PARAGRAPH.CENTER
    title = head.add_run("广东省工业企业“上云上平台”服务合同")
    title.bold, title.font.size = True, Pt(18)
    under = document.add_paragraph("（参考）")
    under.alignment = WD_ALIGN_PARAGRAPH.CENTER
    for text in PARAGRAPHS:
        document.add_paragraph(text)
    table = document.add_table(rows=4, cols=3)
    table.style = "Table Grid"
    for cell, text in zip(table.rows[0].cells, ("序号", "应用服务", "上云上平台费用（元）"), strict=True):
        cell.text = text
    table.rows[1].cells[0].text = "{%tr for line in lines %}"
    for cell, text in zip(
        table.rows[2].cells, ("{{ line.number }}", "{{ line.service }}", "{{ line.fee }}"), strict=True
    ):
        cell.text = text
    table.rows[3].cells[0].text = "{%tr endfor %}"
    document.add_paragraph("{%p if devices %}")
    document.add_paragraph("联网设备 {{ devices }} 台套，设备原值总计 {{ devices_value }} 元。")
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p if addendum %}")
    document.add_paragraph("{{ addendum }}")
    document.add_paragraph("{%p endif %}")
    seals = document.add_table(rows=2, cols=2)
    for row, texts in zip(
        seals.rows,
        (("甲方（盖章）：", "乙方（盖章）："), ("日期：{{ signed_on }}", "日期：{{ signed_on }}")),
        strict=True,
    ):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    note = document.add_paragraph(CONTRACT_NOTE)
    note.runs[0].font.size = Pt(9)
    core = document.core_properties
    core.author, core.title = "云券", "上云上平台服务合同（参考）"
    core.created = core.modified = datetime(2018, 1, 1)
    place.parent.mkdir(parents=True, exist_ok=True)
    document.save(str(place))


if __name__ == "__main__":
    build(PLACE)
