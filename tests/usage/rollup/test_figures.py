"""Figures from roll-ups against a plain reading of the definitions."""

from __future__ import annotations

import math
import tempfile
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.usage.rollup.stage import Record, at, expected, load
from yunquan.kernel.calendar import SHANGHAI
from yunquan.usage.rollup import dialects
from yunquan.usage.rollup.engines.duckdb import DuckEngine
from yunquan.usage.rollup.figures import figures
from yunquan.usage.rollup.kept import Rollups
from yunquan.usage.rollup.nightly import update
from yunquan.usage.rollup.registry import Registry
from yunquan.usage.store import Store

pytestmark = pytest.mark.clause("D47-5.13")
FROM, TO = date(2018, 9, 28), date(2018, 10, 9)  # with National Day and the make-up days before it

ADDRESSES = [
    "198.51.100.1", "198.51.100.2", "198.51.103.255", "198.51.104.0", "203.0.113.5", "203.0.113.6",
    "::ffff:203.0.113.5", "192.0.2.1", "10.20.30.40", "10.99.0.1", "2001:db8:1::1", "2001:db8:1:ffff::2",
    "2001:db8:2::1", "2001:db8:2::3f0", "::5", "::ffff:10.20.30.40",
]  # fmt: skip
NAMES = ["gz-0001", "+8613800138000", "13800138000", "Erp.Example.", "erp.example", "DEV 7"]
NETWORKS = [
    "198.51.100.0/22", "198.51.100.0/24", "198.51.0.0/16", "203.0.113.4/30", "10.0.0.0/8", "128.0.0.0/1",
    "2001:db8:1::/48", "2001:db8::/32", "2001:db8:2::/118", "203.0.113.5/32", "::/48", "192.0.2.0/21",
]  # fmt: skip
MOMENTS = [
    at("2018-09-28T07:59:59"), at("2018-09-28T08:00:00"), at("2018-09-28T19:59:59.999999"),
    at("2018-09-28T20:00:00"), at("2018-09-28T23:59:59.999999"), at("2018-09-29T00:00:00"),
    at("2018-09-29T10:00:00"),  # a Saturday that is worked
    at("2018-09-30T10:00:00"), at("2018-10-01T10:00:00"),  # a Monday that is not
    at("2018-10-09T23:59:59"), at("2018-10-10T00:00:00"), at("2018-09-27T23:59:59"),
]  # fmt: skip
_HOSTS = [name for name in NAMES if "." in name]


def _kind(value: str) -> str:
    if "/" in value:
        return "cidr"
    if value in ADDRESSES:
        return "ip"
    if value in _HOSTS:
        return "host"
    return "mobile" if "138" in value else "broadband"


ends = st.builds(
    lambda voucher, service, end, value, port: {
        "voucher": voucher, "service": service, "end": end, "kind": _kind(value), "value": value, "port": port,
    },
    st.sampled_from(["V1", "V2"]),
    st.sampled_from(["8", "12"]),
    st.sampled_from(["client", "cloud"]),
    st.sampled_from(ADDRESSES + NAMES + NETWORKS),
    st.sampled_from(["", "", "443", "80"]),
)  # fmt: skip
moments = st.one_of(
    st.sampled_from(MOMENTS),
    st.datetimes(datetime(2018, 9, 27), datetime(2018, 10, 11)).map(
        lambda moment: moment.replace(tzinfo=SHANGHAI)
    ),
)
records = st.builds(
    Record,
    st.sampled_from(ADDRESSES + NAMES),
    st.sampled_from(ADDRESSES + NAMES),
    moments,
    st.integers(0, 100_000),
    st.integers(0, 2**40),
    st.integers(0, 2**40),
    st.sampled_from([0, 80, 443]),
    st.sampled_from([0, 80, 443]),
    st.sampled_from([6, 17]),
    st.sampled_from([0, 0, 7, -9]),
    st.sampled_from([0, 1]),
)
batches = st.lists(records, min_size=0, max_size=40)


def held(root: Path, rows: list[dict[str, str]]) -> dict[tuple[str, str], tuple[object, ...]]:
    store = Store(root)
    found = figures(store, Registry.of(rows), FROM, TO, engine=shared)
    totals = {row.key: row.total for row in found}
    return {
        key: (one.active_days, one.records, one.bytes, one.clients, one.work, one.first_at, one.last_at)
        for key, one in totals.items()
    }


def plainly(rows, by_source) -> dict[tuple[str, str], tuple[object, ...]]:
    return {
        key: (len(one.days), one.records, one.bytes, len(one.clients), one.work, one.first, one.last)
        for key, one in expected(rows, by_source, FROM, TO).items()
    }


@pytest.fixture(autouse=True, scope="module")
def engine(tmp_path_factory):
    global shared
    shared = DuckEngine(tmp_path_factory.mktemp("scratch"))
    yield shared
    shared.close()


campaign = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))


