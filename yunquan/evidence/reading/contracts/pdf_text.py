"""The text of a contract in PDF, page by page with its places."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pypdfium2

from yunquan.evidence.reading.flow import Row, rows_of
from yunquan.evidence.reading.invoices.pdf import sheet_of
from yunquan.evidence.reading.invoices.printed import Sheet
from yunquan.evidence.reading.unreadable import UnreadableError

# Of a longer document its beginning and its end, where parties, sums and signatures stand.
MOST_FIRST, MOST_LAST = 60, 20
# A page with fewer signs than this is a picture of a page.
_LEAST_SIGNS = 12
_MOST_PIECES = 60_000


@dataclass(frozen=True, slots=True)
class Pages:
    """Rows of text, the pages that are pictures, and the pages that were passed over."""

    rows: list[Row]
    pictures: tuple[int, ...]
    skipped: tuple[int, ...]
    count: int


def open_pdf(content: bytes) -> pypdfium2.PdfDocument:
    """A PDF opened; raises UnreadableError with the reason."""
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as fault:
        if "assword" in str(fault):
            raise UnreadableError("PDF 有密码，请去掉密码后再上传") from None
        raise UnreadableError("PDF 已损坏或不完整，请重新导出或扫描") from None
    if len(document) == 0:
        document.close()
        raise UnreadableError("PDF 里没有页面，请重新导出或扫描")
    return document


def read_pages(content: bytes) -> Pages:
    """The text of a PDF; raises UnreadableError with the reason."""
    document = open_pdf(content)
    pictures: list[int] = []
    try:
        count = len(document)
        wanted = [*range(min(count, MOST_FIRST)), *range(max(MOST_FIRST, count - MOST_LAST), count)]
        skipped = range(MOST_FIRST + 1, count - MOST_LAST + 1)
        rows = rows_of(_sheets(document, wanted, pictures))
    finally:
        document.close()
    return Pages(rows, tuple(pictures), tuple(skipped[:1]) + tuple(skipped[-1:]), count)


def _sheets(document: pypdfium2.PdfDocument, wanted: list[int], pictures: list[int]) -> Iterator[Sheet]:
    pieces = 0
    for place in wanted:
        try:
            page = document[place]
        except pypdfium2.PdfiumError:
            raise UnreadableError(f"PDF 第 {place + 1} 页已损坏，请重新导出或扫描") from None
        try:
            sheet = sheet_of(page, place + 1, blanks=True)
        except pypdfium2.PdfiumError:
            raise UnreadableError(f"PDF 第 {place + 1} 页已损坏，请重新导出或扫描") from None
        finally:
            page.close()
        pieces += len(sheet.pieces)
        if pieces > _MOST_PIECES:
            raise UnreadableError("PDF 里的文字过于零碎，没有读完；请用 Word 重新导出")
        if sum(len(piece.text) for piece in sheet.pieces) < _LEAST_SIGNS:
            pictures.append(place + 1)
            continue
        yield sheet
