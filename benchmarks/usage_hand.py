"""What a person who knows DuckDB well would write by hand for the same files, exact ends alone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import duckdb

from yunquan.usage.rollup.expansion import write_tables
from yunquan.usage.rollup.registry import Registry

_HITS = """
WITH hits AS (
    SELECT x."group" AS g, r.a_lo = x.c_lo AS fw, x.c_hi, x.c_lo, x.c_name, r.pair, r.a_port, r.b_port,
        r.start_us, r.end_us, r.bytes_ab, r.bytes_ba, r.protocol, r."user", r.rest
    FROM records r JOIN pairs x USING (pair)
    WHERE (r.a_lo = x.c_lo AND r.a_hi = x.c_hi AND r.b_lo = x.s_lo AND r.b_hi = x.s_hi
            AND (x.port = 0 OR x.port = r.b_port))
        OR (r.b_lo = x.c_lo AND r.b_hi = x.c_hi AND r.a_lo = x.s_lo AND r.a_hi = x.s_hi
            AND (x.port = 0 OR x.port = r.a_port))
),
seen AS (SELECT DISTINCT * FROM hits),
"""
_FIGURES = (
    _HITS.rstrip().removesuffix(",")
    + """
SELECT g, c_hi, c_lo, c_name, (start_us + 28800000000) // 86400000000 AS day, count(*),
    sum(CASE WHEN fw THEN bytes_ab ELSE bytes_ba END), sum(CASE WHEN fw THEN bytes_ba ELSE bytes_ab END),
    min(start_us), max(start_us),
    count(*) FILTER ((start_us + 28800000000) // 3600000000 % 24 BETWEEN 8 AND 19)
FROM seen GROUP BY ALL
"""
)
_HOURS = ", ".join(f"count(*) FILTER (h = {hour})" for hour in range(24))
_PHASES = ", ".join(
    f"sum(CAST(round({turn}(2 * pi() * (s % {period}) / {period}) * 1000000) AS BIGINT))"
    for period in (60, 300, 600, 900, 1800, 3600)
    for turn in ("cos", "sin")
)
_ROLL_UP = (
    _HITS
    + f"""
spaced AS (
    SELECT *, (start_us + 28800000000) // 3600000000 % 24 AS h, start_us // 1000000 AS s,
        (start_us + 28800000000) // 86400000000 AS day,
        (start_us - lag(start_us) OVER (
            PARTITION BY g, c_hi, c_lo, c_name, (start_us + 28800000000) // 86400000000 ORDER BY start_us
        )) // 1000000 AS gap
    FROM seen
)
SELECT g, c_hi, c_lo, c_name, day, count(*),
    sum(CASE WHEN fw THEN bytes_ab ELSE bytes_ba END), sum(CASE WHEN fw THEN bytes_ba ELSE bytes_ab END),
    sum(end_us - start_us), min(start_us), max(start_us), count(gap), sum(gap), sum(gap * gap),
    count(DISTINCT nullif("user", 0)), min(nullif("user", 0)), {_HOURS}, {_PHASES}
FROM spaced GROUP BY ALL
"""
)


class Hand:
    """A connection with the tables of a registry, and two queries."""

    def __init__(self, files: Sequence[Path], registry: Registry, folder: Path) -> None:
        folder.mkdir()
        write_tables(registry, folder)
        self._connection = duckdb.connect(config={"preserve_insertion_order": "false"})
        run, listed = self._connection.execute, ", ".join(f"'{file}'" for file in files)
        run(f"CREATE TABLE pairs AS SELECT * FROM '{folder}/exact_pairs.parquet'")
        run(f"CREATE VIEW records AS SELECT * FROM read_parquet([{listed}], hive_partitioning = false)")

    def figures(self) -> None:
        """What verdicts need of each group, client and day."""
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE found AS {_FIGURES}")

    def roll_up(self) -> None:
        """The whole roll-up: with hours, gaps and phases."""
        self._connection.execute(f"CREATE OR REPLACE TEMP TABLE found AS {_ROLL_UP}")
