"""A load of a hundred million records: its progress, its memory, and what is left of it after kill -9.

    python -m benchmarks.usage_large [--rows N] [--kills N] [--file CSV]

`yunquan usage load` runs as a process of its own on an operator's CSV (about 10 GB, written as a stream unless one
is given) and is killed on the way as often as told; the next run of the same command must go on from where the
last one had written, and in the end the store must hold every record once. What counts for memory is the largest
resident size that any of the runs ever had. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import polars as pl

from benchmarks.usage_load import AT_MOST_GB, write_operator
from yunquan.usage.store import Store

ROWS, KILLS = 100_000_000, 2
_COUNTED = re.compile(r"([0-9,]+) 条")
_EVERY_SECONDS = 0.1


@dataclass
class Run:
    """One run of the command: what it said on the way, how large it grew, whether it was killed."""

    told: list[int] = field(default_factory=list)
    resumed_at: int = 0
    peak_kb: int = 0
    seconds: float = 0.0
    code: int = 0
    printed: str = ""


def _largest(process: int) -> int:
    """The largest resident size so far, in KB; 0 where the process is gone."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("VmHWM")), 0)


def run(store: Path, file: Path, *, until: int | None) -> Run:
    """Load, until so many records were told of; then the process is killed."""
    found, begun = Run(), time.monotonic()
    command = [str(Path(sys.executable).with_name("yunquan")), "usage", "load", "--source", "operator"]
    process = subprocess.Popen(
        [*command, "--store", str(store), str(file)],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip

    def listen() -> None:
        assert process.stderr is not None
        for line in process.stderr:
            counted = _COUNTED.search(line)
            if counted is None:
                sys.stderr.write(line)
                continue
            records = int(counted[1].replace(",", ""))
            if "继续" in line:
                found.resumed_at = records
            found.told.append(records)
            if until is not None and records >= until:
                process.kill()

    listener = threading.Thread(target=listen)
    listener.start()
    while process.poll() is None:
        found.peak_kb = max(found.peak_kb, _largest(process.pid))
        time.sleep(_EVERY_SECONDS)
    listener.join()
    assert process.stdout is not None
    found.printed, found.code = process.stdout.read(), process.returncode
    found.seconds = time.monotonic() - begun
    return found


def measure(home: Path, file: Path, rows: int, kills: int) -> bool:
    """Load the file with so many kills on the way; was everything as it should be?"""
    folder = home / "store"
    runs = [run(folder, file, until=rows * (turn + 1) // (kills + 1)) for turn in range(kills)]
    assert all(one.code < 0 for one in runs), "a run ended before it was killed"
    assert Store(folder).loads() == [], "a killed load counts"
    runs.append(run(folder, file, until=None))
    last = runs[-1]
    assert last.code == 0, last.printed
    (loaded,) = Store(folder).loads()
    stored = [path for day in Store(folder).days() for path in Store(folder).files(day, "operator")]
    held = sum(pl.scan_parquet(path).select(pl.len()).collect().item() for path in stored)
    peak_gb = max(one.peak_kb for one in runs) * 1024 / 1e9
    went_on = all(one.resumed_at > 0 for one in runs[1:]) and all(
        later.resumed_at <= max(one.told, default=0) for one, later in pairwise(runs)
    )
    met = peak_gb < AT_MOST_GB and held == rows == loaded.records and went_on
    result = {
        "benchmark": "usage_large",
        "rows": rows,
        "held": held,
        "megabytes": round(file.stat().st_size / 1e6),
        "stored_megabytes": round(sum(path.stat().st_size for path in stored) / 1e6),
        "files": len(stored),
        "seconds": [round(one.seconds) for one in runs],
        "killed_at": [max(one.told, default=0) for one in runs[:-1]],
        "resumed_at": [one.resumed_at for one in runs[1:]],
        "times_told": sum(len(one.told) for one in runs),
        "peak_gb": [round(one.peak_kb * 1024 / 1e9, 3) for one in runs],
        "below_gb": AT_MOST_GB,
        "met": met,
    }
    print(json.dumps(result), flush=True)
    return met


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.usage_large")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--file", type=Path, help="a file of so many rows that is there already")
    told = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(
        dir=os.environ.get("YUNQUAN_BENCH_DIR"), prefix="yunquan-bench-"
    ) as place:
        file = told.file or Path(place) / "large.csv"
        if told.file is None:
            write_operator(file, told.rows)
        return 0 if measure(Path(place), file, told.rows, told.kills) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
