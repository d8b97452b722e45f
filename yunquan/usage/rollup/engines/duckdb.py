"""DuckDB, inside this process: the engine of a single machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path

import duckdb

from yunquan.usage.records import SOURCES
from yunquan.usage.rollup.dialects import text
from yunquan.usage.rollup.engines import RANGES, Row

# With Python and what the engine keeps besides, the whole process stays under 1 GB.
MEMORY = "600MB"


class DuckEngine:
    """One connection; what does not fit into memory goes to the scratch folder."""

    def __init__(self, scratch: Path, *, memory: str = MEMORY) -> None:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "memory_limit": memory,
            "temp_directory": str(scratch),
            "preserve_insertion_order": "false",
            "autoinstall_known_extensions": "false",
        }
        self._connection = duckdb.connect(":memory:", config=settings)
        # It would be drawn into what a command prints.
        self._connection.execute("SET enable_progress_bar = false")
        self._tables: dict[str, Path] = {}
        self._has_rows: dict[str, bool] = {}

    def roll_up(
        self,
        records: Mapping[int, Sequence[Path]],
        tables: Mapping[str, Path],
        out: Path,
        days: Sequence[date],
    ) -> dict[date, list[Path]]:
        self._lay_out(tables)
        run = self._connection.execute
        self._lay_records(records)
        has_ranges = any(self._has_rows[name] for name in RANGES)
        seen = text("ranges") if has_ranges else "SELECT * FROM exact_pairs LIMIT 0"
        run(f"CREATE OR REPLACE TEMP TABLE range_pairs AS {seen}")
        run(f"CREATE OR REPLACE TEMP TABLE rolled AS {text('rollup')}")
        written: dict[date, list[Path]] = {}
        for (day,) in run("SELECT DISTINCT day FROM rolled").fetchall():
            path = out / f"{day}.parquet"
            run(
                f"COPY (SELECT * FROM rolled WHERE day = DATE '{day}' ORDER BY \"group\", c_hi, c_lo, c_name)"
                f" TO {_quoted(path)} (FORMAT parquet, PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
            )
            written[day] = [path]
        run("DROP TABLE rolled")
        return written

    def figures(self, rollups: Mapping[str, Sequence[Path]], tables: Mapping[str, Path]) -> list[Row]:
        self._lay_out(tables)
        parts = [
            f"SELECT *, CAST({SOURCES.index(source)} AS INTEGER) AS source FROM {_files(files)}"
            for source, files in rollups.items()
            if files
        ]
        if not parts:
            return []
        self._connection.execute("CREATE OR REPLACE TEMP VIEW rollups AS " + " UNION ALL ".join(parts))
        return self._connection.execute(text("figures")).fetchall()

    def _lay_records(self, records: Mapping[int, Sequence[Path]]) -> None:
        """The records with the scope of their delivery; where there is but one it costs nothing."""
        run = self._connection.execute
        if len(records) == 1:
            ((scope, files),) = records.items()
            rows = f"SELECT *, CAST({scope} AS BIGINT) AS scope FROM {_files(files)}"
        else:
            run("CREATE OR REPLACE TEMP TABLE scopes (place VARCHAR, scope BIGINT)")
            places = [(str(path), scope) for scope, files in records.items() for path in files]
            self._connection.executemany("INSERT INTO scopes VALUES (?, ?)", places)
            every = [path for files in records.values() for path in files]
            rows = (
                f"SELECT r.* EXCLUDE (filename), s.scope FROM {_files(every, ', filename = true')} AS r"
                " JOIN scopes AS s ON r.filename = s.place"
            )
        run(f"CREATE OR REPLACE TEMP VIEW records AS {rows}")

    def close(self) -> None:
        self._connection.close()

    def _lay_out(self, tables: Mapping[str, Path]) -> None:
        """Read the small tables once for all batches that use them."""
        run = self._connection.execute
        for name, path in tables.items():
            if self._tables.get(name) != path:
                run(f"CREATE OR REPLACE TEMP TABLE {name}_rows AS SELECT * FROM {_files([path])}")
                # What can't hold a row is left out of a query before any record is read for it.
                has_rows = run(f"SELECT count(*) FROM {name}_rows").fetchall()[0][0] > 0
                where = "" if has_rows else " WHERE false"
                run(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {name}_rows{where}")
                self._tables[name], self._has_rows[name] = path, has_rows


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def _files(paths: Sequence[Path], more: str = "") -> str:
    return f"read_parquet([{', '.join(map(_quoted, paths))}], hive_partitioning = false{more})"
