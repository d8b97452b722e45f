"""数电票 as XML, and the XML of older invoices."""

from __future__ import annotations

import pytest

from tests.evidence.papers.einvoice import xml
from tests.evidence.papers.invoice import ORDINARY, SPECIAL, Line, digital, older
from tests.evidence.papers.ofd import original_invoice
from tests.evidence.reading.holding import FIELDS, found, read, said
from yunquan.evidence.reading.unreadable import UnreadableError


@pytest.mark.parametrize("kind", [SPECIAL, ORDINARY])
def test_every_field_is_read_and_says_that_it_stood_in_the_xml(kind: str) -> None:
    paper = digital(kind=kind)
    facts = read(xml(paper))
    assert found(facts) == said(paper)
    assert facts.code is None and facts.red is False and facts.void is None and facts.conflicts == ()
    assert {facts.sources[name] for name in FIELDS} == {("xml",)}
    assert [(line.name, line.net_fen, line.tax_fen, line.rate) for line in facts.lines] == [
        (line.name, line.net_fen, line.tax_fen, line.rate) for line in paper.lines
    ]


def test_the_total_is_never_the_sum_of_a_line() -> None:
    """TotaltaxIncludedAmount of a line differs by a hyphen and a capital only."""
    paper = digital(lines=(Line("一", 100_00, 6_00), Line("二", 200_00, 12_00)))
    text = xml(paper).decode()
    assert text.count("<TotaltaxIncludedAmount>") == 2
    assert read(xml(paper)).gross_fen == 318_00
    without = text.replace("<TotalTax-includedAmount>318.00</TotalTax-includedAmount>", "")
    facts = read(without.encode())
    assert facts.gross_fen is None and "gross_fen" not in facts.sources


def test_a_red_invoice_has_negative_sums() -> None:
    paper = digital().red()
    facts = read(xml(paper))
    assert facts.red is True
    assert (facts.net_fen, facts.tax_fen, facts.gross_fen) == (-120_000_00, -7_200_00, -127_200_00)


@pytest.mark.parametrize("encoding", ["UTF-8", "GBK", "GB2312", "GB18030", "UTF-16"])
def test_encodings_that_chinese_programs_write_are_read(encoding: str) -> None:
    paper = digital(seller="虚构㙍镕（测试）有限公司")
    assert read(xml(paper, encoding=encoding)).seller == paper.seller


def test_namespaces_and_a_byte_order_mark_change_nothing() -> None:
    paper = digital()
    text = xml(paper).decode().replace("<EInvoice>", '<EInvoice xmlns="urn:x">')
    assert found(read(b"\xef\xbb\xbf" + text.encode())) == said(paper)


def test_the_older_schema_is_read_too() -> None:
    paper = older()
    facts = read(original_invoice(paper).encode())
    assert {**found(facts), "kind": paper.kind} == said(paper)
    assert facts.code == paper.code and facts.check_code == paper.check_code and len(facts.lines) == 2


def test_sums_that_do_not_add_up_are_a_conflict() -> None:
    facts = read(xml(digital()).replace(b">127200.00<", b">127300.00<", 1))
    assert [conflict.as_json() for conflict in facts.conflicts] == [
        {"field": "gross_fen", "values": {"xml": 127_300_00, "sum": 127_200_00}}
    ]


@pytest.mark.parametrize(
    ("before", "after", "reason"),
    [
        ("<EInvoice>", "<!DOCTYPE x><EInvoice>", "文档类型"),
        ("</EInvoice>", "", "不完整"),
        (">127200.00<", ">1e9<", "不是金额"),
        ("EInvoice>", "Other>", "不是电子发票"),
        ("UTF-8", "rot13", "文字编码"),
    ],
)
def test_what_is_wrong_is_named(before: str, after: str, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        read(xml(digital()).decode().replace(before, after).encode())


def test_two_invoices_in_one_file_are_not_silently_one() -> None:
    body = xml(digital()).decode().split("?>", 1)[1]
    with pytest.raises(UnreadableError, match="多张发票"):
        read(f'<?xml version="1.0"?><r>{body}{body}</r>'.encode())
