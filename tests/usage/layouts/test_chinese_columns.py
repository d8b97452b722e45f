"""Operators' exports with Chinese column names, as CSV, JSON lines and workbook, give the same records."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest

from tests.usage.layouts.reading import faults, lines, read, whole
from tests.usage.layouts.test_workbooks import workbook
from yunquan.usage.layouts import LayoutUnknown, Options, detect
from yunquan.usage.store import Store

pytestmark = pytest.mark.clause("D47-5.13")
HEAD = ["客户端地址", "云端地址", "端口", "开始时间", "结束时间", "上行字节", "下行字节"]
ROWS = [
    ["203.0.113.5", "198.51.100.7", "443", "2018-11-18T08:00:00+08:00", "2018-11-18T08:05:00+08:00", "1024", "20480"],
    ["GZ-0000001", "ERP.example", "443", "2018-11-18T08:00:00+08:00", "2018-11-18T08:05:00+08:00", "10", "20"],
]  # fmt: skip
EXPECTED = [
    "203.0.113.5 443 198.51.100.7 443 2018-11-18T00:00:00Z 2018-11-18T00:05:00Z 1024 20480 0",
    "GZ-0000001 443 erp.example 443 2018-11-18T00:00:00Z 2018-11-18T00:05:00Z 10 20 0",
]


def csv_of(head: list[str], rows: list[list[str]]) -> str:
    return "\n".join(",".join(row) for row in [head, *rows]) + "\n"


def test_csv_and_json_lines_with_chinese_names():
    layout, parsed = read(csv_of(HEAD, ROWS))
    assert (layout.id, layout.source, faults(parsed)) == ("operator-chinese-csv", "operator", [])
    assert lines(parsed) == EXPECTED
    text = "\n".join(json.dumps(dict(zip(HEAD, row, strict=True)), ensure_ascii=False) for row in ROWS)
    layout, parsed = read(text + "\n")
    assert layout.id == "operator-chinese-jsonl" and lines(parsed) == EXPECTED


@pytest.mark.parametrize(
    "head",
    [
        ["宽带账号", "目的地址", "目的端口", "起始时间", "终止时间", "上行流量（字节）", "下行流量（字节）"],
        ["用户端", "公有云地址", "云端端口", "连接开始时间", "连接结束时间", "上行字节数", "下行字节数"],
    ],
)
def test_other_usual_names_and_further_columns(head):
    layout, parsed = read(csv_of([*head, "备注"], [[*row, "专线"] for row in ROWS]))
    assert layout.id == "operator-chinese-csv" and lines(parsed) == EXPECTED


def test_a_workbook_with_chinese_names(tmp_path: Path):
    rows = []
    for row in ROWS:
        moments = [datetime.fromisoformat(text).replace(tzinfo=None) for text in row[3:5]]
        rows.append([*row[:2], int(row[2]), *moments, int(row[5]), int(row[6])])
    path = workbook(tmp_path / "运营商.xlsx", [HEAD, *rows])
    parsed = whole(path, detect(path.read_bytes()[:65536], path.name))
    assert lines(parsed) == EXPECTED and faults(parsed) == []


def test_a_file_in_gbk_is_loaded_and_a_time_without_offset_is_set_apart(tmp_path: Path):
    path = tmp_path / "运营商.csv"
    wrong = [*ROWS[0][:3], "2018-11-18 08:00:00", *ROWS[0][4:]]
    path.write_bytes(csv_of(HEAD, [*ROWS, wrong]).encode("gbk"))
    store = Store(tmp_path / "store")
    now = datetime.fromisoformat("2019-06-17T00:00:00+00:00")
    loaded = store.load(path, source="operator", options=Options(now=now))
    assert (loaded.layout, loaded.records, loaded.bad) == ("operator-chinese-csv", 2, 1)
    bad = store.bad_lines(loaded.sha256)
    assert bad is not None and "4,开始时间," in bad.read_text(encoding="utf-8-sig")


def test_what_lacks_a_column_is_not_taken_for_it():
    with pytest.raises(LayoutUnknown) as unknown:
        detect(csv_of(HEAD[:-1], [row[:-1] for row in ROWS]).encode(), "x.csv")
    assert "下行" in unknown.value.reason + unknown.value.expected
