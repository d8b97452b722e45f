"""Spark, for what outgrows one machine: the same texts, carried over by sqlglot.

Where the session is not there yet it is made with whatever `spark-submit` or spark-defaults.conf say; the
store must then be a folder that every worker sees under the same path.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from yunquan.usage.records import SOURCES
from yunquan.usage.rollup.dialects import text
from yunquan.usage.rollup.engines import RANGES, EngineMissing, Row


class SparkEngine:
    """A Spark session, one's own or one that is there."""

    def __init__(self, session: Any = None) -> None:
        self._is_ours = session is None
        self._session = session or _session()
        # A day in a table is a day, wherever the cluster stands.
        self._session.conf.set("spark.sql.session.timeZone", "UTC")

    def roll_up(
        self,
        records: Mapping[int, Sequence[Path]],
        tables: Mapping[str, Path],
        out: Path,
        days: Sequence[date],
    ) -> dict[date, list[Path]]:
        from pyspark.sql import functions

        self._lay_out({name: [path] for name, path in tables.items()})
        scoped = [
            self._session.read.parquet(*map(str, files)).withColumn(
                "scope", functions.lit(scope).cast("bigint")
            )
            for scope, files in records.items()
        ]
        whole = scoped[0]
        for frame in scoped[1:]:
            whole = whole.unionByName(frame)
        whole.createOrReplaceTempView("records")
        held = [name for name in RANGES if pl.scan_parquet(tables[name]).select(pl.len()).collect().item()]
        for name in set(RANGES).difference(held):
            # What can't hold a row is left out of a query before any record is read for it.
            self._session.table(name).where("false").createOrReplaceTempView(name)
        seen = text("ranges", "spark") if held else "SELECT * FROM exact_pairs WHERE false"
        self._session.sql(seen).createOrReplaceTempView("range_pairs")
        rows = self._session.sql(text("rollup", "spark"))
        target = out / "spark"
        (
            rows.withColumn("part", rows["day"])
            .repartition("part")
            .sortWithinPartitions("group", "c_hi", "c_lo", "c_name")
            .write.option("compression", "zstd")
            .partitionBy("part")
            .mode("overwrite")
            .parquet(str(target))
        )
        return {
            date.fromisoformat(folder.name.removeprefix("part=")): sorted(folder.glob("*.parquet"))
            for folder in target.glob("part=*")
        }

    def figures(self, rollups: Mapping[str, Sequence[Path]], tables: Mapping[str, Path]) -> list[Row]:
        from pyspark.sql import functions

        self._lay_out({name: [path] for name, path in tables.items()})
        frames = [
            self._session.read.parquet(*map(str, files)).withColumn(
                "source", functions.lit(SOURCES.index(source))
            )
            for source, files in rollups.items()
            if files
        ]
        if not frames:
            return []
        whole = frames[0]
        for frame in frames[1:]:
            whole = whole.unionByName(frame)
        whole.createOrReplaceTempView("rollups")
        return [tuple(row) for row in self._session.sql(text("figures", "spark")).collect()]

    def close(self) -> None:
        if self._is_ours:
            self._session.stop()

    def _lay_out(self, tables: Mapping[str, Sequence[Path]]) -> None:
        for name, paths in tables.items():
            self._session.read.parquet(*map(str, paths)).createOrReplaceTempView(name)


def _session() -> Any:
    try:
        from pyspark.sql import SparkSession
    except ImportError:
        raise EngineMissing("没有安装 Spark；请运行 pip install 'yunquan[spark]' 并安装 Java 17") from None
    try:
        return (
            SparkSession.builder.appName("yunquan usage")
            .config("spark.ui.enabled", "false")
            .config("spark.log.level", "ERROR")
            .getOrCreate()
        )
    except Exception as wrong:
        # Whatever goes wrong between Python and Java comes as an exception of its own kind.
        raise EngineMissing(f"Spark 启动不了（{wrong}）；请检查 Java 17 和 Spark 的配置") from wrong
