"""From columns of text to records: every part read, every fault with its line, everything else hashed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from unicodedata import normalize

import numpy as np
import polars as pl
from numpy.typing import NDArray

from yunquan.usage.layouts import columns as fast
from yunquan.usage.layouts import plain
from yunquan.usage.layouts.contract import KEPT_BAD, SHOWN_TEXT, BadLine, LayoutUnknown, Options, Parsed
from yunquan.usage.layouts.mapping import Layouts, _Field, _Skip, spelled
from yunquan.usage.layouts.plain import Wrong
from yunquan.usage.layouts.rows import Rows
from yunquan.usage.layouts.settling import settle, settle_ends
from yunquan.usage.layouts.spans import Ints, Mask, Spans, either
from yunquan.usage.records import SCHEMA, Point, pair_keys, stable_hash

EARLIEST = plain.iso_of("2010-01-01T00:00:00Z")
NO_CLOUD = ("没有应用端，请用 --cloud 指定", "日志含应用端（主机或地址）一列，或用 --cloud 指定主机或地址")
_STEP = np.uint64(0xD6E8FEB86659FD93)
_EXACT: dict[str, Callable[[str], Point]] = {
    "address": plain.address_of,
    "end": plain.end_of,
    "end_and_port": lambda text: plain.cloud_of(text)[0],
}


def column_of(part: _Field, columns: Sequence[str]) -> tuple[str | None, str | None]:
    """The file's columns for a part of a record: the one, and the one used where it is empty."""
    by_name = {spelled(column): column for column in reversed(columns)}

    def first(names: Sequence[str]) -> str | None:
        return next((by_name[spelled(name)] for name in names if spelled(name) in by_name), None)

    column, spare = first(part.names), first(part.otherwise)
    return (column, spare) if column is not None else (spare, None)


def _skipped(rows: Rows, rules: Sequence[_Skip]) -> Mask:
    """The rows that prove nothing, by the layout's rules."""
    by_name = {spelled(name): column for name, column in rows.columns.items()}
    total = np.zeros(rows.height, dtype=np.bool_)
    for rule in rules:
        if spelled(rule.column) not in by_name or any(spelled(name) not in by_name for name in rule.also):
            continue
        held = by_name[spelled(rule.column)]
        hit = _any_of(held, rule.values)
        if rule.at_least is not None:
            numbers, ok = fast.whole(held)
            hit |= ok & (numbers >= rule.at_least)
        for name, values in rule.also.items():
            if hit.any():
                hit &= _any_of(by_name[spelled(name)], values)
        total |= hit
    return total


def _any_of(column: Spans, values: Sequence[str]) -> Mask:
    hit = np.zeros(len(column), dtype=np.bool_)
    for value in values:
        hit |= column.equals(value)
    return hit


def _rest(columns: Mapping[str, Spans]) -> Ints:
    """One hash a row over the columns that are not kept, whichever way round they stand; empty ones count for nothing."""
    total: NDArray[np.uint64] | None = None
    with np.errstate(over="ignore"):
        for name, column in columns.items():
            salt = np.uint64(stable_hash(spelled(name)) & 0xFFFFFFFFFFFFFFFF)
            mixed = (column.hashes() ^ salt) * _STEP
            mixed = np.where(column.sizes > 0, mixed ^ (mixed >> np.uint64(31)), 0)
            total = mixed if total is None else total + mixed
        if total is None:
            raise ValueError("no columns")
        return (total ^ (total >> np.uint64(32))).view(np.int64)


class _Users:
    """Stable hashes of users' names by the hashes of their letters.

    Most names were met shortly before and stand in their place of a table, as far as no other name has taken it;
    the table is never changed but replaced, so that those who read it in other threads see one or the other.
    """

    _PLACES, _MANY = 16, 1 << 20

    def __init__(self, none: frozenset[str]) -> None:
        self._none = none
        self._met: dict[int, int] = {}
        size = 1 << self._PLACES
        # No letters have the hash 0, and are nobody.
        self._table = np.zeros(size, dtype=np.uint64), np.zeros(size, dtype=np.int64)

    def of(self, column: Spans) -> Ints:
        letters = column.hashes()
        places = (letters >> np.uint64(64 - self._PLACES)).view(np.int64)
        known, users = self._table
        found = users[places]
        rows = np.flatnonzero(known[places] != letters)
        if len(rows):
            found[rows] = self._named(column.rows(rows))
            known, users = known.copy(), users.copy()
            known[places[rows]], users[places[rows]] = letters[rows], found[rows]
            self._table = known, users
        return found

    def _named(self, column: Spans) -> Ints:
        known, rows, which = column.different()
        if len(self._met) > self._MANY:
            self._met.clear()
        hashes = []
        for key, row in zip(known.tolist(), rows.tolist(), strict=True):
            user = self._met.get(key)
            if user is None:
                name = normalize("NFKC", column.text(row)).strip()
                user = self._met[key] = 0 if not name or name in self._none else stable_hash(name)
            hashes.append(user)
        return np.array(hashes, dtype=np.int64)[which]


