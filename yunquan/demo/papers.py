"""Documents of the demonstration as real files: contracts, invoices, bank receipts, acceptance reports.

They are laid out as such papers are, so that the readers read them; every party and sum is invented, and each page
says so. What is planted (another sum, a firm's name, a look-alike) is said by whoever asks for the paper.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import pylopdf_fonts_zh_cn
import typst

from yunquan.kernel.money import capitals, format_yuan, yuan_plain
from yunquan.papers import forms_docx, pdf

INVENTED = "本文件为演示数据，所列单位、人员和金额均为虚构。"
BANK = "虚构银行演示支行"
_TEMPLATE = Path(__file__).parent / "typ" / "sheet.typ"
_FONTS = str(Path(pylopdf_fonts_zh_cn.__file__).parent)
Piece = tuple[float, float, float, str]
Stroke = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Firm:
    """A party as papers name it."""

    name: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deal:
    """What a contract says; sums in fen."""

    number: str
    enterprise: Firm
    supplier: Firm
    signed_on: date
    total_fen: int
    lines: tuple[tuple[str, int], ...]
    devices: int | None = None
    devices_value_fen: int | None = None
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bill:
    """What an invoice says; gross in fen, tax at 6 % within it."""

    code: str
    number: str
    issued_on: date
    seller: Firm
    buyer: Firm
    gross_fen: int
    goods: str = "*信息技术服务*云平台服务费"
    remark: str = "演示数据，非真实发票"

    @property
    def tax_fen(self) -> int:
        return self.gross_fen - round(self.gross_fen * 100 / 106)

    @property
    def check_code(self) -> str:
        """Twenty digits that say nothing."""
        return f"2019{self.number:0>16}"

    @property
    def net_fen(self) -> int:
        return self.gross_fen - self.tax_fen

    def reversed(self, number: str, on: date) -> Bill:
        """The red invoice that takes this one back whole."""
        remark = f"被红冲蓝字数电票号码：{self.number} 红字发票信息确认单编号：演示"
        return replace(self, number=number, issued_on=on, gross_fen=-self.gross_fen, remark=remark)


def contract_pdf(deal: Deal) -> bytes:
    """The platform's own contract form, filled in."""
    return pdf.contract(_fields(deal))


def contract_docx(deal: Deal) -> bytes:
    """The same as a Word document."""
    return forms_docx.contract(_fields(deal))


def _fields(deal: Deal) -> dict[str, Any]:
    return forms_docx.contract_fields(
        lines=deal.lines,
        contract_no=deal.number,
        enterprise=deal.enterprise.name,
        enterprise_code=deal.enterprise.code,
        supplier=deal.supplier.name,
        supplier_code=deal.supplier.code,
        total_fen=deal.total_fen,
        devices=deal.devices,
        devices_value_fen=deal.devices_value_fen,
        signed_on=deal.signed_on,
        counts_devices=deal.devices is not None,
        place=deal.place,
        body=INVENTED,
    )


