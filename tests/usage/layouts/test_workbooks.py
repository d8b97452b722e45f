"""Our own tables as workbooks."""

from __future__ import annotations

from datetime import datetime

import pytest
import xlsxwriter

from tests.usage.layouts.reading import faults, lines, whole
from yunquan.usage.layouts import LayoutUnknown, detect


def workbook(path, rows):
    book = xlsxwriter.Workbook(str(path), {"default_date_format": "yyyy-mm-dd hh:mm:ss"})
    sheet = book.add_worksheet()
    for place, row in enumerate(rows):
        for column, cell in enumerate(row):
            sheet.write(place, column, cell)
    book.close()
    return path


OPERATOR = ["client", "cloud", "port", "start", "end", "bytes_up", "bytes_down"]


def test_an_operators_table(tmp_path):
    eight = datetime(2018, 11, 18, 8)
    path = workbook(tmp_path / "a.xlsx", [
        [], OPERATOR,
        ["203.0.113.5", "198.51.100.7", 443, "2018-11-18T08:00:00+08:00", "2018-11-18T08:05:00Z", 10, 20],
        [13800138000, "erp.example", "", eight, eight.replace(minute=5), 2**40, 0],
        ["203.0.113.5", "198.51.100.7", 443, "2018-11-18T08:00:00", "", 10, 20],
        [],
        ["203.0.113.5", "198.51.100.7", 70000, "2018-11-18T08:00:00Z"],
    ])  # fmt: skip
    layout = detect(path.read_bytes()[: 64 * 1024], "a.xlsx")
    assert (layout.id, layout.kind) == ("xlsx", "table")
    parsed = whole(path, layout)
    assert lines(parsed) == [
        "203.0.113.5 443 198.51.100.7 443 2018-11-18T00:00:00Z 2018-11-18T08:05:00Z 10 20 0",
        # A cell that is a date has no offset: the zone of the load counts.
        f"13800138000 0 erp.example 0 2018-11-18T00:00:00Z 2018-11-18T00:05:00Z {2**40} 0 0",
    ]
    assert faults(parsed) == [(5, "start"), (7, "port")]


def test_an_application_log(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [
        ["用户", "时间", "登录IP", "操作", "主机"],
        ["zhang", datetime(2018, 11, 18, 8), "203.0.113.5", "登录", "erp.example"],
    ])  # fmt: skip
    parsed = whole(path, detect(path.read_bytes(), "a.xlsx"), zone="UTC")
    assert lines(parsed) == ["203.0.113.5 0 erp.example 0 2018-11-18T08:00:00Z 2018-11-18T08:00:00Z 0 0 0"]
    assert parsed.frame["user"][0] != 0 and parsed.frame["rest"][0] != 0


def test_a_workbook_that_is_none_of_ours_or_broken_is_refused(tmp_path):
    path = workbook(tmp_path / "a.xlsx", [["a", "b"], [1, 2]])
    layout = detect(path.read_bytes(), "a.xlsx")
    with pytest.raises(LayoutUnknown, match="表头"):
        whole(path, layout)
    with pytest.raises(LayoutUnknown, match="空的"):
        whole(workbook(tmp_path / "b.xlsx", []), layout)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(LayoutUnknown, match="XLSX"):
        whole(path, layout)