_users = lru_cache(maxsize=64)(_Users)


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

    def __init__(self, mapping: Layouts, rows: Rows, options: Options) -> None:
        self.mapping, self.rows, self.options = mapping, rows, options
        self.none = frozenset(mapping.none)
        self.size = rows.height
        self.bad = np.zeros(rows.height, dtype=np.bool_)
        self.found: list[tuple[Ints, str, Callable[[int], Wrong]]] = []
        self.taken: set[str] = set()

    def strike(self, rows: Mask, column: str, why: Callable[[int], Wrong]) -> None:
        """These rows are in fault, for the first time."""
        if not rows.any():
            return
        new = rows & ~self.bad
        self.found.append((np.flatnonzero(new), column, why))
        self.bad |= new

    def column(self, part: str) -> tuple[Spans | None, str]:
        spec = self.mapping.fields.get(part)  # type: ignore[call-overload]
        if spec is None:
            return None, part
        name, spare = column_of(spec, list(self.rows.columns))
        if name is None:
            return None, spec.names[0]
        self.taken.add(name)
        held = self.rows.columns[name]
        if spare is None:
            return held, name
        self.taken.add(spare)
        empty = (held.sizes == 0) | _any_of(held, self.mapping.none)
        return (either(empty, self.rows.columns[spare], held) if empty.any() else held), name

    def end(self, part: str) -> tuple[Ints, Ints, pl.Series | None, Mask]:
        column, name = self.column(part)
        if column is None and part == "a":
            self.strike(~self.bad, name, lambda row: Wrong("没有客户端一列", name))
        if column is None:
            return self._cloud(np.ones(self.size, dtype=np.bool_), None, name)
        read = self.mapping.fields[part].read  # type: ignore[index]
        settled = settle_ends(column, _EXACT[read], self.none)
        high, low, names, absent = settled.high, settled.values, settled.names, settled.absent
        assert high is not None
        self.strike(settled.bad, name, lambda row: settled.faults[column.text(row)])
        if part == "b" and absent.any():
            return self._cloud(absent, (high, low, names), name)
        self.strike(absent, name, lambda row: Wrong("没有值", "地址、账号、号码、设备号或域名"))
        return high, low, names, absent

    def _cloud(
        self, absent: Mask, held: tuple[Ints, Ints, pl.Series | None] | None, name: str
    ) -> tuple[Ints, Ints, pl.Series | None, Mask]:
        """Fill in the application's end where the log has none."""
        size = self.size
        high, low, names = held or (np.zeros(size, np.int64), np.zeros(size, np.int64), None)
        if not self.options.cloud:
            self.strike(absent, name, lambda row: Wrong(*NO_CLOUD))
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
    ) -> tuple[Ints, Mask, str] | None:
        column, name = self.column(part)
        if column is None:
            return None
        settled = settle(column, read, exact, self.none)
        self.strike(settled.bad, name, lambda row: settled.faults[column.text(row)])
        return settled.values, settled.absent, name

    def number(self, part: str, read: fast.Fast, exact: Callable[[str], int]) -> Ints:
        found = self.numbers(part, read, exact)
        return np.zeros(self.size, dtype=np.int64) if found is None else found[0]

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
                texts, which = column.distinct()
                b_port = np.where(b_port == 0, np.array([_port_of(text) for text in texts])[which], b_port)
        if self.options.cloud and cloudless.any():
            b_port = np.where(cloudless & (b_port == 0), given_cloud(self.options.cloud)[1], b_port)
        return a_port, b_port

    def times(self) -> tuple[Ints, Ints]:
        read = self.mapping.fields["start"].read
        found = self.numbers("start", fast.TIMES[read], plain.TIMES[read])
        if found is None:
            name = self.mapping.fields["start"].names[0]
            self.strike(~self.bad, name, lambda row: Wrong("没有开始时间一列", name))
            start = np.full(self.size, EARLIEST)
            return start, start
        start, absent, name = found
        self.strike(absent, name, lambda row: Wrong("没有时间", "开始时间"))
        start = self._zoned(start, read)
        now = (self.options.now - plain.EPOCH) // plain.timedelta(microseconds=1)
        self.strike(
            start > now,
            name,
            lambda row: Wrong(f"开始时间在将来（{_shown(int(start[row]))}）", "已经发生的时间"),
        )
        self.strike(
            start < EARLIEST,
            name,
            lambda row: Wrong(f"开始时间太早（{_shown(int(start[row]))}）", "2010 年以后的时间"),
        )
        return start, self._end(start, read)

    def _zoned(self, moments: Ints, read: str) -> Ints:
        if read != "local":
            return moments
        return _in_zone(np.where(self.bad, EARLIEST, moments), self.options.zone)

    def _end(self, start: Ints, read: str) -> Ints:
        spec = self.mapping.fields.get("end")
        if spec is not None:
            read = spec.read or read
            found = self.numbers("end", fast.TIMES[read], plain.TIMES[read])
            if found is not None:
                end, absent, name = found
                end = np.where(absent, start, self._zoned(np.where(absent, start, end), read))
                early = end < start
                self.strike(early, name, lambda row: Wrong("结束早于开始", "不早于开始的时间"))
                return end
        found = self.numbers("duration", fast.decimal, plain.duration_of)
        if found is None:
            return start
        self.strike(found[0] < 0, found[2], lambda row: Wrong("时长是负数", "不小于 0 的秒数"))
        return start + found[0]


