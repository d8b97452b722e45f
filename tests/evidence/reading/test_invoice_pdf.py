"""Invoices as PDF: text, document information, QR code, and a scan without text."""

from __future__ import annotations

import pytest

from tests.evidence.papers import pdf, pictures
from tests.evidence.papers.invoice import OLDER_SPECIAL, ORDINARY, Paper, digital, older, qr_text
from tests.evidence.reading.holding import found, read, said
from yunquan.evidence.reading.unreadable import UnreadableError

PAPERS = [digital(), digital(kind=ORDINARY), older(), older(kind=OLDER_SPECIAL)]


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.kind)
def test_every_field_is_read_however_the_text_is_cut_up(paper: Paper, apart: bool) -> None:
    facts = read(pdf.pdf(paper, apart=apart))
    assert found(facts) == said(paper) and facts.conflicts == ()
    assert (facts.code or "", facts.check_code or "") == (paper.code, paper.check_code)
    assert facts.sources["number"] == ("text", "qr") and facts.sources["seller"] == ("text",)
    assert [(line.name, line.net_fen, line.tax_fen) for line in facts.lines] == [
        (line.name, line.net_fen, line.tax_fen) for line in paper.lines
    ]


def test_each_field_has_its_place_on_the_page() -> None:
    facts = read(pdf.pdf(digital()))
    for name, left, top in (("buyer", 62, 257), ("seller", 538, 257), ("number", 714, 71)):
        place = facts.places[name]
        assert place.page == 1 and place.box is not None
        assert abs(place.box[0] - left) < 15 and abs(place.box[1] - top) < 25, (name, place)


def test_the_document_information_counts_as_a_source() -> None:
    paper = digital()
    facts = read(pdf.with_information(pdf.pdf(paper), pdf.information(paper)))
    assert found(facts) == said(paper) and facts.conflicts == ()
    assert facts.sources["net_fen"] == ("info", "text")
    other = read(pdf.with_information(pdf.pdf(paper), {**pdf.information(paper), "TotalTaxAm": "1.00"}))
    assert [conflict.as_json() for conflict in other.conflicts] == [
        {"field": "tax_fen", "values": {"info": 1_00, "text": 7_200_00}}
    ]


def test_a_code_that_says_another_sum_than_the_text_is_a_conflict_with_both_values() -> None:
    paper = digital()
    forged = read(pdf.pdf(paper, code=qr_text(paper).replace("127200.00", "27200.00")))
    assert [conflict.as_json() for conflict in forged.conflicts] == [
        {"field": "gross_fen", "values": {"text": 127_200_00, "qr": 27_200_00}}
    ]
    assert forged.gross_fen == 127_200_00 and forged.sources["gross_fen"] == ("text",)


@pytest.mark.parametrize("paper", [digital().red(), older().red()], ids=lambda paper: paper.kind)
@pytest.mark.parametrize("apart", [False, True])
def test_red_invoices_are_known_by_sums_and_remarks(paper: Paper, apart: bool) -> None:
    facts = read(pdf.pdf(paper, apart=apart))
    assert found(facts) == said(paper)
    assert facts.red is True and facts.gross_fen == -127_200_00


def test_a_void_mark_is_seen_but_not_where_a_remark_speaks_of_it() -> None:
    assert read(pdf.pdf(digital(), stamp="作废")).void == "作废"
    assert read(pdf.pdf(digital(remark="本合同作废条款见附件"))).void is None


@pytest.mark.parametrize("paper", [digital(), older()], ids=lambda paper: paper.kind)
def test_a_scan_in_a_pdf_is_read_by_its_code(paper: Paper) -> None:
    facts = read(pictures.scanned_pdf(pdf.pdf(paper)))
    assert facts.number == paper.number and facts.issued_on == paper.day
    assert facts.seller is None and facts.sources["number"] == ("qr",)
    assert (facts.gross_fen, facts.net_fen) == ((127_200_00, None) if paper.digital else (None, 120_000_00))


def test_without_a_code_the_text_suffices() -> None:
    assert found(read(pdf.pdf(digital(), code=""))) == said(digital())


def test_a_list_of_goods_on_further_pages_does_no_harm() -> None:
    paper = digital()
    behind = [(10.0, 10.0, "销售货物或者提供应税劳务清单"), (10.0, 20.0, "*信息技术服务*云平台服务费")]
    facts = read(pdf.set_pages([(pdf.texts_of(paper), qr_text(paper)), (behind, "")]))
    assert found(facts) == said(paper)


@pytest.mark.parametrize("text", [True, False])
def test_two_invoices_in_one_file_are_not_silently_one(text: bool) -> None:
    pages = [
        (pdf.texts_of(one) if text else [], "" if text else qr_text(one)) for one in (digital(), digital(19))
    ]
    with pytest.raises(UnreadableError, match="多张发票"):
        read(pdf.set_pages(pages))


def test_a_pdf_without_an_invoice_is_refused_with_a_reason() -> None:
    with pytest.raises(UnreadableError, match="找不到发票号码"):
        read(pdf.set_pages([([(10.0, 10.0, "合同")], "")]))
