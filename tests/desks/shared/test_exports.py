"""A list that a page draws by hand as a file: the page's rows, its filters, nothing that a spreadsheet would run."""

from __future__ import annotations

import io
from datetime import date
from types import SimpleNamespace
from typing import Any

from django.test import RequestFactory
from python_calamine import CalamineWorkbook

from yunquan.desks.shared import exports

FIRMS = exports.Listing(
    "单位",
    ("名称", "row.name"),
    ("金额（元）", "row.fen", "money"),
    ("自", "row.of.on", "date"),
    ("状态", "state"),
    key="firms",
)
OTHERS = exports.Listing("其他", ("名称", "name"), key="others")
ROWS = [
    {
        "row": SimpleNamespace(name="=1+1", fen=1_234_56, of=SimpleNamespace(on=date(2019, 6, 3))),
        "state": "在建",
    },
    {"row": SimpleNamespace(name="虚构五金", fen=None, of=None), "state": lambda: "算出来的"},
]


def asked(query: str) -> Any:
    return RequestFactory().get(f"/place/?{query}")


def test_the_links_keep_what_was_filtered_and_leave_out_the_page() -> None:
    links = FIRMS.files(asked("city=441900&q=五金&page=3&list=others&format=csv"))
    assert [one["url"] for one in links] == [
        f"/place/?city=441900&q=%E4%BA%94%E9%87%91&list=firms&format={kind}" for kind in exports.KINDS
    ]


def test_the_file_has_every_row_by_its_paths_and_no_formula() -> None:
    answer = FIRMS.asked(asked("format=xlsx&list=firms"), ROWS)
    with answer.file_to_stream:
        book = CalamineWorkbook.from_filelike(io.BytesIO(b"".join(answer.streaming_content)))
    # A cell of text, which no spreadsheet runs; in CSV it is marked as such.
    rows = book.get_sheet_by_index(0).to_python()
    assert rows[-2:] == [["=1+1", 1234.56, date(2019, 6, 3), "在建"], ["虚构五金", "", "", "算出来的"]]
    answer = FIRMS.asked(asked("format=csv&list=firms"), ROWS)
    told = b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()
    assert told[-2:] == ["'=1+1,1234.56,2019-06-03,在建", "虚构五金,,,算出来的"]


def test_only_the_list_that_was_asked_for_answers() -> None:
    for query in ("", "format=pdf&list=firms", "format=csv", "format=csv&list=others"):
        assert FIRMS.asked(asked(query), ROWS) is None
    both = ((FIRMS, ROWS), (OTHERS, []))
    assert exports.first_asked(asked("list=firms"), *both) is None
    assert (
        "%E5%85%B6%E4%BB%96"
        in exports.first_asked(asked("format=csv&list=others"), *both).headers["Content-Disposition"]
    )


def test_a_file_takes_more_than_the_page_shows() -> None:
    assert exports.most(asked("q=x"), 200) == 200
    assert exports.most(asked("format=xlsx"), 200) == exports.MOST_ROWS
