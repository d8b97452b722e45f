"""A store with records put into it as a load would, and the plain evaluation it is held against."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import NamedTuple

import polars as pl

from yunquan.kernel.calendar import SHANGHAI, WorkingCalendar
from yunquan.usage.names import normal_name, point_of
from yunquan.usage.records import SCHEMA, pair_keys
from yunquan.usage.store import Loaded, Store
from yunquan.usage.store.marks import Part, part_path, write_mark


class Record(NamedTuple):
    """A record in words: two ends, ports, a time with offset, volumes."""

    a: str
    b: str
    start: datetime
    seconds: int = 10
    up: int = 1
    down: int = 2
    a_port: int = 0
    b_port: int = 0
    protocol: int = 6
    user: int = 0
    rest: int = 0


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def day_of(record: Record) -> date:
    return record.start.astimezone(SHANGHAI).date()


def _us(moment: datetime) -> int:
    return (moment - datetime(1970, 1, 1, tzinfo=SHANGHAI)) // timedelta(microseconds=1) - 8 * 3600 * 10**6


def frame(records: Iterable[Record]) -> pl.DataFrame:
    """The records as a load stores them, sorted by pair."""
    rows = []
    for one in records:
        a, b = point_of(one.a), point_of(one.b)
        start = _us(one.start)
        rows.append(
            (
                *(*a, one.a_port, *b, one.b_port, 0, start, start + one.seconds * 10**6),
                *(one.up, one.down, one.protocol, one.user, one.rest),
            )
        )
    table = pl.DataFrame(rows, schema=SCHEMA, orient="row")
    halves = [table[name].to_numpy() for name in ("a_hi", "a_lo", "b_hi", "b_lo")]
    return table.with_columns(pair=pl.Series(pair_keys(*halves), dtype=pl.Int64())).sort("pair")


def load(
    store: Store,
    records: Sequence[Record],
    source: str = "operator",
    *,
    name: str = "",
    scope: str = "",
    reach: str = "",
) -> None:
    """Commit records as one file."""
    days: dict[date, list[Record]] = defaultdict(list)
    for record in records:
        days[day_of(record)].append(record)
    sha256 = hashlib.sha256(f"{name}{source}{list(records)}".encode()).hexdigest()
    parts = []
    for number, (day, of_day) in enumerate(sorted(days.items())):
        part = Part(day, number, len(of_day))
        path = part_path(store.root, source, sha256, part)
        path.parent.mkdir(parents=True, exist_ok=True)
        frame(of_day).write_parquet(path)
        parts.append(part)
    write_mark(
        store.root,
        Loaded(
            file=name or "records.csv",
            sha256=sha256,
            source=source,
            scope=scope,
            layout="operator_csv",
            records=len(records),
            bad=0,
            skipped=0,
            days=tuple(sorted(days)),
            order=len(store.loads()) + 1,
            parts=tuple(parts),
            reach=reach,
        ),
    )


@dataclass
class Expected:
    """What a plain reading of the definitions says of one service of one voucher."""

    days: set[date]
    records: int
    bytes: int
    clients: set[object]
    work: int
    first: datetime | None
    last: datetime | None


def _end(text: str) -> object:
    """An address as an address (mapped ones as IPv4), anything else as its normal name."""
    try:
        parsed = ip_address(text)
    except ValueError:
        return normal_name(text)
    return getattr(parsed, "ipv4_mapped", None) or parsed


def _is_in(end: object, kind: str, value: str) -> bool:
    if kind == "cidr":
        network = ip_network(value, strict=False)
        return not isinstance(end, str) and end.version == network.version and end in network  # type: ignore[attr-defined]
    if kind == "ip":
        return end == _end(value)
    return end == normal_name(value)


def expected(
    rows: Sequence[Mapping[str, str]], by_source: Mapping[str, Sequence[Record]], from_on: date, to_on: date
) -> dict[tuple[str, str], Expected]:
    """Every record against every pair of ends, one by one."""
    calendar = WorkingCalendar()
    ends: dict[tuple[str, str], dict[str, list[Mapping[str, str]]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        ends[row["voucher"], row["service"]][row["end"]].append(row)
    found = {}
    for key, sides in ends.items():
        said = Expected(set(), 0, 0, set(), 0, None, None)
        for records in by_source.values():
            seen = set()
            for record in records:
                day, local = day_of(record), record.start.astimezone(SHANGHAI)
                same = (*map(_end, record[:2]), *record[2:])
                if same in seen or not from_on <= day <= to_on:
                    continue
                seen.add(same)
                client = _client_of(record, sides)
                if client is None:
                    continue
                said.days.add(day)
                said.records += 1
                said.bytes += record.up + record.down
                said.clients.add(client)
                said.work += calendar.is_working_day(day) and 8 <= local.hour < 20
                said.first = min(said.first or local, local)
                said.last = max(said.last or local, local)
        found[key] = said
    return found


def _client_of(record: Record, sides: Mapping[str, Sequence[Mapping[str, str]]]) -> object | None:
    for client, cloud, port in (
        (record.a, record.b, record.b_port),
        (record.b, record.a, record.a_port),
    ):
        if any(_is_in(_end(client), row["kind"], row["value"]) for row in sides["client"]) and any(
            _is_in(_end(cloud), row["kind"], row["value"]) and row["port"] in ("", str(port))
            for row in sides["cloud"]
        ):
            return _end(client)
    return None
