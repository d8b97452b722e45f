"""Reads one file that is said to be a contract; runs only in the confined process."""

from __future__ import annotations

from typing import Any

from yunquan.evidence import kinds
from yunquan.evidence.reading import foreign
from yunquan.evidence.reading.contracts.docx_text import read_docx
from yunquan.evidence.reading.contracts.finding import find
from yunquan.evidence.reading.contracts.pdf_text import read_pages
from yunquan.evidence.reading.facts import INVOICE_NO_CONTRACT, ContractFacts
from yunquan.evidence.reading.unreadable import UnreadableError

SCAN = "扫描件，请手工填写"
NOTHING = "没有认出合同内容，请手工填写"
SEALS = "印章和签字没有识别，请对照原件查看"
CHANGES = "文件里有没有接受的修订，按修订后的文字读取；请接受或拒绝修订后再上传"
HIDDEN = "文件里有隐藏的文字，没有读取"
OLD = "这是旧版 Word（.doc）或加密的文件，请去掉密码，另存为 .docx 或 PDF 后再上传"
STRANGE = "不能识别的文件格式；合同可以是 PDF、DOCX，扫描件可以是 PDF、PNG、JPEG"


def warm() -> None:
    """Load what the readers load late, so that no fork has to."""
    import pypdfium2

    pypdfium2.PdfDocument.new().close()


def read(content: bytes, name: str) -> dict[str, Any]:
    """What a contract says, as ContractFacts.as_json() (D47-5.10); a scan says why it wasn't read in `reason`.

    Raises UnreadableError with the reason in Chinese.  The kind is told by the bytes, never by the name.
    """
    return read_contract(content).as_json()


def read_contract(content: bytes) -> ContractFacts:
    """The facts of a contract; raises UnreadableError."""
    kind = kinds.kind_of(content)
    if kind in (kinds.PNG, kinds.JPEG):
        return ContractFacts(reason=SCAN, notes=(SEALS,))
    if kind == kinds.PDF:
        return _pdf(content)
    if kind == kinds.DOCX:
        return _docx(content)
    if foreign.is_invoice_file(content, kind):
        return ContractFacts(reason=INVOICE_NO_CONTRACT)
    raise UnreadableError(_reason(content))


def _pdf(content: bytes) -> ContractFacts:
    pages = read_pages(content)
    if not pages.rows:
        return ContractFacts(reason=SCAN, notes=(SEALS,))
    if foreign.is_invoice(pages.rows):
        return ContractFacts(reason=INVOICE_NO_CONTRACT)
    notes = [SEALS]
    if pages.pictures:
        shown = "、".join(str(page) for page in pages.pictures[:8]) + (
            "等" if len(pages.pictures) > 8 else ""
        )
        notes.append(f"第 {shown} 页是图像，没有读取")
    if pages.skipped:
        notes.append(f"共 {pages.count} 页，第 {pages.skipped[0]} 至 {pages.skipped[-1]} 页没有读取")
    return _said(find(pages.rows, notes))


def _docx(content: bytes) -> ContractFacts:
    document = read_docx(content)
    notes = [SEALS]
    if document.has_changes:
        notes.append(CHANGES)
    if document.has_hidden:
        notes.append(HIDDEN)
    if not document.rows:
        # Pictures of a paper contract in a Word file.
        return ContractFacts(reason=SCAN, notes=tuple(notes))
    return _said(find(document.rows, notes))


def _said(facts: ContractFacts) -> ContractFacts:
    """The facts, or the reason why they are empty."""
    if facts.sources or facts.lines:
        return facts
    return ContractFacts(reason=NOTHING, notes=facts.notes)


def _reason(content: bytes) -> str:
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return OLD
    if content.startswith(b"PK"):
        return "压缩包已损坏、过大，或不是 DOCX 文件；含宏的文档请另存为不含宏的 .docx"
    return STRANGE
