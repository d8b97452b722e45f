"""The contract of annex 1.3 is filled in, opened again and read."""

from __future__ import annotations

import io
from datetime import date

import pytest
from docx import Document

from yunquan.papers.forms_docx import contract as filled
from yunquan.papers.forms_docx import contract_fields, notice


def contract(**known: object) -> bytes:
    return filled(contract_fields(**known))  # type: ignore[arg-type]


def read(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in document.paragraphs] + cells)


@pytest.mark.clause("D47-A1.3")
def test_a_contract_names_parties_services_fees_and_devices() -> None:
    text = read(
        contract(
            contract_no="HT-2018-0611",
            enterprise="虚构五金（测试）有限公司",
            supplier="虚构云服务（测试）有限公司",
            lines=[("生产设备状态监控", 8_000_000), ("供应链协同", 5_000_000)],
            total_fen=20_000_000,
            devices=60,
            devices_value_fen=900_000_000,
            counts_devices=True,
            signed_on=date(2018, 11, 9),
        )
    )
    for part in (
        "HT-2018-0611",
        "1. 生产设备状态监控、2. 供应链协同",
        "200,000.00",
        "贰拾万元整",
        "130,000.00",
        "壹拾叁万元整",
        "80,000.00",
        "联网设备 60 台套",
        "9,000,000.00",
        "2018-11-09",
        "甲方（盖章）",
    ):
        assert part in text
    assert "{{" not in text
    assert "{%" not in text


def test_an_unknown_fact_stays_a_blank_and_devices_stand_only_where_they_count() -> None:
    text = read(contract(enterprise="甲", devices=60))
    assert "__________" in text
    assert "联网设备" not in text


@pytest.mark.parametrize("name", ["A&B <x> </w:t>", "{{ 7*7 }}", "{% for x in y %}", "甲\x00乙\x0b"])
def test_what_people_typed_stays_text(name: str) -> None:
    text = read(contract(enterprise=name, lines=[(name, 100)]))
    assert name.replace("\x00", "").replace("\x0b", "") in text


@pytest.mark.clause("D47-5.21")
def test_a_notice_in_word_says_every_reason_with_its_article_and_carries_a_code() -> None:
    content = notice(
        title="服务券申领退回通知书",
        addressee="虚构五金（测试）有限公司",
        items=[
            {
                "says": "合同未列明上云费用",
                "text": "第 3 页没有分列",
                "mend": "补充附件",
                "article": "47号 五(三)10",
            },
            {"says": "缺少公章\x07", "text": "", "mend": "", "article": ""},
        ],
        facts=[("券号", "GD2018-DG-000001")],
        total_fen=11_000_000,
        qr_text="https://example.invalid/check/1/ab/",
        digest="ab" * 32,
        issuer="虚构市主管部门",
        issued_on=date(2018, 12, 3),
    )
    text = read(content)
    for part in (
        "1. 合同未列明上云费用",
        "如何补正：补充附件",
        "依据：47号 五(三)10",
        "2. 缺少公章",
        "壹拾壹万元整",
    ):
        assert part in text
    assert len(Document(io.BytesIO(content)).inline_shapes) == 1
