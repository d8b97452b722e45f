"""What is fuzzed: every parser of strangers' bytes, each with good papers to begin from.

A target takes any bytes.  Only an UnreadableError (and for logs a LayoutUnknown) may come out of it: everything else
that does is a finding.  Packages are fuzzed as they are and, since changed bytes rarely make a whole package, part
by part inside a good one.
"""

from __future__ import annotations

import functools
import io
import warnings
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from yunquan.evidence.reading.unreadable import UnreadableError

ROOT = Path(__file__).resolve().parents[1]
Seeds = Callable[[], Iterator[bytes]]
PAGE, BODY, SHEET = "Doc_0/Pages/Page_0/Content.xml", "word/document.xml", "xl/worksheets/sheet1.xml"


@dataclass(frozen=True)
class Target:
    """One parser: what it does with bytes, its seeds, the packages whose coverage counts, the longest input."""

    take: Callable[[bytes], object]
    seeds: Seeds
    longest: int = 64 * 1024


@functools.cache
def _parts(kind: str) -> dict[str, bytes]:
    """The parts of a good package."""
    from tests.evidence.contracts.making import Contract, two_columns, word
    from tests.evidence.papers import lists, ofd
    from tests.evidence.papers.invoice import digital
    from tests.evidence.proofs.making import Payment, as_xlsx, statement

    content = {
        "ofd": lambda: ofd.digital_ofd(digital()),
        "list": lambda: lists.xlsx([lists.row_of(1, digital())]),
        "docx": lambda: word(two_columns(Contract())),
        "statement": lambda: as_xlsx(statement([Payment()])),
    }[kind]()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = [
            name for name in archive.namelist() if kind != "docx" or name in ("[Content_Types].xml", BODY)
        ]
        return {name: archive.read(name) for name in names}


def _inside(kind: str, part: str, content: bytes) -> bytes:
    """A good package with one part replaced; what is a package already stays as it is."""
    if content.startswith(b"PK"):
        return content
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, good in _parts(kind).items():
            archive.writestr(name, content if name == part else good)
    return out.getvalue()


def _whole(kind: str) -> bytes:
    return _inside(kind, "", b"")


def _invoice_xml(content: bytes) -> object:
    from yunquan.evidence.reading.invoices import einvoice_xml, merge

    return merge.merge([einvoice_xml.read_xml(content)]).as_json()


def _invoice_xml_seeds() -> Iterator[bytes]:
    from tests.evidence.papers import einvoice, ofd
    from tests.evidence.papers.invoice import digital, older

    yield einvoice.xml(digital())
    yield einvoice.xml(digital().red())
    yield einvoice.xml(digital(), encoding="GB18030")
    original = ofd.older_parts(older())["Doc_0/Attachs/original_invoice.xml"]
    yield original.encode() if isinstance(original, str) else original


def _invoice_ofd(content: bytes) -> object:
    from yunquan.evidence.reading.invoices import merge, ofd

    return merge.merge(ofd.read_ofd(_inside("ofd", PAGE, content))).as_json()


def _invoice_ofd_seeds() -> Iterator[bytes]:
    from tests.evidence.papers import ofd
    from tests.evidence.papers.invoice import older

    yield _whole("ofd")
    yield ofd.older_ofd(older())
    yield _parts("ofd")[PAGE]


def _invoice_pdf(content: bytes) -> object:
    from yunquan.evidence.reading.invoices import merge, pdf

    return merge.merge(pdf.read_pdf(content)).as_json()


def _invoice_pdf_seeds() -> Iterator[bytes]:
    from tests.evidence.papers import pdf
    from tests.evidence.papers.invoice import digital, older

    yield pdf.pdf(digital())
    yield pdf.pdf(older(), apart=True)
    yield pdf.with_information(pdf.pdf(digital()), pdf.information(digital()))


def _invoice_qr(content: bytes) -> object:
    from yunquan.evidence.reading.invoices import qr

    if content.startswith((b"\x89PNG", b"\xff\xd8")):
        return [said.values for said in qr.read_picture(content)]
    return qr.parse(content.decode("utf-8", "replace"))


def _invoice_qr_seeds() -> Iterator[bytes]:
    from tests.evidence.papers.invoice import digital, older, qr_text
    from tests.evidence.papers.pictures import as_bytes, qr_image

    for paper in (digital(), older()):
        yield qr_text(paper).encode()
        yield as_bytes(qr_image(qr_text(paper), scale=3))
        yield as_bytes(qr_image(qr_text(paper), scale=3), "JPEG")


def _invoice_list(content: bytes) -> object:
    from yunquan.evidence.reading.invoices import lists

    return [
        facts and facts.as_json() for _row, facts, _why in lists.read_list(_inside("list", SHEET, content))
    ]


def _invoice_list_seeds() -> Iterator[bytes]:
    yield _whole("list")
    yield _parts("list")[SHEET]


def _contract(content: bytes) -> object:
    from yunquan.evidence.reading.contracts.reading import read

    if content.startswith(b"%PDF"):
        return read(content, "x")
    return read(_inside("docx", BODY, content), "x")


def _contract_docx_seeds() -> Iterator[bytes]:
    yield _whole("docx")
    yield _parts("docx")[BODY]


def _contract_pdf_seeds() -> Iterator[bytes]:
    from tests.evidence.contracts.making import Contract, annex, party_rows, pdf

    yield pdf(annex(Contract()))
    yield pdf(party_rows(Contract()))


def _contract_words(content: bytes) -> object:
    """Any text as paragraphs, and as rows of a table where it has tabs."""
    from yunquan.evidence.reading.contracts.finding import find

    return find(_rows_of(content)).as_json()


