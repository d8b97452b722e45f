"""Measure all signals over a year against one plain scan of the same roll-ups, by CPU time.

10,000 vouchers, 365 days, two sources: 7.3 million roll-up rows in the layout that the nightly run writes. Most
services are honest; one in a hundred hands in another's log, one repeats its volume, one shares its client.

- all signals: at most 5 times one plain scan of the columns that they read
- the largest resident size of the process that computes them: below 1 GB

    python -m benchmarks.usage_signals [--vouchers N] [--days N]
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import polars as pl

from benchmarks import usage_records
from benchmarks.usage_match import cpu, tell
from yunquan.policy.rulebook import load_pack
from yunquan.usage.records import MAPPED, SOURCES, signed
from yunquan.usage.rollup.kept import Part, Rollups, State
from yunquan.usage.rollup.registry import Registry
from yunquan.usage.signals import signals
from yunquan.usage.signals.facts import PERIODS
from yunquan.usage.store import Store

FIRST = date(2019, 1, 1)
CLIENTS, RARE, PARK = 3, 100, 50
_V4, _ZERO = np.int64(signed(MAPPED)), signed(0)
_HOURS = np.array([0, 0, 0, 0, 0, 0, 0, 1, 6, 8, 8, 7, 3, 6, 8, 8, 7, 4, 2, 1, 1, 0, 0, 0]) / 70


def client(voucher: np.ndarray | int, number: np.ndarray | int) -> np.ndarray | int:
    """The IPv4 number of a voucher's client, in the range for measurements (198.18.0.0/15)."""
    return (198 << 24 | 18 << 16) + voucher * 4 + number


def registry(vouchers: int) -> Registry:
    """Services with every fact that a signal asks for."""
    rows = []
    for number in range(vouchers):
        told = {
            "voucher": f"V{number:06}",
            "service": "8",
            "port": "",
            "enterprise": f"合成企业 {number:06}（虚构）",
            "supplier": f"合成供应商 {number % 200:03}（虚构）",
            "claimed_on": FIRST + timedelta(days=90 + number % 200),
            "paid_on": FIRST + timedelta(days=120 + number % 200),
            "shifts": 1 + number % 3,
        }
        clients = (client(number, one) for one in range(CLIENTS))
        ends = [("client", usage_records.dotted(int(one))) for one in clients]
        ends.append(("cloud", usage_records.dotted(int(usage_records.cloud(number, 0)))))
        rows += [{**told, "end": end, "kind": "ip", "value": value} for end, value in ends]
    return Registry.of(rows)


