"""Records into Parquet: by day of Shanghai, sorted by pair, zstd; small parts of a day laid together."""

from __future__ import annotations

import io
from collections import defaultdict
from collections.abc import Callable, Iterable
from datetime import date, timedelta
from pathlib import Path

import polars as pl

from yunquan.usage.records import SCHEMA
from yunquan.usage.store.marks import Part

_EPOCH = date(1970, 1, 1)
_DAY_US = 86_400_000_000
_SHANGHAI_US = 8 * 3_600_000_000
ROW_GROUP = 122_880  # DuckDB gives out work by as many rows.
SMALL, LAID_TOGETHER = 100_000, 1_000_000
Place = Callable[[Part], Path]


def by_day(frame: pl.DataFrame) -> dict[date, pl.DataFrame]:
    """The records apart by the date of Shanghai at which each starts."""
    if frame.is_empty():
        return {}
    if frame.schema != SCHEMA:
        frame = frame.select(pl.col(name).cast(kind) for name, kind in SCHEMA.items())
    starts = frame["start_us"]
    first, last = (_day(int(one)) for one in (starts.min(), starts.max()))  # type: ignore[arg-type]
    if first == last:
        return {_EPOCH + timedelta(days=first): frame}
    days = (starts + _SHANGHAI_US) // _DAY_US
    apart = frame.with_columns(days.alias("_day")).partition_by("_day", as_dict=True, include_key=False)
    return {_EPOCH + timedelta(days=int(key[0])): one for key, one in apart.items()}


def _day(start_us: int) -> int:
    return (start_us + _SHANGHAI_US) // _DAY_US


class Pending:
    """Records that are parsed and wait to be written, day by day."""

    def __init__(self) -> None:
        self._frames: dict[date, list[pl.DataFrame]] = defaultdict(list)
        self.rows = 0

    def add(self, frames: dict[date, pl.DataFrame]) -> None:
        for day, frame in frames.items():
            self._frames[day].append(frame)
            self.rows += frame.height

    @property
    def days(self) -> int:
        return len(self._frames)

    def write(self, place: Place, number: int) -> list[Part]:
        """One part a day, numbered from `number`; nothing waits any more."""
        written = []
        for day in sorted(self._frames):
            frames = self._frames.pop(day)
            part = Part(day, number, sum(frame.height for frame in frames))
            write_part(place(part), frames)
            written.append(part)
            number += 1
        self.rows = 0
        return written


def write_part(path: Path, frames: list[pl.DataFrame]) -> None:
    """The records of one day into one file, sorted by pair, so that a reader skips pairs that it does not want."""
    frame = frames[0] if len(frames) == 1 else pl.concat(frames)
    unfolded = io.BytesIO()
    frame.sort("pair").write_parquet(
        unfolded, compression="zstd", compression_level=1, row_group_size=ROW_GROUP, statistics=True
    )
    path.write_bytes(unfolded.getbuffer())


def read_part(path: Path) -> pl.DataFrame:
    """The records of one part."""
    return pl.read_parquet(path, hive_partitioning=False)


def lay_together(parts: Iterable[Part], place: Place, number: int) -> tuple[list[Part], list[Part]]:
    """Write a day's small parts again as few; gives the parts that now hold everything, and those left over."""
    small: dict[date, list[Part]] = defaultdict(list)
    kept: list[Part] = []
    left: list[Part] = []
    for part in parts:
        (small[part.day] if part.rows < SMALL else kept).append(part)
    for day in sorted(small):
        for heap in _heaps(small[day]):
            if len(heap) == 1:
                kept.append(heap[0])
                continue
            joined = Part(day, number, sum(one.rows for one in heap))
            write_part(place(joined), [read_part(place(one)) for one in heap])
            kept.append(joined)
            left.extend(heap)
            number += 1
    return sorted(kept, key=lambda part: (part.day, part.number)), left


def _heaps(parts: list[Part]) -> list[list[Part]]:
    """Small parts in heaps that fit into one file."""
    heaps: list[list[Part]] = []
    rows = LAID_TOGETHER
    for part in parts:
        if rows + part.rows > LAID_TOGETHER:
            heaps.append([])
            rows = 0
        heaps[-1].append(part)
        rows += part.rows
    return heaps
