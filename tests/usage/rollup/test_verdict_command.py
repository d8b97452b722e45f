"""`yunquan usage verdict` as a person runs it."""

from __future__ import annotations

import csv
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.usage.rollup.stage import Record, at, load
from yunquan.usage.commands import usage
from yunquan.usage.store import Store

pytestmark = pytest.mark.clause("D47-5.13", "D47-5.16")
REGISTRY = """voucher,service,end,kind,value,port
V1,8,client,ip,198.51.100.7,
V1,8,cloud,ip,203.0.113.5,443
V2,8,client,broadband,gz-0001,
V2,8,cloud,host,ERP.example.cn,
V3,10,client,mobile,+86 138 0013 8000,
V3,10,cloud,cidr,203.0.113.0/24,
"""
DAYS = 61  # October and November 2018


def used(day_count: int = 45, times: int = 4) -> list[Record]:
    return [
        Record(
            "198.51.100.7",
            "203.0.113.5",
            at("2018-10-08T09:30:00") + timedelta(days=day, minutes=7 * time),
            b_port=443,
        )
        for day in range(day_count)
        for time in range(times)
    ]


def others(days: int = DAYS) -> list[Record]:
    """Records of nobody registered, which show that the source reaches these days."""
    return [
        Record("198.51.100.250", "203.0.113.250", at("2018-10-01T12:00:00") + timedelta(days=day))
        for day in range(days)
    ]


@pytest.fixture
def run(tmp_path: Path):
    (tmp_path / "store").mkdir()
    (tmp_path / "registry.csv").write_text(REGISTRY, encoding="utf-8")

    def command(**changed: str):
        options = {
            "store": str(tmp_path / "store"),
            "registry": str(tmp_path / "registry.csv"),
            "from": "2018-10-01",
            "to": "2018-11-30",
            "out": str(tmp_path / "verdicts.csv"),
        } | changed
        given = ["verdict", *(part for name, value in options.items() for part in (f"--{name}", value))]
        return CliRunner().invoke(usage, given)

    return command


def written(tmp_path: Path) -> list[dict[str, str]]:
    with (tmp_path / "verdicts.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_what_was_used_is_done_and_what_was_not_used_is_not_done(run, tmp_path):
    load(Store(tmp_path / "store"), used() + others())
    outcome = run()
    assert outcome.exit_code == 0, outcome.output
    one, two, three = written(tmp_path)
    assert one | {"reasons": "", "signals": ""} == {
        "voucher": "V1",
        "service": "8",
        "verdict": "done",
        "active_days": "45",
        "records": "180",
        "bytes": "540",
        "clients": "1",
        "first_at": "2018-10-08T09:30:00+08:00",
        "last_at": "2018-11-21T09:51:00+08:00",
        "working_share": "0.733",
        "reasons": "",
        "signals": "",
    }
    assert "active_days 45>=20" in one["reasons"].split(";")
    assert two["verdict"] == three["verdict"] == "not_done"
    assert two["records"] == "0" and two["first_at"] == "" and two["working_share"] == "0.000"
    assert "完成 1，未完成 2，数据不足 0" in outcome.output


def test_no_data_is_never_called_not_used(run, tmp_path):
    load(Store(tmp_path / "store"), others(10))
    assert run().exit_code == 0
    assert {row["verdict"] for row in written(tmp_path)} == {"not_enough_data"}
    assert written(tmp_path)[0]["reasons"].startswith("covered_days 10/61;")


def test_a_store_without_anything_says_not_enough_data(run, tmp_path):
    assert run().exit_code == 0
    assert {row["verdict"] for row in written(tmp_path)} == {"not_enough_data"}


def test_a_second_run_writes_the_same_bytes_and_evaluates_nothing(run, tmp_path):
    load(Store(tmp_path / "store"), used() + others())
    first, before = run(), (tmp_path / "verdicts.csv").read_bytes()
    second = run()
    assert (tmp_path / "verdicts.csv").read_bytes() == before
    assert "本次汇总 0 个日和来源" in second.output
    same = [line for line in first.output.splitlines() if line.startswith(("规则", "输入"))]
    assert len(same) == 2 and all(line in second.output for line in same)


def test_a_wrong_registry_leaves_with_two_and_writes_nothing(run, tmp_path):
    (tmp_path / "registry.csv").write_text(
        REGISTRY + "V4,8,client,ip,1.2.3,\nV4,8,cloud,ip,1.2.3.4,x\n", encoding="utf-8"
    )
    (tmp_path / "verdicts.csv").write_text("before", encoding="utf-8")
    outcome = run()
    assert outcome.exit_code == 2
    assert "registry.csv:8: value：" in outcome.output and "registry.csv:9: port：" in outcome.output
    assert (tmp_path / "verdicts.csv").read_text(encoding="utf-8") == "before"


@pytest.mark.parametrize(
    "changed",
    [
        {"from": "2018-12-01"},
        {"from": "2018-02-30"},
        {"to": "20181130"},
        {"pack": "nowhere"},
        {"registry": "nowhere.csv"},
        {"store": "nowhere"},
        {"from": "2017-01-01", "to": "2017-02-01"},
        {"from": "2018-10-01", "to": "2018-10-02", "out": "/nowhere/verdicts.csv"},
    ],
    ids=str,
)
def test_wrong_options_leave_with_two_and_write_nothing(run, tmp_path, changed):
    outcome = run(**changed)
    assert outcome.exit_code == 2, outcome.output
    assert not (tmp_path / "verdicts.csv").exists()
