"""Official forms as Word documents, filled in."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import segno
from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from docxtpl import DocxTemplate
from jinja2.sandbox import SandboxedEnvironment

from yunquan.kernel.money import capitals, format_yuan

_FORMS = Path(__file__).parent / "forms"
_BLANK = "__________"
HOW_TO_CHECK = "请用手机扫描二维码，或在平台“核对回执和通知书”页输入序号和摘要核对本件。"
# Said under the model contract, in Word and in PDF (D47-A1.3).
CONTRACT_NOTE = (
    "合同格式仅供参考，将“上云上平台”费用计算清楚、单独列明即可。同一合同涉及多项应用服务的，应分开计算列明；"
    "已经签订的合同，可用附件或备注说明上述费用。依据：47号 附件1.3。"
)
# Word refuses a document that holds these.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _said(value: Any) -> str:
    return _NOT_XML.sub("", str(value)) if value not in (None, "") else _BLANK


def _filled(name: str, fields: Mapping[str, Any]) -> bytes:
    form = DocxTemplate(_FORMS / name)
    form.render(dict(fields), jinja_env=SandboxedEnvironment(autoescape=True), autoescape=True)
    place = io.BytesIO()
    form.save(place)
    return place.getvalue()


def contract(fields: Mapping[str, Any]) -> bytes:
    """The contract of annex 1.3 as a Word document, from what `contract_fields` gives (D47-A1.3)."""
    return _filled("contract.docx", fields)


def contract_fields(
    *,
    lines: Sequence[tuple[str, int | None]] = (),
    contract_no: str = "",
    enterprise: str = "",
    enterprise_code: str = "",
    supplier: str = "",
    supplier_code: str = "",
    body: str = "",
    place: str = "",
    total_fen: int | None = None,
    devices: int | None = None,
    devices_value_fen: int | None = None,
    signed_on: date | None = None,
    counts_devices: bool = False,
    addendum: str = "",
) -> dict[str, Any]:
    """The contract of annex 1.3 filled in as far as known; what is missing stays a blank to write on.

    `lines` are services with their cloud fee in fen; the cloud-fee total is their sum when every fee is
    known.  Devices stand in it only with `counts_devices` (D47-A1.3).
    """
    fees = [fee for _, fee in lines]
    cloud_fen = sum(fees) if fees and None not in fees else None  # type: ignore[arg-type]
    money = {"total": total_fen, "cloud_total": cloud_fen}
    return {
        "contract_no": _said(contract_no),
        "enterprise": _said(enterprise),
        "enterprise_code": _said(enterprise_code),
        "supplier": _said(supplier),
        "supplier_code": _said(supplier_code),
        "body": _said(body),
        "place": _said(place),
        "services": "、".join(
            f"{number}. {_said(service)}" for number, (service, _) in enumerate(lines, start=1)
        )
        or _BLANK,
        **{name: format_yuan(fen) if fen is not None else _BLANK for name, fen in money.items()},
        "total_capitals": capitals(total_fen) if total_fen is not None else _BLANK,
        "cloud_capitals": capitals(cloud_fen) if cloud_fen is not None else _BLANK,
        "lines": [
            {
                "number": number,
                "service": _said(service),
                "fee": format_yuan(fee) if fee is not None else _BLANK,
            }
            for number, (service, fee) in enumerate(lines, start=1)
        ],
        "devices": _said(devices) if counts_devices else "",
        "devices_value": format_yuan(devices_value_fen) if devices_value_fen is not None else _BLANK,
        "signed_on": signed_on.isoformat() if signed_on else "____ 年 __ 月 __ 日",
        "addendum": _NOT_XML.sub("", addendum),
    }


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
    """A notice or a receipt as a Word document, with what `papers.pdf.notice` sets as PDF."""
    form = Document()
    style = form.styles["Normal"]
    style.font.size = Pt(11)
    style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "宋体")

    def write(text: str, *, align: Any = None, size: int | None = None, bold: bool = False) -> None:
        line = form.add_paragraph()
        run = line.add_run(_NOT_XML.sub("", text))
        run.bold = bold
        if size is not None:
            run.font.size = Pt(size)
        line.alignment = align

    if number:
        write(number, align=WD_ALIGN_PARAGRAPH.RIGHT, size=9)
    write(title, align=WD_ALIGN_PARAGRAPH.CENTER, size=17, bold=True)
    if addressee:
        write(f"{addressee}：")
    for paragraph in paragraphs:
        write(f"\u3000\u3000{paragraph}")
    for place, item in enumerate(items, start=1):
        said = [f"{place}. {item.get('says', '')}", item.get("text", "")]
        said += [f"如何补正：{item['mend']}"] if item.get("mend") else []
        said += [f"依据：{item['article']}"] if item.get("article") else []
        write("\n".join(part for part in said if part))
    if facts:
        table = form.add_table(rows=0, cols=2, style="Table Grid")
        for label, value in facts:
            cells = table.add_row().cells
            cells[0].text, cells[1].text = _NOT_XML.sub("", label), _NOT_XML.sub("", value)
    if total_fen is not None:
        write(f"合计：{format_yuan(total_fen)} 元　人民币（大写）：{capitals(total_fen)}")
    for note in notes:
        write(note, size=9)
    if issuer:
        day = issued_on.isoformat() if issued_on else ""
        write(f"{issuer}\n{day}", align=WD_ALIGN_PARAGRAPH.RIGHT)
    if qr_text:
        picture = io.BytesIO()
        segno.make(qr_text, error="m").save(picture, kind="png", border=2, scale=6)
        picture.seek(0)
        form.add_picture(picture, width=Cm(2.8))
        write(HOW_TO_CHECK, size=9)
    if digest:
        write(f"内容摘要（SHA-256）{digest}", size=8)
    place_kept = io.BytesIO()
    form.save(place_kept)
    return place_kept.getvalue()
