"""Hostile packages: OFD and XLSX."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator

from tests.evidence.hostility import File, cut, flipped
from tests.evidence.hostility.markup import DOCUMENT_TYPES, NAMES
from tests.evidence.papers import lists, ofd
from tests.evidence.papers.invoice import digital, older

ZEROS = bytes(1024 * 1024)


def bomb(name: str, megabytes: int, parts: dict[str, str | bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for part, content in parts.items():
            if part != name:
                archive.writestr(part, content)
        with archive.open(name, "w", force_zip64=True) as bomb:
            for _ in range(megabytes):
                bomb.write(ZEROS)
    return out.getvalue()


def lying(content: bytes, name: bytes, size: int) -> bytes:
    """A package whose tables give another size for one part than it has."""
    changed = bytearray(content)
    for sign, place in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        for found in re.finditer(re.escape(sign), content):
            head = 30 if sign == b"PK\x03\x04" else 46
            if content[found.start() + head :].startswith(name):
                changed[found.start() + place : found.start() + place + 4] = struct.pack("<I", size)
    return bytes(changed)


def overlapping(parts: int, unfolded: int) -> bytes:
    """One packed piece of data that the table names many times: a bomb without a bomb's size."""
    packed = zlib.compressobj(9, zlib.DEFLATED, -15)
    body = packed.compress(bytes(unfolded)) + packed.flush()
    crc = zlib.crc32(bytes(unfolded))
    first = (
        struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, 0, 8, 0, 33, crc, len(body), unfolded, 7, 0)
        + b"OFD.xml"
        + body
    )
    table = b""
    for number in range(parts):
        name = b"OFD.xml" if number == 0 else b"p%05d.xml" % number
        fields = (20, 20, 0, 8, 0, 33, crc, len(body), unfolded, len(name), 0, 0, 0, 0, 0, 0)
        table += struct.pack("<4s6H3I5H2I", b"PK\x01\x02", *fields) + name
    tail = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, parts, parts, len(table), len(first), 0)
    return first + table + tail


def flagged(content: bytes, flag: int = 1) -> bytes:
    changed = bytearray(content)
    for sign, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(sign), content):
            changed[found.start() + place] |= flag
    return bytes(changed)


def packed_as(content: bytes, way: int) -> bytes:
    changed = bytearray(content)
    for sign, place in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        for found in re.finditer(re.escape(sign), content):
            changed[found.start() + place : found.start() + place + 2] = struct.pack("<H", way)
    return bytes(changed)


