"""Measure the evaluation of behaviour data as ratios within one run, by CPU time.

- records against the registry: at least 0.8 of the best hand-written DuckDB query for the same roll-up
  on the same files (told besides: for the verdict's figures alone, without what signals need)
- exact and range ends together: at most 1.6 times exact ones alone, both with about as many records a client
  and day (told besides: where nearly every record in a range has an address, and so a row, of its own)
- at least 4 times nfdump's records per CPU second on the same IPv4 records (its filter, and the join it needs)
- a night's update at 100 days of history: at most 1.2 times that at 5
- all verdicts over 365 days: at most 3 times one plain scan of the roll-ups
- the largest resident size while a store of many records is evaluated: below 1 GB

    python -m benchmarks.usage_match [--records N] [--vouchers N] [--large N] [PART…]
"""

from __future__ import annotations

import argparse
import json
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import polars as pl

from benchmarks import usage_hand, usage_records
from yunquan.usage.rollup.engines.duckdb import DuckEngine
from yunquan.usage.rollup.figures import figures
from yunquan.usage.rollup.kept import Part, Rollups, State
from yunquan.usage.rollup.nightly import inventories, update
from yunquan.usage.rollup.registry import Registry
from yunquan.usage.store import Store

ROUNDS = 3


def cpu(act: Callable[[], object]) -> float:
    """The CPU time of this process, threads included: what else the machine does hardly meets it."""
    before = time.process_time()
    act()
    return time.process_time() - before


def in_turn(*acts: Callable[[], object], rounds: int = ROUNDS) -> list[list[float]]:
    """The times of each act, taken in turn."""
    for act in acts:
        act()
    taken = [[cpu(act) for act in acts] for _ in range(rounds)]
    return [list(times) for times in zip(*taken, strict=True)]


def tell(name: str, met: bool, **measured: object) -> bool:
    rounded = {key: round(value, 3) if isinstance(value, float) else value for key, value in measured.items()}
    print(json.dumps({"benchmark": name, **rounded, "met": met}), flush=True)
    return met


def _again(store: Store, registry: Registry, engine: DuckEngine) -> None:
    for path in Rollups(store.root).root.glob("day=*/source=*/state.json"):
        path.unlink()
    update(store, registry, engine=engine)


def match(folder: Path, sizes: argparse.Namespace) -> bool:
    """Records a CPU second against two hand-written queries, and the price of ranges."""
    count, vouchers = sizes.records, sizes.vouchers
    store = Store(folder)
    frame = usage_records.records(count, vouchers, matched=sizes.matched)
    usage_records.commit(store, [(usage_records.FIRST, frame)], "one day")
    del frame
    exact, both = usage_records.registry(vouchers), usage_records.registry(vouchers, ranges=True)
    # Each registry has a store of its own, as it has in life: its tables are made once, not from turn to turn.
    other, worse = Store(folder / "ranges"), Store(folder / "scattered")
    for part in ("records", "loads"):
        shutil.copytree(folder / part, other.root / part, dirs_exist_ok=True)
    frame = usage_records.records(count, vouchers, matched=sizes.matched, scattered=True)
    usage_records.commit(worse, [(usage_records.FIRST, frame)], "one day")
    del frame
    engine, engine_of_ranges, engine_of_worse = DuckEngine(folder), DuckEngine(folder), DuckEngine(folder)
    files = [path for path, *_ in inventories(store)[usage_records.FIRST, "operator"].files]
    hand = usage_hand.Hand(files, exact, folder / "hand")
    ours, full, plain, ranged, scattered = in_turn(
        lambda: _again(store, exact, engine),
        hand.roll_up,
        hand.figures,
        lambda: _again(other, both, engine_of_ranges),
        lambda: _again(worse, both, engine_of_worse),
    )
    to_full = statistics.median(other / one for one, other in zip(ours, full, strict=True))
    to_plain = statistics.median(other / one for one, other in zip(ours, plain, strict=True))
    met = tell(
        "usage_match",
        to_full >= 0.8,
        records=count,
        matched=sizes.matched,
        cpu_s=statistics.median(ours),
        records_per_cpu_s=round(count / statistics.median(ours)),
        of_hand_written=to_full,
        at_least=0.8,
        of_hand_written_figures_alone=to_plain,
    )
    dearer, worst = (
        statistics.median(other / one for one, other in zip(ours, times, strict=True))
        for times in (ranged, scattered)
    )
    told = {"times_exact": dearer, "at_most": 1.6, "times_exact_of_scattered": worst}
    return tell("usage_ranges", dearer <= 1.6, **told) and met


