"""A 数电票 as XML, with the elements that the tax bureau's files have."""

from __future__ import annotations

from xml.sax.saxutils import escape

from tests.evidence.papers.invoice import SPECIAL, Paper, in_words, yuan


def xml(paper: Paper, *, encoding: str = "UTF-8", before: str = "") -> bytes:
    """The XML of an invoice; `before` is put between the declaration and the root."""
    code, name = ("01", "增值税专用发票") if paper.kind == SPECIAL else ("02", "普通发票")
    lines = "".join(
        f"""<IssuItemInformation><ItemName>{escape(line.name)}</ItemName><SpecMod/><MeaUnits>项</MeaUnits>
        <Quantity>1</Quantity><UnPrice>{yuan(line.net_fen)}</UnPrice><Amount>{yuan(line.net_fen)}</Amount>
        <TaxRate>{line.rate}</TaxRate><ComTaxAm>{yuan(line.tax_fen)}</ComTaxAm>
        <TotaltaxIncludedAmount>{yuan(line.net_fen + line.tax_fen)}</TotaltaxIncludedAmount>
        <TaxClassificationCode>3040201000000000000</TaxClassificationCode></IssuItemInformation>"""
        for line in paper.lines
    )
    text = f"""<?xml version="1.0" encoding="{encoding}"?>{before}
<EInvoice><Header><EIid>{paper.number}</EIid><EInvoiceTag>SWEI3200</EInvoiceTag><Version>0.2</Version>
<InherentLabel><InIssuType><LabelCode>{"N" if paper.gross_fen < 0 else "Y"}</LabelCode>
<LabelName>是否蓝字发票标志</LabelName></InIssuType>
<EInvoiceType><LabelCode>01</LabelCode><LabelName>数电票</LabelName></EInvoiceType>
<GeneralOrSpecialVAT><LabelCode>{code}</LabelCode><LabelName>{name}</LabelName></GeneralOrSpecialVAT>
<TaxpayerType><LabelCode>01</LabelCode><LabelName>一般纳税人</LabelName></TaxpayerType></InherentLabel>
<UndefinedLabel/></Header>
<EInvoiceData><SellerInformation><SellerIdNum>{paper.seller_no}</SellerIdNum>
<SellerName>{escape(paper.seller)}</SellerName><SellerAddr>测试路 1 号</SellerAddr></SellerInformation>
<BuyerInformation><BuyerIdNum>{paper.buyer_no}</BuyerIdNum><BuyerName>{escape(paper.buyer)}</BuyerName>
</BuyerInformation>
<BasicInformation><TotalAmWithoutTax>{yuan(paper.net_fen)}</TotalAmWithoutTax>
<TotalTaxAm>{yuan(paper.tax_fen)}</TotalTaxAm>
<TotalTax-includedAmount>{yuan(paper.gross_fen)}</TotalTax-includedAmount>
<TotalTax-includedAmountInChinese>{in_words(paper.gross_fen)}</TotalTax-includedAmountInChinese>
<Drawer>虚构开票员</Drawer><RequestTime>{paper.day} 10:11:12</RequestTime></BasicInformation>
{lines}<SpecificInformation/>
<AdditionalInformation><Remark>{escape(paper.remark)}</Remark></AdditionalInformation></EInvoiceData>
<SellerAuthentication><AuthenticationMethods>01</AuthenticationMethods></SellerAuthentication>
<TaxSupervisionInfo><InvoiceNumber>{paper.number}</InvoiceNumber><IssueTime>{paper.day} 10:11:13</IssueTime>
<TaxBureauCode>14400000000</TaxBureauCode><TaxBureauName>虚构税务局（测试）</TaxBureauName></TaxSupervisionInfo>
</EInvoice>
"""
    python_name = {"GB2312": "gb18030", "GBK": "gb18030"}.get(encoding.upper(), encoding)
    return text.encode(python_name)
