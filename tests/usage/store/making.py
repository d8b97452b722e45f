"""Invented operator files, and what a store must hold after them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from yunquan.usage.layouts import Options
from yunquan.usage.store import Store

HEADER = "client,cloud,port,start,end,bytes_up,bytes_down"
BEGINS = datetime(2019, 3, 4, tzinfo=UTC)
OPTIONS = Options(now=datetime(2020, 1, 1, tzinfo=UTC))


def line(number: int, *, step: timedelta = timedelta(minutes=97)) -> str:
    """A record that no other number gives: `bytes_up` is the number."""
    start = BEGINS + number * step
    end = start + timedelta(seconds=30)
    client = f"120.79.{number // 251 % 251}.{number % 251 + 1}"
    return (
        f"{client},47.106.8.{number % 5 + 1},443,{start.isoformat()},{end.isoformat()},{number},{number * 2}"
    )


def lines(first: int, count: int, *, step: timedelta = timedelta(minutes=97)) -> str:
    """A file of `count` records numbered from `first`."""
    return "\n".join([HEADER, *(line(number, step=step) for number in range(first, first + count))]) + "\n"


def held(store: Store, source: str = "operator") -> list[int]:
    """The numbers of all records that a reader of the store sees, sorted."""
    files = [path for day in store.days() for path in store.files(day, source)]
    return sorted(number for path in files for number in pl.read_parquet(path)["bytes_ab"].to_list())


def tree(root: Path) -> set[str]:
    """Every file under a folder but the lock."""
    return {str(path.relative_to(root)) for path in root.rglob("*") if path.is_file() and path.name != "lock"}
