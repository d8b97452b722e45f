"""What the one writer of tables writes is opened again and compared."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook

from yunquan.papers.tables import Column, Sheet, csv_bytes, csv_lines, xlsx_bytes

COLUMNS = (
    Column("no", "券号"),
    Column("award", "奖补（元）", "money"),
    Column("devices", "台数", "count"),
    Column("on", "日期", "date"),
    Column("at", "时刻", "time"),
)


def opened(content: bytes) -> list[list[object]]:
    return CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()


def test_money_days_and_moments_come_back_as_they_went_in() -> None:
    row = ("GD2018-DG-000132", 11_000_010, 60, date(2018, 12, 31), datetime(2018, 12, 31, 9, 0, tzinfo=UTC))
    sheet = Sheet(COLUMNS, [row], title="结算清单", notes=["内容摘要 7c1e"], totals={"award": 11_000_010})
    title, head, first, total, note = opened(xlsx_bytes([sheet]))
    assert title[0] == "结算清单"
    assert head[1] == "奖补（元）"
    assert first == ["GD2018-DG-000132", 110000.1, 60, date(2018, 12, 31), datetime(2018, 12, 31, 17, 0)]
    assert total[:2] == ["合计", 110000.1]
    assert note[0] == "内容摘要 7c1e"
    assert csv_bytes(sheet).decode("utf-8-sig").splitlines()[1] == (
        "GD2018-DG-000132,110000.10,60,2018-12-31,2018-12-31 17:00:00"
    )


@given(st.integers(min_value=-(10**15) + 1, max_value=10**15 - 1))
@settings(max_examples=200, deadline=None)
def test_every_sum_is_exact_to_the_fen_in_both_files(fen: int) -> None:
    sheet = Sheet([Column("award", "奖补", "money")], [(fen,)])
    page = zipfile.ZipFile(io.BytesIO(xlsx_bytes([sheet]))).read("xl/worksheets/sheet1.xml").decode()
    written = page.partition("<v>0</v>")[2].partition("<v>")[2].partition("</v>")[0]
    if not written:  # The heading is written in place, so the only value is the sum.
        written = page.partition("<v>")[2].partition("</v>")[0]
    whole, _, rest = written.lstrip("-").partition(".")
    assert (-1 if written.startswith("-") else 1) * int(whole + rest.ljust(2, "0")[:2]) == fen
    assert len(rest) <= 2
    text = csv_bytes(sheet).decode("utf-8-sig").splitlines()[1]
    assert int(text.replace(".", "")) == fen


@pytest.mark.parametrize(
    "text",
    [
        '=HYPERLINK("http://x","y")',
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "\t=1+1",
        "\r=1+1",
        "\n=1",
        "  =1+1",
        "＝1+1",
        "＠x",
        "=cmd|' /C calc'!A0",
    ],
)
def test_no_cell_becomes_a_formula(text: str) -> None:
    sheet = Sheet([Column("name", "企业")], [(text,)], title=text, notes=[text])
    row = list(csv.reader(io.StringIO(csv_bytes(sheet).decode("utf-8-sig"), newline="")))[1]
    assert row[0] == "'" + text
    content = xlsx_bytes([sheet])
    page = zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in page
    assert "<hyperlink" not in page


def test_an_address_does_not_become_a_link() -> None:
    content = xlsx_bytes([Sheet([Column("name", "企业")], [("http://example.test/",)])])
    assert "hyperlink" not in zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()


def test_a_float_is_refused_where_money_stands() -> None:
    with pytest.raises(TypeError):
        csv_bytes(Sheet([Column("award", "奖补", "money")], [(0.1,)]))
    with pytest.raises(TypeError):
        xlsx_bytes([Sheet([Column("award", "奖补", "money")], [(0.1,)])])


def test_a_longer_text_than_a_cell_holds_says_that_it_was_cut() -> None:
    rows = opened(xlsx_bytes([Sheet([Column("name", "企业")], [("长" * 40_000,)])]))
    assert str(rows[1][0]).endswith("…（已截断）")
    assert len(str(rows[1][0])) == 32_767


def test_sheets_with_the_same_name_stand_beside_each_other() -> None:
    sheet = Sheet([Column("name", "企业")], [("甲",)], name="清单/东莞")
    book = CalamineWorkbook.from_filelike(io.BytesIO(xlsx_bytes([sheet, sheet])))
    assert book.sheet_names == ["清单东莞", "清单东莞(2)"]


def test_the_csv_is_a_stream() -> None:
    def endless():
        while True:
            yield ("甲",)

    lines = csv_lines(Sheet([Column("name", "企业")], endless()))
    assert next(lines) == "\ufeff企业\r\n"
    assert next(lines) == "甲\r\n"


def test_the_same_content_gives_the_same_file() -> None:
    sheet = Sheet([Column("name", "企业")], [("甲",)])
    assert xlsx_bytes([sheet]) == xlsx_bytes([sheet])