def _rows_of(content: bytes) -> list[object]:  # type: ignore[type-arg]
    from yunquan.evidence.reading.facts import Place
    from yunquan.evidence.reading.flow import Cell, Row

    rows: list[object] = []
    for number, line in enumerate(content.decode("utf-8", "replace").split("\n"), start=1):
        cells = line.split("\t")
        if content[:1] == b"@":
            # As on a page: cells of equal width, lines of equal height.
            wide = 1000 / len(cells)
            placed = [
                Cell(text, wide * at, wide * at + wide * 0.8, 14.0 * number, 14.0 * number + 10)
                for at, text in enumerate(cells)
            ]
            rows.append(Row(tuple(placed), Place(page=1)))
        else:
            place = Place(table=1, row=number) if len(cells) > 1 else Place(paragraph=number)
            rows.append(Row(tuple(Cell(text) for text in cells), place))
    return rows


def _words_of(blocks: list[object]) -> bytes:
    lines: list[str] = []
    for block in blocks:
        lines += [block] if isinstance(block, str) else ["\t".join(row) for row in block]  # type: ignore[attr-defined]
    return "\n".join(lines).encode()


def _contract_words_seeds() -> Iterator[bytes]:
    from tests.evidence.contracts.making import LAYOUTS, Contract

    for name, layout in LAYOUTS.items():
        if name != "long":
            words = _words_of(layout(Contract()))  # type: ignore[arg-type]
            yield words
            yield b"@" + words


def _proof(content: bytes) -> object:
    from yunquan.evidence.reading.proofs.reading import read

    return read(content, "x")


def _proof_pdf_seeds() -> Iterator[bytes]:
    from tests.evidence.proofs.making import LAYOUTS, receipt

    for way in LAYOUTS:
        yield receipt(way=way)


def _statement(content: bytes) -> object:
    from yunquan.evidence.reading.proofs.statements import read_statement

    whole = _inside("statement", SHEET, content) if content.startswith((b"PK", b"<")) else content
    return [facts and facts.as_json() for _row, facts, _why in read_statement(whole)]


def _statement_seeds() -> Iterator[bytes]:
    from tests.evidence.proofs.making import Payment, as_csv, statement

    rows = statement([Payment()], received=[Payment()])
    for encoding in ("utf-8", "gb18030", "utf-16"):
        yield as_csv(rows, encoding)
    yield _whole("statement")
    yield _parts("statement")[SHEET]


def _proof_words(content: bytes) -> object:
    from yunquan.evidence.reading.proofs.receipts import read_rows

    return [facts.as_json() for facts in read_rows(_rows_of(content))]  # type: ignore[arg-type]


def _proof_words_seeds() -> Iterator[bytes]:
    from tests.evidence.proofs.making import LAYOUTS, Payment

    for layout in LAYOUTS.values():
        by_line: dict[float, list[str]] = {}
        for _x, y, text in sorted(layout(Payment()), key=lambda piece: (piece[1], piece[0])):
            by_line.setdefault(y, []).append(text)
        words = "\n".join("\t".join(line) for line in by_line.values()).encode()
        yield words
        yield b"@" + words


def _likeness(content: bytes) -> object:
    from yunquan.evidence.likeness.opening import read

    return read(content, "x.txt")


def _likeness_seeds() -> Iterator[bytes]:
    from tests.evidence.likeness.making import page, pdf, report, saved, word, workbook

    text = report(1)
    yield text.encode()
    yield text.encode("gb18030")
    yield pdf(text)
    yield word(text)
    yield workbook(text)
    small = page(text, width=300, height=420)
    yield saved(small)
    yield saved(small, kind="PNG")


def _logs(content: bytes) -> object:
    """A log as a load reads it: recognised by its head, then parsed as one block."""
    from yunquan.usage.layouts import LayoutUnknown, Options, detect, header_of

    try:
        layout = detect(content[: 64 * 1024], "x.log")
        header = header_of(layout, content[: 64 * 1024])
    except LayoutUnknown as unknown:
        return unknown
    if not hasattr(layout, "parse") or content.startswith((b"PK", b"\xd4\xc3\xb2\xa1", b"\xa1\xb2\xc3\xd4")):
        return None
    options = Options(cloud="erp.example", zone="Asia/Shanghai", now=datetime(2019, 6, 17, tzinfo=UTC))
    return layout.parse(content, first_line=1, header=header, options=options)


def _logs_seeds() -> Iterator[bytes]:
    for file in sorted((ROOT / "tests" / "usage" / "samples").iterdir()):
        yield file.read_bytes()[:8_000]


TARGETS: dict[str, Target] = {
    "invoice-xml": Target(_invoice_xml, _invoice_xml_seeds),
    "invoice-ofd": Target(_invoice_ofd, _invoice_ofd_seeds),
    "invoice-pdf": Target(_invoice_pdf, _invoice_pdf_seeds, 256 * 1024),
    "invoice-qr": Target(_invoice_qr, _invoice_qr_seeds),
    "invoice-list": Target(_invoice_list, _invoice_list_seeds),
    "contract-docx": Target(_contract, _contract_docx_seeds),
    "contract-pdf": Target(_contract, _contract_pdf_seeds, 256 * 1024),
    "contract-words": Target(_contract_words, _contract_words_seeds, 16 * 1024),
    "proof-pdf": Target(_proof, _proof_pdf_seeds, 256 * 1024),
    "proof-statement": Target(_statement, _statement_seeds),
    "proof-words": Target(_proof_words, _proof_words_seeds, 16 * 1024),
    "likeness": Target(_likeness, _likeness_seeds, 256 * 1024),
    "usage-logs": Target(_logs, _logs_seeds),
}


def tried(name: str, content: bytes) -> None:
    """Give some bytes to a target; raises what a parser must not raise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            TARGETS[name].take(content)
        except UnreadableError:
            return
