"""Scans and photographs through the QR code, in both of its layouts."""

from __future__ import annotations

import pytest
from PIL import Image

from tests.evidence.papers import pdf, pictures
from tests.evidence.papers.invoice import OLDER_SPECIAL, ORDINARY, Paper, digital, older, qr_text
from tests.evidence.reading.holding import read
from yunquan.evidence.reading.invoices import qr
from yunquan.evidence.reading.unreadable import UnreadableError

PAPERS = [
    digital(),
    digital(kind=ORDINARY),
    older(),
    older(kind=OLDER_SPECIAL),
    digital().red(),
    older().red(),
]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: f"{paper.kind}{paper.gross_fen}")
def test_a_code_alone_gives_what_it_holds_and_nothing_else(paper: Paper) -> None:
    facts = read(pictures.qr_png(paper))
    assert (facts.kind, facts.number, facts.issued_on) == (paper.kind, paper.number, paper.day)
    assert (facts.code or "", facts.check_code or "") == (paper.code, paper.check_code)
    sums = (None, None, paper.gross_fen) if paper.digital else (paper.net_fen, None, None)
    assert (facts.net_fen, facts.tax_fen, facts.gross_fen) == sums
    assert facts.red is (paper.gross_fen < 0)
    assert facts.seller is None and set(facts.sources.values()) == {("qr",)}


@pytest.mark.parametrize("turned", [0.0, 4.0, 90.0, 183.0])
@pytest.mark.parametrize("paper", [digital(), older()], ids=lambda paper: paper.kind)
def test_a_photograph_of_the_page_is_read_however_it_lies(paper: Paper, turned: float) -> None:
    facts = read(pictures.photograph(pdf.pdf(paper), turned=turned))
    assert facts.number == paper.number and facts.issued_on == paper.day


def test_a_large_photograph_is_read_in_bearable_size() -> None:
    page = pictures.scan(pdf.pdf(digital()), dots=600)
    assert page.width * page.height > 16_000_000
    assert read(pictures.as_bytes(page, "JPEG", quality=70)).number == digital().number


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.invalid/",
        "01,32,,123,1.00,20260901,,",
        "02,32,,26440000000000000018,1.00,20260901,,",
        "01,10",
    ],
)
def test_other_codes_are_no_invoice(text: str) -> None:
    assert qr.parse(text) is None


def test_what_a_code_writes_badly_stays_unknown() -> None:
    said = qr.parse("01,32,,26440000000000000018,=1+1,20269999,,")
    assert said is not None and said.values["gross_fen"] is None and said.values["issued_on"] is None
    assert said.red is None


def test_a_picture_without_a_code_says_what_to_do() -> None:
    with pytest.raises(UnreadableError, match="没有找到发票的二维码"):
        read(pictures.as_bytes(Image.new("L", (300, 300), 255)))


def test_two_invoices_in_one_picture_are_not_silently_one() -> None:
    both = Image.new("L", (900, 450), 255)
    both.paste(pictures.qr_image(qr_text(digital())), (0, 0))
    both.paste(pictures.qr_image(qr_text(digital(19))), (450, 0))
    with pytest.raises(UnreadableError, match="多张发票"):
        read(pictures.as_bytes(both))
