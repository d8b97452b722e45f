"""Invoices as OFD: the package, page, tags and attachments as the national programs lay them out.

`digital_ofd` is a 数电票 (tags under `ofd:root`, short fields in OFD.xml, the XML among the attachments on request);
`older_ofd` is an electronic VAT invoice (tags `fp:eInvoice` of 2016, `original_invoice.xml` among the attachments).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from xml.sax.saxutils import escape

from tests.evidence.papers.einvoice import xml as einvoice_xml
from tests.evidence.papers.invoice import Paper, yuan
from tests.evidence.papers.pdf import Text, texts_of
from tests.evidence.papers.pictures import qr_png

OFD = 'xmlns:ofd="http://www.ofdspec.org/2016"'
HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
_SIZE = 3.0


def package(parts: Mapping[str, str | bytes]) -> bytes:
    """A ZIP of parts."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


def page(texts: list[Text], *, first: int = 100, picture: bool = True) -> tuple[str, dict[str, int]]:
    """A page's Content.xml and the ids of its text objects by their text."""
    objects, ids = [], {}
    for place, (x, y, text) in enumerate(texts):
        ids.setdefault(text, first + place)
        width = sum(_SIZE if ord(sign) > 0x2E80 else _SIZE / 2 for sign in text)
        steps = " ".join(f"{_SIZE if ord(sign) > 0x2E80 else _SIZE / 2:g}" for sign in text[:-1])
        delta = f' DeltaX="{steps}"' if steps else ""
        objects.append(
            f'<ofd:TextObject ID="{first + place}" Boundary="{x} {y} {width + 1} {_SIZE + 1}" Font="3" Size="{_SIZE}">'
            f'<ofd:TextCode X="0" Y="{_SIZE}"{delta}>{escape(text)}</ofd:TextCode></ofd:TextObject>'
        )
    if picture:
        objects.append('<ofd:ImageObject ID="9001" Boundary="6 4 21 21" CTM="21 0 0 21 0 0" ResourceID="8"/>')
    return (
        f"{HEAD}<ofd:Page {OFD}><ofd:Area><ofd:PhysicalBox>0 0 210 140</ofd:PhysicalBox></ofd:Area><ofd:Content>"
        f'<ofd:Layer ID="2" Type="Body">{"".join(objects)}</ofd:Layer></ofd:Content></ofd:Page>',
        ids,
    )


def base(
    paper: Paper,
    *,
    custom: str = "",
    pages: int = 1,
    texts: list[Text] | None = None,
    qr: bool = True,
) -> tuple[dict[str, str | bytes], dict[str, int]]:
    """What every OFD has: OFD.xml, Document.xml, resources and one page."""
    content, ids = page(texts if texts is not None else texts_of(paper, apart=True), picture=qr)
    listed = "".join(f'<ofd:Page ID="{1 + n}" BaseLoc="Pages/Page_0/Content.xml"/>' for n in range(pages))
    parts: dict[str, str | bytes] = {
        "OFD.xml": f"""{HEAD}<ofd:OFD {OFD} DocType="OFD" Version="1.1"><ofd:DocBody><ofd:DocInfo>
<ofd:DocID>{paper.number:0>32}</ofd:DocID><ofd:Creator>虚构开票软件</ofd:Creator>{custom}</ofd:DocInfo>
<ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>""",
        "Doc_0/Document.xml": f"""{HEAD}<ofd:Document {OFD}><ofd:CommonData><ofd:MaxUnitID>9999</ofd:MaxUnitID>
<ofd:PageArea><ofd:PhysicalBox>0 0 210 140</ofd:PhysicalBox></ofd:PageArea>
<ofd:PublicRes>PublicRes.xml</ofd:PublicRes><ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes></ofd:CommonData>
<ofd:Pages>{listed}</ofd:Pages><ofd:CustomTags>Tags/CustomTags.xml</ofd:CustomTags>
<ofd:Attachments>Attachs/Attachments.xml</ofd:Attachments></ofd:Document>""",
        "Doc_0/PublicRes.xml": f"""{HEAD}<ofd:Res {OFD} BaseLoc="Res"><ofd:Fonts>
<ofd:Font ID="3" FontName="宋体" FamilyName="宋体"/></ofd:Fonts></ofd:Res>""",
        "Doc_0/DocumentRes.xml": f"""{HEAD}<ofd:Res {OFD} BaseLoc="Res"><ofd:MultiMedias>
<ofd:MultiMedia ID="8" Type="Image" Format="PNG"><ofd:MediaFile>qr.png</ofd:MediaFile></ofd:MultiMedia>
</ofd:MultiMedias></ofd:Res>""",
        "Doc_0/Pages/Page_0/Content.xml": content,
    }
    if qr:
        parts["Doc_0/Res/qr.png"] = qr_png(paper)
    return parts, ids