def ofd_files() -> Iterator[File]:
    """Hostile OFD."""
    paper = digital()
    parts = ofd.digital_parts(paper, own_xml=True)
    good, page = ofd.package(parts), "Doc_0/Pages/Page_0/Content.xml"
    content = str(parts[page])

    def with_page(text: str) -> bytes:
        return ofd.package({**parts, page: text})

    def with_objects(objects: str) -> bytes:
        return with_page(re.sub(r"<ofd:TextObject.*</ofd:TextObject>", lambda _found: objects, content))

    yield "bomb.ofd", bomb(page, 100, parts)
    yield "bomb-document.ofd", bomb("Doc_0/Document.xml", 63, parts)
    yield "bomb-beside.ofd", bomb("Doc_0/Res/other.bin", 150, parts)
    yield "bomb-picture.ofd", bomb("Doc_0/Res/qr.png", 59, parts)
    yield "overlap.ofd", overlapping(1_500, 5_000_000)
    yield "overlap-many.ofd", overlapping(20_000, 100_000)
    yield "parts.ofd", ofd.package({**parts, **{f"x/{n}": b"" for n in range(1_990)}})
    yield "parts-many.ofd", ofd.package({**parts, **{f"x/{n}": b"" for n in range(2_500)}})
    for place, name in enumerate(
        ("../../etc/cron.d/x", "/etc/passwd", "C:/x.xml", "Doc_0/../../x", "..\\x", "a/../../b")
    ):
        yield f"slip{place}.ofd", ofd.package({**parts, name: b"x"})
    for size in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF):
        yield f"lying{size}.ofd", lying(good, page.encode(), size)
    yield "password.ofd", flagged(good)
    yield "strong-password.ofd", flagged(good, 0x41)
    for way in (1, 6, 9, 12, 14, 93, 99):
        yield f"packed{way}.ofd", packed_as(good, way)
    yield "twice.ofd", good
    out = io.BytesIO(good)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(out, "a") as archive:
            archive.writestr(page, content.replace("127200.00", "1.00"))
    yield "two-of-a-name.ofd", out.getvalue()
    yield "no-entry.ofd", ofd.package({name: text for name, text in parts.items() if name != "OFD.xml"})
    yield "no-document.ofd", ofd.package({"OFD.xml": parts["OFD.xml"]})
    yield "no-page.ofd", ofd.package({name: text for name, text in parts.items() if name != page})
    yield "not-xml.ofd", ofd.package({"OFD.xml": b"\x00\x01"})
    yield "strange-root.ofd", ofd.package({"OFD.xml": "<html/>"})
    yield "office-too.ofd", ofd.package({**parts, "[Content_Types].xml": "<x/>", "xl/workbook.xml": "<x/>"})
    for name in ("laughs", "quadratic", "file", "parameter", "plain"):
        yield (
            f"dtd-{name}.ofd",
            with_page(content.replace("<ofd:Page ", DOCUMENT_TYPES[name] + "<ofd:Page ", 1)),
        )
        original = str(ofd.older_parts(older())["Doc_0/Attachs/original_invoice.xml"])
        bombed = original.replace("<fp:eInvoice", DOCUMENT_TYPES[name] + "<fp:eInvoice", 1)
        yield f"dtd-{name}-attached.ofd", ofd.package({**parts, "Doc_0/Attachs/original_invoice.xml": bombed})
    yield "pages.ofd", ofd.digital_ofd(paper, pages=100_000)
    pages = "".join(f'<ofd:Page ID="{n}" BaseLoc="Pages/Page_{n}/Content.xml"/>' for n in range(100_000))
    document = re.sub(
        r"<ofd:Pages>.*</ofd:Pages>", f"<ofd:Pages>{pages}</ofd:Pages>", str(parts["Doc_0/Document.xml"])
    )
    yield "pages-missing.ofd", ofd.package({**parts, "Doc_0/Document.xml": document})
    loose = re.sub(r' PageRef="1"', "", str(parts["Doc_0/Tags/Tag_0.xml"])).replace("</ofd:root>", "")
    loose += "<ofd:Note><ofd:ObjectRef>77777</ofd:ObjectRef></ofd:Note>" * 2_000 + "</ofd:root>"
    yield "tags-loose.ofd", ofd.package({**parts, "Doc_0/Tags/Tag_0.xml": loose})
    many = str(ofd.digital_parts(paper, pages=20_000)["Doc_0/Document.xml"])
    yield (
        "tags-loose-pages.ofd",
        ofd.package({**parts, "Doc_0/Tags/Tag_0.xml": loose, "Doc_0/Document.xml": many}),
    )
    yield "blocks.ofd", with_objects("<ofd:PageBlock>" * 50_000 + "</ofd:PageBlock>" * 50_000)
    text = '<ofd:TextObject ID="5" Boundary="0 0 9 9" Font="3" Size="3"><ofd:TextCode X="0" Y="3" {}>{}</ofd:TextCode></ofd:TextObject>'
    yield "steps.ofd", with_objects(text.format('DeltaX="g 2000000000 1"', "发票号码"))
    yield "steps-bad.ofd", with_objects(text.format('DeltaX="g NaN inf 1e999 g"', "发票号码"))
    yield "texts.ofd", with_objects(text.format("", "购") * 20_000)
    yield "text-long.ofd", with_objects(text.format("", "发票号码：" * 300_000))
    yield "digits.ofd", with_objects(text.format("", "发票号码" + "1" * 1_000_000))
    for place, box in enumerate(
        ("NaN NaN NaN NaN", "0 0 1e308 1e308", "0 0 0 0", "-1 -1 -1 -1", "x", "1 " * 100_000)
    ):
        yield f"box{place}.ofd", with_page(content.replace("0 0 210 140", box))
    again = '<ofd:CompositeObject ResourceID="77"/>' * 2
    unit = f'<ofd:CompositeGraphicUnit ID="77"><ofd:Content>{again}</ofd:Content></ofd:CompositeGraphicUnit>'
    yield "units-loop.ofd", ofd.package({
        **parts,
        "Doc_0/PublicRes.xml": f'<ofd:Res {ofd.OFD}><ofd:CompositeGraphicUnits>{unit}</ofd:CompositeGraphicUnits></ofd:Res>',
        page: content.replace("<ofd:TextObject ", '<ofd:CompositeObject ResourceID="77"/><ofd:TextObject ', 1),
    })  # fmt: skip
    for place, name in enumerate(NAMES[:8]):
        yield f"name{place}.ofd", with_page(content.replace(paper.seller, name))
    yield "pdf-too.ofd", good + b"%PDF-1.7\n%%EOF"
    yield "before.ofd", b"MZ" + good
    yield from cut("ofd.ofd", good, 6)
    yield from flipped("ofd.ofd", good, 8)


