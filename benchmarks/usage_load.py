"""Reading behaviour data against DuckDB's own reader on the same file, and a whole load with its memory.

    python -m benchmarks.usage_load [ROWS]

The text of operator CSV, of the same records as JSON lines, and of an application log as JSON lines is parsed and
made into records (both ends as numbers, times, volumes, pair key); DuckDB reads the same file into a table of its
own with typed columns. Ours must go at 0.7 of its rate at least. Then ROWS records (10,000,000 if not told) are
loaded into a store in a process of its own, which must stay below 1 GB. Prints one JSON object a line.
"""

from __future__ import annotations

import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb as engine
import numpy as np
import polars as pl

from yunquan.usage.layouts import BadLine, Options, Parsed
from yunquan.usage.store import Store, recognised
from yunquan.usage.store.loading import Loading, Understood
from yunquan.usage.store.opening import Opened
from yunquan.usage.store.staging import Progress, Staging

ROUNDS, READ_ROWS, LOADED_ROWS = 7, 1_000_000, 10_000_000
AT_LEAST, AT_MOST_GB = 0.7, 1.0
DAYS, FIRST_SECOND = 90, 1_546_300_800
STEP = 1_000_000
OPERATOR = {
    "client": "VARCHAR",
    "cloud": "VARCHAR",
    "port": "INTEGER",
    "start": "TIMESTAMPTZ",
    "end": "TIMESTAMPTZ",
    "bytes_up": "BIGINT",
    "bytes_down": "BIGINT",
}
APPLICATION = {
    "user": "VARCHAR",
    "time": "TIMESTAMPTZ",
    "ip": "VARCHAR",
    "action": "VARCHAR",
    "host": "VARCHAR",
}


def _addresses(numbers: np.ndarray) -> pl.Series:
    octets = [pl.Series((numbers >> shift) & 255) for shift in (24, 16, 8, 0)]
    return pl.select(pl.concat_str(octets, separator=".")).to_series()


def _times(seconds: np.ndarray) -> pl.Series:
    local = (
        pl.Series(seconds * 1_000_000).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone("Asia/Shanghai")
    )
    return local.dt.strftime("%Y-%m-%dT%H:%M:%S%:z")


def records(rows: int) -> Iterator[pl.DataFrame]:
    """Invented connections in the order of time: 50,000 clients, 400 application ends."""
    dice = np.random.default_rng(20190304)
    clients = dice.integers(0x1B000000, 0x7B000000, 50_000)
    clouds = dice.integers(0x2F000000, 0x2F0FFFFF, 400)
    for first in range(0, rows, STEP):
        count = min(STEP, rows - first)
        begins = FIRST_SECOND + np.arange(first, first + count) * (DAYS * 86_400) // rows
        yield pl.DataFrame(
            {
                "client": _addresses(dice.choice(clients, count)),
                "cloud": _addresses(dice.choice(clouds, count)),
                "port": np.full(count, 443),
                "start": _times(begins),
                "end": _times(begins + dice.integers(1, 600, count)),
                "bytes_up": dice.integers(100, 1 << 18, count),
                "bytes_down": dice.integers(100, 1 << 22, count),
            }
        )


def write_operator(path: Path, rows: int) -> None:
    """Operator CSV, or JSON lines by the ending of the name."""
    with path.open("wb") as file:
        if path.suffix == ".csv":
            file.write((",".join(OPERATOR) + "\n").encode())
        for frame in records(rows):
            if path.suffix == ".csv":
                frame.write_csv(file, include_header=False)
            else:
                frame.write_ndjson(file)


def write_application(path: Path, rows: int) -> None:
    """An application log as JSON lines, with users and what they did in Chinese."""
    dice = np.random.default_rng(20190305)
    with path.open("wb") as file:
        for frame in records(rows):
            frame.select(
                pl.Series([f"user{number}" for number in dice.integers(0, 5_000, frame.height)]).alias(
                    "user"
                ),
                pl.col("start").alias("time"),
                pl.col("client").alias("ip"),
                pl.lit("登录").alias("action"),
                pl.lit("erp.example.com").alias("host"),
            ).write_ndjson(file)


class Read(Loading):
    """A load that counts records where it would write them."""

    def records(self) -> int:
        """How many there are."""
        layout, coding, head = recognised(self._opened, None)
        progress = Progress(recipe={}, now="")
        self._run_text(layout, coding, head, progress)
        return progress.records

    def _understood(self, parsed: Parsed, apart: list[BadLine]) -> Understood:
        bad = [*apart, *parsed.bad]
        return Understood({}, bad, len(apart) + parsed.bad_count, parsed.frame.height, parsed.skipped, None)

    def _take(self, progress: Progress, understood: Understood, job: Any = None) -> None:
        assert understood.bad_count == 0, understood.bad[:1]
        progress.records += understood.records


