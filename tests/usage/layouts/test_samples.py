"""Each producer's log, in its true layout, gives exactly these records."""

from __future__ import annotations

import pytest

from tests.usage.layouts.reading import SAMPLES, faults, lines, read
from yunquan.usage.records import SCHEMA

pytestmark = pytest.mark.clause("D47-5.12", "D47-5.13")

OPERATOR = [
    "203.0.113.5 443 198.51.100.7 443 2018-11-18T00:00:00Z 2018-11-18T00:05:00Z 1024 20480 0",
    "GZ-0000001 443 erp.example 443 2018-11-18T00:00:00.5Z 2018-11-18T00:05:00Z 10 20 0",
    "13800138000 0 erp.example 0 2018-11-18T00:00:00Z 2018-11-18T00:00:01Z 0 0 0",
    "2001:db8::1 8443 198.51.100.7 8443 2018-11-18T00:00:00Z 2018-11-18T00:00:00.123456Z 1 2 0",
]
HOSTED = [
    "203.0.113.5 0 erp.example 443 2018-11-18T00:00:00Z 2018-11-18T00:00:00Z 0 1200 0",
    "203.0.113.6 0 erp.example 8443 2018-11-18T09:30:00Z 2018-11-18T09:30:00Z 0 0 0",
]
FLOW = "203.0.113.5 52000 172.16.0.8 443 2018-11-18T00:00:00Z 2018-11-18T00:00:59Z 3400 0 6"
TENCENT = "203.0.113.5 52000 10.10.0.8 443 2018-11-18T00:00:00Z 2018-11-18T00:00:59Z 3400 0 6"
ZEEK = [
    "203.0.113.5 52000 198.51.100.7 443 2018-11-18T00:00:00.123456Z 2018-11-18T00:00:01.623456Z 1024 20480 6",
    "2001:db8::5 5000 2001:db8::7 5683 2018-11-18T00:00:03.5Z 2018-11-18T00:00:03.5Z 0 0 17",
]
EXPECTED: list[tuple[str, str, int, list[str]]] = [
    ("operator.csv", "operator-csv", 0, OPERATOR),
    ("operator.jsonl", "operator-jsonl", 0, OPERATOR),
    ("application.csv", "application-csv", 0, [
        "203.0.113.5 0 cloud.example 0 2018-11-18T00:00:00Z 2018-11-18T00:00:00Z 0 0 0",
        "2001:db8::9 0 cloud.example 0 2018-11-18T01:30:00Z 2018-11-18T01:30:00Z 0 0 0"]),
    ("application-host.csv", "application-csv", 0, HOSTED),
    ("application.jsonl", "application-jsonl", 0, HOSTED),
    ("aws-vpc-v2.log", "aws-vpc", 3, [
        "203.0.113.5 20641 10.0.0.20 443 2018-11-18T00:00:00Z 2018-11-18T00:01:00Z 4249 0 6",
        "10.0.0.20 443 203.0.113.5 20641 2018-11-18T00:00:00Z 2018-11-18T00:01:00Z 64000 0 6",
        "2001:db8:1234:a100:8d6e:3477:df66:f105 34892 2001:db8:1234:a102:3304:8879:34cf:4071 443 "
        "2018-11-18T00:00:00Z 2018-11-18T00:01:00Z 8855 0 6"]),
    ("aws-vpc-v5.log", "aws-vpc", 1, [
        "203.0.113.5 43416 10.0.0.62 5001 2018-11-18T00:00:00Z 2018-11-18T00:00:33Z 568 0 6",
        "10.0.0.62 5001 203.0.113.5 43416 2018-11-18T00:00:00Z 2018-11-18T00:00:33Z 376 0 6"]),
    ("aliyun-vpc.jsonl", "aliyun-vpc-jsonl", 2, [FLOW]),
    ("aliyun-vpc.csv", "aliyun-vpc-csv", 1, [FLOW]),
    # With its header the log of a network interface is to the letter the one of AWS.
    ("tencent-vpc.log", "aws-vpc", 2, [TENCENT]),
    ("tencent-ccn.log", "tencent-vpc", 0, [
        TENCENT, "203.0.113.5 0 10.10.0.8 0 2018-11-18T00:00:00Z 2018-11-18T00:00:59Z 168 0 1"]),
    ("tencent-vpc.jsonl", "tencent-vpc-jsonl", 1, [TENCENT]),
    ("nfdump-1.7.1.csv", "nfdump-csv", 0, [
        "2001:db8::1 5000 2001:db8::2 53 2018-11-18T00:05:00Z 2018-11-18T00:05:00Z 70 0 17",
        "203.0.113.1 40015 198.51.100.7 443 2018-11-18T00:02:30Z 2018-11-18T00:02:31Z 760 0 6"]),
    ("nfdump-1.7.6.csv", "nfdump-csv", 0, [
        "203.0.113.1 40015 198.51.100.7 443 2018-11-18T00:02:30.25Z 2018-11-18T00:02:31.75Z 760 0 6",
        "203.0.113.9 0 198.51.100.7 0 2018-11-18T00:05:00Z 2018-11-18T00:05:00.25Z 32 0 1"]),
    ("zeek-conn.log", "zeek-conn", 2, ZEEK),
    ("zeek-conn.jsonl", "zeek-conn-jsonl", 1, ZEEK),
    ("nginx-combined.log", "nginx", 2, [
        "203.0.113.5 0 cloud.example 0 2018-11-18T00:00:00Z 2018-11-18T00:00:00Z 0 5120 0",
        "203.0.113.5 0 cloud.example 0 2018-11-18T00:00:01Z 2018-11-18T00:00:01Z 0 0 0",
        "2001:db8::5 0 cloud.example 0 2018-11-18T00:00:04Z 2018-11-18T00:00:04Z 0 0 0"]),
    ("nginx-host.log", "nginx", 0, [
        "203.0.113.5 0 erp.example 443 2018-11-18T00:00:00Z 2018-11-18T00:00:00Z 0 5120 0",
        "203.0.113.6 0 crm.example 0 2018-11-18T00:00:00Z 2018-11-18T00:00:00Z 0 64 0"]),
    ("nginx-extra.log", "nginx", 0, [
        "203.0.113.5 0 cloud.example 0 2018-11-18T00:00:00Z 2018-11-18T00:00:00Z 0 5120 0",
        "203.0.113.6 0 cloud.example 0 2018-11-18T00:00:01Z 2018-11-18T00:00:01Z 0 0 0"]),
    ("iis.log", "iis", 1, [
        "203.0.113.5 0 198.51.100.7 443 2018-11-18T00:00:01Z 2018-11-18T00:00:01Z 0 0 0",
        "2001:db8::5 0 erp.example 443 2018-11-18T01:00:01Z 2018-11-18T01:00:01Z 800 5120 0",
        "203.0.113.7 0 198.51.100.7 443 2018-11-18T01:00:02Z 2018-11-18T01:00:02Z 700 90 0"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "layout", "skipped", "expected"), EXPECTED, ids=[row[0] for row in EXPECTED]
)
def test_a_log_in_its_producers_layout_gives_these_records(name, layout, skipped, expected):
    content = (SAMPLES / name).read_bytes()
    for block in (1 << 30, 400, 1):
        found, parsed = read(content, block=block, cloud="cloud.example")
        assert found.id == layout
        assert faults(parsed) == []
        assert lines(parsed) == expected
        assert parsed.skipped == skipped


@pytest.mark.parametrize("name", [row[0] for row in EXPECTED])
def test_line_ends_of_windows_and_a_missing_last_one_change_nothing(name):
    content = (SAMPLES / name).read_bytes()
    whole = read(content, cloud="cloud.example")[1]
    for other in (content.replace(b"\n", b"\r\n"), content.rstrip(b"\n")):
        parsed = read(other, cloud="cloud.example")[1]
        assert parsed.frame.equals(whole.frame)
        assert (parsed.bad, parsed.skipped) == (whole.bad, whole.skipped)


def test_columns_may_stand_in_any_order_and_records_stay_equal_in_every_field():
    content = (SAMPLES / "application-host.csv").read_text().splitlines()
    rows = [line.split(",") for line in content]
    turned = "\n".join(",".join(reversed(row)) for row in rows) + "\n"
    assert read("\n".join(content) + "\n")[1].frame.equals(read(turned)[1].frame)


def test_what_is_not_kept_still_tells_records_apart():
    head = "user,time,ip,action,host\n"
    row = "zhang,2018-11-18T08:00:00+08:00,203.0.113.5,{},erp.example\n"
    frame = read(head + row.format("login") + row.format("login") + row.format("query"))[1].frame
    rest = frame["rest"].to_list()
    assert rest[0] == rest[1] != rest[2]
    assert len(set(frame.select([name for name in SCHEMA if name != "rest"]).rows())) == 1
    # An operator's record keeps its every field, so that nothing is hashed beside it.
    assert set(read((SAMPLES / "operator.csv").read_bytes())[1].frame["rest"]) == {0}


def test_a_users_name_is_kept_as_a_hash_alone():
    frame = read((SAMPLES / "application-host.csv").read_bytes())[1].frame
    assert len(set(frame["user"])) == 2 and 0 not in set(frame["user"])
    assert "zhang" not in str(frame.rows())
    # The same name in another log is the same user.
    assert (
        frame["user"].to_list()
        == read((SAMPLES / "application.jsonl").read_bytes())[1].frame["user"].to_list()
    )


def test_files_put_together_may_repeat_their_header():
    content = (SAMPLES / "operator.csv").read_text()
    parsed = read(content + content)[1]
    assert parsed.frame.height == 8 and parsed.bad_count == 0


def test_a_zone_may_be_given_for_logs_that_write_local_times():
    content = (SAMPLES / "nfdump-1.7.6.csv").read_bytes()
    assert "2018-11-18T08:02:30.25Z" in lines(read(content, zone="UTC")[1])[0]
