"""Payment runs of all cities at once: the same order and outcome as plan_payments(), in columns."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from yunquan.policy import bulk_columns, tables
from yunquan.policy.tables import CellReader, TableFault

CLAIM_COLUMNS = ("claim_no", "city", "amount", "claimed_at", "pilot", "carried", "held")
FUND_COLUMNS = ("city", "amount")
OUT = ("city", "position", "claim_no", "amount", "outcome")
_OUTCOMES = ("pay", "carry", "held")


@dataclass(slots=True)
class Claims:
    """Clean claims in columns; money in fen, instants in microseconds, a city by its place in `cities`."""

    claim_no: pl.Series
    cities: list[str]
    city: np.ndarray
    amount_fen: np.ndarray
    instants: np.ndarray
    is_pilot: np.ndarray
    is_carried: np.ndarray
    is_held: np.ndarray
    is_plain: bool = False


def read_funds(path: str | Path, faults: list[TableFault]) -> dict[str, int]:
    """Read each city's funds in fen."""
    content = tables.read_bytes(path, faults)
    if content is None:
        return {}
    name = Path(path).name
    cells = CellReader(name, faults)
    funds: dict[str, int] = {}
    for row in tables.read_exactly(name, content, FUND_COLUMNS, faults):
        city = cells.read(row, "city", tables.filled)
        amount = cells.read(row, "amount", tables.money)
        if city is not None and city in funds:
            cells.fault(row, "city", f"“{city}”出现了两次", "每个地市只写一行")
        if city is not None:
            funds[city] = amount or 0
    return funds


def read_claims(
    path: str | Path, funds: dict[str, int], funds_name: str, faults: list[TableFault]
) -> Claims | None:
    """Read the claims that wait; None with faults where anything is wrong, or without rows."""
    content = tables.read_bytes(path, faults)
    if content is None:
        return None
    claims = _read_fast(content, funds) if not faults else None
    return (
        claims if claims is not None else _read_exactly(Path(path).name, content, funds, funds_name, faults)
    )


def _read_fast(content: bytes, funds: dict[str, int]) -> Claims | None:
    table = tables.read_fast(content, CLAIM_COLUMNS)
    if table is None:
        return None
    cities = sorted(funds)
    # The columns are read side by side; the libraries let go of the interpreter while they work.
    with ThreadPoolExecutor(max_workers=2) as pool:
        amount = pool.submit(bulk_columns.fast_money, table["amount"])
        city = pool.submit(bulk_columns.fast_codes, table["city"], cities)
        named = pool.submit(bulk_columns.surely_named, table["claim_no"])
        flags = [pool.submit(bulk_columns.fast_flags, table[name]) for name in ("pilot", "carried", "held")]
        instants = bulk_columns.fast_instants(table["claimed_at"])
        if instants is None or not bulk_columns.are_distinct(table["claim_no"]) or not named.result():
            return None
        columns = [city.result(), amount.result(), instants, *(one.result() for one in flags)]
    read = [column for column in columns if column is not None]
    if len(read) < len(columns):
        return None
    city_codes, amounts, moments, pilot, carried, held = read
    is_plain = b"\r" not in content
    return Claims(table["claim_no"], cities, city_codes, amounts, moments, pilot, carried, held, is_plain)


def _read_exactly(
    name: str, content: bytes, funds: dict[str, int], funds_name: str, faults: list[TableFault]
) -> Claims | None:
    cells = CellReader(name, faults)
    seen: dict[str, int] = {}
    read: list[tuple[str, str, int, int, bool, bool, bool]] = []
    for row in tables.read_exactly(name, content, CLAIM_COLUMNS, faults):
        number = cells.read(row, "claim_no", tables.filled)
        city = cells.read(row, "city", tables.filled)
        rest = (
            cells.read(row, "amount", tables.positive_money),
            cells.read(row, "claimed_at", tables.instant),
            cells.read(row, "pilot", tables.flag),
            cells.read(row, "carried", tables.flag),
            cells.read(row, "held", tables.flag),
        )
        if number is not None and seen.setdefault(number, row.line) != row.line:
            cells.fault(row, "claim_no", f"“{number}”与第 {seen[number]} 行重复", "每个申请号只写一行")
        if city is not None and city not in funds:
            cells.fault(
                row,
                "city",
                f"{funds_name} 中没有“{city}”的资金",
                f"在 {funds_name} 中有一行的地市，没有资金写 0",
            )
        if number is not None and city is not None and None not in rest:
            read.append((number, city, *rest))
    if faults or not read:
        return None
    columns = list(zip(*read, strict=True))
    cities = sorted(funds)
    place = {name: at for at, name in enumerate(cities)}
    return Claims(
        pl.Series(columns[0], dtype=pl.String),
        cities,
        np.array([place[name] for name in columns[1]], dtype=np.int64),
        np.array(columns[2], dtype=np.int64),
        np.array(columns[3], dtype=np.int64),
        np.array(columns[4], dtype=bool),
        np.array(columns[5], dtype=bool),
        np.array(columns[6], dtype=bool),
    )


def plan(claims: Claims, funds: dict[str, int]) -> pl.DataFrame:
    """Plan every city's payment run, in pay order, cities by code point."""
    # A carried claim comes first whether or not it is a pilot's.
    rank = claims.city.astype(np.int64) * 3
    rank += ~claims.is_carried * (2 - claims.is_pilot.astype(np.int8))
    order = bulk_columns.ordered(rank, claims.instants, claims.claim_no)
    city, held, amount = claims.city[order].astype(np.int64), claims.is_held[order], claims.amount_fen[order]
    starts = np.flatnonzero(np.diff(city, prepend=-1))
    counts = np.diff(np.append(starts, len(city)))
    position = np.arange(len(city)) - np.repeat(starts, counts) + 1
    left = [funds[claims.cities[place]] for place in city[starts].tolist()]
    outcome = np.where(held, 2, 1).astype(np.int8)
    for start, count, fund in zip(starts.tolist(), counts.tolist(), left, strict=True):
        asked = np.where(held[start : start + count], 0, amount[start : start + count])
        # More than the fund is as good as any more, and the sum then stays within 64 bits.
        asked = np.minimum(asked, fund + 1)
        if count * int(asked.max()) >= 2**62:
            asked = asked.astype(object)
        covered = np.cumsum(asked) <= fund
        # A held claim asks for nothing, so the sum grows only by claims of the run and never falls.
        outcome[start : start + count][covered.astype(bool) & ~held[start : start + count]] = 0
    return pl.DataFrame(
        {
            "city": pl.Series(claims.cities).gather(city),
            "position": position,
            "claim_no": claims.claim_no.gather(order),
            "amount": bulk_columns.yuan_column(amount),
            "outcome": pl.Series(_OUTCOMES).gather(outcome.astype(np.int64)),
        }
    )