def night(folder: Path, sizes: argparse.Namespace) -> bool:
    """One more day at 5 and at 100 days of history."""
    count, known = max(sizes.records // 40, 1000), usage_records.registry(sizes.vouchers)
    stores = {
        days: usage_records.history(folder / str(days), days, count, sizes.vouchers) for days in (5, 100)
    }
    for store in stores.values():
        update(store, known)
    taken: dict[int, list[float]] = {days: [] for days in stores}
    for turn in range(ROUNDS):
        day = usage_records.FIRST + timedelta(days=turn)
        frame = usage_records.records(count, sizes.vouchers, matched=0.3, day=day, seed=1000 + turn)
        for days, store in stores.items():
            usage_records.commit(store, [(day, frame)], f"night {turn}")
            taken[days].append(cpu(lambda store=store: update(store, known)))  # type: ignore[misc]
    ratio = statistics.median(late / early for early, late in zip(taken[5], taken[100], strict=True))
    return tell(
        "usage_night", ratio <= 1.2, cpu_s=statistics.median(taken[100]), times_five_days=ratio, at_most=1.2
    )


def verdicts(folder: Path, sizes: argparse.Namespace) -> bool:
    """All figures of a year against one plain scan of the same columns of the same files."""
    known, days, store = usage_records.registry(sizes.vouchers), sizes.days, Store(folder)
    usage_records.commit(
        store, [(usage_records.FIRST, usage_records.records(50_000, sizes.vouchers, matched=0.9))], "one"
    )
    update(store, known)
    rollups = Rollups(folder)
    (made,) = rollups.files(usage_records.FIRST, usage_records.FIRST)["operator"]
    day_of_rollups = pl.read_parquet(made)[: sizes.vouchers * 27 // 10]
    snapshot = rollups.remember(known.numbers)
    for step in range(days):
        day = usage_records.FIRST + timedelta(days=step)
        place = rollups.folder(day, "operator")
        place.mkdir(parents=True, exist_ok=True)
        moved = pl.col("first_us", "last_us") + step * 86_400_000_000
        frame = day_of_rollups.with_columns(moved, day=pl.lit(day, dtype=pl.Date()))
        frame.write_parquet(place / "year.parquet")
        rollups.write_state(day, "operator", State("", True, (Part(snapshot, ("year.parquet",)),)))
    to_on = usage_records.FIRST + timedelta(days=days - 1)
    listed = ", ".join(f"'{path}'" for path in rollups.files(usage_records.FIRST, to_on)["operator"])
    columns = ("group", "c_hi", "c_lo", "sessions", "bytes_up", "bytes_down", "work", "first_us", "last_us")
    sums = ", ".join(f'sum("{name}")' for name in columns)
    engine, connection = DuckEngine(folder), duckdb.connect()
    scan = f"SELECT {sums}, max(day), max(c_name) FROM read_parquet([{listed}], hive_partitioning = false)"
    judged, scanned = in_turn(
        lambda: figures(store, known, usage_records.FIRST, to_on, engine=engine),
        lambda: connection.execute(scan).fetchall(),
    )
    ratio = statistics.median(one / other for one, other in zip(judged, scanned, strict=True))
    return tell(
        "usage_verdicts",
        ratio <= 3,
        rows=day_of_rollups.height * days,
        cpu_s=statistics.median(judged),
        times_plain_scan=ratio,
        at_most=3,
    )


def memory(folder: Path, sizes: argparse.Namespace) -> bool:
    """The largest resident size of a process that evaluates a large store, ten million records a day."""
    a_day, store = min(sizes.large, 10_000_000), Store(folder)
    for step in range(sizes.large // a_day):
        day = usage_records.FIRST + timedelta(days=step)
        frame = usage_records.records(a_day, sizes.vouchers, matched=sizes.matched, day=day, seed=step)
        usage_records.commit(store, [(day, frame)], f"day {step}")
        del frame
    code = f"from benchmarks.usage_match import evaluate; evaluate({str(folder)!r}, {sizes.vouchers})"
    run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    peak, taken = map(float, run.stdout.split())
    return tell("usage_memory", peak < 1000, records=sizes.large, peak_mb=peak, below=1000, cpu_s=taken)


def evaluate(folder: str, vouchers: int) -> None:
    """Evaluate a store in a process of its own and print its largest resident size and CPU time."""
    update(Store(Path(folder)), usage_records.registry(vouchers))
    used = resource.getrusage(resource.RUSAGE_SELF)
    # What getrusage calls the largest size is the parent's where that was larger when it started this one.
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    peak = next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
    print(peak / 1024, used.ru_utime + used.ru_stime)


def nfdump(folder: Path, sizes: argparse.Namespace) -> bool:
    """Records a CPU second against nfdump with its filter and a join of what it gives."""
    from benchmarks import usage_flows

    return usage_flows.measure(folder, sizes, tell, cpu)


PARTS = {"match": match, "night": night, "verdicts": verdicts, "nfdump": nfdump, "memory": memory}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.usage_match")
    parser.add_argument("--records", type=int, default=4_000_000)
    parser.add_argument("--vouchers", type=int, default=10_000)
    parser.add_argument("--matched", type=float, default=0.1, help="share of records that match")
    parser.add_argument("--large", type=int, default=20_000_000, help="records while memory is watched")
    parser.add_argument("--days", type=int, default=365)
    parser.add_argument("parts", nargs="*", metavar="PART", help="、".join(PARTS))
    sizes = parser.parse_args(arguments)
    met = True
    for name in sizes.parts or PARTS:
        with tempfile.TemporaryDirectory(prefix="yunquan-bench-") as folder:
            met &= PARTS[name](Path(folder), sizes)
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
