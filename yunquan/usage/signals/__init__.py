"""Signals on behaviour data: what a person should look at, with the rows that show it; never a verdict (D108-1).

Each signal is one function and one SQL text on the roll-ups, with dated thresholds `usage.signal.<code>` in
the rule pack. A signal whose facts nobody gave (the shifts, the region, a table of regions) is not computed;
that is not the same as found clean, see `not_computed`.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date
from itertools import groupby
from pathlib import Path
from types import MappingProxyType

import duckdb

from yunquan.kernel.calendar import WorkingCalendar
from yunquan.policy.rulebook import Rulebook
from yunquan.usage.networks import Networks, networks_for
from yunquan.usage.records import SOURCES, Point, signed
from yunquan.usage.rollup.figures import FiguresRow
from yunquan.usage.rollup.kept import Rollups
from yunquan.usage.rollup.registry import Group, Registry
from yunquan.usage.signals import clients, course, rhythm
from yunquan.usage.signals.facts import PERIODS, Claimed, Facts, lay_out
from yunquan.usage.signals.signal import Found, Key, Signal
from yunquan.usage.store import Store

__all__ = ["SIGNALS", "Signal", "evaluate", "not_computed", "signals"]

SIGNALS: Mapping[str, Callable[[Facts], Found]] = {
    "shared_client": clients.shared_client,
    "client_origin": clients.client_origin,
    "machine_intervals": rhythm.machine_intervals,
    "identical_volume": rhythm.identical_volume,
    "only_around_claim": course.only_around_claim,
    "stops_after_payment": course.stops_after_payment,
    "sources_disagree": course.sources_disagree,
    "copied_log": rhythm.copied_log,
    "missing_devices": clients.missing_devices,
    "one_user": rhythm.one_user,
    "shut_hours": rhythm.shut_hours,
    "wrong_region": clients.wrong_region,
}
_WIDEST_CLOUD = 1024
# With what Python keeps besides, the whole process stays under 1 GB; what does not fit goes to the disk.
_SETTINGS: dict[str, str | bool | int | float | list[str]] = {
    "memory_limit": "600MB",
    "preserve_insertion_order": "false",
    "autoinstall_known_extensions": "false",
}
# So much of the files is summed by day at a time: what is summed takes many times as much memory.
_PART_BYTES = 64 << 20
# The view where no day is rolled up yet.
_COLUMNS = (
    *("group", "c_hi", "c_lo", "sessions", "bytes_up", "bytes_down", "users", "user_key"),
    *("gaps", "gap_s", "gap_s2"),
    *(f"h{hour:02}" for hour in range(24)),
    *(f"p{period}{part}" for period in PERIODS for part in "cs"),
)
NOTHING = (
    "select "
    + ", ".join(f'cast(null as bigint) as "{name}"' for name in _COLUMNS)
    + ", cast(null as varchar) as c_name, cast(null as date) as day, cast(null as varchar) as source where false"
)


def signals(
    store: Store,
    registry: Registry,
    rows: Iterable[FiguresRow] | None,
    from_on: date,
    to_on: date,
    rulebook: Rulebook,
    *,
    working: WorkingCalendar | None = None,
) -> dict[Key, list[Signal]]:
    """All signals of the registered services on the rolled-up records of a period, in the order of SIGNALS.

    `rows` are the figures that the verdicts were computed from; only services among them are answered for
    (None: all). Raises NetworksError where the province's own table of networks does not hold.
    """
    wanted = None if rows is None else {row.key for row in rows}
    with (
        tempfile.TemporaryDirectory() as scratch,
        closing(duckdb.connect(":memory:", config={**_SETTINGS, "temp_directory": scratch})) as connection,
    ):
        parts = lay_rollups(connection, store, from_on, to_on)
        facts = facts_on(
            connection,
            registry,
            {
                (source, scope): store.coverage(source, scope)
                for source in SOURCES
                for scope in sorted({store.heard(group.facts.hearing) for group in registry.groups})
            },
            from_on,
            to_on,
            rulebook,
            networks=networks_for(store.root),
            working=working,
            parts=parts,
            heard=store.heard,
        )
        found = evaluate(facts)
    return {key: listed for key, listed in found.items() if wanted is None or key in wanted}


def lay_rollups(
    connection: duckdb.DuckDBPyConnection, store: Store, from_on: date, to_on: date
) -> dict[str, str]:
    """Make the view `rollup` over the roll-up files of a period; give the views of its parts and their source."""
    parts: dict[str, str] = {}
    for source, files in Rollups(store.root).files(from_on, to_on).items():
        for together in _parts(files):
            part = f"rollup_{len(parts)}"
            parts[part] = source
            connection.execute(
                f"create or replace temp view {part} as select *, '{source}' as source from read_parquet("
                f"[{', '.join(_quoted(path) for path in together)}], hive_partitioning = false)"
            )
    whole = " union all by name ".join(f"select * from {part}" for part in parts)
    connection.execute(f"create or replace temp view rollup as {whole or NOTHING}")
    return parts


def _parts(files: Sequence[Path], size: int = _PART_BYTES) -> Iterator[list[Path]]:
    """Files in order of days, cut between days into parts of about a size."""
    part: list[Path] = []
    held = 0
    for _day, of_day in groupby(files, key=lambda path: path.parent):
        listed = list(of_day)
        bytes_of_day = sum(path.stat().st_size for path in listed)
        if part and held + bytes_of_day > size:
            yield part
            part, held = [], 0
        part += listed
        held += bytes_of_day
    if part:
        yield part


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"


def facts_on(
    connection: duckdb.DuckDBPyConnection,
    registry: Registry,
    covered: Mapping[tuple[str, str], Iterable[date]],
    from_on: date,
    to_on: date,
    rulebook: Rulebook,
    *,
    networks: Networks,
    working: WorkingCalendar | None = None,
    parts: Mapping[str, str] = MappingProxyType({}),
    heard: Callable[[str], str] = str,
) -> Facts:
    """Lay the facts down beside the view `rollup` of a connection, and the views of its parts."""
    claimed = [_claimed(group, rulebook, to_on, heard(group.facts.hearing)) for group in registry.groups]
    lay_out(
        connection,
        claimed=claimed,
        covered=covered,
        from_on=from_on,
        to_on=to_on,
        working=working or WorkingCalendar(),
        parts=parts,
    )
    clouds: dict[Point, str] = {}
    for group in registry.groups:
        for end in group.side("cloud"):
            if end.size <= _WIDEST_CLOUD:
                for number in range(end.first, end.last + 1):
                    point = Point(signed(number >> 64), signed(number), end.name)
                    clouds.setdefault(point, group.voucher)
    return Facts(connection, {one.key: one for one in claimed}, networks, clouds, rulebook, to_on, from_on)


def evaluate(facts: Facts) -> dict[Key, list[Signal]]:
    """Every signal on facts that are laid down."""
    found: dict[Key, list[Signal]] = {}
    for function in SIGNALS.values():
        for key, signal in function(facts):
            found.setdefault(key, []).append(signal)
    return found


def not_computed(facts: Facts, key: Key) -> dict[str, str]:
    """Which signals could not be computed for a service, and for want of what."""
    claimed = facts.claimed[key]
    wanting = {code: "规则包没有规定门槛" for code in SIGNALS if facts.thresholds(code) is None}
    for code, is_wanting, why in (
        ("wrong_region", not facts.networks.regions, "没有网段归属地表"),
        ("wrong_region", not claimed.region, "登记表没有企业所在地"),
        ("shut_hours", claimed.shifts is None, "登记表没有班次"),
        ("only_around_claim", claimed.claimed_on is None, "登记表没有申请兑现日期"),
        ("stops_after_payment", claimed.paid_on is None, "登记表没有兑付日期"),
        ("missing_devices", claimed.devices is None, "登记表没有申报台套数"),
    ):
        if is_wanting:
            wanting.setdefault(code, why)
    return wanting


def _claimed(group: Group, rulebook: Rulebook, on: date, scope: str) -> Claimed:
    facts, client_ends = group.facts, group.side("client")
    service = rulebook.service(group.service, on) if rulebook.find("catalogue.edition", on) else None
    shifts = facts.shifts.strip()
    return Claimed(
        group=group.number,
        voucher=group.voucher,
        service=group.service,
        enterprise=facts.enterprise or None,
        supplier=facts.supplier or None,
        devices=facts.devices,
        claimed_on=facts.claimed_on,
        paid_on=facts.paid_on,
        region=facts.region or None,
        scope=scope,
        shifts=int(shifts) if shifts in ("1", "2", "3") else None,
        is_countable=len(client_ends) > 1 or any(end.size > 1 for end in client_ends),
        counts_devices=service is not None and service.counts_devices,
    )
