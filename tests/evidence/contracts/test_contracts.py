"""Contracts in many layouts: what is read is what they say, and nothing of what only looks like it."""

from __future__ import annotations

import io
import json
from typing import Any

import docx
import pypdfium2
import pytest
from docx.oxml import OxmlElement

from tests.evidence.contracts.making import FORMS, LAYOUTS, Block, Contract, annex, long, pdf, word
from tests.evidence.likeness.making import page, saved, scan_pdf
from yunquan.evidence.reading import sandbox
from yunquan.evidence.reading.contracts.reading import CHANGES, HIDDEN, NOTHING, SEALS, read_contract
from yunquan.evidence.reading.contracts.services import SERVICES
from yunquan.evidence.reading.facts import Conflict, ContractFacts
from yunquan.evidence.reading.unreadable import UnreadableError
from yunquan.papers import forms_docx
from yunquan.papers import pdf as papers_pdf


def said(contract: Contract) -> dict[str, Any]:
    """What the contract says, by the names of the facts."""
    return {
        "number": contract.number,
        "party_a": contract.a,
        "party_a_no": contract.a_no,
        "party_b": contract.b,
        "party_b_no": contract.b_no,
        "signed_on": contract.day,
        "total_fen": contract.total_fen,
        "cloud_fee_fen": contract.cloud_fen,
        "lines": contract.fees,
    }


def found(facts: ContractFacts) -> dict[str, Any]:
    """What was read, by the same names."""
    return {
        **{name: getattr(facts, name) for name in said(Contract()) if name != "lines"},
        "lines": tuple((line.service, line.fee_fen) for line in facts.lines),
    }


@pytest.mark.clause("D47-A1.3", "D47-5.10")
@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_contract_is_read_in_each_layout(layout: str, form: str) -> None:
    contract = Contract()
    facts = read_contract(FORMS[form](LAYOUTS[layout](contract)))
    assert found(facts) == said(contract)
    assert set(facts.sources) <= set(facts.places)
    conflicts = {conflict.field for conflict in facts.conflicts}
    # In one of them the parties sign on different days, which is told.
    assert conflicts == ({"signed_on"} if layout == "long" else set())


OWN_FORM = {"word": forms_docx.contract, "pdf": papers_pdf.contract}


@pytest.mark.clause("D47-A1.3")
@pytest.mark.parametrize("form", OWN_FORM)
@pytest.mark.parametrize("services", [1, 2, 11])
@pytest.mark.parametrize("counts_devices", [True, False])
def test_the_form_that_the_platform_fills_in_is_read_as_it_was_filled(
    counts_devices: bool, services: int, form: str
) -> None:
    names = list(SERVICES)
    # The service that counts devices is among them.
    names.insert(0, names.pop(names.index("生产设备状态监控")))
    fees = tuple((name, 10_000_00 + 7 * place) for place, name in enumerate(names[:services]))
    contract = Contract().but(fees=fees, total_fen=500_000_00)
    fields = forms_docx.contract_fields(
        lines=contract.fees,
        contract_no=contract.number,
        enterprise=contract.a,
        enterprise_code=contract.a_no,
        supplier=contract.b,
        supplier_code=contract.b_no,
        body="乙方为甲方提供云端软件服务，期限一年，每年维护费 3,000.00 元另计。",
        place="东莞市测试路1号",
        total_fen=contract.total_fen,
        devices=60,
        devices_value_fen=3_000_000_00,
        signed_on=contract.day,
        counts_devices=counts_devices,
    )
    facts = read_contract(OWN_FORM[form](fields))
    assert found(facts) == said(contract)
    assert facts.conflicts == ()
    assert (facts.devices, facts.devices_value_fen) == (
        (60, 3_000_000_00) if counts_devices else (None, None)
    )
    # With both services that count devices the form doesn't say how many belong to which.
    counted = 60 if counts_devices and services < 11 else None
    assert [line.devices for line in facts.lines] == [counted, *[None] * (services - 1)]
    place, line = facts.places["total_fen"], facts.places[f"lines.{names[0]}"]
    assert place.paragraph and line.row == 2 if form == "word" else place.page == line.page == 1
    assert facts.notes == (SEALS,) and facts.reason is None


@pytest.mark.parametrize("form", OWN_FORM)
def test_a_form_that_nobody_filled_in_says_nothing(form: str) -> None:
    facts = read_contract(OWN_FORM[form](forms_docx.contract_fields()))
    assert facts.reason == NOTHING
    assert facts.sources == {} and facts.lines == ()


@pytest.mark.parametrize("form", FORMS)
def test_devices_and_their_value_are_read_with_their_units(form: str) -> None:
    blocks: list[Block] = [*annex(Contract()), "联网设备数量：１２０ 台（套），设备原值合计（万元）：1,234.5"]
    facts = read_contract(FORMS[form](blocks))
    assert (facts.devices, facts.devices_value_fen) == (120, 12_345_000_00)
    assert [line.devices for line in facts.lines] == [120, None]


@pytest.mark.parametrize("form", FORMS)
def test_figures_and_capitals_that_disagree_are_both_told(form: str) -> None:
    contract = Contract()
    blocks: list[Block] = [f"合同总金额：人民币{contract.total}元（大写：壹拾伍万零壹佰元整）"]
    facts = read_contract(FORMS[form](blocks))
    assert facts.total_fen == contract.total_fen and facts.sources["total_fen"] == ("text",)
    assert facts.conflicts == (
        Conflict("total_fen", (("text", contract.total_fen), ("capitals", 150_100_00))),
    )


def test_a_sum_that_stands_only_in_capitals_is_read() -> None:
    facts = read_contract(word(["合同总价款为人民币叁拾万零伍佰元整"]))
    assert facts.total_fen == 300_500_00 and facts.sources["total_fen"] == ("capitals",)


