"""From columns of text to records: every part read, every fault with its line, everything else hashed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

import numpy as np
import polars as pl

from yunquan.usage.layouts import columns as fast
from yunquan.usage.layouts import plain
from yunquan.usage.layouts.columns import Ints, Mask
from yunquan.usage.layouts.contract import KEPT_BAD, SHOWN_TEXT, BadLine, LayoutUnknown, Options, Parsed
from yunquan.usage.layouts.hashing import name_hashes, rest_hashes
from yunquan.usage.layouts.mapping import Layouts, _Field, _Skip, spelled
from yunquan.usage.layouts.plain import Wrong
from yunquan.usage.records import SCHEMA, Point, pair_keys

EARLIEST = plain.iso_of("2010-01-01T00:00:00Z")
NO_CLOUD = ("没有应用端，请用 --cloud 指定", "日志含应用端（主机或地址）一列，或用 --cloud 指定主机或地址")
_EXACT: dict[str, Callable[[str], Point]] = {
    "address": plain.address_of,
    "end": plain.end_of,
    "end_and_port": lambda text: plain.cloud_of(text)[0],
}


@dataclass(slots=True)
class Rows:
    """Rows as a reader gives them: columns of text, the line of each row, lines already set apart.

    `text` gives a line of the block by its number, for the report of what was wrong.
    """

    frame: pl.DataFrame
    lines: Ints
    text: Callable[[int], str] = lambda line: ""
    bad: list[BadLine] = field(default_factory=list)
    bad_count: int = 0
    skipped: int = 0


@dataclass(slots=True)
class _Reading:
    """The faults found so far: for each row the first one."""

    size: int
    bad: Mask
    found: list[tuple[Ints, str, Callable[[int], Wrong]]]

    def strike(self, rows: Mask, column: str, why: Callable[[int], Wrong]) -> None:
        new = rows & ~self.bad
        if new.any():
            self.found.append((np.flatnonzero(new), column, why))
            self.bad |= new


def column_of(part: _Field, columns: Sequence[str]) -> tuple[str | None, str | None]:
    """The file's columns for a part of a record: the one, and the one used where it is empty."""
    by_name = {spelled(column): column for column in reversed(columns)}

    def first(names: Sequence[str]) -> str | None:
        return next((by_name[spelled(name)] for name in names if spelled(name) in by_name), None)

    column, spare = first(part.names), first(part.otherwise)
    return (column, spare) if column is not None else (spare, None)


def _skipped(frame: pl.DataFrame, rules: Sequence[_Skip]) -> Mask | None:
    """The rows that prove nothing, by the layout's rules."""
    by_name = {spelled(column): column for column in frame.columns}
    total: pl.Expr | None = None
    for rule in rules:
        if spelled(rule.column) not in by_name or any(spelled(name) not in by_name for name in rule.also):
            continue
        held = pl.col(by_name[spelled(rule.column)])
        hit = held.is_in(list(rule.values)) if len(rule.values) != 1 else held == rule.values[0]
        if rule.at_least is not None:
            hit = held.cast(pl.Int32(), strict=False) >= rule.at_least
        for name, values in rule.also.items():
            hit = hit & pl.col(by_name[spelled(name)]).is_in(list(values))
        total = hit if total is None else total | hit
    if total is None:
        return None
    return frame.select(total.fill_null(False)).to_series().to_numpy()


@lru_cache(maxsize=4096)
def _shift(zone: str, quarter: int) -> int:
    """How far a zone lies from UTC in a quarter of an hour of its own time."""
    return plain.zoned(quarter * 900_000_000, zone) - quarter * 900_000_000