@lru_cache(maxsize=64)
def given_cloud(text: str | None) -> tuple[Point, int]:
    """The end given by --cloud; raises LayoutUnknown where none is given or it is none."""
    if not text:
        raise LayoutUnknown(*NO_CLOUD)
    try:
        return plain.cloud_of(text)
    except Wrong as wrong:
        raise LayoutUnknown(f"--cloud：{wrong.reason}", wrong.expected) from wrong


def _port_of(text: str) -> int:
    """The port behind a host's name, 0 where there is none."""
    try:
        return plain.cloud_of(text)[1]
    except Wrong:
        return 0


def _without_headings(mapping: Layouts, rows: Rows) -> Rows:
    """Files put together repeat their header; it is no row."""
    name = column_of(mapping.fields["start"], list(rows.columns))[0]
    if name is None:
        return rows
    headings = rows.columns[name].equals(name)
    return rows.chosen(~headings) if headings.any() else rows


def records_of(mapping: Layouts, rows: Rows, options: Options) -> Parsed:
    """The records of a block; raises LayoutUnknown where no row of it can ever be one."""
    rows = _without_headings(mapping, rows)
    kept = _skipped(rows, mapping.skip)
    if kept.any():
        rows = rows.chosen(~kept)
        rows.skipped += int(kept.sum())
    work = _Assembly(mapping, rows, options)
    a_hi, a_lo, a_name, _ = work.end("a")
    b_hi, b_lo, b_name, cloudless = work.end("b")
    a_port, b_port = work.ports(cloudless)
    start, end = work.times()
    up = work.number("bytes_ab", fast.volume, plain.volume_of)
    down = work.number("bytes_ba", fast.volume, plain.volume_of)
    protocol = work.number("protocol", fast.protocol, plain.protocol_of)
    user_column, _ = work.column("user")
    user = _users(work.none).of(user_column) if user_column is not None else np.zeros(work.size, np.int64)
    others = {name: column for name, column in rows.columns.items() if name not in work.taken}
    rest = _rest(others) if others else np.zeros(work.size, np.int64)
    none = pl.Series([None], dtype=pl.String()).new_from_index(0, work.size)
    columns = {
        "a_hi": a_hi,
        "a_lo": a_lo,
        "a_name": none if a_name is None else a_name,
        "a_port": a_port.astype(np.int32),
        "b_hi": b_hi,
        "b_lo": b_lo,
        "b_name": none if b_name is None else b_name,
        "b_port": b_port.astype(np.int32),
        "pair": pair_keys(a_hi, a_lo, b_hi, b_lo),
        "start_us": start,
        "end_us": end,
        "bytes_ab": up,
        "bytes_ba": down,
        "protocol": protocol.astype(np.int16),
        "user": user,
        "rest": rest,
    }
    made = pl.DataFrame(columns, schema=SCHEMA)
    if work.bad.any():
        made = made.filter(~pl.Series(work.bad))
    said = sorted([*rows.bad, *_said(work, rows)], key=lambda line: line.line)
    return Parsed(made, said[:KEPT_BAD], rows.bad_count + int(work.bad.sum()), rows.skipped)


def _said(work: _Assembly, rows: Rows) -> list[BadLine]:
    """The faults in words, the first of the block first; a log with business content shows its faulty value alone."""
    if not work.found:
        return []
    places = np.concatenate([at for at, _, _ in work.found])
    which = np.concatenate([np.full(len(at), number) for number, (at, _, _) in enumerate(work.found)])
    said = []
    for place in np.argsort(places, kind="stable")[:KEPT_BAD]:
        row, (_, column, why) = int(places[place]), work.found[int(which[place])]
        wrong, line = why(row), int(rows.lines[row])
        held = rows.columns[column].text(row) if column in rows.columns else ""
        text = held if work.mapping.private else rows.text(line)
        said.append(BadLine(line, column, wrong.reason, wrong.expected, text[:SHOWN_TEXT]))
    return said
