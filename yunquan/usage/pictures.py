"""What a voucher's use looks like: by day, by hour, by client, both sources beside each other (D47-5.13, 5.16).

Read from roll-ups alone, with the engine; no record is touched and no business content exists to be read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.conf import settings

from yunquan.usage.cases import Case, ends_for, registry_of
from yunquan.usage.reach import Hearing
from yunquan.usage.records import SOURCES, shown

MOST_CLIENTS = 50
_COLUMNS = ("group", "day", "c_hi", "c_lo", "c_name", "sessions", "bytes_up", "bytes_down")
_HOURS = [f"h{hour:02d}" for hour in range(24)]


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one service: sessions by source, bytes of both directions, distinct clients."""

    day: date
    sessions: dict[str, int]
    bytes: int
    clients: int

    @property
    def count(self) -> int:
        """Sessions as the operator tells of them, else as the application does."""
        return self.sessions.get("operator") or self.sessions.get("application", 0)


@dataclass(frozen=True, slots=True)
class Client:
    """One client end with what was seen of it."""

    end: str
    days: int
    sessions: int
    first_on: date
    last_on: date


@dataclass(slots=True)
class ServicePicture:
    """All that is seen of one service in the period."""

    service: int
    days: list[Day] = field(default_factory=list)
    hours: dict[str, list[int]] = field(default_factory=dict)
    clients: list[Client] = field(default_factory=list)
    client_count: int = 0
    covered: dict[str, set[date]] = field(default_factory=dict)

    def active_days(self, source: str) -> int:
        """Days on which a source shows any use."""
        return sum(1 for day in self.days if day.sessions.get(source))

    def sessions(self, source: str) -> int:
        """All sessions that a source shows."""
        return sum(day.sessions.get(source, 0) for day in self.days)


@dataclass(slots=True)
class Picture:
    """A voucher's use in a period; its verdict looks to `judged_to`.

    `pending` days have records that no roll-up holds yet: of them nothing can be shown before the next night.
    """

    from_on: date
    to_on: date
    judged_to: date
    services: dict[int, ServicePicture]
    pending: set[date] = field(default_factory=set)
    is_pending: bool = False  # nothing of the whole period is rolled up


def root() -> Path:
    """The folder of behaviour data."""
    return Path(settings.YUNQUAN_DIR) / "usage"


def reach() -> dict[str, set[date]]:
    """The days that each source reaches at all; empty where nothing was ever loaded."""
    if not (root() / "loads").exists():
        return {source: set() for source in SOURCES}
    from yunquan.usage.store import Store

    store = Store(root())
    return {source: store.coverage(source) for source in SOURCES}


def picture(case: Case, *, to_on: date | None = None) -> Picture:
    """The picture of one voucher from the first day of its period to a day (its period's last, else).

    The cost is that of the roll-up files of the period; nothing is asked once for each row.
    """
    until = max(to_on or case.to_on, case.from_on)
    found = Picture(
        case.from_on, until, case.to_on, {number: ServicePicture(number) for number in case.services}
    )
    if not root().exists():
        return found
    from yunquan.usage.rollup.kept import Rollups
    from yunquan.usage.rollup.nightly import pending
    from yunquan.usage.store import Store

    store = Store(root())
    registry = registry_of([case], ends_for([case]))
    hearings = {int(group.service): group.facts.hearing for group in registry.groups}
    for number, service in found.services.items():
        hearing = hearings.get(number, str(Hearing(case.scope, case.city)))
        service.covered = {
            source: {day for day in store.coverage(source, hearing) if case.from_on <= day <= until}
            for source in SOURCES
        }
    waiting = pending(store, registry, case.from_on, until)
    found.pending = {day for day, _source in waiting}
    files = Rollups(root()).files(case.from_on, until)
    reached = set[date]().union(*(days for one in found.services.values() for days in one.covered.values()))
    found.is_pending = bool(waiting) and reached <= found.pending
    if registry.groups and any(files.values()):
        _read(found, {group.number: int(group.service) for group in registry.groups}, files)
    for service in found.services.values():
        # Where use was seen, the day was covered, whoever else did not deliver.
        for source, days in service.covered.items():
            days |= {day.day for day in service.days if day.sessions.get(source)}
    return found


