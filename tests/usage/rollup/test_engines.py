"""The same texts on DuckDB and on Spark give the same rows, to the last bit."""

from __future__ import annotations

import os
import random
import re
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest
import sqlglot
from click.testing import CliRunner
from polars.testing import assert_frame_equal

from tests.usage.rollup.stage import Record, at, load
from yunquan.usage.commands import usage
from yunquan.usage.rollup import dialects
from yunquan.usage.rollup.engines.duckdb import DuckEngine
from yunquan.usage.rollup.figures import figures
from yunquan.usage.rollup.kept import Rollups
from yunquan.usage.rollup.nightly import update
from yunquan.usage.rollup.registry import Registry
from yunquan.usage.store import Store

pytestmark = pytest.mark.clause("D47-5.13")
FROM, TO = date(2018, 9, 28), date(2018, 9, 30)
ENDS = [
    ("client", "ip", "198.51.100.1", ""),
    ("client", "cidr", "198.51.104.0/22", ""),
    ("client", "cidr", "10.0.0.0/12", ""),
    ("client", "cidr", "172.0.0.0/7", ""),
    ("client", "cidr", "2001:db8:1::/48", ""),
    ("client", "mobile", "13800138000", ""),
    ("cloud", "ip", "203.0.113.5", "443"),
    ("cloud", "cidr", "100.64.0.0/18", ""),
    ("cloud", "ip", "2001:db8:2::5", ""),
    ("cloud", "host", "erp.example.cn", ""),
]
ROWS = [
    {"voucher": voucher, "service": "8", "end": end, "kind": kind, "value": value, "port": port}
    for voucher, ends in (
        ("V1", ENDS),
        ("V2", ENDS[1:8]),
        ("V3", [("client", "cidr", "128.0.0.0/1", ""), *ENDS[5:]]),
    )
    for end, kind, value, port in ends
]
CLIENTS = [
    "198.51.100.1",
    "198.51.105.7",
    "10.9.8.7",
    "172.16.0.1",
    "2001:db8:1:9::9",
    "+8613800138000",
    "192.0.2.99",
]
CLOUDS = ["203.0.113.5", "100.64.9.9", "2001:db8:2::5", "ERP.example.cn", "192.0.2.77"]


def some(number: int) -> list[Record]:
    dice = random.Random(7)
    made = []
    for _ in range(number):
        ends = [dice.choice(CLIENTS), dice.choice(CLOUDS)]
        dice.shuffle(ends)
        start = at("2018-09-28T00:00:00") + timedelta(milliseconds=dice.randrange(3 * 86_400_000))
        ports = dice.choice([(443, 443), (50000, 443), (443, 50000), (0, 0)])
        volumes = dice.randrange(10**9), dice.randrange(10**12)
        made.append(
            Record(*ends, start, dice.randrange(900), *volumes, *ports, 6, dice.choice([0, 0, 5, -7]))
        )
    return made + dice.sample(made, number // 10)


@pytest.fixture(scope="module")
def session():
    """One Spark for all tests here: with workers of its own where they start, else in threads."""
    sql = pytest.importorskip("pyspark.sql", reason="the extra “spark” is not installed")
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    for master in ("local-cluster[2,1,512]", "local[2]"):
        builder = sql.SparkSession.builder.master(master).config("spark.ui.enabled", "false")
        builder = builder.config("spark.sql.shuffle.partitions", "2").config("spark.driver.host", "127.0.0.1")
        builder = builder.config("spark.executor.memory", "512m").config("spark.log.level", "OFF")
        builder = builder.config("spark.ui.showConsoleProgress", "false").config(
            "spark.sql.adaptive.enabled", "true"
        )
        # Compiling a plan takes far longer than interpreting it over so few rows.
        builder = builder.config("spark.sql.codegen.wholeStage", "false")
        builder = builder.config("spark.sql.codegen.factoryMode", "NO_CODEGEN")
        try:
            session = builder.getOrCreate()
            assert session.range(10).count() == 10
        except Exception as wrong:
            print(f"{master}: {wrong}")
            continue
        print(f"Spark {session.version} on {master}")
        yield session
        session.stop()
        return
    pytest.fail("Spark doesn't start; it needs Java 17")


def rows_of(root: Path) -> pl.DataFrame:
    files = Rollups(root).files(FROM, TO)
    whole = pl.concat(
        pl.read_parquet(file).with_columns(source=pl.lit(source))
        for source in files
        for file in files[source]
    )
    return whole.sort("source", "day", "group", "c_hi", "c_lo", "c_name")


@pytest.mark.enable_socket
# Py4J leaves the closing of its sockets to the collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning")
def test_duckdb_and_spark_give_the_same_rows_and_figures(tmp_path, session):
    from yunquan.usage.rollup.engines.spark import SparkEngine

    found, engines = {}, {"duckdb": DuckEngine(tmp_path), "spark": SparkEngine(session)}
    registry = Registry.of(ROWS)
    for name, engine in engines.items():
        store = Store(tmp_path / name)
        load(store, some(600), "operator")
        load(store, some(200), "application")
        update(store, registry, engine=engine)
        found[name] = rows_of(store.root), figures(store, registry, FROM, TO, engine=engine)
        # What one engine rolled up, the other reads.
        assert figures(store, registry, FROM, TO, engine=engines["duckdb"]) == found[name][1]
    engines["duckdb"].close()
    by_duckdb, by_spark = (found[name][0] for name in ("duckdb", "spark"))
    assert by_duckdb.height > 50
    assert_frame_equal(by_duckdb, by_spark.select(by_duckdb.columns), check_dtypes=True)
    assert found["duckdb"][1] == found["spark"][1]
    assert all(row.total.records for row in found["duckdb"][1])


@pytest.mark.parametrize("engine", dialects.ENGINES)
@pytest.mark.parametrize("name", ["rollup", "ranges", "figures"])
def test_every_text_is_carried_over_and_can_be_printed(engine, name):
    printed = CliRunner().invoke(usage, ["sql", name, "--engine", engine])
    assert printed.exit_code == 0, printed.output
    assert printed.output.strip() == dialects.text(name, engine).strip()
    if engine == "clickhouse":
        assert not re.search(r" (//|&|<<) |bit_count", printed.output)
        assert sqlglot.parse_one(printed.output, read="clickhouse")


def test_a_text_carried_over_and_back_still_gives_the_same_rows(tmp_path, monkeypatch):
    registry, rows = Registry.of(ROWS), []
    for name in ("there", "back"):
        store = Store(tmp_path / name)
        load(store, some(500))
        update(store, registry)
        rows.append(rows_of(store.root))
        back = {
            text: sqlglot.transpile(dialects.text(text, "spark"), read="spark", write="duckdb")[0]
            for text in ("rollup", "ranges")
        }
        monkeypatch.setattr("yunquan.usage.rollup.engines.duckdb.text", back.get)
    assert_frame_equal(*rows)