def read_ours(path: Path) -> int:
    """Everything that a load does before it writes: bytes into blocks, blocks into records."""
    with Opened(path) as opened:
        return Read(opened, Staging(path.parent, ""), options=Options(now=datetime.now(UTC))).records()


def read_duckdb(path: Path, columns: dict[str, str]) -> int:
    """DuckDB's reader into a table with typed columns."""
    with engine.connect() as database:
        kind = "read_csv" if path.suffix == ".csv" else "read_json"
        more = "header=true" if path.suffix == ".csv" else "format='newline_delimited'"
        source = f"{kind}('{path}', columns={columns!r}, {more})"
        database.execute(f"CREATE TABLE records AS SELECT * FROM {source}")
        found = database.execute("SELECT count(*) FROM records").fetchone()
        assert found is not None
        return int(found[0])


def seconds(work: Callable[[], int], rows: int) -> tuple[float, float]:
    """By the clock, and of all processors together."""
    begun, busy = time.perf_counter(), time.process_time()
    assert work() == rows
    return time.perf_counter() - begun, time.process_time() - busy


def compare(name: str, path: Path, columns: dict[str, str], rows: int) -> bool:
    """Ours and DuckDB's in turns on the same file; the median of the rounds' ratios."""
    read_ours(path)
    ours, theirs = [], []
    for _ in range(ROUNDS):
        theirs.append(seconds(lambda: read_duckdb(path, columns), rows))
        ours.append(seconds(lambda: read_ours(path), rows))
    pairs = list(zip(theirs, ours, strict=True))
    ratio = statistics.median(duckdb[0] / our[0] for duckdb, our in pairs)
    result = {
        "benchmark": f"read {name}",
        "rows": rows,
        "megabytes": round(path.stat().st_size / 1e6),
        "ours_rows_per_s": round(rows / statistics.median(our for our, _ in ours)),
        "duckdb_rows_per_s": round(rows / statistics.median(duckdb for duckdb, _ in theirs)),
        "of_duckdb_per_cpu_s": round(statistics.median(duckdb[1] / our[1] for duckdb, our in pairs), 2),
        "of_duckdb": round(ratio, 2),
        "at_least": AT_LEAST,
        "met": ratio >= AT_LEAST,
    }
    print(json.dumps(result), flush=True)
    return ratio >= AT_LEAST


def load_and_tell(folder: Path, path: Path) -> None:
    """In a process of its own: load, and print the time and the most memory that was held."""
    begun = time.perf_counter()
    loaded = Store(folder / "store").load(path, source="operator", options=Options(now=datetime.now(UTC)))
    took = time.perf_counter() - begun
    held = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    stored = sum(file.stat().st_size for file in (folder / "store").rglob("*.parquet")) / 1e6
    print(json.dumps({"records": loaded.records, "seconds": took, "held_gb": held, "stored_mb": stored}))


def load(path: Path, rows: int) -> bool:
    """The whole load of a file, and its memory."""
    told = subprocess.run(
        [sys.executable, "-m", "benchmarks.usage_load", "--load", str(path.parent), str(path)],
        check=True,
        capture_output=True,
        text=True,
    )
    found = json.loads(told.stdout)
    assert found["records"] == rows
    met = found["held_gb"] < AT_MOST_GB
    result = {
        "benchmark": "load operator CSV into a store",
        "rows": rows,
        "megabytes": round(path.stat().st_size / 1e6),
        "stored_megabytes": round(found["stored_mb"]),
        "rows_per_s": round(rows / found["seconds"]),
        "held_gb": round(found["held_gb"], 2),
        "at_most_gb": AT_MOST_GB,
        "met": met,
    }
    print(json.dumps(result), flush=True)
    return met


def main(rows: int) -> int:
    with tempfile.TemporaryDirectory(dir=os.environ.get("YUNQUAN_BENCH_DIR")) as folder:
        home = Path(folder)
        met = True
        for name, path, columns, write in (
            ("operator CSV", home / "operator.csv", OPERATOR, write_operator),
            ("operator JSON lines", home / "operator.jsonl", OPERATOR, write_operator),
            ("application JSON lines", home / "application.jsonl", APPLICATION, write_application),
        ):
            write(path, READ_ROWS)
            met &= compare(name, path, columns, READ_ROWS)
            path.unlink()
        write_operator(home / "large.csv", rows)
        met &= load(home / "large.csv", rows)
    return 0 if met else 1


if __name__ == "__main__":
    if sys.argv[1:2] == ["--load"]:
        load_and_tell(Path(sys.argv[2]), Path(sys.argv[3]))
        sys.exit(0)
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else LOADED_ROWS))
