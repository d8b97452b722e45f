"""Invoices as PDF: text at the places where the national layouts print it, QR code at the upper left."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

import pylopdf_fonts_zh_cn
import typst

from tests.evidence.papers.invoice import Paper, in_words, qr_text, yuan
from tests.evidence.papers.pictures import as_bytes, qr_image

_FONTS = str(Path(pylopdf_fonts_zh_cn.__file__).parent)
Text = tuple[float, float, str]
_PAGE = """#let pages = json("page.json")
#set text(font: ("Noto Sans SC", "Noto Sans CJK SC"), size: 8pt, lang: "zh")
#for (number, sheet) in pages.enumerate() {
  if number > 0 { pagebreak() }
  set page(width: 210mm, height: 140mm, margin: 0mm)
  if sheet.qr != "" { place_image(sheet.qr) }
  for piece in sheet.texts {
    place(top + left, dx: piece.at(0) * 1mm, dy: piece.at(1) * 1mm, text(piece.at(2)))
  }
}
"""


def digital_texts(paper: Paper, *, apart: bool = False) -> list[Text]:
    """The pieces of text of a 数电票 in millimetres; `apart` puts labels and values into pieces of their own."""

    def pair(x: float, y: float, label: str, value: str, gap: float) -> list[Text]:
        return [(x, y, label), (x + gap, y, value)] if apart else [(x, y, label + value)]

    texts: list[Text] = [
        (75, 8, paper.title),
        *pair(150, 10, "发票号码：", paper.number, 16),
        *pair(150, 16, "开票日期：", f"{paper.day:%Y年%m月%d日}", 16),
        *[(6, 33 + 4 * place, sign) for place, sign in enumerate("购买方信息")],
        *[(106, 33 + 4 * place, sign) for place, sign in enumerate("销售方信息")],
        *pair(13, 36, "名称：", paper.buyer, 10),
        *pair(13, 46, "统一社会信用代码/纳税人识别号：", paper.buyer_no, 48),
        *pair(113, 36, "名称：", paper.seller, 10),
        *pair(113, 46, "统一社会信用代码/纳税人识别号：", paper.seller_no, 48),
        (12, 56, "项目名称"), (48, 56, "规格型号"), (70, 56, "单 位"), (86, 56, "数 量"), (112, 56, "单 价"),
        (140, 56, "金 额"), (158, 56, "税率/征收率"), (190, 56, "税 额"),
    ]  # fmt: skip
    y = 61.0
    for line in paper.lines:
        texts += [
            (6, y, line.name), (70, y, "项"), (90, y, "1"), (112, y, yuan(line.net_fen)),
            (138, y, yuan(line.net_fen)), (162, y, line.rate), (188, y, yuan(line.tax_fen)),
        ]  # fmt: skip
        y += 5
    texts += [
        (16, 98, "合"), (30, 98, "计"), (136, 98, f"¥{yuan(paper.net_fen)}"), (186, 98, f"¥{yuan(paper.tax_fen)}"),
        (14, 106, "价税合计（大写）"), (60, 106, in_words(paper.gross_fen)),
        *pair(140, 106, "（小写）", f"¥{yuan(paper.gross_fen)}", 14),
        (6, 114, "备"), (6, 120, "注"), (12, 114, paper.remark), (20, 132, "开票人：虚构开票员"),
    ]  # fmt: skip
    return texts


def older_texts(paper: Paper, *, apart: bool = False) -> list[Text]:
    """The pieces of text of an older electronic invoice in millimetres: buyer above, seller below."""

    def pair(x: float, y: float, label: str, value: str, gap: float) -> list[Text]:
        return [(x, y, label), (x + gap, y, value)] if apart else [(x, y, label + value)]

    check = " ".join(paper.check_code[place : place + 5] for place in range(0, 20, 5))
    texts: list[Text] = [
        (75, 8, paper.title), (40, 22, "机器编号:499000000000"),
        *pair(150, 6, "发票代码:", paper.code, 15), *pair(150, 12, "发票号码:", paper.number, 15),
        *pair(150, 18, "开票日期:", f"{paper.day:%Y 年 %m 月 %d 日}", 15), *pair(150, 23, "校 验 码:", check, 15),
        (6, 31, "购"), (6, 36, "买"), (6, 41, "方"),
        *pair(12, 30, "名        称:", paper.buyer, 20), *pair(12, 35, "纳税人识别号:", paper.buyer_no, 20),
        (12, 40, "地 址、电 话:测试路 2 号 0000-0000"), (12, 45, "开户行及账号:虚构银行（测试）支行 000"),
        (118, 31, "密"), (118, 36, "码"), (118, 41, "区"),
        *[(124, 30 + 4 * row, "03<*/8>5+-19+*7>0<4/26>8-3*+1<9") for row in range(4)],
        (12, 51, "货物或应税劳务、服务名称"), (60, 51, "规格型号"), (80, 51, "单位"), (95, 51, "数量"),
        (114, 51, "单价"), (140, 51, "金  额"), (164, 51, "税率"), (186, 51, "税  额"),
    ]  # fmt: skip
    y = 57.0
    for line in paper.lines:
        texts += [
            (6, y, line.name), (80, y, "项"), (96, y, "1"), (112, y, yuan(line.net_fen)),
            (138, y, yuan(line.net_fen)), (165, y, line.rate), (186, y, yuan(line.tax_fen)),
        ]  # fmt: skip
        y += 5
    texts += [
        (20, 88, "合        计"), (136, 88, f"¥{yuan(paper.net_fen)}"), (184, 88, f"¥{yuan(paper.tax_fen)}"),
        (16, 95, "价税合计(大写)"), (60, 95, in_words(paper.gross_fen)),
        *pair(140, 95, "(小写)", f"¥{yuan(paper.gross_fen)}", 12),
        (6, 104, "销"), (6, 109, "售"), (6, 114, "方"),
        *pair(12, 103, "名        称:", paper.seller, 20), *pair(12, 108, "纳税人识别号:", paper.seller_no, 20),
        (12, 113, "地 址、电 话:测试路 1 号 0000-0000"), (12, 118, "开户行及账号:虚构银行（测试）支行 001"),
        (118, 106, "备"), (118, 113, "注"), (124, 104, paper.remark),
        (12, 128, "收款人:虚构甲"), (60, 128, "复核:虚构乙"), (100, 128, "开票人:虚构丙"), (150, 128, "销售方:(章)"),
    ]  # fmt: skip
    return texts


def texts_of(paper: Paper, *, apart: bool = False) -> list[Text]:
    """The pieces of text in the layout that belongs to the invoice."""
    return (digital_texts if paper.digital else older_texts)(paper, apart=apart)


def set_pages(pages: Sequence[tuple[list[Text], str]]) -> bytes:
    """A PDF of pages, each with its pieces of text and the text of its QR code (or none)."""
    with tempfile.TemporaryDirectory() as folder:
        place, sheets = Path(folder), []
        for number, (texts, code) in enumerate(pages):
            if code:
                (place / f"qr{number}.png").write_bytes(as_bytes(qr_image(code)))
            sheets.append({"texts": texts, "qr": f"qr{number}.png" if code else ""})
        (place / "page.json").write_text(json.dumps(sheets, ensure_ascii=False), encoding="utf-8")
        image = "#let place_image(name) = place(top + left, dx: 6mm, dy: 4mm, image(name, width: 21mm))\n"
        (place / "page.typ").write_text(image + _PAGE, encoding="utf-8")
        return typst.compile(
            str(place / "page.typ"), root=folder, font_paths=[_FONTS], ignore_system_fonts=True
        )


def pdf(paper: Paper, *, code: str | None = None, apart: bool = False, stamp: str = "") -> bytes:
    """An invoice as PDF; `code` replaces the QR code's text ("" leaves it out), `stamp` is printed across."""
    texts = texts_of(paper, apart=apart)
    if stamp:
        texts.append((95, 75, stamp))
    return set_pages([(texts, qr_text(paper) if code is None else code)])