def rollups_of_day(known: Registry, day: date, source: str, seed: int) -> pl.DataFrame:
    """One day's roll-ups of one source: a row for each service."""
    count, dice = len(known.groups), np.random.default_rng(seed)
    number = np.arange(count)
    kind = np.where(number % RARE < 5, number % RARE, -1)
    sessions = dice.integers(4, 40, count)
    volume = (sessions * dice.lognormal(11, 0.4, count)).astype(np.int64)
    # The first of each hundred is copied by the second; the third repeats itself; the fifth shares a client.
    copied, copy = number[kind == 0][: (kind == 1).sum()], number[kind == 1]
    sessions[copy], volume[copy] = sessions[copied], volume[copied]
    volume[kind == 2] = 4_000_000
    hours = dice.multinomial(sessions, _HOURS)
    hours[copy] = hours[copied]
    shared, own = (
        client(number // (RARE * PARK) * RARE * PARK, 3),
        client(number, dice.integers(0, CLIENTS, count)),
    )
    midnight = ((day - date(1970, 1, 1)).days * 86400 - 8 * 3600) * 1_000_000
    gap_s = dice.integers(20_000, 36_000, count)
    phases = {}
    for period in PERIODS:
        angle, length = dice.random(count) * 2 * np.pi, np.sqrt(sessions) * dice.rayleigh(0.7, count)
        length = np.minimum(length, sessions) * 1e6
        phases[f"p{period}c"] = (length * np.cos(angle)).astype(np.int64)
        phases[f"p{period}s"] = (length * np.sin(angle)).astype(np.int64)
    users = dice.integers(1, 4, count) if source == "application" else np.zeros(count, dtype=np.int64)
    return pl.DataFrame(
        {
            "group": np.array([group.number for group in known.groups]),
            "voucher": [group.voucher for group in known.groups],
            "service": [group.service for group in known.groups],
            "c_hi": np.full(count, _ZERO),
            "c_lo": np.where(kind == 4, shared, own) + _V4,
            "c_name": pl.Series([None], dtype=pl.String()).new_from_index(0, count),
            "day": pl.Series([day], dtype=pl.Date()).new_from_index(0, count),
            "sessions": sessions,
            "bytes_up": volume // 10,
            "bytes_down": volume - volume // 10,
            "seconds": sessions * 40,
            "first_us": np.full(count, midnight + 8 * 3_600_000_000),
            "last_us": np.full(count, midnight + 18 * 3_600_000_000),
            "work": hours[:, 8:20].sum(axis=1),
            **{f"h{hour:02}": hours[:, hour] for hour in range(24)},
            "users": users,
            "gaps": sessions - 1,
            "gap_s": gap_s,
            "gap_s2": (gap_s.astype(np.float64) ** 2 / (sessions - 1) * 2).astype(np.int64),
            "user_key": np.where(users == 1, number + 1, 0),
            **phases,
        }
    )


def year(folder: Path, vouchers: int, days: int) -> tuple[Registry, date]:
    """Write a year's roll-ups and the marks that both sources covered each day."""
    known, store, rollups = registry(vouchers), Store(folder), Rollups(folder)
    snapshot = rollups.remember(known.numbers)
    whole = [FIRST + timedelta(days=step) for step in range(days)]
    nothing = usage_records.records(1, 1, matched=0)
    for part, source in enumerate(SOURCES):
        usage_records.commit(store, [(day, nothing) for day in whole], source, source)
        for step, day in enumerate(whole):
            place = rollups.folder(day, source)
            place.mkdir(parents=True, exist_ok=True)
            rollups_of_day(known, day, source, 2 * step + part).write_parquet(place / "year.parquet")
            rollups.write_state(day, source, State("", True, (Part(snapshot, ("year.parquet",)),)))
    return known, whole[-1]


def scan(folder: Path, to_on: date) -> None:
    """Read once every column that a signal reads."""
    listed = ", ".join(
        f"'{path}'" for files in Rollups(folder).files(FIRST, to_on).values() for path in files
    )
    columns = ["group", "c_hi", "c_lo", "sessions", "bytes_up", "bytes_down", "users", "user_key"]
    columns += ["gaps", "gap_s", "gap_s2", *(f"h{hour:02}" for hour in range(24))]
    columns += [f"p{period}{part}" for period in PERIODS for part in "cs"]
    sums = ", ".join(f'sum("{name}")' for name in columns)
    duckdb.connect().execute(
        f"SELECT {sums}, max(day), max(c_name) FROM read_parquet([{listed}], hive_partitioning = false)"
    ).fetchall()


def compute(folder: str, vouchers: int, to_on: str) -> None:
    """Compute all signals in a process of its own; print its CPU time, its largest size and what it found."""
    known, last, rulebook = registry(vouchers), date.fromisoformat(to_on), load_pack("gd-2018")
    found: dict[tuple[str, str], list[object]] = {}

    def act() -> None:
        found.update(signals(Store(Path(folder)), known, None, FIRST, last, rulebook))  # type: ignore[arg-type]

    print(cpu(act), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, sum(map(len, found.values())))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.usage_signals")
    parser.add_argument("--vouchers", type=int, default=10_000)
    parser.add_argument("--days", type=int, default=365)
    sizes = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="yunquan-bench-") as folder:
        _known, to_on = year(Path(folder), sizes.vouchers, sizes.days)
        scan(Path(folder), to_on)
        scanned = min(cpu(lambda: scan(Path(folder), to_on)) for _ in range(3))
        code = (
            "from benchmarks.usage_signals import compute;"
            f" compute({folder!r}, {sizes.vouchers}, {to_on.isoformat()!r})"
        )
        run = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    taken, peak, found = map(float, run.stdout.split())
    ratio = taken / scanned
    met = tell(
        "usage_signals",
        ratio <= 5,
        rows=sizes.vouchers * sizes.days * len(SOURCES),
        found=int(found),
        cpu_s=taken,
        scan_cpu_s=scanned,
        times_plain_scan=ratio,
        at_most=5,
    )
    return 0 if tell("usage_signals_memory", peak < 1000, peak_mb=peak, below=1000) and met else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
