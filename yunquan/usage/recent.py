"""How many vouchers were used lately: days with use among the days on which records could tell of it (D858-2.1).

Read from roll-ups alone, for any number of vouchers at once. A day without records says nothing, and is not counted
as a day without use.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date, timedelta

from yunquan.usage.cases import Case, ends_for, registry_of
from yunquan.usage.pictures import root
from yunquan.usage.records import SOURCES


@dataclass(frozen=True, slots=True)
class Recent:
    """A voucher's last days: how many were covered by records, on how many there was use, and the last of these."""

    covered: int = 0
    active: int = 0
    last_on: date | None = None


def recent(cases: Sequence[Case], *, to_on: date, days: int) -> dict[str, Recent]:
    """The last `days` days up to `to_on` of each voucher, that day included; one reading for all of them.

    A day counts as active when any service of the voucher was used, as covered when it was active or records of
    either source could have told of each of its services.
    """
    found = {case.number: Recent() for case in cases}
    if not cases or not (root() / "loads").exists():
        return found
    from yunquan.usage.rollup.kept import Rollups
    from yunquan.usage.store import Store

    from_on = to_on - timedelta(days=days - 1)
    store = Store(root())
    registry = registry_of(cases, ends_for(cases))
    heard: dict[str, set[date]] = {}
    for group in registry.groups:
        if group.facts.hearing not in heard:
            told = set[date]().union(*(store.coverage(source, group.facts.hearing) for source in SOURCES))
            heard[group.facts.hearing] = {day for day in told if from_on <= day <= to_on}
    covered: dict[str, set[date]] = {}
    for group in registry.groups:
        days_heard = heard[group.facts.hearing]
        covered[group.voucher] = covered.get(group.voucher, days_heard) & days_heard
    numbers = {group.number: group.voucher for group in registry.groups}
    files = [str(path) for paths in Rollups(root()).files(from_on, to_on).values() for path in paths]
    active = _active(numbers, files, from_on, to_on) if files and numbers else {}
    for number in found:
        used = active.get(number, set())
        found[number] = Recent(len(covered.get(number, set()) | used), len(used), max(used, default=None))
    return found


def _active(
    numbers: dict[int, str], files: Sequence[str], from_on: date, to_on: date
) -> dict[str, set[date]]:
    """The days with sessions of each voucher."""
    import duckdb

    found: dict[str, set[date]] = {}
    with closing(duckdb.connect(":memory:", config={"autoinstall_known_extensions": "false"})) as connection:
        connection.execute("set threads = 2")
        rows = connection.execute(
            """
            select distinct "group", day from read_parquet(?, hive_partitioning = false)
            where "group" in (select unnest(?)) and sessions > 0 and day between ? and ?
            """,
            [list(files), list(numbers), from_on, to_on],
        ).fetchall()
    for group, day in rows:
        found.setdefault(numbers[group], set()).add(day)
    return found