def with_information(content: bytes, told: dict[str, str]) -> bytes:
    """A PDF with names added to its document information, as an update at its end."""
    start = int(re.findall(rb"startxref\s+(\d+)", content)[-1])
    trailer = content[content.rindex(b"trailer") :]
    size = int(re.search(rb"/Size (\d+)", trailer)[1])  # type: ignore[index]
    root = re.search(rb"/Root (\d+ \d+ R)", trailer)[1]  # type: ignore[index]
    rows = b"".join(
        b"/%s <feff%s>\n" % (name.encode(), value.encode("utf-16-be").hex().encode())
        for name, value in told.items()
    )
    at = len(content) + 1
    added = b"\n%d 0 obj\n<<\n%s>>\nendobj\n" % (size, rows)
    table = len(content) + len(added)
    return (
        content
        + added
        + (
            b"xref\n%d 1\n%010d 00000 n \ntrailer\n<< /Size %d /Root %s /Info %d 0 R /Prev %d >>\nstartxref\n%d\n%%%%EOF\n"
            % (size, at, size + 1, root, size, start, table)
        )
    )


def information(paper: Paper) -> dict[str, str]:
    """What a 数电票 tells in its document information."""
    return {
        "InvoiceNumber": paper.number,
        "IssueTime": paper.day.isoformat(),
        "SellerIdNum": paper.seller_no,
        "TotalAmWithoutTax": yuan(paper.net_fen),
        "TotalTaxAm": yuan(paper.tax_fen),
        "TotalTax-includedAmount": yuan(paper.gross_fen),
    }
