"""Hostile PDF and pictures."""

from __future__ import annotations

import functools
import io
import struct
import zlib
from collections.abc import Iterator, Sequence

from PIL import Image

from tests.evidence.hostility import File, cut, flipped
from tests.evidence.papers import ofd, pdf, pictures
from tests.evidence.papers.invoice import digital, qr_text


def written(objects: Sequence[bytes], *, root: int = 1, more: bytes = b"") -> bytes:
    """A PDF of the given objects, numbered from 1."""
    parts, places, at = [b"%PDF-1.7\n"], [], 9
    for number, content in enumerate(objects, start=1):
        places.append(at)
        parts.append(b"%d 0 obj\n" % number + content + b"\nendobj\n")
        at += len(parts[-1])
    parts.append(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    parts += [b"%010d 00000 n \n" % place for place in places]
    size = len(objects) + 1
    parts.append(
        b"trailer\n<< /Size %d /Root %d 0 R %s >>\nstartxref\n%d\n%%%%EOF\n" % (size, root, more, at)
    )
    return b"".join(parts)


def stream(content: bytes, more: bytes = b"") -> bytes:
    """A stream object."""
    return b"<< /Length %d %s >>\nstream\n" % (len(content), more) + content + b"\nendstream"


def one_page(
    content: bytes, *, box: bytes = b"0 0 595 842", more: bytes = b"", others: Sequence[bytes] = ()
) -> bytes:
    """A PDF of one page with a content stream object; further objects are numbered from 5."""
    return written([
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [%s] /Contents 4 0 R %s >>" % (box, more),
        content,
        *others,
    ])  # fmt: skip


def zeros(megabytes: int) -> bytes:
    """Zeros packed by Deflate, a thousandth of their size, put together from one packed megabyte."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = packer.compress(bytes(1 << 20)) + packer.flush(zlib.Z_FULL_FLUSH)
    check = ((megabytes << 20) % 65521) << 16 | 1
    return b"\x78\xda" + packed * megabytes + packer.flush() + struct.pack(">I", check)


@functools.lru_cache
def invoice_pdf() -> bytes:
    """A good invoice to break."""
    return pdf.pdf(digital())


def pdf_files() -> Iterator[File]:
    """Hostile PDF."""
    good, paper = invoice_pdf(), digital()
    flate = b"/Filter /FlateDecode"
    yield "bomb.pdf", one_page(stream(zeros(1_000), flate))
    packed = zeros(1_000)
    for _ in range(2):
        packed = zlib.compress(packed, 9)
    yield "bomb-thrice.pdf", one_page(stream(packed, b"/Filter [/FlateDecode /FlateDecode /FlateDecode]"))
    kids = b" ".join(b"3 0 R" for _ in range(100_000))
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"
    yield (
        "pages.pdf",
        written(
            [
                b"<< /Type /Catalog /Pages 2 0 R >>",
                b"<< /Type /Pages /Kids [%s] /Count 100000 >>" % kids,
                page,
            ]
        ),
    )
    listed = b" ".join(b"%d 0 R" % number for number in range(3, 100_003))
    tree = [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [%s] /Count 100000 >>" % listed]
    yield "pages-real.pdf", written([*tree, *[page] * 100_000])
    for count in (b"-1", b"2147483647", b"99999999999", b"NaN"):
        yield (
            f"count{count.decode()}.pdf",
            written(
                [
                    b"<< /Type /Catalog /Pages 2 0 R >>",
                    b"<< /Type /Pages /Kids [3 0 R] /Count %s >>" % count,
                    page,
                ]
            ),
        )
    yield (
        "tree-loop.pdf",
        written([b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R] /Count 9 >>"]),
    )
    yield "root-loop.pdf", written([b"1 0 R"])
    yield "previous-loop.pdf", good.replace(b"trailer\n<<", b"trailer\n<< /Prev %d" % good.rindex(b"xref\n"))
    for place, box in enumerate(
        (b"0 0 1e9 1e9", b"0 0 0 0", b"-5 -5 -9 -9", b"0 0 nan nan", b"0 0 1 99999999", b"0 0")
    ):
        yield f"box{place}.pdf", one_page(stream(b"BT ET"), box=box)
    yield "arrays.pdf", one_page(stream(b"[" * 500_000 + b"]" * 500_000))
    yield "dictionaries.pdf", written([b"<< /A " * 200_000 + b">>" * 200_000])
    yield "saves.pdf", one_page(stream(b"q " * 1_000_000))
    yield "operators.pdf", one_page(stream(b"0 0 m 9 9 l S " * 300_000))
    yield (
        "curves.pdf",
        one_page(
            stream(zlib.compress(b"0 0 500 800 9 9 c 1 0 0 1 0 0 cm 0 0 595 842 re f* " * 200_000), flate)
        ),
    )
    yield "clips.pdf", one_page(stream(zlib.compress(b"0 0 595 842 re W n " * 300_000), flate))
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    use = b"/Resources << /Font << /F 5 0 R >> /XObject << /X 6 0 R >> >>"
    text = b"BT /F 9 Tf (" + b"1" * 3_000_000 + b") Tj ET"
    yield "text-long.pdf", one_page(stream(zlib.compress(text), flate), more=use, others=[font])
    shows = b"BT /F 9 Tf " + b"1 0 0 1 9 9 Tm (12345678) Tj " * 100_000 + b"ET"
    yield "texts.pdf", one_page(stream(zlib.compress(shows), flate), more=use, others=[font])
    yield "size.pdf", one_page(stream(b"BT /F 99999999999 Tf (1) Tj ET"), more=use, others=[font])
    form = stream(
        b"/X Do /X Do",
        b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X 6 0 R >> >>",
    )
    yield "form-loop.pdf", one_page(stream(b"/X Do"), more=use, others=[font, form])
    forms = [
        stream(
            b"/X Do " * 10,
            b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] /Resources << /XObject << /X %d 0 R >> >>"
            % (n + 1),
        )
        for n in range(6, 16)
    ]
    yield (
        "form-laughs.pdf",
        one_page(
            stream(b"/X Do"), more=use, others=[font, *forms, stream(b"", b"/Subtype /Form /BBox [0 0 9 9]")]
        ),
    )
    for name, wide in (("image", 100_000), ("image-wide", 2_000_000_000)):
        image = stream(
            zeros(200),
            b"/Type /XObject /Subtype /Image /Width %d /Height %d /BitsPerComponent 8 /ColorSpace /DeviceGray %s"
            % (wide, wide, flate),
        )
        yield f"{name}.pdf", one_page(stream(b"500 0 0 500 0 0 cm /X Do"), more=use, others=[font, image])
    pattern = stream(
        b"0 0 1 1 re f",
        b"/PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 1 1] /XStep 0.0001 /YStep 0.0001 /Resources << >>",
    )
    yield (
        "tiles.pdf",
        one_page(
            stream(b"/Pattern cs /P scn 0 0 595 842 re f"),
            more=b"/Resources << /Pattern << /P 5 0 R >> >>",
            others=[pattern],
        ),
    )
    yield (
        "script.pdf",
        good.replace(b"/Type/Catalog", b"/Type/Catalog/OpenAction<</S/JavaScript/JS(while(1){})>>").replace(
            b"/Type /Catalog", b"/Type /Catalog /OpenAction << /S /JavaScript /JS (while(1){}) >>"
        ),
    )
    yield (
        "launch.pdf",
        written(
            [
                b"<< /Type /Catalog /Pages 2 0 R /OpenAction << /S /Launch /F (/bin/sh) >> >>",
                b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
                page,
            ]
        ),
    )
    key = b"/Encrypt << /Filter /Standard /V 2 /R 3 /Length 128 /O <%s> /U <%s> /P -4 >> /ID [<00> <00>]" % (
        b"41" * 32,
        b"42" * 32,
    )
    yield (
        "password.pdf",
        written(
            [b"<< /Type /Catalog /Pages 2 0 R >>", b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>", page],
            more=key,
        ),
    )
    yield (
        "strange-lock.pdf",
        written([b"<< /Type /Catalog /Pages 2 0 R >>"], more=b"/Encrypt << /Filter /Nobody >>"),
    )
    yield "length.pdf", one_page(b"<< /Length 99999999999 >>\nstream\nBT ET\nendstream")
    yield "length-loop.pdf", one_page(b"<< /Length 4 0 R >>\nstream\nBT ET\nendstream")
    yield (
        "cross.pdf",
        b"%PDF-1.7\nxref\n0 4294967295\n"
        + b"0000000000 00000 n \n" * 1000
        + b"trailer<</Size 4294967295/Root 1 0 R>>\nstartxref\n9\n%%EOF",
    )
    yield "head.pdf", b"%PDF-1.7\n"
    yield "junk.pdf", b"%PDF-1.7\n" + bytes(range(256)) * 4_000
    yield "objects.pdf", b"%PDF-1.7\n" + b"1 0 obj<<>>endobj\n" * 300_000
    yield "zip-too.pdf", good + ofd.digital_ofd(digital(99))
    yield "html-too.pdf", good.replace(b"%PDF-1.7", b"%PDF-1.7 <html><script>alert(1)</script></html>")
    yield "two.pdf", pdf.set_pages([(pdf.texts_of(paper), ""), (pdf.texts_of(digital(19)), "")])
    yield "two-codes.pdf", pdf.set_pages([([], qr_text(paper)), ([], qr_text(digital(19)))])
    yield (
        "information.pdf",
        pdf.with_information(
            good, {"InvoiceNumber": "=1+1", "TotalTaxAm": "1e9", "SellerName": "x" * 100_000}
        ),
    )
    yield "formula.pdf", pdf.pdf(digital(seller="=HYPERLINK(1)", buyer="{{7*7}}"))
    yield "no-invoice.pdf", pdf.set_pages([([(9, 9, "这不是发票")], "")])
    yield from cut("pdf.pdf", good, 8)
    yield from flipped("pdf.pdf", good, 12)


def png(
    wide: int, high: int, body: bytes, *chunks: tuple[bytes, bytes], colour: int = 0, bits: int = 8
) -> bytes:
    """A PNG that says it has these measures, with packed dots and further chunks before them."""

    def chunk(name: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
        )

    head = struct.pack(">IIBBBBB", wide, high, bits, colour, 0, 0, 0)
    whole = [(b"IHDR", head), *chunks, (b"IDAT", body), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunk(name, content) for name, content in whole)


def picture_files() -> Iterator[File]:
    """Hostile pictures."""
    good, paper = pictures.qr_png(digital()), digital()
    photo = pictures.as_bytes(pictures.qr_image(qr_text(paper)), "JPEG")
    yield "bomb.png", png(50_000, 50_000, zeros(400))
    yield "bomb-colour.png", png(6_300, 6_300, zeros(160), colour=6)
    yield "just-below.png", png(7_900, 5_000, zeros(40))
    yield "lying.png", png(20_000, 1_900, zlib.compress(b"x"))
    yield "line.png", png(40_000_000, 1, zeros(39))
    yield "column.png", png(1, 39_000_000, zeros(75))
    yield "zero.png", png(0, 0, zlib.compress(b""))
    yield "negative.png", png(0xFFFFFFFF, 0xFFFFFFFF, zlib.compress(b""))
    yield "text-bomb.png", png(9, 9, zlib.compress(bytes(90)), (b"zTXt", b"a\0\0" + zeros(500)))
    yield "profile-bomb.png", png(9, 9, zlib.compress(bytes(90)), (b"iCCP", b"a\0\0" + zeros(500)))
    yield "chunks.png", png(9, 9, zlib.compress(bytes(90)), *[(b"tEXt", b"a\0b")] * 100_000)
    yield "length.png", good[:8] + b"\xff\xff\xff\xff" + good[12:]
    yield "long.jpg", photo[:2] + b"\xff\xfe\xff\xff" + bytes(65_533) + photo[2:]
    frame = photo.index(b"\xff\xc0")
    yield "large.jpg", photo[: frame + 5] + b"\xff\xff\xff\xff" + photo[frame + 9 :]
    yield "markers.jpg", b"\xff\xd8\xff" + b"\xff" * 2_000_000
    yield "zip-too.jpg", photo + ofd.digital_ofd(paper)
    yield "other-code.png", pictures.as_bytes(pictures.qr_image("https://127.0.0.1/" + "x" * 2_000))
    for place, text in enumerate((
        "01,32,,=1+1,1e9,20260901,,", "01,32,,26440000000000000018,NaN,99999999,,", "01," * 700, "01,32,,1,2,3,4",
        "01,10,044001900111,00000018,=cmd|'/c calc'!A1,20190506,x,",
    )):  # fmt: skip
        yield f"code{place}.png", pictures.as_bytes(pictures.qr_image(text))
    both = Image.new("L", (900, 450), 255)
    both.paste(pictures.qr_image(qr_text(paper)), (0, 0))
    both.paste(pictures.qr_image(qr_text(digital(19))), (450, 0))
    yield "two-codes.png", pictures.as_bytes(both)
    many = Image.new("L", (3_000, 3_000), 255)
    for place in range(144):
        many.paste(pictures.qr_image(qr_text(digital(place)), scale=4), (place % 12 * 250, place // 12 * 250))
    yield "many-codes.png", pictures.as_bytes(many)
    finder = Image.effect_noise((3_000, 3_000), 200).point(lambda dot: 255 * (dot > 128))
    yield "noise.png", pictures.as_bytes(finder)
    checks = Image.frombytes("1", (4_000, 4_000), b"\xaa" * 2_000_000).convert("L")
    yield "checks.png", pictures.as_bytes(checks)
    squares = Image.new("L", (4_000, 4_000), 255)
    mark = pictures.qr_image("x", scale=1).crop((4, 4, 11, 11))
    for place in range(20_000):
        squares.paste(mark, (place % 200 * 20, place // 200 * 20))
    yield "marks.png", pictures.as_bytes(squares)
    yield "gif.png", pictures.as_bytes(Image.new("L", (9, 9)), "GIF")
    yield "tiff.png", pictures.as_bytes(Image.new("L", (9, 9)), "TIFF")
    yield "palette.png", pictures.as_bytes(Image.new("P", (900, 900)))
    yield "deep.png", pictures.as_bytes(Image.new("I;16", (900, 900)))
    yield from cut("png.png", good, 4)
    yield from cut("jpg.jpg", photo, 4)
    yield from flipped("png.png", good, 4)
    yield from flipped("jpg.jpg", photo, 6)


def strange_files() -> Iterator[File]:
    """Files of no form that is taken."""
    yield "empty.xml", b""
    yield "blank.xml", b" \n"
    yield "byte.pdf", b"%"
    yield "program.pdf", b"\x7fELF" + bytes(1_000)
    yield "windows.ofd", b"MZ" + bytes(1_000)
    yield "page.xml", b"<!DOCTYPE html><html><body onload=alert(1)>"
    yield "rar.ofd", b"Rar!\x1a\x07\x01\x00" + bytes(100)
    yield "gz.ofd", b"\x1f\x8b\x08" + zeros(100)
    yield "old.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5_000)
    yield "zip-empty.ofd", b"PK\x05\x06" + bytes(18)
    yield "zip-head.ofd", b"PK\x03\x04"
    yield "text.pdf", "发票号码：26440000000000000018".encode("gb18030")
    yield "table.csv", b"=1+1,@x\r\n"
    out = io.BytesIO()
    Image.new("L", (9, 9)).save(out, "BMP")
    yield "bitmap.png", out.getvalue()
