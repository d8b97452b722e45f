"""Hostile DOCX, and contracts whose words are made to keep a reader busy."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

from tests.evidence.contracts.making import Contract, annex, pdf, two_columns, word
from tests.evidence.hostility import File, cut, flipped
from tests.evidence.hostility.markup import DOCUMENT_TYPES, NAMES
from tests.evidence.hostility.packages import bomb, flagged, lying, overlapping, packed_as
from tests.evidence.papers import ofd

_BODY = "word/document.xml"
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
# Beginnings of everything that a reader looks for, said again and again.
WORDS = {
    "party": "甲方：", "party-open": "甲方（", "party-name": "虚构有限公司（以下简称", "inline": "虚构" * 30 + "(",
    "code": "统一社会信用代码：", "code-digits": "税号：" + "9" * 14,
    "number": "合同编号：", "number-long": "编号" + "-" * 50,
    "total": "合同总金额", "total-fill": "合同总金额为是共计总计", "total-brackets": "总价" + "(" * 20,
    "total-words": "总价款壹",
    "capitals": "壹", "capitals-blank": "壹 ", "digits": "1", "grouped": "1,", "decimals": "1.", "cloud": "上云上平台费用合计为",
    "service": "生产品质管控服务费用", "service-fill": "进销存（云）—", "numbered": "应用服务1费用",
    "catalogue": "应用服务目录：供应链协同、",
    "day": "2018年", "day-words": "二〇一八年", "days": "2018年12月3日", "signed": "签订日期：", "sealed": "盖章日期：",
    "devices": "联网设备数量", "value": "设备原值总计", "blank": "甲方：_ _", "colon": "：", "bracket": "（", "quote": "“上云",
    "turned": "\u202e甲方：司公限有", "joined": "甲\u200d方：", "wide": "甲　　方　　：", "tabs": "甲\t方\t",
}  # fmt: skip


def _paragraphs(text: str, size: int) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>" * size


def files() -> Iterator[File]:
    """Each with its name."""
    good = word(two_columns(Contract()))
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    body = bytes(parts[_BODY]).decode()  # type: ignore[arg-type]

    def with_body(text: str | bytes) -> bytes:
        return ofd.package({**parts, _BODY: text})

    def holding(inside: str) -> bytes:
        return with_body(f'<?xml version="1.0"?><w:document {_W}><w:body>{inside}</w:body></w:document>')

    yield "bomb.docx", bomb(_BODY, 100, parts)
    yield "bomb-near.docx", bomb(_BODY, 23, parts)
    yield "bomb-beside.docx", bomb("word/media/image1.png", 150, parts)
    yield "bomb-header.docx", bomb("word/header1.xml", 60, {**parts, "word/header1.xml": b""})
    yield "overlap.docx", overlapping(1_500, 5_000_000).replace(b"OFD.xml", b"a/b.xml")
    yield "parts.docx", ofd.package({**parts, **{f"x/{n}": b"" for n in range(1_900)}})
    yield "headers.docx", ofd.package({**parts, **{f"word/header{n}.xml": body for n in range(200)}})
    yield "slip.docx", ofd.package({**parts, "../../etc/cron.d/x": b"x"})
    yield "macro.docx", ofd.package({**parts, "word/vbaProject.bin": b"x"})
    for size in (0, 1, 0x7FFFFFFF, 0xFFFFFFFF):
        yield f"lying{size}.docx", lying(good, _BODY.encode(), size)
    yield "password.docx", flagged(good)
    yield "strong-password.docx", flagged(good, 0x41)
    yield "old.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5_000)
    for way in (1, 9, 12, 14, 99):
        yield f"packed{way}.docx", packed_as(good, way)
    out = io.BytesIO(good)
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(out, "a") as archive:
            archive.writestr(_BODY, body.replace("150,000.00", "1.00"))
    yield "two-of-a-name.docx", out.getvalue()
    yield "no-body.docx", ofd.package({name: text for name, text in parts.items() if name != _BODY})
    yield "not-xml.docx", with_body(b"\x00\x01")
    yield "strange-root.docx", with_body("<html/>")
    for name, document_type in DOCUMENT_TYPES.items():
        used = {"laughs": "&l11;", "quadratic": "&a;" * 2_000, "loop": "&a;"}.get(name, "&x;")
        held = used if "ENTITY" in document_type and "%" not in document_type else ""
        changed = re.sub(r"<w:document", lambda _found, at=document_type: at + "<w:document", body, count=1)
        yield f"dtd-{name}.docx", with_body(changed.replace("<w:t>", f"<w:t>{held}", 1))
    yield "dtd-header.docx", ofd.package({**parts, "word/header1.xml": DOCUMENT_TYPES["file"] + "<a>&x;</a>"})
    yield (
        "utf16.docx",
        with_body((DOCUMENT_TYPES["laughs"] + f"<w:document {_W}>&l11;</w:document>").encode("utf-16")),
    )
    for encoding in ("utf-7", "cp037", "utf-32", "rot13", "x" * 39):
        yield (
            f"declared-{encoding[:9]}.docx",
            with_body(f'<?xml version="1.0" encoding="{encoding}"?><w:document {_W}/>'),
        )
    yield "deep.docx", holding("<w:p>" * 200_000 + "</w:p>" * 200_000)
    yield "deep-tables.docx", holding("<w:tbl><w:tr><w:tc>" * 100_000)
    yield "deep-deleted.docx", holding("<w:del>" * 300_000)
    yield "wide-row.docx", holding("<w:tbl><w:tr>" + "<w:tc/>" * 900_000 + "</w:tr></w:tbl>")
    yield (
        "spans.docx",
        holding('<w:tbl><w:tr><w:tc><w:gridSpan w:val="999999999"/><w:p/></w:tc></w:tr></w:tbl>' * 20_000),
    )
    yield (
        "span-bad.docx",
        holding(
            '<w:tbl><w:tr><w:tc><w:gridSpan w:val="-1"/><w:gridSpan w:val="１２"/></w:tc></w:tr></w:tbl>'
        ),
    )
    yield "paragraphs.docx", holding(_paragraphs("甲方", 200_000))
    yield "paragraphs-empty.docx", holding("<w:p/>" * 2_000_000)
    yield "letters.docx", holding(_paragraphs("合同" * 1_000_000, 1))
    yield "breaks.docx", holding("<w:p><w:r>" + "<w:br/>" * 1_500_000 + "</w:r></w:p>")
    yield "attributes.docx", holding("<w:p " + " ".join(f'a{n}="1"' for n in range(200_000)) + "/>")
    yield "names-long.docx", holding("<w:" + "p" * 4_000_000 + "/>")
    yield (
        "tables.docx",
        holding(
            "<w:tbl><w:tr><w:tc>"
            + _paragraphs("应用服务", 1)
            + "</w:tc><w:tc>"
            + _paragraphs("费用（元）", 1)
            + "</w:tc></w:tr></w:tbl>" * 1
        ),
    )
    head = "".join(f"<w:tc>{_paragraphs(text, 1)}</w:tc>" for text in ("应用服务", "上云费用（元）"))
    row = "".join(f"<w:tc>{_paragraphs(text, 1)}</w:tc>" for text in ("生产品质管控", "1.00"))
    yield "rows.docx", holding(f"<w:tbl><w:tr>{head}</w:tr>" + f"<w:tr>{row}</w:tr>" * 19_000 + "</w:tbl>")
    yield "heads.docx", holding("<w:tbl>" + f"<w:tr>{head}</w:tr>" * 19_000 + "</w:tbl>")
    for name, text in WORDS.items():
        for form, size in (("line", 290_000 // len(text)), ("paragraphs", 19_000)):
            said = text if form == "paragraphs" else text * size
            yield f"words-{name}-{form}.docx", holding(_paragraphs(said, size if form == "paragraphs" else 1))
    for place, name in enumerate(NAMES):
        named = re.sub(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]", "", name.replace("<", "&lt;"))
        yield f"name{place}.docx", with_body(body.replace(Contract().a, named.replace("&lt;lt;", "&lt;")))
    yield from cut("docx.docx", good, 6)
    yield from flipped("docx.docx", good, 8)


def pdf_files() -> Iterator[File]:
    """Contracts as PDF that are broken, or keep a reader busy."""
    good = pdf(annex(Contract()))
    yield "pages.pdf", pdf(["第一条 乙方提供服务。", *["---", "第二条 甲方付款。"] * 400])
    for name in ("party", "total", "capitals", "digits", "day", "service-fill", "inline", "colon"):
        yield f"words-{name}.pdf", pdf([WORDS[name] * (20_000 // len(WORDS[name]))])
        yield f"lines-{name}.pdf", pdf([WORDS[name]] * 1_500)
    yield "tables.pdf", pdf([[["应用服务", "上云费用（元）"], *[["生产品质管控", "1.00"]] * 800]])
    yield from cut("pdf.pdf", good, 6)
    yield from flipped("pdf.pdf", good, 10)