def xlsx_files() -> Iterator[File]:
    """Hostile lists."""
    good = lists.xlsx([lists.row_of(1, digital())])
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    rows = bytes(parts[sheet]).decode()  # type: ignore[arg-type]
    yield "bomb.xlsx", bomb(sheet, 130, parts)
    yield "bomb-strings.xlsx", bomb("xl/sharedStrings.xml", 119, parts)
    yield "far.xlsx", ofd.package({**parts, sheet: rows.replace('r="A2"', 'r="XFD1048576"')})
    yield "far-row.xlsx", ofd.package({**parts, sheet: rows.replace('<row r="2"', '<row r="1048576"')})
    yield (
        "size.xlsx",
        ofd.package({**parts, sheet: re.sub(r'ref="[^"]+"', 'ref="A1:XFD1048576"', rows, count=1)}),
    )
    yield "index.xlsx", ofd.package({**parts, sheet: rows.replace("<v>1</v>", "<v>99999999999</v>")})
    for name in ("laughs", "file"):
        yield (
            f"dtd-{name}.xlsx",
            ofd.package({**parts, sheet: rows.replace("<worksheet", DOCUMENT_TYPES[name] + "<worksheet", 1)}),
        )
    yield "slip.xlsx", ofd.package({**parts, "../../x.xml": "x"})
    yield "macro.xlsx", ofd.package({**parts, "xl/vbaProject.bin": "x"})
    yield "password.xlsx", flagged(good)
    yield "lying.xlsx", lying(good, sheet.encode(), 10)
    yield "packed.xlsx", packed_as(good, 12)
    yield "parts.xlsx", ofd.package({**parts, **{f"x/{n}": "" for n in range(2_100)}})
    yield "rows.xlsx", lists.xlsx([lists.row_of(n, digital(n)) for n in range(5_500)])
    yield "no-heading.xlsx", lists.xlsx([["a", "b"]], headings=("x", "y"))
    yield "no-rows.xlsx", lists.xlsx([])
    formula = lists.row_of(1, digital())
    formula[5], formula[7] = '=HYPERLINK("http://127.0.0.1")', "@SUM(A1)"
    yield "formula.xlsx", lists.xlsx([formula])
    for place, number in enumerate(("=1+1", 1234567, 2.644e19, -5, "x" * 30_000, "１２３４５６７８")):
        row = lists.row_of(1, digital())
        row[2], row[3] = number, ""
        yield f"number{place}.xlsx", lists.xlsx([row])
    yield from cut("xlsx.xlsx", good, 4)
    yield from flipped("xlsx.xlsx", good, 6)
