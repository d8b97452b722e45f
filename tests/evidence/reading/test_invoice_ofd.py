"""Invoices as OFD, 数电票 and older ones."""

from __future__ import annotations

import pytest

from tests.evidence.papers import ofd
from tests.evidence.papers.invoice import ORDINARY, digital, older
from tests.evidence.reading.holding import found, read, said
from yunquan.evidence.reading.unreadable import UnreadableError


def test_a_digital_invoice_is_read_from_tags_text_and_code() -> None:
    paper = digital(kind=ORDINARY)
    facts = read(ofd.digital_ofd(paper))
    assert found(facts) == said(paper) and facts.conflicts == ()
    assert facts.sources["seller"] == ("ofd", "text")
    assert facts.sources["gross_fen"] == ("ofd", "text", "qr")
    place = facts.places["gross_fen"]
    assert place.page == 1 and place.box is not None and place.box[0] < place.box[2] <= 1000


def test_the_xml_among_the_attachments_is_trusted_first() -> None:
    paper = digital()
    facts = read(ofd.digital_ofd(paper, own_xml=True))
    assert found(facts) == said(paper)
    assert facts.sources["number"] == ("xml", "ofd", "text", "qr")


def test_an_older_invoice_has_code_and_check_code() -> None:
    paper = older()
    facts = read(ofd.older_ofd(paper))
    assert found(facts) == said(paper) and facts.conflicts == ()
    assert (facts.code, facts.check_code) == (paper.code, paper.check_code)
    # The QR code of older invoices holds the sum without the tax.
    assert facts.sources["net_fen"] == ("ofd", "text", "qr")
    assert facts.sources["gross_fen"] == ("ofd", "text")
    assert len(facts.lines) == 2


@pytest.mark.parametrize("paper", [digital().red(), older().red()])
def test_red_invoices_are_known(paper) -> None:  # type: ignore[no-untyped-def]
    facts = read((ofd.digital_ofd if paper.digital else ofd.older_ofd)(paper))
    assert facts.red is True and facts.gross_fen == paper.gross_fen < 0


def test_a_page_that_says_another_sum_than_the_attachment_is_a_conflict() -> None:
    parts = ofd.older_parts(older())
    page = "Doc_0/Pages/Page_0/Content.xml"
    changed = ofd.package({**parts, page: str(parts[page]).replace("¥127200.00", "¥927200.00")})
    conflicts = {conflict.field: dict(conflict.values) for conflict in read(changed).conflicts}
    assert conflicts == {"gross_fen": {"ofd": 127_200_00, "text": 927_200_00}}


def test_a_code_of_another_invoice_is_a_conflict() -> None:
    parts = ofd.digital_parts(digital())
    other = ofd.digital_parts(digital(19))["Doc_0/Res/qr.png"]
    facts = read(ofd.package({**parts, "Doc_0/Res/qr.png": other}))
    assert [conflict.field for conflict in facts.conflicts] == ["number"]
    assert facts.number == digital().number


def test_an_ofd_without_an_invoice_is_refused_with_a_reason() -> None:
    parts, _ids = ofd.base(digital(), texts=[(10.0, 10.0, "会议通知")], qr=False)
    with pytest.raises(UnreadableError, match="找不到发票号码"):
        read(ofd.package(parts))
