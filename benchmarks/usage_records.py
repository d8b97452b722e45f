"""Behaviour data for measurements: a registry of vouchers and random records, some of them theirs."""

from __future__ import annotations

import hashlib
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import polars as pl

from yunquan.usage.records import MAPPED, pair_keys, signed
from yunquan.usage.rollup.registry import Registry
from yunquan.usage.store import Loaded, Store
from yunquan.usage.store.marks import Part, part_path, write_mark
from yunquan.usage.store.parts import write_part

FIRST = date(2018, 10, 8)
CLIENTS, CLOUDS, TENANTS = 3, 2, 500
SEEN, LINE = 12, 4096  # so many of a line's addresses show on a day
_V4 = np.int64(signed(MAPPED))


def client(voucher: np.ndarray | int, number: np.ndarray | int) -> np.ndarray | int:
    """The IPv4 number of a voucher's client."""
    return (100 + number << 24) | (64 << 16) + voucher


def cloud(voucher: np.ndarray | int, number: np.ndarray | int) -> np.ndarray | int:
    """The IPv4 number of a voucher's cloud end; many vouchers share one."""
    return (47 << 24) | (number << 16) | voucher % TENANTS


def line(voucher: np.ndarray | int) -> np.ndarray | int:
    """The first address of a voucher's dedicated line, a /20."""
    return (39 << 24) + (voucher << 12)


def dotted(number: int) -> str:
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


def registry(vouchers: int, *, ranges: bool = False) -> Registry:
    """Three clients and two cloud ends each; with ranges one in ten has a /20 or a /48 besides."""
    rows = []
    for voucher in range(vouchers):
        ends = [("client", "ip", dotted(client(voucher, number)), "") for number in range(CLIENTS)]
        port = "443" if voucher % 2 else ""
        ends += [("cloud", "ip", dotted(cloud(voucher, number)), port) for number in range(CLOUDS)]
        if ranges and voucher % 20 == 0:
            ends.append(("client", "cidr", f"{dotted(line(voucher))}/20", ""))
        if ranges and voucher % 20 == 10:
            ends.append(("client", "cidr", f"2408:8000:{voucher:x}::/48", ""))
        rows += [
            {
                "voucher": f"V{voucher:06}",
                "service": "8",
                "end": end,
                "kind": kind,
                "value": value,
                "port": port,
            }
            for end, kind, value, port in ends
        ]
    return Registry.of(rows)


def records(
    count: int, vouchers: int, *, matched: float, day: date = FIRST, seed: int = 0, scattered: bool = False
) -> pl.DataFrame:
    """One day's records, one in a hundred of them twice; a fiftieth of what doesn't match lies in ranges.

    A line shows about as many records an address as a single end does; scattered, nearly every record of one
    has an address of its own.
    """
    dice = np.random.default_rng(seed)
    owner, is_theirs = dice.integers(0, vouchers, count), dice.random(count) < matched
    near = np.where(
        is_theirs, client(owner, dice.integers(0, CLIENTS, count)), dice.integers(1 << 24, 223 << 24, count)
    )
    far = np.where(
        is_theirs, cloud(owner, dice.integers(0, CLOUDS, count)), 47 << 24 | dice.integers(0, 1 << 18, count)
    )
    in_range = ~is_theirs & (dice.random(count) < 0.02)
    lined, shown = owner // 20 * 20, LINE if scattered else SEEN
    near = np.where(in_range, line(lined) + dice.integers(0, shown, count) * (LINE // shown), near)
    far = np.where(in_range, cloud(lined, 0), far)
    there = dice.random(count) < 0.5
    port, chosen = dice.choice(np.array([443, 443, 443, 80]), count), dice.integers(1024, 65536, count)
    midnight = ((day - date(1970, 1, 1)).days * 86400 - 8 * 3600) * 1_000_000
    start = midnight + dice.integers(0, 86_400_000, count) * 1000
    zero = np.full(count, signed(0))
    a_lo, b_lo = (np.where(side, near, far) + _V4 for side in (there, ~there))
    nothing = pl.Series([None], dtype=pl.String()).new_from_index(0, count)
    table = pl.DataFrame(
        {
            "a_hi": zero,
            "a_lo": a_lo,
            "a_name": nothing,
            "a_port": np.where(there, chosen, port).astype(np.int32),
            "b_hi": zero,
            "b_lo": b_lo,
            "b_name": nothing,
            "b_port": np.where(there, port, chosen).astype(np.int32),
            "pair": pair_keys(zero, a_lo, zero, b_lo),
            "start_us": start,
            "end_us": start + dice.integers(0, 300_000, count) * 1000,
            "bytes_ab": dice.integers(40, 10**5, count),
            "bytes_ba": dice.integers(40, 10**6, count),
            "protocol": np.full(count, 6, dtype=np.int16),
            "user": np.zeros(count, dtype=np.int64),
            "rest": dice.integers(0, 1 << 60, count),
        }
    )
    return pl.concat([table[: count - count // 100], table[: count // 100]]).sort("pair")


def commit(store: Store, days: list[tuple[date, pl.DataFrame]], name: str, source: str = "operator") -> None:
    """Put frames into a store as one load."""
    sha256, parts = hashlib.sha256(name.encode()).hexdigest(), []
    for number, (day, frame) in enumerate(days):
        parts.append(Part(day, number, frame.height))
        path = part_path(store.root, source, sha256, parts[-1])
        path.parent.mkdir(parents=True, exist_ok=True)
        write_part(path, [frame])
    covered = tuple(day for day, _ in days)
    total, order = sum(part.rows for part in parts), len(store.loads()) + 1
    loaded = Loaded(name, sha256, source, "", "measure", total, 0, 0, covered, order, parts=tuple(parts))
    write_mark(store.root, loaded)


def history(root: Path, days: int, count: int, vouchers: int) -> Store:
    """A store with so many days, each with a load of its own."""
    store = Store(root)
    for step in range(days):
        day = FIRST - timedelta(days=step + 1)
        commit(store, [(day, records(count, vouchers, matched=0.3, day=day, seed=step))], f"day {step}")
    return store
