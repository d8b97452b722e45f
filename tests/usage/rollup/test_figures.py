"""Figures from roll-ups against a plain reading of the definitions."""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.usage.rollup.stage import Record, at, expected, load
from yunquan.kernel.calendar import SHANGHAI
from yunquan.usage.rollup.engines.duckdb import DuckEngine
from yunquan.usage.rollup.figures import figures
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
    "198.51.100.0/22", "198.51.100.0/24", "198.51.0.0/16", "203.0.113.4/30", "10.0.0.0/8", "0.0.0.0/0",
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


campaign = settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))


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
