"""Payment runs of all cities at once: the same order and outcome as plan_payments(), in columns."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from yunquan.policy import tables
from yunquan.policy.tables import CellReader, TableFault

CLAIM_COLUMNS = ("claim_no", "city", "amount", "claimed_at", "pilot", "carried", "held")
FUND_COLUMNS = ("city", "amount")
OUT = ("city", "position", "claim_no", "amount", "outcome")
_OUTCOMES = ("pay", "carry", "held")


@dataclass(slots=True)
class Claims:
    """Clean claims in columns; money in fen, instants in microseconds."""

    claim_no: pl.Series
    city: pl.Series
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
    numbers, city = table["claim_no"], table["city"]
    # The columns are read side by side; the libraries let go of the interpreter while they work.
    with ThreadPoolExecutor(max_workers=4) as pool:
        named = pool.submit(tables.surely_named, numbers)
        unique = pool.submit(numbers.n_unique)
        amount = pool.submit(tables.fast_money, table["amount"])
        known = pool.submit(lambda: not city.null_count() and bool(city.is_in(list(funds)).all()))
        instants = tables.fast_instants(table["claimed_at"])
        flags = [_flags(table[column]) for column in ("pilot", "carried", "held")]
        amount_fen = amount.result()
        if unique.result() != table.height or not named.result() or not known.result():
            return None
    if instants is None or amount_fen is None or any(one is None for one in flags):
        return None
    return Claims(numbers, city, amount_fen, instants, *flags, is_plain=b"\r" not in content)  # type: ignore[misc,arg-type]


def _flags(text: pl.Series) -> np.ndarray | None:
    if text.null_count() or int(text.str.len_bytes().sum()) != len(text):
        return None
    signs = text.cast(pl.Binary).bin.reinterpret(dtype=pl.UInt8).to_numpy()
    return signs == 49 if ((signs == 48) | (signs == 49)).all() else None


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
    return Claims(
        pl.Series(columns[0], dtype=pl.String),
        pl.Series(columns[1], dtype=pl.String),
        np.array(columns[2], dtype=np.int64),
        np.array(columns[3], dtype=np.int64),
        np.array(columns[4], dtype=bool),
        np.array(columns[5], dtype=bool),
        np.array(columns[6], dtype=bool),
    )


def plan(claims: Claims, funds: dict[str, int]) -> pl.DataFrame:
    """Plan every city's payment run, in pay order, cities by code point."""
    cities = sorted(set(claims.city.unique().to_list()), key=lambda name: name.encode())
    city = claims.city.cast(pl.Enum(cities)).to_physical().to_numpy().astype(np.int64)
    # A carried claim comes first whether or not it is a pilot's.
    rank = city * 3 + np.where(claims.is_carried, 0, np.where(claims.is_pilot, 1, 2))
    order = tables.ordered(rank, claims.instants, claims.claim_no)
    city, held, amount = city[order], claims.is_held[order], claims.amount_fen[order]
    starts = np.flatnonzero(np.diff(city, prepend=-1))
    counts = np.diff(np.append(starts, len(city)))
    position = np.arange(len(city)) - np.repeat(starts, counts) + 1
    left = np.array([funds[name] for name in cities], dtype=np.int64)
    outcome = np.where(held, 2, 1).astype(np.int8)
    for start, count, fund in zip(starts.tolist(), counts.tolist(), left.tolist(), strict=True):
        asked = np.where(held[start : start + count], 0, amount[start : start + count])
        # More than the fund is as good as any more, and the sum then stays within 64 bits.
        asked = np.minimum(asked, fund + 1)
        if count * (fund + 1) < 2**62:
            covered = np.cumsum(asked) <= fund
        else:
            covered = np.cumsum(asked.astype(object)) <= fund
        # A held claim asks for nothing, so the sum grows only by claims of the run and never falls.
        outcome[start : start + count][covered.astype(bool) & ~held[start : start + count]] = 0
    return pl.DataFrame(
        {
            "city": pl.Series(cities).gather(city),
            "position": position,
            "claim_no": claims.claim_no.gather(order),
            "amount": tables.yuan_column(amount),
            "outcome": pl.Series(_OUTCOMES).gather(outcome.astype(np.int64)),
        }
    )
