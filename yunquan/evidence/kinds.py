"""What kind of file some bytes are, told by the bytes themselves and never by the name."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable

PDF, PNG, JPEG = "application/pdf", "image/png", "image/jpeg"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
OFD, XML = "application/ofd", "application/xml"
STATEMENT = "text/csv"

EXTENSIONS = {PDF: "pdf", PNG: "png", JPEG: "jpg", DOCX: "docx", XLSX: "xlsx", OFD: "ofd", XML: "xml"}
EXTENSIONS[STATEMENT] = "csv"
TAKEN = "PDF、PNG、JPEG、DOCX、XLSX、OFD、XML、CSV（银行账户明细）"

_MOST_MEMBERS = 2000
_MOST_UNPACKED = 300 * 1024 * 1024
_COLUMNS = re.compile(r"日期|金额|发生额|借方|贷方|户名|流水|凭证号|摘要|余额|收款|付款")
_NO_TEXT = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]|<[a-z!?/]", re.IGNORECASE)


def kind_of(content: bytes) -> str | None:
    """The media type of a file that is taken, or None for any other.

    >>> kind_of(b"%PDF-1.7 ..."), kind_of(b"MZ...")
    ('application/pdf', None)
    """
    if content.startswith(b"%PDF-"):
        return PDF
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return PNG
    if content.startswith(b"\xff\xd8\xff"):
        return JPEG
    if content.startswith(b"PK\x03\x04"):
        return _kind_of_package(content)
    return XML if _is_xml(content) else None


def is_statement(content: bytes) -> bool:
    """Whether bytes are a bank's statement as text (CSV): a table whose heading names what a statement has.

    Any other text is not taken: it proves nothing, and it may be a program.

    >>> is_statement("交易日期,借方金额,对方户名\\n".encode("gb18030")), is_statement("日期,备注\\n".encode())
    (True, False)
    """
    head = content[:8192]
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        text = head[: len(head) // 2 * 2].decode("utf-16", "ignore")
    else:
        try:
            text = head.decode("utf-8-sig")
        except UnicodeDecodeError as fault:
            # Only a sign cut off at the end of the piece is no fault.
            whole = fault.start > len(head) - 4 and len(content) > len(head)
            text = head.decode("utf-8-sig" if whole else "gb18030", "ignore")
    if _NO_TEXT.search(text.replace("\r\n", "\n").replace("\r", "\n")):
        return False
    rows = (re.split(r"[,，\t;]", line) for line in text.splitlines()[:30])
    return any(sum(_COLUMNS.search(cell) is not None for cell in row) >= 3 for row in rows)


def _kind_of_package(content: bytes) -> str | None:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            members = package.infolist()
            if len(members) > _MOST_MEMBERS or sum(m.file_size for m in members) > _MOST_UNPACKED:
                return None
            names = {member.filename for member in members}
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return None
    return _kind_by_members(names)


def _kind_by_members(names: Iterable[str]) -> str | None:
    held = set(names)
    # Macros make an Office file a program; it is not taken.
    if any(name.lower().endswith("vbaproject.bin") for name in held):
        return None
    if "OFD.xml" in held:
        return OFD
    if "[Content_Types].xml" in held:
        if "word/document.xml" in held:
            return DOCX
        if "xl/workbook.xml" in held:
            return XLSX
    return None


def _is_xml(content: bytes) -> bool:
    """XML as electronic invoices use it: a declaration, no document type, no HTML."""
    for bom, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16")):
        if content.startswith(bom):
            head = content[:4096].decode(encoding, errors="ignore").lstrip("\ufeff")
            break
    else:
        head = content[:4096].decode("latin-1")
    if not head.lstrip().startswith("<?xml"):
        return False
    return re.search(r"<!doctype|<html|<svg|<script|xml-stylesheet", head, re.IGNORECASE) is None