def invoice_pdf(bill: Bill) -> bytes:
    """An electronic VAT invoice of the years before 2024, buyer above and seller below."""
    day = f"{bill.issued_on:%Y 年 %m 月 %d 日}"
    pieces: list[Piece] = [
        (75, 7, 14, "广东增值税电子普通发票"), (150, 6, 8, f"发票代码:{bill.code}"),
        (150, 11, 8, f"发票号码:{bill.number}"), (150, 16, 8, f"开票日期:{day}"),
        (150, 21, 8, f"校 验 码:{bill.check_code}"), (40, 22, 8, "机器编号:499000000000"),
        (6, 31, 8, "购"), (6, 36, 8, "买"), (6, 41, 8, "方"), (12, 30, 8, f"名        称:{bill.buyer.name}"),
        (12, 35, 8, f"纳税人识别号:{bill.buyer.code}"), (12, 40, 8, "地 址、电 话:演示工业区 8 号"),
        (12, 45, 8, f"开户行及账号:{BANK}"), (118, 33, 8, "密"), (118, 38, 8, "码"), (118, 43, 8, "区"),
        *[(124, 31 + 4 * row, 7, "03<*/8>5+-19+*7>0<4/26>8-3*+1<9") for row in range(4)],
        (14, 51, 8, "货物或应税劳务、服务名称"), (68, 51, 8, "规格型号"), (88, 51, 8, "单位"), (102, 51, 8, "数量"),
        (118, 51, 8, "单价"), (142, 51, 8, "金  额"), (166, 51, 8, "税率"), (188, 51, 8, "税  额"),
        (6, 58, 8, bill.goods), (88, 58, 8, "项"), (103, 58, 8, "1"), (114, 58, 8, yuan_plain(bill.net_fen)),
        (140, 58, 8, yuan_plain(bill.net_fen)), (167, 58, 8, "6%"), (186, 58, 8, yuan_plain(bill.tax_fen)),
        (20, 88, 8, "合        计"), (138, 88, 8, f"¥{yuan_plain(bill.net_fen)}"),
        (184, 88, 8, f"¥{yuan_plain(bill.tax_fen)}"), (16, 95, 8, "价税合计(大写)"),
        (60, 95, 8, capitals(bill.gross_fen)), (140, 95, 8, f"(小写)¥{yuan_plain(bill.gross_fen)}"),
        (6, 104, 8, "销"), (6, 109, 8, "售"), (6, 114, 8, "方"), (12, 103, 8, f"名        称:{bill.seller.name}"),
        (12, 108, 8, f"纳税人识别号:{bill.seller.code}"), (12, 113, 8, "地 址、电 话:演示大道 1 号"),
        (12, 118, 8, f"开户行及账号:{BANK}"), (118, 106, 8, "备"), (118, 113, 8, "注"),
        (124, 106, 8, bill.remark), (12, 128, 8, "收款人:虚构甲"), (60, 128, 8, "复核:虚构乙"),
        (100, 128, 8, "开票人:虚构丙"), (150, 128, 8, "销售方:(章)"),
    ]  # fmt: skip
    lines: list[Stroke] = [
        (4, 28, 206, 28), (4, 50, 206, 50), (4, 56, 206, 56), (4, 93, 206, 93), (4, 101, 206, 101),
        (4, 124, 206, 124), (4, 28, 4, 124), (206, 28, 206, 124), (10.5, 28, 10.5, 50), (10.5, 101, 10.5, 124),
        (116.5, 28, 116.5, 50), (122.5, 28, 122.5, 50), (116.5, 101, 116.5, 124), (122.5, 101, 122.5, 124),
    ]  # fmt: skip
    qr = f"01,10,{bill.code},{bill.number},{yuan_plain(bill.net_fen)},{bill.issued_on:%Y%m%d},{bill.check_code},7C1A,"
    return _sheet("增值税电子普通发票（演示）", pieces, lines, width=210, height=140, ink="#8a5a2b", qr=qr)