def _read(found: Picture, services: dict[int, int], files: Mapping[str, Sequence[Path]]) -> None:
    import duckdb

    columns = ", ".join(f'"{name}"' for name in (*_COLUMNS, *_HOURS))
    numbers = ", ".join(str(number) for number in services)
    parts = []
    for source, paths in files.items():
        if paths:
            listed = ", ".join("'" + str(path).replace("'", "''") + "'" for path in paths)
            # The folders' names are left alone: the source is said here, the day stands in the rows.
            read = f"read_parquet([{listed}], hive_partitioning = false)"
            parts.append(f"select {columns}, '{source}' as source from {read} where \"group\" in ({numbers})")
    with closing(duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})) as connection:
        connection.execute("set threads = 2")
        connection.execute(f"create temp table seen as {' union all '.join(parts)}")
        _days(found, services, connection)
        _hours(found, services, connection)
        _clients(found, services, connection)


def _days(found: Picture, services: dict[int, int], connection: Any) -> None:
    rows = connection.execute(
        """
        select "group", day, coalesce(sum(sessions) filter (source = 'operator'), 0),
            coalesce(sum(sessions) filter (source = 'application'), 0), sum(bytes_up + bytes_down),
            count(distinct (c_hi, c_lo, coalesce(c_name, '')))
        from seen group by "group", day order by day
        """
    ).fetchall()
    for group, day, operator, application, volume, clients in rows:
        told = {"operator": int(operator), "application": int(application)}
        found.services[services[group]].days.append(Day(day, told, int(volume), int(clients)))


def _hours(found: Picture, services: dict[int, int], connection: Any) -> None:
    sums = ", ".join(f"sum({hour})" for hour in _HOURS)
    rows = connection.execute(f'select "group", source, {sums} from seen group by "group", source').fetchall()
    for group, source, *hours in rows:
        found.services[services[group]].hours[source] = [int(hour) for hour in hours]


def _clients(found: Picture, services: dict[int, int], connection: Any) -> None:
    """The clients that are seen most; sessions as the operator tells of them, else as the application does."""
    rows = connection.execute(
        """
        with client as (
            select "group", c_hi, c_lo, c_name, count(distinct day) as days,
                coalesce(nullif(sum(sessions) filter (source = 'operator'), 0), sum(sessions)) as sessions,
                min(day) as first_on, max(day) as last_on
            from seen group by "group", c_hi, c_lo, c_name
        )
        select *, count(*) over (partition by "group") as clients,
            row_number() over (partition by "group" order by sessions desc, c_hi, c_lo, c_name) as place
        from client qualify place <= ? order by "group", place
        """,
        [MOST_CLIENTS],
    ).fetchall()
    for group, hi, lo, name, days, sessions, first_on, last_on, clients, _place in rows:
        service = found.services[services[group]]
        service.client_count = int(clients)
        service.clients.append(Client(shown(hi, lo, name), int(days), int(sessions), first_on, last_on))


def masked(end: str) -> str:
    """An end as those see it who need not know it whole.

    >>> masked("120.79.10.8"), masked("13800001234"), masked("2001:db8::1"), masked("ab")
    ('120.79.*.*', '138****34', '2001:db8:*', '**')
    """
    parts = end.split(".")
    if len(parts) == 4 and all(part.isdigit() for part in parts):
        return f"{parts[0]}.{parts[1]}.*.*"
    if ":" in end:
        return ":".join(end.split(":")[:2]) + ":*"
    return f"{end[:3]}****{end[-2:]}" if len(end) > 6 else "*" * len(end)
