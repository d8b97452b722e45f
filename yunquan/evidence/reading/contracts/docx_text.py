"""The text of a contract in DOCX: paragraphs and rows of tables in their order, hidden and deleted text left out."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from dataclasses import dataclass, field
from typing import Any
from xml.parsers import expat

from yunquan.evidence.reading.facts import Place
from yunquan.evidence.reading.flow import Cell, Row
from yunquan.evidence.reading.unreadable import UnreadableError

MOST_MARKUP = 24 * 1024 * 1024
MOST_DEPTH, MOST_ROWS, MOST_COLUMNS, MOST_LETTERS = 120, 20_000, 60, 300_000
MOST_ELEMENTS = 800_000
DAMAGED = "DOCX 已损坏或不完整，请用 Word 或 WPS 重新保存后再上传"
LOCKED = "文件有密码，请去掉密码后再上传"
SWOLLEN = "DOCX 展开后过大，没有读取"
# The namespaces of Word's two dialects, transitional and strict.
_WORD = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
    "http://purl.oclc.org/ooxml/wordprocessingml/main",
)
_HEADER = re.compile(r"word/(?:header|footer)\d{0,4}\.xml")
# What these hold is not part of the text as it stands, or stands in it twice.
_PASSED_OVER = frozenset(("del", "moveFrom", "instrText", "delText", "Fallback"))


@dataclass
class Document:
    """Rows of text; whether changes wait for a decision, and whether text is hidden."""

    rows: list[Row] = field(default_factory=list)
    has_changes: bool = False
    has_hidden: bool = False


def read_docx(content: bytes) -> Document:
    """The text of a DOCX, its page heads last; raises UnreadableError with the reason."""
    found = Document()
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as package:
            members = {member.filename: member for member in package.infolist()}
            if len(members) != len(package.infolist()):
                raise UnreadableError("DOCX 里有同名的部分，无法判断以哪一个为准，请重新保存后再上传")
            _Reader(found, counts=True).take(_unpacked(package, members["word/document.xml"]))
            for name in sorted(name for name in members if _HEADER.fullmatch(name))[:6]:
                _Reader(found, counts=False).take(_unpacked(package, members[name]))
    except (zipfile.BadZipFile, NotImplementedError, KeyError, OSError, EOFError, ValueError, zlib.error):
        raise UnreadableError(DAMAGED) from None
    return found


def _unpacked(package: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    """One part of a package; the size that its header tells is not believed."""
    if member.flag_bits & 0x1:
        raise UnreadableError(LOCKED)
    try:
        with package.open(member) as part:
            content = part.read(MOST_MARKUP + 1)
    except RuntimeError:
        raise UnreadableError(LOCKED) from None
    if len(content) > MOST_MARKUP:
        raise UnreadableError(SWOLLEN)
    return content


@dataclass
class _Table:
    number: int
    row: int = 0
    # The cell that is being written; cells that span columns have empty ones behind them.
    cell: int = 0
    cells: list[list[str]] = field(default_factory=list)


class _Reader:
    """Hears the markup and writes down rows; nothing of the tree is kept."""

    def __init__(self, found: Document, *, counts: bool) -> None:
        self.found, self.counts = found, counts
        self.depth = self.passing = self.letters = self.elements = 0
        self.paragraphs = self.tables_seen = 0
        self.tables: list[_Table] = []
        self.texts: list[list[str]] = []
        self.run: list[str] = []
        self.hidden = self.taking = False

    def take(self, markup: bytes) -> None:
        """Read one part; raises UnreadableError."""
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.StartElementHandler = self.start
        parser.EndElementHandler = self.end
        parser.CharacterDataHandler = self.said
        parser.StartDoctypeDeclHandler = self.doctype
        try:
            parser.Parse(markup, True)
        except (expat.ExpatError, LookupError):
            raise UnreadableError(DAMAGED) from None

    def doctype(self, *_declared: Any) -> None:
        raise UnreadableError("DOCX 含有文档类型或实体定义，出于安全不予读取")

    def start(self, name: str, told: dict[str, str]) -> None:
        self.depth += 1
        self.elements += 1
        if self.elements > MOST_ELEMENTS:
            raise UnreadableError(SWOLLEN)
        if self.depth > MOST_DEPTH:
            raise UnreadableError("DOCX 的层次过深，没有读取")
        space, _, local = name.rpartition("}")
        if self.passing or local in _PASSED_OVER:
            self.passing += 1
            self.found.has_changes |= local in ("del", "moveFrom")
            return
        if space not in _WORD:
            return
        match local:
            case "tbl":
                self.tables_seen += 1
                self.tables.append(_Table(self.tables_seen))
            case "tr" if self.tables:
                self.tables[-1].row += 1
                self.tables[-1].cells = []
            case "tc" if self.tables and len(self.tables[-1].cells) < MOST_COLUMNS:
                self.tables[-1].cells.append([])
                self.tables[-1].cell = len(self.tables[-1].cells) - 1
            case "gridSpan" if self.tables and self.tables[-1].cells:
                spanned = self._value(told)
                if spanned.isdecimal() and len(self.tables[-1].cells) + int(spanned[:3]) <= MOST_COLUMNS:
                    # Cells that span columns keep the ones after them in their places.
                    self.tables[-1].cells += [[] for _ in range(int(spanned[:3]) - 1)]
            case "p":
                self.texts.append([])
            case "r":
                self.run, self.hidden = [], False
            case "vanish" | "webHidden":
                self.hidden = self._value(told) not in ("0", "false", "off")
            case "t":
                self.taking = True
            case "tab" | "br" | "cr":
                self.run.append("\t" if local == "tab" else "\n")
            case "noBreakHyphen":
                self.run.append("-")
            case "ins" | "moveTo":
                self.found.has_changes = True

    @staticmethod
    def _value(told: dict[str, str]) -> str:
        return next((value for name, value in told.items() if name.rpartition("}")[2] == "val"), "")

    def said(self, text: str) -> None:
        if self.taking and not self.passing:
            self.letters += len(text)
            if self.letters > MOST_LETTERS:
                raise UnreadableError(SWOLLEN)
            self.run.append(text)

    def end(self, name: str) -> None:
        self.depth -= 1
        if self.passing:
            self.passing -= 1
            return
        space, _, local = name.rpartition("}")
        if space not in _WORD:
            return
        if local == "t":
            self.taking = False
        elif local == "r":
            if self.hidden:
                self.found.has_hidden |= any(part.strip() for part in self.run)
            elif self.texts:
                self.texts[-1] += self.run
            self.run, self.hidden = [], False
        elif local == "p" and self.texts:
            self._paragraph("".join(self.texts.pop()))
        elif local == "tr" and self.tables:
            self._row(self.tables[-1])
        elif local == "tbl" and self.tables:
            self.tables.pop()

    def _paragraph(self, text: str) -> None:
        if self.tables and self.tables[-1].cells:
            self.tables[-1].cells[self.tables[-1].cell].append(text)
            return
        self.paragraphs += 1
        self._keep(Row((Cell(text),), Place(paragraph=self.paragraphs if self.counts else None)))

    def _row(self, table: _Table) -> None:
        cells = tuple(Cell("\n".join(part for part in cell if part.strip())) for cell in table.cells)
        table.cells = []
        if cells:
            self._keep(Row(cells, Place(table=table.number, row=table.row) if self.counts else Place()))

    def _keep(self, row: Row) -> None:
        if any(cell.text.strip() for cell in row.cells):
            if len(self.found.rows) >= MOST_ROWS:
                raise UnreadableError("DOCX 的段落过多，没有读取")
            self.found.rows.append(row)