def invoice_xml(bill: Bill) -> bytes:
    """A 数电票 as its own XML; a number of twenty digits and no code."""
    net, tax, gross = (yuan_plain(fen) for fen in (bill.net_fen, bill.tax_fen, bill.gross_fen))
    blue, words = ("N", "（负数）") if bill.gross_fen < 0 else ("Y", "")
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<EInvoice><Header><EIid>{bill.number}</EIid><EInvoiceTag>SWEI3200</EInvoiceTag><Version>0.2</Version>
<InherentLabel><InIssuType><LabelCode>{blue}</LabelCode><LabelName>是否蓝字发票标志</LabelName></InIssuType>
<EInvoiceType><LabelCode>01</LabelCode><LabelName>数电票</LabelName></EInvoiceType>
<GeneralOrSpecialVAT><LabelCode>02</LabelCode><LabelName>普通发票</LabelName></GeneralOrSpecialVAT></InherentLabel></Header>
<EInvoiceData><SellerInformation><SellerIdNum>{bill.seller.code}</SellerIdNum><SellerName>{escape(bill.seller.name)}</SellerName></SellerInformation>
<BuyerInformation><BuyerIdNum>{bill.buyer.code}</BuyerIdNum><BuyerName>{escape(bill.buyer.name)}</BuyerName></BuyerInformation>
<BasicInformation><TotalAmWithoutTax>{net}</TotalAmWithoutTax><TotalTaxAm>{tax}</TotalTaxAm>
<TotalTax-includedAmount>{gross}</TotalTax-includedAmount>
<TotalTax-includedAmountInChinese>{words}{capitals(abs(bill.gross_fen))}</TotalTax-includedAmountInChinese>
<Drawer>虚构开票员</Drawer><RequestTime>{bill.issued_on} 10:11:12</RequestTime></BasicInformation>
<IssuItemInformation><ItemName>{escape(bill.goods)}</ItemName><Quantity>1</Quantity><UnPrice>{net}</UnPrice>
<Amount>{net}</Amount><TaxRate>0.06</TaxRate><ComTaxAm>{tax}</ComTaxAm></IssuItemInformation>
<AdditionalInformation><Remark>{escape(bill.remark)}</Remark></AdditionalInformation></EInvoiceData>
<TaxSupervisionInfo><InvoiceNumber>{bill.number}</InvoiceNumber><IssueTime>{bill.issued_on} 10:11:13</IssueTime>
<TaxBureauName>虚构税务局（演示）</TaxBureauName></TaxSupervisionInfo></EInvoice>
""".encode()


def receipt_pdf(*, payer: str, payee: str, amount_fen: int, paid_on: date, serial: str) -> bytes:
    """A bank's electronic receipt of a payment that went through."""
    rows = (
        ("付款人户名", payer, "收款人户名", payee),
        ("付款人账号", "6200000012345678", "收款人账号", "6200000087654321"),
        ("付款人开户行", BANK, "收款人开户行", BANK),
        ("金额（小写）", f"¥{format_yuan(amount_fen)}", "金额（大写）", capitals(amount_fen)),
        ("交易日期", f"{paid_on}", "交易流水号", serial),
        ("用途", "上云上平台服务费", "交易状态", "交易成功"),
    )
    pieces: list[Piece] = [(70, 10, 14, "虚构银行电子回单（演示）")]
    lines: list[Stroke] = [(8, 24, 202, 24)]
    for place, (left, said, right, also) in enumerate(rows):
        top = 27 + 10 * place
        pieces += [(11, top, 9, left), (38, top, 9, said), (107, top, 9, right), (134, top, 9, also)]
        lines.append((8, 34 + 10 * place, 202, 34 + 10 * place))
    bottom = 24 + 10 * len(rows)
    lines += [(left, 24, left, bottom) for left in (8, 36, 105, 132, 202)]
    pieces.append((11, bottom + 5, 8, INVENTED))
    return _sheet("银行电子回单（演示）", pieces, lines, width=210, height=108, ink="#5b6b86")


def report_pdf(
    *, enterprise: str, supplier: str, number: str, accepted_on: date, fen: int, body: str
) -> bytes:
    """An acceptance report of a page, with the words that were given for the work itself."""
    return pdf.notice(
        title="项目验收报告",
        paragraphs=[INVENTED, *body.split("\n")],
        facts=[
            ("委托方", enterprise), ("服务方", supplier), ("验收日期", f"{accepted_on}"), ("合同金额", f"{format_yuan(fen)} 元"),
        ],
        number=number,
    )  # fmt: skip


def _sheet(
    title: str, pieces: list[Piece], lines: list[Stroke], *, width: int, height: int, ink: str, qr: str = ""
) -> bytes:
    told = {
        "title": title, "pieces": pieces, "lines": lines, "width": width, "height": height, "size": 8, "ink": ink,
        "qr": pdf.qr_svg(qr) if qr else "",
    }  # fmt: skip
    content = _compiler().compile(sys_inputs={"sheet": json.dumps(told, ensure_ascii=False)})
    assert isinstance(content, bytes)
    return content


@lru_cache(maxsize=1)
def _compiler() -> typst.Compiler:
    """One typesetter for all sheets: the fonts are read once."""
    return typst.Compiler(
        str(_TEMPLATE), root=str(_TEMPLATE.parent), font_paths=[_FONTS], ignore_system_fonts=True
    )
