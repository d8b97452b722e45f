"""A list of many invoices as XLSX."""

from __future__ import annotations

import pytest

from tests.evidence.papers import lists
from tests.evidence.papers.invoice import digital, older
from tests.evidence.reading.holding import found, said
from yunquan.evidence.reading.invoices.lists import read_list
from yunquan.evidence.reading.unreadable import UnreadableError


def test_each_row_of_the_platforms_export_is_an_invoice() -> None:
    papers = [digital(), older(), digital().red()]
    rows = read_list(
        lists.xlsx([lists.row_of(n, paper) for n, paper in enumerate(papers, 1)], title="全量发票查询")
    )
    assert [row for row, _facts, _reason in rows] == [3, 4, 5]
    for paper, (_row, facts, reason) in zip(papers, rows, strict=True):
        assert reason is None and facts is not None
        assert found(facts) == said(paper)
        assert facts.code == (paper.code or None) and facts.red is (paper.gross_fen < 0)
        assert set(facts.sources.values()) == {("typed",)}


def test_a_state_against_the_invoice_is_kept() -> None:
    states = ("正常", "已作废", "已红冲-全额")
    rows = read_list(lists.xlsx([lists.row_of(1, digital(), state=state) for state in states]))
    assert [facts.void for _row, facts, _reason in rows if facts] == [None, "作废", "已红冲"]


def test_a_clerks_own_headings_do() -> None:
    content = lists.xlsx(
        [["00000018", "044001900111", "2019/5/6", 1200, 72, 1272]],
        headings=("发票号码", "发票代码", "开票日期", "金额（元）", "税额", "价税合计"),
    )
    ((_row, facts, _reason),) = read_list(content)
    assert facts is not None and facts.number == "00000018" and facts.gross_fen == 1272_00
    assert (
        facts.seller is None and facts.issued_on is not None and facts.issued_on.isoformat() == "2019-05-06"
    )


def test_a_bad_row_has_its_reason_and_the_others_are_read() -> None:
    rows = [lists.row_of(n, digital(n)) for n in range(1, 6)]
    rows[0][3] = 2.644e19
    rows[1][9] = "一百"
    rows[2][8] = "昨天"
    rows[3][3] = "1234"
    reasons = [reason or "" for _row, _facts, reason in read_list(lists.xlsx(rows))]
    assert "失真" in reasons[0] and "不是金额" in reasons[1] and "不是日期" in reasons[2]
    assert "8 位或 20 位" in reasons[3] and reasons[4] == ""


def test_a_line_of_sums_at_the_foot_is_no_invoice() -> None:
    foot = ["合计", *[""] * 8, "1", "1", "2"]
    assert len(read_list(lists.xlsx([lists.row_of(1, digital()), foot]))) == 1


def test_a_table_of_something_else_is_refused() -> None:
    with pytest.raises(UnreadableError, match="没有发票清单"):
        read_list(lists.xlsx([["甲", "乙"]], headings=("姓名", "电话")))
