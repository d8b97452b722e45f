"""Reads invoices in OFD: the reading library behind one door, plus the XML, text and QR code in the package."""

from __future__ import annotations

import io
import zipfile
import zlib
from typing import Any

import ofdkit

from yunquan.evidence.reading.facts import InvoiceLine
from yunquan.evidence.reading.invoices import einvoice_xml, qr, values
from yunquan.evidence.reading.invoices.merge import Said, is_red_mark, reversed_key, title_kind
from yunquan.evidence.reading.invoices.printed import Piece, Sheet, find
from yunquan.evidence.reading.unreadable import UnreadableError

MOST_PARTS = 2_000
MOST_UNFOLDED = 60 * 1024 * 1024
MOST_PAGES = 5
_MOST_PICTURE = 2 * 1024 * 1024
_MOST_PICTURES = 6
_PICTURES = (".png", ".jpg", ".jpeg")
_PIECE = 256 * 1024
DAMAGED = "OFD 已损坏或不完整，请重新下载原件"


def read_ofd(content: bytes) -> list[Said]:
    """What the sources in an OFD say, in the order of trust; raises UnreadableError with the reason."""
    parts = _unfolded(content)
    try:
        document = ofdkit.open(content)
    except ofdkit.OFDError:
        raise UnreadableError(DAMAGED) from None
    with document:
        try:
            invoice = document.invoice()
            sheets = [_sheet(page, place) for place, page in enumerate(document.pages[:MOST_PAGES], start=1)]
        except ofdkit.OFDError:
            raise UnreadableError(DAMAGED) from None
    said = _own_xml(parts)
    if invoice is not None:
        said.append(_tagged(invoice))
    texts = [text for sheet in sheets if (text := find(sheet)) is not None]
    if len({text.values["number"] for text in texts if text.values.get("number")}) > 1:
        raise UnreadableError(einvoice_xml.MANY)
    return [*said, *texts, *_codes(parts)]


def _unfolded(content: bytes) -> dict[str, bytes]:
    """The XML and the small pictures of the package; raises UnreadableError for a package that is no honest one."""
    try:
        package = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise UnreadableError(DAMAGED) from None
    members = package.infolist()
    if len(members) > MOST_PARTS:
        raise UnreadableError(f"OFD 里有 {len(members)} 个部件，不像一张发票")
    kept: dict[str, bytes] = {}
    unfolded, names = 0, set()
    for member in members:
        name = member.filename.replace("\\", "/")
        if name.startswith("/") or ".." in name.split("/") or ":" in name.split("/")[0]:
            raise UnreadableError("OFD 里的部件指向了包外的路径，出于安全不予读取")
        if member.flag_bits & 0x1:
            raise UnreadableError("OFD 有密码，请去掉密码后再上传")
        if name in names:
            raise UnreadableError("OFD 里有两个同名的部件，不知以哪个为准")
        names.add(name)
        wanted = name.lower().endswith((".xml", *_PICTURES))
        length, pieces = 0, []
        try:
            with package.open(member) as stream:
                while piece := stream.read(_PIECE):
                    length += len(piece)
                    unfolded += len(piece)
                    if unfolded > MOST_UNFOLDED:
                        raise UnreadableError(f"OFD 展开后超过 {MOST_UNFOLDED // 1048576} MB，不像一张发票")
                    if wanted and length <= _MOST_PICTURE:
                        pieces.append(piece)
        except (
            zipfile.BadZipFile,
            zlib.error,
            EOFError,
            RuntimeError,
            NotImplementedError,
            OSError,
            ValueError,
        ):
            raise UnreadableError(DAMAGED) from None
        if wanted and length <= _MOST_PICTURE:
            kept[name] = b"".join(pieces)
    if "[Content_Types].xml" in names:
        raise UnreadableError("文件同时是 OFD 和 Office 文档，不知以哪个为准")
    return kept


def _own_xml(parts: dict[str, bytes]) -> list[Said]:
    """The invoice as XML among the attachments, in the form of the 数电票."""
    for name, content in parts.items():
        if "/attach" in name.lower() and name.lower().endswith(".xml") and b"EInvoice" in content:
            try:
                return [einvoice_xml.read_xml(content)]
            except UnreadableError:
                # The older form is read by the library, tables of attachments are none of ours.
                continue
    return []


def _tagged(invoice: Any) -> Said:
    """What the library found: attachment, tags that point at the page's text, or the package's own list."""
    told = {
        "kind": title_kind(invoice.invoice_type or ""),
        "code": values.code(invoice.invoice_code),
        "number": values.number(invoice.invoice_number),
        "issued_on": values.day(invoice.issue_date),
        "seller": values.name(invoice.seller.name),
        "seller_no": values.tax_number(invoice.seller.tax_id),
        "buyer": values.name(invoice.buyer.name),
        "buyer_no": values.tax_number(invoice.buyer.tax_id),
        "net_fen": values.fen(invoice.amount_without_tax),
        "tax_fen": values.fen(invoice.tax_amount),
        "gross_fen": values.fen(invoice.total_amount),
        "check_code": values.check_code(invoice.check_code),
        "reverses": reversed_key(invoice.note or ""),
    }
    lines = tuple(
        InvoiceLine(
            values.name(item.name) or "",
            values.fen(item.amount),
            values.fen(item.tax_amount),
            values.tidy(item.tax_rate)[:20],
        )
        for item in invoice.items[:2000]
    )
    return Said("ofd", told, lines=lines, red_mark=is_red_mark(invoice.note or ""))


def _sheet(page: Any, number: int) -> Sheet:
    left, top, wide, high = page.box
    pieces = [
        Piece(run.text, run.x - left, run.x - left + run.width, run.y - top, max(run.size, 0.5))
        for run in page.runs
        if run.text.strip()
    ]
    return Sheet(pieces, wide, high, number)


def _codes(parts: dict[str, bytes]) -> list[Said]:
    """The QR code where it lies in the package as a picture; one drawn with lines is not seen."""
    looked = 0
    for name, content in parts.items():
        if not name.lower().endswith(_PICTURES) or looked >= _MOST_PICTURES:
            continue
        looked += 1
        try:
            found = qr.read_picture(content)
        except UnreadableError:
            continue
        if found:
            return found
    return []
