"""Reads the XML of a 数电票, and the XML that older electronic invoices carry.

`TotalTax-includedAmount` is the invoice's total; `TotaltaxIncludedAmount`, but for a hyphen and a capital the same
word, is the sum of one line.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

from yunquan.evidence.reading.facts import InvoiceLine, Source
from yunquan.evidence.reading.invoices import markup, values
from yunquan.evidence.reading.invoices.markup import at, children, words
from yunquan.evidence.reading.invoices.merge import (
    ORDINARY,
    SPECIAL,
    Said,
    is_red_mark,
    reversed_key,
    title_kind,
)
from yunquan.evidence.reading.unreadable import UnreadableError

MANY = "文件里有多张发票，请每张单独上传"
_SUMS = {"net_fen": "TotalAmWithoutTax", "tax_fen": "TotalTaxAm", "gross_fen": "TotalTax-includedAmount"}
_OLDER_SUMS = {
    "net_fen": "TaxExclusiveTotalAmount",
    "tax_fen": "TaxTotalAmount",
    "gross_fen": "TaxInclusiveTotalAmount",
}
_MOST_LINES = 2000


def read_xml(content: bytes) -> Said:
    """What an invoice's own XML says (D47-5.14); raises UnreadableError when it is none."""
    return said_by(markup.parse(content))


def said_by(root: ET.Element, source: Source = "xml") -> Said:
    """What an XML tree says; raises UnreadableError when no invoice, or more than one, is in it."""
    found = [root] if root.tag in ("EInvoice", "eInvoice") else []
    if not found:
        found = [element for element in root.iter() if element.tag in ("EInvoice", "eInvoice")]
    if len(found) > 1:
        raise UnreadableError(MANY)
    if not found:
        raise UnreadableError("这个 XML 不是电子发票：里面没有 EInvoice")
    return _older(found[0], source) if found[0].tag == "eInvoice" else _digital(found[0], source)


def _digital(invoice: ET.Element, source: Source) -> Said:
    written, taxed = at(invoice, "EInvoiceData"), at(invoice, "TaxSupervisionInfo")
    # More than one of a part, and nobody knows which is meant.
    for parent, name in (
        (invoice, "EInvoiceData"),
        (invoice, "TaxSupervisionInfo"),
        (written, "BasicInformation"),
        (written, "SellerInformation"),
        (written, "BuyerInformation"),
    ):
        if len(children(parent, name)) > 1:
            raise UnreadableError(MANY)
    basic = at(written, "BasicInformation")
    told = {
        "kind": _kind(invoice),
        "number": values.number(words(taxed, "InvoiceNumber")),
        "issued_on": values.day(words(taxed, "IssueTime") or words(basic, "RequestTime")),
        "seller": values.name(words(written, "SellerInformation", "SellerName")),
        "seller_no": values.tax_number(words(written, "SellerInformation", "SellerIdNum")),
        "buyer": values.name(words(written, "BuyerInformation", "BuyerName")),
        "buyer_no": values.tax_number(words(written, "BuyerInformation", "BuyerIdNum")),
        **{name: _sum(words(basic, tag), tag) for name, tag in _SUMS.items()},
    }
    lines = tuple(
        InvoiceLine(
            values.name(words(item, "ItemName")) or "",
            values.fen(words(item, "Amount")),
            values.fen(words(item, "ComTaxAm")),
            values.tidy(words(item, "TaxRate"))[:20],
        )
        for item in children(written, "IssuItemInformation")[:_MOST_LINES]
    )
    remark = words(written, "AdditionalInformation", "Remark") or ""
    blue = at(invoice, "Header", "InherentLabel", "InIssuType")
    told["reverses"] = reversed_key(remark) if remark else None
    not_blue = words(blue, "LabelCode") == "N" and "是否蓝字" in (words(blue, "LabelName") or "")
    return Said(source, told, lines=lines, red_mark=not_blue or is_red_mark(remark))


def _kind(invoice: ET.Element) -> str | None:
    label = at(invoice, "Header", "InherentLabel", "GeneralOrSpecialVAT")
    named = words(label, "LabelName") or ""
    by_code = {"01": SPECIAL, "02": ORDINARY}.get(words(label, "LabelCode") or "")
    if by_code is None and named:
        return SPECIAL if "专用" in named else ORDINARY if "普通" in named else values.name(named)
    return by_code


def _sum(text: str | None, tag: str) -> int | None:
    if text is None:
        return None
    amount = values.fen(text)
    if amount is None:
        raise UnreadableError(f"XML 里的金额 {tag} 写成了“{values.tidy(text)[:30]}”，不是金额")
    return amount


def _older(invoice: ET.Element, source: Source) -> Said:
    """The schema of 2016 and 2019, whose names the tags of OFD invoices share."""
    leaves: dict[str, str] = {}
    for element in invoice.iter():
        if not len(element) and element.text and element.text.strip():
            leaves.setdefault(str(element.tag), element.text.strip())
    title = leaves.get("TypeCode") or leaves.get("InvoiceType") or leaves.get("Title") or ""
    told = {
        "kind": title_kind(title),
        "code": values.code(leaves.get("InvoiceCode")),
        "number": values.number(leaves.get("InvoiceNo")),
        "issued_on": values.day(leaves.get("IssueDate")),
        "seller": values.name(leaves.get("SellerName")),
        "seller_no": values.tax_number(leaves.get("SellerTaxID")),
        "buyer": values.name(leaves.get("BuyerName")),
        "buyer_no": values.tax_number(leaves.get("BuyerTaxID")),
        "check_code": values.check_code(leaves.get("InvoiceCheckCode")),
        **{name: _sum(leaves.get(tag), tag) for name, tag in _OLDER_SUMS.items()},
    }
    lines = tuple(
        InvoiceLine(
            values.name(words(item, "Item")) or "",
            values.fen(words(item, "Amount")),
            values.fen(words(item, "TaxAmount")),
            values.tidy(words(item, "TaxScheme"))[:20],
        )
        for item in [part for part in invoice.iter() if part.tag == "GoodsInfo"][:_MOST_LINES]
    )
    remark = leaves.get("Note", "")
    told["reverses"] = reversed_key(remark) if remark else None
    return Said(source, told, lines=lines, red_mark=is_red_mark(remark))
