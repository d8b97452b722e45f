"""Hostile receipts and statements."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator

from tests.evidence.hostility import File, cut, flipped
from tests.evidence.hostility.markup import DOCUMENT_TYPES, NAMES
from tests.evidence.hostility.packages import bomb, flagged, lying, packed_as
from tests.evidence.papers import ofd
from tests.evidence.proofs import making
from tests.evidence.proofs.making import HEADING, Payment, as_csv, as_xlsx, receipt, statement

_ROW = ["20190305", "100.00", "", "示例云有限公司", "62220000", "服务费", "A1001"]


def csv_files() -> Iterator[File]:
    """Statements as CSV."""
    good = as_csv(statement([Payment()]))
    head = as_csv([HEADING], "utf-8")
    yield "rows.csv", head + ("," * 6 + "\r\n").encode() * 1_000_000
    yield "rows-full.csv", as_csv([HEADING, *[_ROW] * 100_000])
    yield "columns.csv", head + b"," * 5_000_000
    yield "cell.csv", head + b"1" * 7_000_000
    yield "quote-open.csv", head + b'"' + "一,".encode() * 1_500_000
    yield "quotes.csv", head + b'"' * 3_000_001
    yield "separators.csv", b",;\t|" * 1_000_000
    yield "lines.csv", b"\n" * 7_000_000
    yield "returns.csv", b"\r" * 3_000_000 + head
    yield "nul.csv", head + b"\x00" * 1_000
    yield "nul-late.csv", head + as_csv([_ROW]) * 500 + b"\x00,\x00\r\n"
    yield "too-big.csv", head + b"x" * (9 * 1024 * 1024)
    yield "odd-utf16.csv", b"\xff\xfe" + "交易日期,支出".encode("utf-16-le")[:-1]
    yield "lone-utf16.csv", b"\xff\xfe\x00\xd8\x00\xd8"
    yield "gbk-broken.csv", good[:-1] + b"\x81\xff"
    yield "headings.csv", as_csv([HEADING] * 6_000)
    yield "heading-twice.csv", as_csv([HEADING * 14, _ROW * 14])
    for place, amount in enumerate(
        (
            "1e309",
            "NaN",
            "Infinity",
            "-",
            "0x10",
            "1,00,00.00",
            "9" * 5000,
            "=1+1",
            "１２７２．００",
            "--5",
            "0" * 390 + "1",
            "١٢",
        )
    ):
        yield f"sum{place}.csv", as_csv([HEADING, [_ROW[0], amount, *_ROW[2:]]], "utf-8")
    for place, day in enumerate(("2019-02-30", "99999999", "0000-00-00", "昨天", "=NOW()", "9" * 4_000)):
        yield f"day{place}.csv", as_csv([HEADING, [day, *_ROW[1:]]], "utf-8")
    for place, name in enumerate(NAMES):
        content = as_csv([[f"户名：{name}"], HEADING, [*_ROW[:3], name, name, name, name]], "utf-8")
        yield f"name{place}.csv", content
    yield from cut("csv.csv", good, 6)
    yield from flipped("csv.csv", good, 10)


def xlsx_files() -> Iterator[File]:
    """Statements as workbooks."""
    good = as_xlsx(statement([Payment()]))
    with zipfile.ZipFile(io.BytesIO(good)) as archive:
        parts: dict[str, str | bytes] = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    rows = bytes(parts[sheet]).decode()  # type: ignore[arg-type]
    yield "bomb.xlsx", bomb(sheet, 130, parts)
    yield "bomb-strings.xlsx", bomb("xl/sharedStrings.xml", 119, parts)
    yield "far.xlsx", ofd.package({**parts, sheet: rows.replace('r="A2"', 'r="XFD1048576"')})
    yield (
        "size.xlsx",
        ofd.package({**parts, sheet: re.sub(r'ref="[^"]+"', 'ref="A1:XFD1048576"', rows, count=1)}),
    )
    for name in ("laughs", "file"):
        changed = rows.replace("<worksheet", DOCUMENT_TYPES[name] + "<worksheet", 1)
        yield f"dtd-{name}.xlsx", ofd.package({**parts, sheet: changed})
    yield "password.xlsx", flagged(good)
    yield "lying.xlsx", lying(good, sheet.encode(), 10)
    yield "packed.xlsx", packed_as(good, 12)
    yield "macro.xlsx", ofd.package({**parts, "xl/vbaProject.bin": "x"})
    yield "rows.xlsx", as_xlsx([HEADING, *[_ROW] * 5_500])
    for place, number in enumerate((1e300, -1e300, 2.644e19, True, 0.1 + 0.2, "x" * 30_000)):
        yield f"number{place}.xlsx", as_xlsx([HEADING, [_ROW[0], number, *_ROW[2:6], number]])
    yield from cut("xlsx.xlsx", good, 4)
    yield from flipped("xlsx.xlsx", good, 6)


def receipt_files() -> Iterator[File]:
    """Receipts as PDF: broken ones, and pages made of labels."""
    good = receipt()
    for place, label in enumerate(
        (
            "付款人户名",
            "户名",
            "金额",
            "大写",
            "日期：",
            "流水号：",
            "交易状态：",
            "回单",
            "付款人",
            "账号：1",
        )
    ):
        yield (
            f"labels{place}.pdf",
            making.page([(x, y, label) for x in range(5, 200, 20) for y in range(3, 138, 2)]),
        )
        yield f"line{place}.pdf", making.page([(5, 10, label * 2_000)])
    yield "titles.pdf", making.page([(5, y / 4, "电子回单") for y in range(4, 540, 2)])
    yield "receipts.pdf", making.pages(*[making.labelled(Payment())] * 230)
    yield (
        "upright.pdf",
        making.page(
            [
                (x, y, sign)
                for x in range(5, 200, 8)
                for y, sign in zip(range(3, 138, 5), "付款人收款人" * 9, strict=False)
            ]
        ),
    )
    for place, name in enumerate(NAMES):
        text = re.sub(r"[\x00-\x1f\ud800-\udfff]", "", name)[:3_000]
        yield f"name{place}.pdf", receipt(Payment().but(payer=text, payee=text, serial=text), "labelled")
    yield from cut("pdf.pdf", good, 6)
    yield from flipped("pdf.pdf", good, 10)