def _in_zone(moments: Ints, zone: str) -> Ints:
    quarters, place = np.unique(moments // 900_000_000, return_inverse=True)
    return moments + np.array([_shift(zone, int(quarter)) for quarter in quarters], dtype=np.int64)[place]


def _shown(moment: int) -> str:
    try:
        return str(datetime.fromtimestamp(moment / 1e6, tz=plain.EPOCH.tzinfo).date())
    except (ValueError, OverflowError, OSError):
        return "年份过大" if moment > 0 else "年份过小"


class _Assembly:
    """One block on its way from text to records."""

    def __init__(self, mapping: Layouts, frame: pl.DataFrame, options: Options) -> None:
        self.mapping, self.frame, self.options = mapping, frame, options
        self.none = frozenset(mapping.none)
        self.reading = _Reading(frame.height, np.zeros(frame.height, dtype=np.bool_), [])
        self.taken: set[str] = set()

    def column(self, part: str) -> tuple[pl.Series | None, str]:
        spec = self.mapping.fields.get(part)  # type: ignore[call-overload]
        if spec is None:
            return None, part
        name, spare = column_of(spec, self.frame.columns)
        if name is None:
            return None, spec.names[0]
        self.taken.add(name)
        if spare is None:
            return self.frame.get_column(name), name
        self.taken.add(spare)
        held = pl.col(name)
        empty = held.is_null() | held.is_in(["", *self.none])
        return self.frame.select(
            pl.when(empty).then(pl.col(spare)).otherwise(held).alias(name)
        ).to_series(), name

    def end(self, part: str) -> tuple[Ints, Ints, pl.Series | None, Mask]:
        column, name = self.column(part)
        if column is None:
            return self._cloud(np.ones(self.frame.height, dtype=np.bool_), None, name)
        read = self.mapping.fields[part].read  # type: ignore[index]
        high, low, names, absent, bad, faults = fast.settle_ends(column, _EXACT[read], self.none)
        self.reading.strike(bad, name, lambda row: faults[column[row]])
        if part == "b" and absent.any():
            return self._cloud(absent, (high, low, names), name)
        self.reading.strike(absent, name, lambda row: Wrong("没有值", "地址、账号、号码、设备号或域名"))
        return high, low, names, absent

    def _cloud(
        self, absent: Mask, held: tuple[Ints, Ints, pl.Series | None] | None, name: str
    ) -> tuple[Ints, Ints, pl.Series | None, Mask]:
        """Fill in the application's end where the log has none."""
        size = self.frame.height
        high, low, names = held or (np.zeros(size, np.int64), np.zeros(size, np.int64), None)
        if not self.options.cloud:
            self.reading.strike(absent, name, lambda row: Wrong(*NO_CLOUD))
            return high, low, names, absent
        point, _ = given_cloud(self.options.cloud)
        high, low = np.where(absent, point.hi, high), np.where(absent, point.lo, low)
        if point.name is not None or names is not None:
            kept = (
                names if names is not None else pl.Series([None], dtype=pl.String()).new_from_index(0, size)
            )
            mask = pl.Series(absent)
            names = pl.Series([point.name], dtype=pl.String()).new_from_index(0, size).zip_with(mask, kept)
        return high, low, names, absent

    def numbers(
        self, part: str, read: fast.Fast, exact: Callable[[str], int]
    ) -> tuple[Ints, Mask, str, pl.Series] | None:
        column, name = self.column(part)
        if column is None:
            return None
        values, absent, bad, faults = fast.settle(column, read, exact, self.none)
        self.reading.strike(bad, name, lambda row: faults[column[row]])
        return values, absent, name, column

    def number(self, part: str, read: fast.Fast, exact: Callable[[str], int]) -> Ints:
        found = self.numbers(part, read, exact)
        return np.zeros(self.frame.height, dtype=np.int64) if found is None else found[0]

    def ports(self, cloudless: Mask) -> tuple[Ints, Ints]:
        both = self.numbers("port", fast.port, plain.port_of)
        if both is not None:
            a_port = b_port = both[0]
        else:
            a_port = self.number("a_port", fast.port, plain.port_of)
            b_port = self.number("b_port", fast.port, plain.port_of)
        spec = self.mapping.fields.get("b")
        if spec is not None and spec.read == "end_and_port":
            column, _ = self.column("b")
            if column is not None:
                held = {text: 0 for text in column.unique().drop_nulls().to_list()}
                for text in held:
                    try:
                        held[text] = plain.cloud_of(text)[1]
                    except Wrong:
                        continue
                found = column.replace_strict(
                    list(held), list(held.values()), default=0, return_dtype=pl.Int64()
                )
                b_port = np.where(b_port == 0, found.fill_null(0).to_numpy(), b_port)
        if self.options.cloud and cloudless.any():
            b_port = np.where(cloudless & (b_port == 0), given_cloud(self.options.cloud)[1], b_port)
        return a_port, b_port

    def times(self) -> tuple[Ints, Ints]:
        read = self.mapping.fields["start"].read
        found = self.numbers("start", fast.TIMES[read], plain.TIMES[read])
        if found is None:
            raise LayoutUnknown("没有开始时间一列", "、".join(self.mapping.fields["start"].names))
        start, absent, name, _ = found
        self.reading.strike(absent, name, lambda row: Wrong("没有时间", "开始时间"))
        start = self._zoned(start, read)
        now = (self.options.now - plain.EPOCH) // plain.timedelta(microseconds=1)
        self.reading.strike(
            start > now,
            name,
            lambda row: Wrong(f"开始时间在将来（{_shown(int(start[row]))}）", "已经发生的时间"),
        )
        self.reading.strike(
            start < EARLIEST,
            name,
            lambda row: Wrong(f"开始时间太早（{_shown(int(start[row]))}）", "2010 年以后的时间"),
        )
        return start, self._end(start, read)

    def _zoned(self, moments: Ints, read: str) -> Ints:
        if read != "local":
            return moments
        return _in_zone(np.where(self.reading.bad, EARLIEST, moments), self.options.zone)

    def _end(self, start: Ints, read: str) -> Ints:
        spec = self.mapping.fields.get("end")
        if spec is not None:
            read = spec.read or read
            found = self.numbers("end", fast.TIMES[read], plain.TIMES[read])
            if found is not None:
                end, absent, name, _ = found
                end = np.where(absent, start, self._zoned(np.where(absent, start, end), read))
                early = end < start
                self.reading.strike(early, name, lambda row: Wrong("结束早于开始", "不早于开始的时间"))
                return end
        found = self.numbers("duration", fast.decimal, plain.decimal_of)
        if found is None:
            return start
        self.reading.strike(found[0] < 0, found[2], lambda row: Wrong("时长是负数", "不小于 0 的秒数"))
        return start + found[0]


@lru_cache(maxsize=64)
def given_cloud(text: str) -> tuple[Point, int]:
    """The end given by --cloud; raises LayoutUnknown where it is none."""
    try:
        return plain.cloud_of(text)
    except Wrong as wrong:
        raise LayoutUnknown(f"--cloud：{wrong.reason}", wrong.expected) from wrong


def records_of(mapping: Layouts, rows: Rows, options: Options) -> Parsed:
    """The records of a block; raises LayoutUnknown where no row of it can ever be one."""
    frame, lines, skipped = rows.frame, rows.lines, rows.skipped
    again = column_of(mapping.fields["start"], frame.columns)[0]
    if again is not None and (headings := (frame.get_column(again) == again).fill_null(False)).any():
        # Files put together repeat their header; it is no row.
        frame, lines = frame.filter(~headings), lines[~headings.to_numpy()]
    kept = _skipped(frame, mapping.skip)
    if kept is not None and kept.any():
        skipped += int(kept.sum())
        frame, lines = frame.filter(~pl.Series(kept)), lines[~kept]
    work = _Assembly(mapping, frame, options)
    b_known = "b" in mapping.fields and column_of(mapping.fields["b"], frame.columns)[0] is not None
    if not b_known and not options.cloud:
        raise LayoutUnknown(*NO_CLOUD)
    a_hi, a_lo, a_name, _ = work.end("a")
    b_hi, b_lo, b_name, cloudless = work.end("b")
    a_port, b_port = work.ports(cloudless)
    start, end = work.times()
    up = work.number("bytes_ab", fast.volume, plain.volume_of)
    down = work.number("bytes_ba", fast.volume, plain.volume_of)
    protocol = work.number("protocol", fast.protocol, plain.protocol_of)
    user_column, _ = work.column("user")
    user = (
        name_hashes(user_column, work.none) if user_column is not None else np.zeros(frame.height, np.int64)
    )
    others = [name for name in frame.columns if name not in work.taken]
    rest = rest_hashes(frame.select(others)) if others else np.zeros(frame.height, np.int64)
    none = pl.Series([None], dtype=pl.String()).new_from_index(0, frame.height)
    made = pl.DataFrame(
        {
            "a_hi": a_hi,
            "a_lo": a_lo,
            "a_name": none if a_name is None else a_name,
            "a_port": a_port,
            "b_hi": b_hi,
            "b_lo": b_lo,
            "b_name": none if b_name is None else b_name,
            "b_port": b_port,
            "pair": pair_keys(a_hi, a_lo, b_hi, b_lo),
            "start_us": start,
            "end_us": end,
            "bytes_ab": up,
            "bytes_ba": down,
            "protocol": protocol,
            "user": user,
            "rest": rest,
        }  # fmt: skip
    )
    bad = work.reading.bad
    if bad.any():
        made = made.filter(~pl.Series(bad))
    made = made.cast(SCHEMA)  # type: ignore[arg-type]
    said = list(rows.bad) + _said(work.reading, lines, rows, mapping, frame)
    said.sort(key=lambda line: line.line)
    return Parsed(made, said[:KEPT_BAD], rows.bad_count + int(bad.sum()), skipped)


def _said(reading: _Reading, lines: Ints, rows: Rows, mapping: Layouts, frame: pl.DataFrame) -> list[BadLine]:
    """The faults in words, the first of the block first; a log with business content shows its faulty value alone."""
    if not reading.found:
        return []
    places = np.concatenate([at for at, _, _ in reading.found])
    which = np.concatenate([np.full(len(at), number) for number, (at, _, _) in enumerate(reading.found)])
    said = []
    for place in np.argsort(places, kind="stable")[:KEPT_BAD]:
        row, (_, column, why) = int(places[place]), reading.found[int(which[place])]
        wrong = why(row)
        line = int(lines[row])
        held = frame.get_column(column)[row] if column in frame.columns else ""
        text = (held or "") if mapping.private else rows.text(line)
        said.append(BadLine(line, column, wrong.reason, wrong.expected, text[:SHOWN_TEXT]))
    return said
