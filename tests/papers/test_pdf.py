"""PDF papers are opened again and read."""

from __future__ import annotations

from datetime import date

import pypdfium2
import pytest

from yunquan.papers import pdf
from yunquan.papers.forms_docx import contract_fields
from yunquan.papers.tables import Column

COLUMNS = (
    Column("number", "序", "count", 4),
    Column("enterprise", "企业"),
    Column("award", "奖补（元）", "money"),
)


def read(content: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(content)
    try:
        return [page.get_textpage().get_text_bounded() for page in document]
    finally:
        document.close()


def a_list(rows: list[tuple[object, ...]], total_fen: int) -> bytes:
    return pdf.settlement_list(
        title="东莞市 2018 年度服务券结算清单（第 2 批）",
        columns=COLUMNS,
        rows=rows,
        publicity_days=7,
        publicity_from=date(2019, 4, 8),
        publicity_until=date(2019, 4, 15),
        total_fen=total_fen,
        digest="5dc9da79" * 8,
        issuer="东莞市工业和信息化局",
        issued_on=date(2019, 4, 8),
        objection="有异议的，请在公示期内反映。",
    )


@pytest.mark.clause("D47-5.14", "D47-5.22")
def test_a_settlement_list_says_period_sum_capitals_and_hash_on_every_page() -> None:
    pages = read(
        a_list(
            [(number, f"虚构企业{number}（测试）有限公司", 11_000_000) for number in range(1, 61)],
            660_000_000,
        )
    )
    assert len(pages) > 1
    assert "东莞市 2018 年度服务券结算清单" in pages[0]
    assert "2019-04-08 至 2019-04-15" in pages[0]
    for number, page in enumerate(pages, start=1):
        assert "5dc9da79" in page
        assert f"第 {number} / {len(pages)} 页" in page
        assert "企业" in page
    assert "6,600,000.00" in pages[-1]
    assert "陆佰陆拾万元整" in pages[-1]


@pytest.mark.parametrize(
    "text", ['#read("/etc/passwd")', '*粗* _斜_ $x^2$ #eval("1")', "]#pagebreak()[", "\\u{41} `a`"]
)
def test_what_people_typed_is_set_as_it_stands(text: str) -> None:
    pages = read(a_list([(1, text, 100)], 100))
    assert len(pages) == 1
    assert text in pages[0].replace("\r\n", "")


def test_signs_that_turn_the_writing_are_left_out() -> None:
    assert pdf.clean("甲\u202e乙\x00丙\n丁") == "甲乙丙\n丁"


def test_a_receipt_carries_a_code_and_its_facts() -> None:
    content = pdf.notice(
        title="服务券发放通知",
        addressee="虚构五金（测试）有限公司",
        number="GD2018-DG-000132",
        paragraphs=["你单位的申领已审核通过。"],
        facts=[("服务券", "GD2018-DG-000132")],
        total_fen=11_000_000,
        qr_text="https://example.test/check/7c1e",
        digest="7c1e" * 16,
    )
    (page,) = read(content)
    assert "服务券发放通知" in page
    assert "壹拾壹万元整" in page
    assert "你单位的申领" in page


def test_the_same_paper_gives_the_same_file() -> None:
    assert a_list([(1, "甲", 100)], 100) == a_list([(1, "甲", 100)], 100)


def test_any_table_can_be_a_paper() -> None:
    (page,) = read(
        pdf.table_paper(
            title="完成情况表",
            columns=COLUMNS,
            rows=[{"number": 1, "enterprise": "甲", "award": None}],
            notes=["标注由省厅作出"],
        )
    )
    assert "完成情况表" in page
    assert "标注由省厅作出" in page


@pytest.mark.clause("D47-A1.3")
def test_the_contract_as_pdf_says_the_same_as_the_word_form() -> None:
    fields = contract_fields(
        contract_no="HT-2018-0611",
        enterprise="虚构五金（测试）有限公司",
        lines=[("供应链协同", 5_000_000), ("智能排单调度", 8_000_000)],
        total_fen=20_000_000,
        devices=60,
        counts_devices=True,
    )
    text = "".join("".join(read(pdf.contract(fields))).split())
    for part in (
        "HT-2018-0611",
        "贰拾万元整",
        "130,000.00",
        "智能排单调度",
        "联网设备60台套",
        "甲方（盖章）",
    ):
        assert part in text
    assert "联网设备" not in "".join(read(pdf.contract(contract_fields(devices=60))))