def test_lines_that_do_not_make_the_cloud_fee_are_told() -> None:
    blocks = [
        block.replace("80,000.00", "81,000.00") if isinstance(block, str) else block
        for block in annex(Contract())
    ]
    facts = read_contract(word(blocks))
    assert Conflict("cloud_fee_fen", (("text", 110_000_00), ("sum", 111_000_00))) in facts.conflicts


def test_parties_that_sign_under_another_name_are_told() -> None:
    blocks = [*annex(Contract()), "甲方（盖章）：虚构塑胶制品（东莞）有限公司    乙方（盖章）："]
    facts = read_contract(word(blocks))
    assert facts.party_a == Contract().a
    assert facts.conflicts == (
        Conflict("party_a", (("text", Contract().a), ("text 2", "虚构塑胶制品（东莞）有限公司"))),
    )


def test_all_eleven_services_and_freer_names_are_found_in_a_table_of_cloud_fees() -> None:
    fees = [(name, 10_000_00 + number) for number, name in enumerate(SERVICES)]
    table = [
        ["应用服务", "上云上平台费用"],
        *[[f"（{name}）", f"{fee / 100:.2f}"] for name, fee in fees],
        ["看板大屏", "500.00"],
    ]
    for form in FORMS.values():
        facts = read_contract(form(["费用明细", table]))
        assert [(line.service, line.fee_fen) for line in facts.lines] == [*fees, ("看板大屏", 500_00)]


def test_services_that_are_named_without_a_fee_have_none() -> None:
    facts = read_contract(word(["本合同符合上云上平台应用服务目录：1. 供应链协同、2. 设备智能调机。"]))
    assert [(line.service, line.fee_fen) for line in facts.lines] == [
        ("供应链协同", None),
        ("设备智能调机", None),
    ]


@pytest.mark.parametrize("layout", ["annex", "long", "in_wan"])
def test_every_field_of_a_page_stands_where_its_place_says(layout: str) -> None:
    contract = Contract()
    content = pdf(LAYOUTS[layout](contract))
    facts = read_contract(content)
    document = pypdfium2.PdfDocument(content)
    shown = {
        "number": contract.number,
        "party_a": contract.a,
        "party_b_no": contract.b_no,
        "total_fen": "15" if layout == "in_wan" else contract.total,
    }
    for field, text in shown.items():
        place = facts.places[field]
        assert place.page is not None and place.box is not None
        page = document[place.page - 1]
        wide, high = page.get_size()
        left, top, right, bottom = place.box
        inside = page.get_textpage().get_text_bounded(
            left * wide / 1000 - 3,
            high - bottom * high / 1000 - 3,
            right * wide / 1000 + 3,
            high - top * high / 1000 + 3,
        )
        assert text in inside
        # The box is about the value, not the whole line.
        assert (right - left) * wide / 1000 < 16 * max(len(text), 4) + 150


@pytest.mark.parametrize(
    "content",
    [scan_pdf([page("合同")]), saved(page("合同")), saved(page("合同"), kind="PNG")],
    ids=["pdf", "jpeg", "png"],
)
def test_a_scan_is_stored_and_typed_by_hand(content: bytes) -> None:
    answer = sandbox.run("contract", content, "scan")
    assert answer["error"] is None
    facts = ContractFacts.from_json(answer["read"])
    assert facts == ContractFacts(reason="扫描件，请手工填写", notes=(SEALS,))


def test_pages_that_are_pictures_among_text_are_named() -> None:
    merged = pypdfium2.PdfDocument.new()
    for part in (pdf(annex(Contract())), scan_pdf([page("附件")])):
        merged.import_pages(pypdfium2.PdfDocument(part))
    out = io.BytesIO()
    merged.save(out)
    facts = read_contract(out.getvalue())
    assert found(facts) == said(Contract())
    assert "第 2 页是图像，没有读取" in facts.notes


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "旧版 Word"),
        (b"PK\x03\x04 broken", "不是 DOCX"),
        (b"MZ", "不能识别的文件格式"),
        (b"%PDF-1.7\n", "已损坏"),
    ],
)
def test_what_is_no_contract_is_refused_with_the_reason(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        read_contract(content)


def test_deleted_and_hidden_text_does_not_count_and_is_told() -> None:
    document = docx.Document()
    paragraph = document.add_paragraph("合同总金额：")
    gone = paragraph.add_run("90,000.00元")
    removed = OxmlElement("w:del")
    paragraph._p.append(removed)
    removed.append(gone._r)
    hidden = paragraph.add_run("80,000.00元")
    hidden.font.hidden = True
    paragraph.add_run("70,000.00元")
    out = io.BytesIO()
    document.save(out)
    facts = read_contract(out.getvalue())
    assert facts.total_fen == 70_000_00
    assert CHANGES in facts.notes and HIDDEN in facts.notes


def test_a_number_that_only_the_head_of_the_pages_has_is_read() -> None:
    blocks = [block for block in annex(Contract()) if "合同编号" not in block]
    facts = read_contract(word(blocks, head="合同编号：TOP-2018-9"))
    assert facts.number == "TOP-2018-9"
    facts = read_contract(pdf(long(Contract()), head="合同编号：YQ-2018-0017"))
    assert (
        facts.number == "YQ-2018-0017"
        and facts.conflicts[0].field == "signed_on"
        and len(facts.conflicts) == 1
    )


def test_what_was_read_comes_back_from_json() -> None:
    facts = read_contract(word(annex(Contract())))
    assert ContractFacts.from_json(json.loads(json.dumps(facts.as_json()))) == facts