def _tags(place: str, space: str) -> str:
    return (
        f"{HEAD}<ofd:CustomTags {OFD}><ofd:CustomTag {space}><ofd:FileLoc>{place}</ofd:FileLoc>"
        "</ofd:CustomTag></ofd:CustomTags>"
    )


def _listed(*names: str) -> str:
    rows = "".join(
        f'<ofd:Attachment ID="{place}" Name="{name}" Format="xml" Visible="false"><ofd:FileLoc>{name}.xml'
        "</ofd:FileLoc></ofd:Attachment>"
        for place, name in enumerate(names, start=50)
    )
    return f"{HEAD}<ofd:Attachments {OFD}>{rows}</ofd:Attachments>"


def _reference(ids: dict[str, int], text: str) -> str:
    return f'<ofd:ObjectRef PageRef="1">{ids[text]}</ofd:ObjectRef>'


def digital_parts(
    paper: Paper, *, own_xml: bool = False, pages: int = 1, qr: bool = True
) -> dict[str, str | bytes]:
    """The parts of a 数电票."""
    told = {
        "发票号码": paper.number,
        "开票日期": f"{paper.day:%Y年%m月%d日}",
        "合计金额": yuan(paper.net_fen),
        "合计税额": yuan(paper.tax_fen),
        "销售方纳税人识别号": paper.seller_no,
        "购买方纳税人识别号": paper.buyer_no,
    }
    custom = "".join(
        f'<ofd:CustomData Name="{name}">{value}</ofd:CustomData>' for name, value in told.items()
    )
    parts, ids = base(paper, custom=f"<ofd:CustomDatas>{custom}</ofd:CustomDatas>", pages=pages, qr=qr)
    tags = {
        "InvoiceNo": paper.number,
        "IssueDate": f"{paper.day:%Y年%m月%d日}",
        "BuyerName": paper.buyer,
        "BuyerTaxID": paper.buyer_no,
        "SellerName": paper.seller,
        "SellerTaxID": paper.seller_no,
        "TaxExclusiveTotalAmount": f"¥{yuan(paper.net_fen)}",
        "TaxTotalAmount": f"¥{yuan(paper.tax_fen)}",
        "TaxInclusiveTotalAmount": f"¥{yuan(paper.gross_fen)}",
        "Note": paper.remark,
    }
    rows = "".join(f"<ofd:{name}>{_reference(ids, text)}</ofd:{name}>" for name, text in tags.items())
    parts["Doc_0/Tags/CustomTags.xml"] = _tags("Tag_0.xml", 'TypeID="0"')
    parts["Doc_0/Tags/Tag_0.xml"] = f"{HEAD}<ofd:root {OFD}>{rows}</ofd:root>"
    if own_xml:
        parts["Doc_0/Attachs/Attachments.xml"] = _listed("original_invoice")
        parts["Doc_0/Attachs/original_invoice.xml"] = einvoice_xml(paper)
    return parts


