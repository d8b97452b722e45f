"""A bad line is set apart with its number, its column, the reason and what was expected; the others count."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from tests.usage.layouts.reading import SAMPLES, faults, lines, read
from yunquan.usage.layouts import LayoutUnknown, detect, header_of, layout

HEAD = "client,cloud,port,start,end,bytes_up,bytes_down\n"
GOOD = [
    "203.0.113.5",
    "198.51.100.7",
    "443",
    "2018-11-18T08:00:00+08:00",
    "2018-11-18T08:05:00+08:00",
    "10",
    "20",
]
COLUMNS = HEAD.strip().split(",")
ISO = "ISO 8601"

FAULTS = [
    ("client", "", "没有值", "地址、账号"),
    ("client", "203.0.113.256", "像 IP 地址，但写法不对", "IPv4"),
    ("client", "203.0.113.05", "像 IP 地址，但写法不对", "数字前不带 0"),
    ("client", "203.0.113", "像 IP 地址", "IPv4"),
    ("client", "2001:db8:::1", "像 IP 地址", "IPv6"),
    ("client", "fe80::1%eth0", "像 IP 地址", "IPv6"),
    ("client", "203.0.113.0/24", "像 IP 地址", "IPv4"),
    ("client", "a\x07b", "控制字符", "253"),
    ("cloud", "x" * 254, "名称过长", "253"),
    ("port", "65536", "端口 65536 超出范围", "0 到 65535"),
    ("port", "-1", "超出范围", "0 到 65535"),
    ("port", "https", "不是整数", "0 到 65535"),
    ("start", "", "没有时间", "开始时间"),
    ("start", "2018-11-18T08:00:00", "时间没有时区", ISO),
    ("start", "2018-11-18", "不是时间", ISO),
    ("start", "1542499200000", "毫秒", ISO),
    ("start", "1542499200", "秒数", ISO),
    ("start", "2018-02-29T08:00:00Z", "日期或时刻不存在", "真实"),
    ("start", "2018-11-18T24:00:00Z", "日期或时刻不存在", "真实"),
    ("start", "2018-11-18T08:00:00.1234567Z", "不是时间", ISO),
    ("start", "2018-11-18T08:00:00+24:00", "时区", "+08:00"),
    ("start", "2019-06-18T08:00:00Z", "开始时间在将来", "已经发生"),
    ("start", "9999-11-18T08:00:00Z", "开始时间在将来", "已经发生"),
    ("start", "2009-12-31T23:59:59Z", "开始时间太早", "2010"),
    ("end", "2018-11-18T07:59:59+08:00", "结束早于开始", "不早于"),
    ("end", "2018-11-18T08:05:00", "时间没有时区", ISO),
    ("bytes_up", "-1", "流量 -1 是负数", "不小于 0"),
    ("bytes_down", "1.5", "不是整数", "不小于 0"),
    ("bytes_down", "9223372036854775808", "太大", "不小于 0"),
]


@pytest.mark.parametrize(("column", "value", "reason", "expected"), FAULTS)
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_bad_value_is_named_with_line_and_column(form, column, value, reason, expected):
    row = [value if name == column else kept for name, kept in zip(COLUMNS, GOOD, strict=True)]
    if form == "csv":
        content, line = HEAD + "\n".join(",".join(each) for each in (GOOD, row, GOOD)) + "\n", 3
    else:
        objects = [dict(zip(COLUMNS, each, strict=True)) for each in (GOOD, row, GOOD)]
        content, line = "\n".join(json.dumps(each) for each in objects), 2
    parsed = read(content)[1]
    assert parsed.frame.height == 2
    assert faults(parsed) == [(line, column)]
    assert reason in parsed.bad[0].reason and expected in parsed.bad[0].expected
    assert parsed.bad[0].text.startswith(content.splitlines()[line - 1][:100])


def test_values_that_are_no_fault():
    row = list(GOOD)
    content = HEAD
    for place, value in ((2, ""), (2, "0"), (4, ""), (5, ""), (5, "9223372036854775807"), (0, " 203.0.113.5 "),
                         (0, "aa:bb:cc:dd:ee:ff"), (0, "设备-7")):  # fmt: skip
        content += ",".join([*row[:place], value, *row[place + 1 :]]) + "\n"
    parsed = read(content)[1]
    assert (parsed.frame.height, parsed.bad_count) == (8, 0)
    assert [line.split()[0] for line in lines(parsed)][-3:] == ["203.0.113.5", "aa:bb:cc:dd:ee:ff", "设备-7"]


def test_ragged_blank_and_broken_lines_are_told_by_their_number():
    good = ",".join(GOOD)
    content = "\n".join([HEAD.strip(), good, "", good + ",1", "   ", '"x' + good, good, "1,2,3", good, ""])
    parsed = read(content)[1]
    assert parsed.frame.height == 3
    assert [line.line for line in parsed.bad] == [4, 6, 8]
    assert parsed.bad[0].reason == "有 8 列" and parsed.bad[0].expected == "7 列"
    assert "引号" in parsed.bad[1].reason


def test_a_short_line_and_a_long_one_do_not_make_up_for_each_other():
    good = ",".join(GOOD)
    content = HEAD + good + "\n" + good + ",1\n" + good.rpartition(",")[0] + "\n"
    assert faults(read(content)[1]) == [(3, ""), (4, "")]


def test_only_the_first_thousand_bad_lines_of_a_block_are_kept_and_all_are_counted():
    content = HEAD + ",".join(GOOD) + "\n" + "x,y,1,z,z,1,1\n" * 3000
    parsed = read(content)[1]
    assert parsed.bad_count == 3000 and len(parsed.bad) == 1000
    assert [line.line for line in parsed.bad] == list(range(3, 1003))


@pytest.mark.parametrize("line", [b"{", b"[1]", b"x", b'{"client":NaN}', b'{"client":"\xff"}', b'{"a":1}{"b":2}', b"null",
                                  b"[" * 3000, b'{"a":' * 3000])  # fmt: skip
def test_a_line_that_is_no_json_object_is_set_apart(line):
    good = json.dumps(dict(zip(COLUMNS, GOOD, strict=True))).encode()
    parsed = read(good + b"\n" + line + b"\n" + good + b"\n")[1]
    assert parsed.frame.height == 2 and faults(parsed) == [(2, "")]


def test_business_content_is_not_shown_with_a_bad_line():
    secret = "/salaries?name=secret"
    access = (SAMPLES / "nginx-combined.log").read_text()
    bad = access + f'203.0.113.5 - - [18/Foo/2018:08:00:00 +0800] "GET {secret} HTTP/1.1" 200 1 "-" "-"\n'
    bad += f'broken "GET {secret}\n'
    parsed = read(bad, cloud="erp.example")[1]
    assert faults(parsed) == [(6, "time_local"), (7, "")]
    assert "secret" not in str(parsed.bad)
    log = (SAMPLES / "application.csv").read_text() + f"zhang,昨天,203.0.113.5,{secret}\n"
    parsed = read(log, cloud="erp.example")[1]
    assert faults(parsed) == [(4, "时间")] and "secret" not in str(parsed.bad)


def test_a_log_without_an_end_in_the_cloud_is_refused_as_a_whole():
    for name in ("nginx-combined.log", "application.csv"):
        with pytest.raises(LayoutUnknown, match="没有应用端，请用 --cloud 指定"):
            read((SAMPLES / name).read_bytes())
    with pytest.raises(LayoutUnknown, match="--cloud"):
        read((SAMPLES / "nginx-combined.log").read_bytes(), cloud="1.2.3.400")


def test_rows_without_an_end_in_the_cloud_are_bad_or_take_the_one_that_is_given():
    content = "user,time,ip,action,host\nzhang,2018-11-18T08:00:00Z,203.0.113.5,x,\nli,2018-11-18T08:00:00Z,203.0.113.5,x,erp.example\n"
    parsed = read(content)[1]
    assert faults(parsed) == [(2, "host")] and "--cloud" in parsed.bad[0].reason
    assert [line.split()[2:4] for line in lines(read(content, cloud="[2001:db8::7]:8443")[1])] == [
        ["2001:db8::7", "8443"],
        ["erp.example", "0"],
    ]


def test_milliseconds_where_seconds_belong_are_said_so():
    content = (SAMPLES / "aws-vpc-v2.log").read_text().splitlines()[0]
    parsed = read(content.replace("1542499200", "1542499200000") + "\n" + content + "\n")[1]
    assert faults(parsed) == [(1, "start")] and "毫秒" in parsed.bad[0].reason
    zeek = (SAMPLES / "zeek-conn.log").read_text().replace("1542499200.123456", "1542499200123")
    assert "毫秒" in read(zeek)[1].bad[0].reason


def test_what_is_not_recognised_is_refused_with_what_would_be():
    for content in (b"", b"  \n", b"hello\nworld\n", b"a,b,c\n1,2,3\n", b"\x00\x01\x02", b"{}", b"1 2 3 4\n"):
        with pytest.raises(LayoutUnknown) as refused:
            detect(content, "x.csv")
        assert "operator-csv" in refused.value.expected and "nginx" in refused.value.expected
    with pytest.raises(LayoutUnknown, match="没有名为"):
        layout("nothing")
    with pytest.raises(LayoutUnknown, match="不是"):
        header_of(layout("aws-vpc"), (SAMPLES / "iis.log").read_bytes())


def test_a_head_cut_in_the_middle_of_a_line_is_recognised():
    row = json.dumps(dict(zip(COLUMNS, GOOD, strict=True)))
    assert detect(((row + "\n") * 2000).encode()[: 64 * 1024], "x").id == "operator-jsonl"
    assert detect((HEAD + ",".join(GOOD) + "\n").encode()[:120], "x").id == "operator-csv"


def test_nothing_is_in_the_future_only_because_of_its_zone():
    from tests.usage.layouts import reading

    assert datetime(2019, 6, 17, tzinfo=UTC) == reading.NOW
    row = [*GOOD[:3], "2019-06-17T08:00:00+08:00", "", "1", "1"]
    assert read(HEAD + ",".join(row) + "\n")[1].frame.height == 1
