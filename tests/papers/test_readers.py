"""Tables that people filled in: all faults at once, nothing half read, no trap sprung."""

from __future__ import annotations

import io
import zipfile
from datetime import date

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st

from yunquan.papers.readers import Wanted, read_table
from yunquan.papers.tables import Column, Sheet, csv_bytes, xlsx_bytes

WANTED = (
    Wanted("name", ("企业名称", "名称")),
    Wanted("fee", ("上云费用", "费用"), "money"),
    Wanted("devices", ("台数",), "count", required=False),
    Wanted("signed_on", ("签订日期",), "date"),
)
COLUMNS = (
    Column("name", "企业名称"),
    Column("fee", "费用", "money"),
    Column("devices", "台数", "count"),
    Column("signed_on", "签订日期", "date"),
)
ROW = ("虚构五金（测试）有限公司", 8_000_000, 60, date(2018, 11, 9))


def csv_of(*lines: str, encoding: str = "utf-8") -> bytes:
    return "\n".join(("企业名称,上云费用,台数,签订日期", *lines)).encode(encoding)


@pytest.mark.parametrize(
    "content",
    [
        xlsx_bytes([Sheet(COLUMNS, [ROW], title="一览表")]),
        csv_bytes(Sheet(COLUMNS, [ROW])),
        csv_of("虚构五金（测试）有限公司,80000,60,2018/11/09", encoding="gb18030"),
        csv_of("", '虚构五金（测试）有限公司,"80,000.00",60,2018年11月9日', ",,,"),
    ],
)
def test_a_table_is_read_whatever_it_was_saved_as(content: bytes) -> None:
    reading = read_table(content, WANTED)
    assert reading.faults == ()
    assert [line.values for line in reading.rows] == [
        dict(zip(("name", "fee", "devices", "signed_on"), ROW, strict=True))
    ]


def test_all_faults_are_said_at_once_and_nothing_is_half_read() -> None:
    reading = read_table(
        csv_of("甲,80000.001,60,2018-11-09", "乙,100,六十,2018-13-09", ",1,,2018-01-01", "丁,1,,2018-01-01"),
        WANTED,
    )
    assert reading.rows == ()
    assert not reading.is_whole
    assert [(fault.row, fault.column) for fault in reading.faults] == [
        (2, "上云费用"),
        (3, "台数"),
        (3, "签订日期"),
        (4, "企业名称"),
    ]
    assert all(fault.reason and fault.expected for fault in reading.faults)
    assert str(reading.faults[1]) == "第 3 行“台数”：“六十”不是整数（应为：整数，如 60）"


def test_a_missing_or_doubled_heading_is_named() -> None:
    assert [f.column for f in read_table("企业名称,费用\n甲,1".encode(), WANTED).faults] == ["签订日期"]
    assert (
        "两次"
        in read_table("企业名称,名称,费用,签订日期\n甲,乙,1,2018-01-01".encode(), WANTED).faults[0].reason
    )
    assert len(read_table("随便,什么\n1,2".encode(), WANTED).faults) == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"   \n ",
        csv_of(),
        b"PK\x03\x04 not a workbook",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1rest",
        b"%PDF-1.4\x00\x01",
        b"\xff\xff\xff\xff",
        '企业名称,"上云'.encode(),
        xlsx_bytes([Sheet(COLUMNS, [ROW])])[:-60],
    ],
)
def test_what_is_no_table_is_refused_in_words(content: bytes) -> None:
    reading = read_table(content, WANTED, file_name="x.pdf")
    assert reading.rows == ()
    assert reading.faults


def workbook(parts: dict[str, bytes]) -> bytes:
    source, place = zipfile.ZipFile(io.BytesIO(xlsx_bytes([Sheet(COLUMNS, [ROW])]))), io.BytesIO()
    with zipfile.ZipFile(place, "w", zipfile.ZIP_DEFLATED) as made:
        for name in source.namelist():
            if name not in parts:
                made.writestr(name, source.read(name))
        for name, content in parts.items():
            made.writestr(name, content)
    return place.getvalue()


def test_a_small_file_that_unfolds_to_a_huge_one_is_refused() -> None:
    bomb = workbook({"xl/worksheets/sheet1.xml": b" " * (130 * 1024 * 1024)})
    assert len(bomb) < 1_000_000
    assert "展开后过大" in read_table(bomb, WANTED).faults[0].reason


def test_a_header_that_lies_about_the_size_does_not_help() -> None:
    bomb = bytearray(workbook({"xl/worksheets/sheet1.xml": b" " * (130 * 1024 * 1024)}))
    size = (130 * 1024 * 1024).to_bytes(4, "little")
    while (place := bomb.find(size)) >= 0:
        bomb[place : place + 4] = (1000).to_bytes(4, "little")
    assert "展开后过大" in read_table(bytes(bomb), WANTED).faults[0].reason


@pytest.mark.parametrize("cell", ["XFD1048576", "A1048576", "ZZZ1"])
def test_a_cell_far_out_does_not_fill_the_memory(cell: str) -> None:
    page = (
        b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">'
        b'<sheetData><row r="1"><c r="A1"><v>1</v></c></row>'
        b'<row r="2"><c r="%s"><v>1</v></c></row></sheetData>'
        b"</worksheet>" % cell.encode()
    )
    content = workbook({"xl/worksheets/sheet1.xml": page})
    assert "列" in read_table(content, WANTED).faults[0].reason


def test_too_many_rows_are_refused() -> None:
    content = csv_of(*["甲,1,,2018-01-01"] * 11)
    assert "超过 10 行" in read_table(content, WANTED, max_rows=10).faults[0].reason
    assert read_table(content, WANTED, max_rows=11).is_whole


def test_a_long_number_that_the_sheet_has_spoilt_is_refused_and_a_short_one_is_text() -> None:
    place = io.BytesIO()
    book = xlsxwriter.Workbook(place)
    page = book.add_worksheet()
    page.write_row(0, 0, ["代码", "费用"])
    page.write_row(1, 0, [914400000000000123, 1.005])
    page.write_row(2, 0, [1001, 80000.1])
    book.close()
    wanted = (Wanted("code", ("代码",)), Wanted("fee", ("费用",), "money"))
    faults = read_table(place.getvalue(), wanted).faults
    assert [(fault.row, fault.column) for fault in faults] == [(2, "代码"), (2, "费用")]


def test_what_our_own_writer_made_harmless_comes_back_as_it_was() -> None:
    content = csv_bytes(Sheet(COLUMNS, [("=1+1", *ROW[1:])]))
    assert read_table(content, WANTED).rows[0].values["name"] == "=1+1"


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_bytes_give_rows_or_faults(content: bytes) -> None:
    for given_content in (content, b"PK\x03\x04" + content, csv_of("甲,1,,2018-01-01") + content):
        reading = read_table(given_content, WANTED)
        assert bool(reading.rows) != bool(reading.faults)
