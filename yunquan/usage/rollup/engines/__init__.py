"""The engines that run the texts of `rollup/sql`: one machine (DuckDB) or a cluster (Spark)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, Protocol

CHOICES = ("duckdb", "spark")
# The tables of ranges; where all are empty no record is held against them.
RANGES = ("anchored_ranges", "open_ranges", "block_ranges")
Row = tuple[Any, ...]


class Engine(Protocol):
    """Runs a text over Parquet files; tables are named as the texts name them."""

    def roll_up(
        self,
        records: Mapping[int, Sequence[Path]],
        tables: Mapping[str, Path],
        out: Path,
        days: Sequence[date],
    ) -> dict[date, list[Path]]:
        """Evaluate records of one source, by the scopes of their deliveries.

        The rows of each day go to Parquet files under a scratch folder.
        """
        ...

    def figures(self, rollups: Mapping[str, Sequence[Path]], tables: Mapping[str, Path]) -> list[Row]:
        """Run figures.sql over the roll-ups of each source."""
        ...

    def close(self) -> None: ...


class EngineMissing(RuntimeError):
    """The engine asked for is not installed or doesn't start; the text says what to do."""


def engine_named(name: str, scratch: Path) -> Engine:
    """Start an engine that may use a folder for what doesn't fit into memory."""
    if name == "spark":
        from yunquan.usage.rollup.engines.spark import SparkEngine

        return SparkEngine()
    if name == "duckdb":
        from yunquan.usage.rollup.engines.duckdb import DuckEngine

        return DuckEngine(scratch)
    raise EngineMissing(f"没有计算引擎“{name}”；可用：" + "、".join(CHOICES))
