"""A red invoice names the blue one that it reverses; every form of invoice says so in its remark (D47-5.14)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.evidence.papers import lists, ofd, pdf
from tests.evidence.papers.einvoice import xml
from tests.evidence.papers.invoice import Paper, digital, older
from tests.evidence.papers.ofd import original_invoice
from tests.evidence.reading.holding import read
from yunquan.evidence.keys import invoice_key
from yunquan.evidence.reading.facts import InvoiceFacts
from yunquan.evidence.reading.invoices.lists import read_list
from yunquan.evidence.reading.invoices.merge import reversed_key

FORMS: list[tuple[str, Paper, Callable[[Paper], bytes]]] = [
    ("xml", digital(), xml),
    ("older xml", older(), lambda paper: original_invoice(paper).encode()),
    ("pdf", digital(), pdf.pdf),
    ("older pdf", older(), pdf.pdf),
    ("ofd", digital(), ofd.digital_ofd),
    ("older ofd", older(), ofd.older_ofd),
]


@pytest.mark.clause("D47-5.14")
@pytest.mark.parametrize(("form", "blue", "written"), FORMS, ids=[form for form, *_ in FORMS])
def test_a_red_invoice_names_the_blue_one(form: str, blue: Paper, written: Callable[[Paper], Any]) -> None:
    facts = read(written(blue.red()))
    assert facts.red is True and facts.reverses == invoice_key(blue.code, blue.number)
    assert InvoiceFacts.from_json(facts.as_json()) == facts
    assert read(written(blue)).reverses is None


@pytest.mark.clause("D47-5.14")
def test_a_list_names_it_in_its_column_of_remarks() -> None:
    blue = older()
    rows = read_list(lists.xlsx([lists.row_of(1, blue), lists.row_of(2, blue.red())]))
    assert [facts.reverses for _, facts, _ in rows if facts] == [None, invoice_key(blue.code, blue.number)]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "发票号码：24442000000123456789",
        "被红冲蓝字数电票号码：2444200000012345678",
        "被红冲蓝字数电票号码：244420000001234567890",
        "对应正数发票代码:044001900111号码:123456789",
        "对应正数发票代码:04400190011号码:12345678",
    ],
)
def test_what_names_no_whole_number_names_nothing(text: str) -> None:
    assert reversed_key(text) is None
