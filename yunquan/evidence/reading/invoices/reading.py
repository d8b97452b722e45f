"""Reads one file that is said to be an invoice, or a list of them; runs only in the confined process."""

from __future__ import annotations

from typing import Any

from yunquan.evidence import kinds
from yunquan.evidence.reading.facts import InvoiceFacts
from yunquan.evidence.reading.invoices import einvoice_xml, lists, ofd, pdf, qr
from yunquan.evidence.reading.invoices.merge import Said, merge
from yunquan.evidence.reading.unreadable import UnreadableError

NO_CODE = "图片里没有找到发票的二维码，请上传 XML、OFD 或 PDF 原件，或重新拍清楚"
NO_INVOICE = "没有认出发票：文件里找不到发票号码"
STRANGE = "不能识别的文件格式；发票可以是 XML、OFD、PDF、PNG、JPEG，清单可以是 XLSX"


def warm() -> None:
    """Load what the readers load late, so that no fork has to."""
    import encodings.gb18030
    import encodings.utf_16  # noqa: F401

    import zxingcpp  # noqa: F401
    from PIL import Image

    Image.init()


def read(content: bytes, name: str) -> dict[str, Any]:
    """The invoices of a file: {"invoices": [{"row", "facts", "error"}]}; one, but for a list.

    Raises UnreadableError with the reason in Chinese.  The kind is told by the bytes, never by the name.
    """
    kind = kinds.XML if _looks_like_markup(content) else kinds.kind_of(content)
    if kind == kinds.XLSX:
        rows = [
            {"row": row, "facts": facts.as_json() if facts else None, "error": reason}
            for row, facts, reason in lists.read_list(content)
        ]
        return {"invoices": rows}
    return {"invoices": [{"row": None, "facts": read_one(content, kind).as_json(), "error": None}]}


def read_one(content: bytes, kind: str | None) -> InvoiceFacts:
    """The facts of a file that holds one invoice; raises UnreadableError."""
    said: list[Said]
    if kind == kinds.XML or (kind is None and _looks_like_markup(content)):
        said = [einvoice_xml.read_xml(content)]
    elif kind == kinds.OFD:
        said = ofd.read_ofd(content)
    elif kind == kinds.PDF:
        said = pdf.read_pdf(content)
    elif kind in (kinds.PNG, kinds.JPEG):
        said = qr.read_picture(content)
        if not said:
            raise UnreadableError(NO_CODE)
        if len({one.values["number"] for one in said}) > 1:
            raise UnreadableError(einvoice_xml.MANY)
    else:
        raise UnreadableError(_reason(content))
    facts = merge(said)
    if facts.number is None:
        raise UnreadableError(NO_INVOICE)
    return facts


def _looks_like_markup(content: bytes) -> bool:
    """XML without a declaration, or with one thing in it that the upload refuses: the reader says which."""
    head = content[:200]
    for order in ("utf-8-sig", "utf-16"):
        if head.startswith((b"\xff\xfe", b"\xfe\xff")) == (order == "utf-16"):
            return head[: len(head) // 2 * 2].decode(order, "ignore").lstrip().startswith("<")
    return False


def _reason(content: bytes) -> str:
    if content.startswith(b"PK"):
        return "压缩包已损坏、过大，或不是 OFD、XLSX 文件；压缩包请先解开，再逐个上传"
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return "这是旧版 Office 或加密的文件，请去掉密码并另存为 .xlsx 后再上传"
    return STRANGE
