"""Reads one file that is said to prove payments: a receipt, several, or a statement; only in the confined process."""

from __future__ import annotations

from typing import Any

from yunquan.evidence import kinds
from yunquan.evidence.reading import foreign
from yunquan.evidence.reading.contracts.pdf_text import MOST_FIRST, MOST_LAST, read_pages
from yunquan.evidence.reading.facts import CONTRACT_NO_PROOF, INVOICE_NO_PROOF, ProofFacts
from yunquan.evidence.reading.flow import Row
from yunquan.evidence.reading.proofs import layouts, receipts, statements
from yunquan.evidence.reading.unreadable import UnreadableError

SCAN = "扫描件，请手工填写"
NOTHING = "没有认出付款信息，请手工填写"
OLD = "这是旧版 Office 或加密的文件，请去掉密码，另存为 .xlsx 或 PDF 后再上传"
STRANGE = "不能识别的文件格式；付款凭证可以是 PDF、XLSX、CSV，扫描件可以是 PDF、PNG、JPEG"
_MOST_RECEIPTS = 200


def warm() -> None:
    """Load what the readers load late, so that no fork has to."""
    import encodings.gb18030
    import encodings.utf_16  # noqa: F401

    layouts.known()


def read(content: bytes, name: str) -> dict[str, Any]:
    """The payments of a file: {"proofs": [{"row", "facts", "error"}], "notes": [...]} (D47-5.14).

    One for each receipt or row of a statement; `row` is None for receipts.  A scan gives empty facts whose `reason`
    says why.  Raises UnreadableError with the reason in Chinese.  The kind is told by the bytes, never by the name.
    """
    kind = kinds.kind_of(content)
    faults = layouts.known()[1]
    notes = [f"自己的回单格式有错，没有使用：{fault}" for fault in faults]
    rows: list[dict[str, Any]]
    if kind in (kinds.PNG, kinds.JPEG):
        rows = [_row(ProofFacts(reason=SCAN))]
    elif kind == kinds.PDF:
        rows = [_row(facts) for facts in read_pdf(content, notes)]
    elif kind == kinds.XLSX or (kind is None and statements.looks_like_text(content)):
        rows = [
            {"row": row, "facts": facts.as_json() if facts else None, "error": reason}
            for row, facts, reason in statements.read_statement(content)
        ]
    elif foreign.is_invoice_file(content, kind):
        rows = [_row(ProofFacts(reason=INVOICE_NO_PROOF))]
    else:
        raise UnreadableError(_reason(content))
    return {"proofs": rows, "notes": notes}


def _row(facts: ProofFacts) -> dict[str, Any]:
    return {"row": None, "facts": facts.as_json(), "error": None}


def read_pdf(content: bytes, notes: list[str] | None = None) -> list[ProofFacts]:
    """The receipts of a PDF, page by page; raises UnreadableError."""
    pages = read_pages(content)
    if not pages.rows:
        return [ProofFacts(reason=SCAN)]
    if foreign.is_contract(pages.rows):
        return [ProofFacts(reason=CONTRACT_NO_PROOF)]
    if pages.skipped:
        raise UnreadableError(
            f"PDF 有 {pages.count} 页，请拆开上传，每个文件不超过 {MOST_FIRST + MOST_LAST} 页"
        )
    by_page: dict[int | None, list[Row]] = {}
    for row in pages.rows:
        # A receipt's lines are short; none of them goes on in the next.
        by_page.setdefault(row.place.page, []).append(Row(row.cells, row.place))
    found: list[ProofFacts] = []
    invoices: list[int | None] = []
    for page, rows in by_page.items():
        if foreign.is_invoice(rows):
            invoices.append(page)
            continue
        found += receipts.read_rows(rows)
        if len(found) >= _MOST_RECEIPTS:
            raise UnreadableError(f"文件里有 {_MOST_RECEIPTS} 张以上回单，请拆开上传")
    if notes is not None and pages.pictures:
        shown = "、".join(str(page) for page in pages.pictures[:8])
        notes.append(f"第 {shown} 页是图像，没有读取")
    if found and notes is not None and invoices:
        notes.append(f"第 {'、'.join(map(str, invoices[:8]))} 页是发票，没有读取")
    return found or [ProofFacts(reason=INVOICE_NO_PROOF if invoices else NOTHING)]


def _reason(content: bytes) -> str:
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        return OLD
    if content.startswith(b"PK"):
        return "压缩包已损坏、过大，或不是 XLSX 文件；压缩包请先解开，再逐个上传"
    return STRANGE