def digital_ofd(paper: Paper, *, own_xml: bool = False, pages: int = 1, qr: bool = True) -> bytes:
    """A 数电票 as OFD; `own_xml` puts the XML among the attachments."""
    return package(digital_parts(paper, own_xml=own_xml, pages=pages, qr=qr))


def original_invoice(paper: Paper) -> str:
    """The attachment of an older invoice, in the schema of 2016."""
    lines = "".join(
        f"<fp:GoodsInfo><fp:Item>{escape(line.name)}</fp:Item><fp:Amount>{yuan(line.net_fen)}</fp:Amount>"
        f"<fp:TaxScheme>{line.rate}</fp:TaxScheme><fp:TaxAmount>{yuan(line.tax_fen)}</fp:TaxAmount></fp:GoodsInfo>"
        for line in paper.lines
    )
    return f"""{HEAD}<fp:eInvoice xmlns:fp="http://www.chinatax.gov.cn/edu/2016/eInvoice">
<fp:DocID>1</fp:DocID><fp:AreaCode>4400</fp:AreaCode><fp:TypeCode>1</fp:TypeCode>
<fp:InvoiceNo>{paper.number}</fp:InvoiceNo><fp:InvoiceCode>{paper.code}</fp:InvoiceCode>
<fp:IssueDate>{paper.day:%Y年%m月%d日}</fp:IssueDate><fp:InvoiceCheckCode>{paper.check_code}</fp:InvoiceCheckCode>
<fp:MachineNo>499000000000</fp:MachineNo>
<fp:Buyer><fp:BuyerName>{escape(paper.buyer)}</fp:BuyerName><fp:BuyerTaxID>{paper.buyer_no}</fp:BuyerTaxID></fp:Buyer>
<fp:Seller><fp:SellerName>{escape(paper.seller)}</fp:SellerName><fp:SellerTaxID>{paper.seller_no}</fp:SellerTaxID>
</fp:Seller><fp:TaxInclusiveTotalAmount>{yuan(paper.gross_fen)}</fp:TaxInclusiveTotalAmount>
<fp:TaxExclusiveTotalAmount>{yuan(paper.net_fen)}</fp:TaxExclusiveTotalAmount>
<fp:TaxTotalAmount>{yuan(paper.tax_fen)}</fp:TaxTotalAmount><fp:Note>{escape(paper.remark)}</fp:Note>
<fp:GoodsInfos>{lines}</fp:GoodsInfos></fp:eInvoice>"""


def older_parts(paper: Paper, *, qr: bool = True) -> dict[str, str | bytes]:
    """The parts of an older electronic invoice."""
    parts, ids = base(paper, qr=qr)
    tags = {
        "InvoiceCode": paper.code,
        "InvoiceNo": paper.number,
        "TaxInclusiveTotalAmount": f"¥{yuan(paper.gross_fen)}",
        "TaxExclusiveTotalAmount": f"¥{yuan(paper.net_fen)}",
        "TaxTotalAmount": f"¥{yuan(paper.tax_fen)}",
    }
    rows = "".join(f"<fp:{name}>{_reference(ids, text)}</fp:{name}>" for name, text in tags.items())
    parts["Doc_0/Tags/CustomTags.xml"] = _tags(
        "CustomTag.xml", 'NameSpace="http://www.chinatax.gov.cn/edu/2016/eInvoice"'
    )
    parts["Doc_0/Tags/CustomTag.xml"] = (
        f'{HEAD}<fp:eInvoice xmlns:fp="http://www.chinatax.gov.cn/edu/2016/eInvoice" {OFD}>{rows}</fp:eInvoice>'
    )
    parts["Doc_0/Attachs/Attachments.xml"] = _listed("original_invoice")
    parts["Doc_0/Attachs/original_invoice.xml"] = original_invoice(paper)
    return parts


def older_ofd(paper: Paper, *, qr: bool = True) -> bytes:
    """An older electronic invoice as OFD."""
    return package(older_parts(paper, qr=qr))