@campaign
@given(st.lists(ends, min_size=1, max_size=14), batches, batches)
def test_figures_are_those_of_a_plain_reading_of_the_definitions(rows, operator, application):
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        load(store, operator + operator[:5], "operator")
        load(store, operator[:7], "operator", name="again")
        load(store, application, "application")
        update(store, Registry.of(rows), engine=shared)
        assert held(Path(folder), rows) == plainly(rows, {"operator": operator, "application": application})


@campaign
@given(st.lists(ends, min_size=2, max_size=10), batches, st.randoms(use_true_random=False))
def test_one_go_and_night_by_night_give_the_same_whatever_comes_late(rows, operator, dice):
    with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other:
        whole, nights = Store(Path(one)), Store(Path(other))
        load(whole, operator)
        update(whole, Registry.of(rows), engine=shared)
        shuffled = dice.sample(operator, len(operator))
        for night in range(3):
            load(nights, shuffled[night::3], name=f"part {night}")
            # Some nights know part of the registry only: ends are declared and corrected as time goes by.
            known = rows if night == 2 else dice.sample(rows, dice.randint(1, len(rows)))
            update(nights, Registry.of(known), engine=shared)
        assert held(Path(other), rows) == held(Path(one), rows) == plainly(rows, {"operator": operator})


SOME = [
    Record("198.51.100.1", "203.0.113.5", at("2018-10-08T09:00:00"), b_port=443),
    Record("198.51.100.1", "203.0.113.5", at("2018-10-08T09:00:00"), b_port=443),  # the same again
    Record("198.51.100.1", "203.0.113.5", at("2018-10-08T09:00:00"), b_port=80),
    Record("10.1.2.3", "203.0.113.5", at("2018-10-08T10:00:00"), b_port=443),
    Record("10.1.2.3", "203.0.113.5", at("2018-10-08T10:00:00"), b_port=80),
]
ROWS = [
    {"voucher": "V1", "service": "8", "end": end, "kind": kind, "value": value, "port": port}
    for end, kind, value, port in (
        ("client", "ip", "198.51.100.1", ""),
        ("client", "cidr", "10.0.0.0/8", ""),
        ("cloud", "ip", "203.0.113.5", "443"),
    )
]


@pytest.mark.parametrize(
    ("guard", "instead"),
    [
        ("bytes_ab, bytes_ba, protocol, \"user\", rest\n)", "bytes_ab, bytes_ba, protocol, \"user\", rest, random()\n)"),
        ("x.port = 0 OR r.b_port = x.port", "x.port = x.port"),
    ],
    ids=["equal records", "port of a cloud end"],
)  # fmt: skip
def test_the_oracle_notices_a_missing_guard(tmp_path, monkeypatch, guard, instead):
    sound = dialects.text("rollup")
    assert guard in sound
    for name, sql in (("sound", sound), ("broken", sound.replace(guard, instead))):
        store = Store(tmp_path / name)
        load(store, SOME)
        monkeypatch.setattr(
            "yunquan.usage.rollup.engines.duckdb.text",
            {**{text: dialects.text(text) for text in ("ranges", "figures")}, "rollup": sql}.get,
        )
        update(store, Registry.of(ROWS), engine=shared)
        agrees = held(tmp_path / name, ROWS) == plainly(ROWS, {"operator": SOME})
        assert agrees == (name == "sound")


def test_a_row_of_a_roll_up_says_hours_gaps_and_phases(tmp_path):
    starts = ["08:00:00", "08:00:59.5", "08:30:00", "19:59:59", "20:00:00"]
    seen = [
        Record("198.51.100.1", "203.0.113.5", at(f"2018-10-08T{start}"), 30, 5, 7, 0, 443, user=4)
        for start in starts
    ]
    seen.append(Record("203.0.113.5", "198.51.100.1", at("2018-10-08T20:00:00"), 30, 9, 1, 443, 0))
    store = Store(tmp_path)
    load(store, seen)
    update(store, Registry.of(ROWS), engine=shared)
    (file,) = Rollups(tmp_path).files(FROM, TO)["operator"]
    (row,) = pl.read_parquet(file).to_dicts()
    hours = {name: row[name] for name in row if name[0] == "h" and row[name]}
    assert hours == {"h08": 3, "h19": 1, "h20": 2}
    assert (row["sessions"], row["work"], row["bytes_up"], row["bytes_down"]) == (6, 4, 5 * 5 + 1, 5 * 7 + 9)
    assert (row["seconds"], row["users"], row["user_key"], row["day"]) == (180, 1, 4, date(2018, 10, 8))
    steps = [59, 1740, 41399, 1, 0]
    assert (row["gaps"], row["gap_s"], row["gap_s2"]) == (5, sum(steps), sum(step * step for step in steps))
    turns = [2 * math.pi * second / 60 for second in (0, 59, 0, 59, 0, 0)]
    assert row["p60c"] == sum(round(math.cos(turn) * 1_000_000) for turn in turns)
    assert row["p60s"] == sum(round(math.sin(turn) * 1_000_000) for turn in turns)
