"""Tells a paper of another kind in a slot that isn't for it: an invoice or a contract where neither belongs.

What such a paper says is proposed for nothing: an invoice's total is no contract's, nor the sum of a payment.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import islice

from yunquan.evidence import kinds
from yunquan.evidence.reading.flow import Row
from yunquan.evidence.reading.invoices import einvoice_xml, ofd
from yunquan.evidence.reading.unreadable import UnreadableError

# A title stands near the head of the first page, in a cell of its own.
_HEAD_ROWS = 12
# An invoice has one page, and a few more may list its goods.
MOST_INVOICE_ROWS = 400
_INVOICE_TITLE = re.compile(r"[\u4e00-\u9fff]{0,12}发票(?:\([\u4e00-\u9fff]{2,8}\))?")
_INVOICE_MARKS = (re.compile(r"发票(?:号码|代码)"), re.compile(r"价税合计"))
_CONTRACT_TITLE = re.compile(r"[^,，。;；:：]{0,40}(?:合同|协议)书?(?:\(.*\))?")
_CONTRACT_MARKS = (re.compile(r"甲方"), re.compile(r"乙方"))


def is_invoice(rows: Sequence[Row]) -> bool:
    """Whether the rows of a page or a short document are an invoice: its title, a number's label and its total."""
    return len(rows) <= MOST_INVOICE_ROWS and _bears(rows, _INVOICE_TITLE, _INVOICE_MARKS)


def is_contract(rows: Sequence[Row]) -> bool:
    """Whether the rows are a contract: its title and both sides."""
    return _bears(rows, _CONTRACT_TITLE, _CONTRACT_MARKS)


def is_invoice_file(content: bytes, kind: str | None) -> bool:
    """Whether a file in XML or OFD, in which neither contracts nor receipts come, is an invoice."""
    try:
        if kind == kinds.XML:
            return bool(einvoice_xml.read_xml(content).values.get("number"))
        return kind == kinds.OFD and any(said.values.get("number") for said in ofd.read_ofd(content))
    except UnreadableError as reason:
        return str(reason) == einvoice_xml.MANY


def _bears(rows: Sequence[Row], title: re.Pattern[str], marks: Iterable[re.Pattern[str]]) -> bool:
    head = islice((cell.text for row in rows[:_HEAD_ROWS] for cell in row.cells), 80)
    if not any(title.fullmatch(_bare(text)) for text in head if len(text) < 120):
        return False
    text = _bare("".join(cell.text for row in rows for cell in row.cells))
    return all(mark.search(text) for mark in marks)


def _bare(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))
