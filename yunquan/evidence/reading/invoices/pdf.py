"""Reads invoices in PDF: printed text with its places, document information, embedded XML and the QR code."""

from __future__ import annotations

import contextlib
import ctypes
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium

from yunquan.evidence.reading.invoices import einvoice_xml, qr, values
from yunquan.evidence.reading.invoices.merge import Said
from yunquan.evidence.reading.invoices.printed import MOST_PIECES, Piece, Sheet, find
from yunquan.evidence.reading.unreadable import UnreadableError

# An invoice stands on one page; a few more may list its goods.
MOST_PAGES = 5
_MOST_ATTACHED, _MOST_SCANNED = 5, 3
# The code is some 20 mm wide; at twice the page's 72 dots an inch its squares have three dots each.
_SCALES = (2.0, 4.0)
_MOST_DOTS = 12_000_000
_NAMES = {
    "number": ("InvoiceNumber", values.number),
    "issued_on": ("IssueTime", values.day),
    "seller": ("SellerName", values.name),
    "seller_no": ("SellerIdNum", values.tax_number),
    "buyer": ("BuyerName", values.name),
    "buyer_no": ("BuyerIdNum", values.tax_number),
    "net_fen": ("TotalAmWithoutTax", values.fen),
    "tax_fen": ("TotalTaxAm", values.fen),
    "gross_fen": ("TotalTax-includedAmount", values.fen),
}


def read_pdf(content: bytes) -> list[Said]:
    """What the sources in a PDF say, in the order of trust; raises UnreadableError with the reason."""
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as fault:
        if "assword" in str(fault):
            raise UnreadableError("PDF 有密码，请去掉密码后再上传") from None
        raise UnreadableError("PDF 已损坏或不完整，请重新下载原件") from None
    try:
        said = [*_attached(document), *_told_by_information(document)]
        texts: list[Said] = []
        codes: list[Said] = []
        for place in range(min(len(document), MOST_PAGES)):
            try:
                page = document[place]
            except pypdfium2.PdfiumError:
                raise UnreadableError(f"PDF 第 {place + 1} 页已损坏，请重新下载原件") from None
            text = find(sheet_of(page, place + 1))
            # Behind an invoice in text, pages are looked at only for a second one.
            if text is not None or (not texts and place < _MOST_SCANNED):
                codes += _codes(page, in_corner=text is not None)
            if text is not None:
                texts.append(text)
            page.close()
    finally:
        document.close()
    numbers = {one.values["number"] for one in (*texts, *codes) if one.values.get("number")}
    if len({one.values["number"] for one in texts if one.values.get("number")}) > 1 or (
        not texts and len(numbers) > 1
    ):
        raise UnreadableError(einvoice_xml.MANY)
    return [*said, *texts, *codes]


def sheet_of(page: Any, number: int, *, blanks: bool = False) -> Sheet:
    """The text of a PDF page as pieces, measured from its upper left corner in points.

    With `blanks` the blanks between words stay in the pieces; without them a blank may part two pieces.
    """
    wide, high = page.get_size()
    text = page.get_textpage()
    count = min(max(pdfium.FPDFText_CountChars(text.raw), 0), MOST_PIECES)
    box = pdfium.FS_RECTF()
    there = ctypes.byref(box)
    pieces: list[Piece] = []
    signs: list[str] = []
    left = right = base = size = 0.0
    blank, wide_gap = "", 0.3

    def close() -> None:
        if signs:
            pieces.append(Piece("".join(signs), left, right, base, size))
            signs.clear()

    for place in range(count):
        sign = pdfium.FPDFText_GetUnicode(text.raw, place)
        # Blanks and line ends are the library's own guess; the places say it better.
        if sign <= 32 or sign > 0x10FFFF or 0xD800 <= sign <= 0xDFFF:
            if blanks and sign == 32 and signs:
                blank, wide_gap = blank + " ", 0.8
            continue
        if not pdfium.FPDFText_GetLooseCharBox(text.raw, place, there):
            continue
        tall = box.top - box.bottom
        bottom = high - box.bottom
        if signs and (
            abs(bottom - base) > 0.3 * size
            or box.left - right > wide_gap * size
            or box.left < right - 0.7 * size
        ):
            close()
        if not signs:
            left, base, size = box.left, bottom, max(tall, 0.1)
        elif blank:
            signs.append(blank[:2])
        blank, wide_gap = "", 0.3
        signs.append(chr(sign))
        right = box.right
    close()
    text.close()
    return Sheet(pieces, wide, high, number)


def _codes(page: Any, *, in_corner: bool) -> list[Said]:
    """The invoices' codes on a page; where invoices print it, at the upper left, it is looked for first."""
    wide, high = page.get_size()
    corner = (0.0, high / 2, wide / 2, 0.0)
    for scale, cut in [(_SCALES[0], corner)] * in_corner + [(scale, (0.0,) * 4) for scale in _SCALES]:
        if not 0 < wide * high * scale * scale <= _MOST_DOTS:
            # A sheet of a monster's size is drawn as small as bearable.
            scale = (_MOST_DOTS / max(wide * high, 1.0)) ** 0.5
        if max(wide, high) * scale > qr.MOST_SIDE:
            return []
        try:
            drawn = page.render(scale=scale, crop=cut, grayscale=True, may_draw_forms=False)
        except (pypdfium2.PdfiumError, ValueError):
            return []
        dots = memoryview(drawn.buffer).cast("B").cast("B", (drawn.height, drawn.stride))
        found = qr.read_codes(dots)
        del dots
        drawn.close()
        if found:
            return found
    return []


def _told_by_information(document: Any) -> list[Said]:
    """数电票 often carry their fields in the document information, under the names of the XML."""
    told: dict[str, Any] = {}
    for field, (name, take) in _NAMES.items():
        length = pdfium.FPDF_GetMetaText(document.raw, name.encode(), None, 0)
        if not 2 < length <= 2048:
            continue
        kept = ctypes.create_string_buffer(length)
        pdfium.FPDF_GetMetaText(document.raw, name.encode(), kept, length)
        value = take(kept.raw[: length - 2].decode("utf-16-le", "replace"))
        if value is not None:
            told[field] = value
    return [Said("info", told)] if told else []


def _attached(document: Any) -> list[Said]:
    """The invoice's own XML, where the PDF carries it along."""
    said: list[Said] = []
    for place in range(min(document.count_attachments(), _MOST_ATTACHED)):
        # What is attached besides, or can't be read, is not the invoice.
        with contextlib.suppress(UnreadableError, pypdfium2.PdfiumError):
            attachment = document.get_attachment(place)
            if attachment.get_name().lower().endswith(".xml"):
                said.append(einvoice_xml.read_xml(bytes(attachment.get_data())))
    return said[:1]
