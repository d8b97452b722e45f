"""Figures and verdicts of a period, from roll-ups alone (D47-5.13)."""

from __future__ import annotations

import tempfile
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl

from yunquan.kernel.calendar import SHANGHAI
from yunquan.kernel.canonical import content_hash
from yunquan.policy.rulebook import Rulebook
from yunquan.policy.usage import Figures, Judgement, Outcome, Reason, Thresholds, judge
from yunquan.usage.records import SOURCES
from yunquan.usage.rollup.engines import Engine, engine_named
from yunquan.usage.rollup.expansion import write_groups
from yunquan.usage.rollup.kept import VERSION, Rollups
from yunquan.usage.rollup.registry import Facts, Registry, in_order
from yunquan.usage.store import Store

_SECOND = 1_000_000
_SAYING = (*SOURCES, "both")
# sql/figures.sql counts days as bits of blocks of eight weeks; 1 January 1970 was a Thursday.
_EPOCH, _SHANGHAI = date(1970, 1, 1), 8 * 3600
_BLOCK, _MONDAY = 56, _EPOCH.toordinal() - 3


@dataclass(frozen=True, slots=True)
class Total:
    """What all sources together say of one service of one voucher; every record of each source counts once."""

    active_days: int = 0
    active_weeks: int = 0
    records: int = 0
    bytes: int = 0
    clients: int = 0
    work: int = 0
    first_us: int | None = None
    last_us: int | None = None

    @property
    def working_share(self) -> float:
        """The share of records that start on a working day between 08:00 and 20:00; 0 without records."""
        return self.work / self.records if self.records else 0.0

    @property
    def first_at(self) -> datetime | None:
        return None if self.first_us is None else _local(self.first_us)

    @property
    def last_at(self) -> datetime | None:
        return None if self.last_us is None else _local(self.last_us)


@dataclass(frozen=True, slots=True)
class FiguresRow:
    """One service of one voucher in a period: all sources together, and each by itself."""

    voucher: str
    service: str
    facts: Facts
    total: Total
    by_source: Mapping[str, Figures]
    has_ends: bool  # whether both a client end and a cloud end are declared

    @property
    def key(self) -> tuple[str, str]:
        return self.voucher, self.service


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is said of one service of one voucher, with the figures behind it."""

    row: FiguresRow
    judgement: Judgement


@dataclass(frozen=True, slots=True)
class Verdicts:
    """The verdicts of a period, and what they were worked out from."""

    verdicts: tuple[Verdict, ...]
    from_on: date
    to_on: date
    rule_version: str
    input_hash: str


def _local(instant_us: int) -> datetime:
    return datetime.fromtimestamp(instant_us // _SECOND, SHANGHAI) + timedelta(
        microseconds=instant_us % _SECOND
    )


def figures(
    store: Store, registry: Registry, from_on: date, to_on: date, *, engine: str | Engine = "duckdb"
) -> list[FiguresRow]:
    """The figures of every group from the roll-ups that there are, in order of voucher and service."""
    rollups = Rollups(store.root)
    files = rollups.files(from_on, to_on)
    covered = _Coverage(store, from_on, to_on)
    found: dict[tuple[str, str], dict[str, tuple[int, ...]]] = {}
    if any(files.values()) and registry.groups:
        with tempfile.TemporaryDirectory() as scratch:
            folder = Path(scratch)
            write_groups(registry, folder, store.heard)
            scopes = {store.heard(group.facts.hearing) for group in registry.groups}
            covered.table(scopes).write_parquet(folder / "period_blocks.parquet")
            tables = {name: folder / f"{name}.parquet" for name in ("registry_groups", "period_blocks")}
            running = engine if not isinstance(engine, str) else engine_named(engine, folder)
            try:
                for voucher, service, place, *measured in running.figures(files, tables):
                    found.setdefault((voucher, service), {})[_SAYING[place]] = tuple(measured)
            finally:
                if isinstance(engine, str):
                    running.close()
    rows = []
    for group in registry.groups:
        of_group = found.get(group.key, {})
        by_source = {source: covered.figures(source, group.facts, of_group.get(source)) for source in SOURCES}
        has_ends = bool(group.side("client") and group.side("cloud"))
        rows.append(FiguresRow(*group.key, group.facts, _total(of_group.get("both")), by_source, has_ends))
    return rows


def _total(measured: tuple[int, ...] | None) -> Total:
    if measured is None:
        return Total()
    active_days, active_weeks, _, sessions, volume, work, clients, first_us, last_us = measured
    return Total(active_days, active_weeks, sessions, volume, clients, work, first_us, last_us)


class _Coverage:
    """Which days each source reaches, by scope, within a period."""

    def __init__(self, store: Store, from_on: date, to_on: date) -> None:
        self._store, self._from, self._to = store, from_on, to_on
        self._known: dict[tuple[str, str], frozenset[date]] = {}
        self._reaches: dict[tuple[str, str], tuple[list[date], int]] = {}

    def days(self, source: str, scope: str) -> frozenset[date]:
        if (source, scope) not in self._known:
            days = self._store.coverage(source, scope)
            self._known[source, scope] = frozenset(day for day in days if self._from <= day <= self._to)
        return self._known[source, scope]

    def table(self, scopes: Iterable[str]) -> pl.DataFrame:
        first, last = ((day.toordinal() - _MONDAY) // _BLOCK for day in (self._from, self._to))
        rows = []
        for scope in sorted(scopes):
            common = frozenset.intersection(*(self.days(source, scope) for source in SOURCES))
            bits = dict.fromkeys(range(first, last + 1), 0)
            for day in common:
                block, place = divmod(day.toordinal() - _MONDAY, _BLOCK)
                bits[block] |= 1 << place
            rows += [(scope, block, days) for block, days in bits.items()]
        schema = {"scope": pl.String(), "block": pl.Int64(), "common": pl.Int64()}
        return pl.DataFrame(rows, schema=schema, orient="row")

    def figures(self, source: str, facts: Facts, measured: tuple[int, ...] | None) -> Figures:
        days, weeks = self._reach(source, self._store.heard(facts.hearing))
        seen = bisect_right(days, near(facts, self._from, self._to))
        last = days[seen - 1] if seen else None
        if measured is None:
            return Figures(0, 0, 0, 0, 0, None, 0, len(days), weeks, last)
        active_days, active_weeks, common_days, sessions, _, work, clients, _, last_us = measured
        last_on = _EPOCH + timedelta(days=(last_us // _SECOND + _SHANGHAI) // 86_400)
        # Where use was seen, the day was covered, whoever else may not have delivered.
        reach = (max(len(days), active_days), max(weeks, active_weeks))
        if last_on <= near(facts, self._from, self._to):
            last = max(last or last_on, last_on)
        return Figures(active_days, active_weeks, sessions, clients, work, last_on, common_days, *reach, last)

    def _reach(self, source: str, scope: str) -> tuple[list[date], int]:
        """The covered days in order, and in how many weeks they lie; many groups share them."""
        if (source, scope) not in self._reaches:
            days = sorted(self.days(source, scope))
            weeks = len({day - timedelta(days=day.weekday()) for day in days})
            self._reaches[source, scope] = days, weeks
        return self._reaches[source, scope]


def near(facts: Facts, from_on: date, to_on: date) -> date:
    """The day near which a service must still be in use: the claim's within the period, else its last."""
    claimed_on = facts.claimed_on
    return claimed_on if claimed_on is not None and from_on <= claimed_on <= to_on else to_on


def decide(
    store: Store,
    registry: Registry,
    rulebook: Rulebook,
    from_on: date,
    to_on: date,
    *,
    engine: str | Engine = "duckdb",
) -> Verdicts:
    """Judge every group by the roll-ups that there are and the rules of the period's last day.

    The same roll-ups, registry and rules give the same verdicts and the same input hash.
    Raises NotInForce where the rules have no thresholds on that day.
    """
    thresholds = Thresholds.of(rulebook, to_on)
    period_days = (to_on - from_on).days + 1
    verdicts = []
    for row in figures(store, registry, from_on, to_on, engine=engine):
        near_on = near(row.facts, from_on, to_on)
        said = judge(row.by_source, thresholds, period_days=period_days, near_on=near_on)
        if not row.has_ends:
            reason = Reason("ends_missing", "", "没有登记用户端或云端，无法核验")
            said = Judgement(Outcome.NOT_ENOUGH_DATA, "", (reason,), thresholds.article)
        verdicts.append(Verdict(row, said))
    return Verdicts(
        tuple(sorted(verdicts, key=lambda one: in_order(one.row.key))),
        from_on,
        to_on,
        rulebook.version,
        input_hash(store, registry, from_on, to_on),
    )


def input_hash(store: Store, registry: Registry, from_on: date, to_on: date) -> str:
    """SHA-256 of the registry, the period and the records rolled up in it; equal inputs, equal hashes."""
    return content_hash(
        {
            "registry": registry.digest,
            "from": from_on.isoformat(),
            "to": to_on.isoformat(),
            "evaluation": VERSION,
            "records": [
                [day.isoformat(), source, digest]
                for (day, source), digest in Rollups(store.root).digests().items()
                if from_on <= day <= to_on
            ],
            "coverage": [
                [
                    source,
                    scope,
                    [
                        day.isoformat()
                        for day in sorted(store.coverage(source, scope))
                        if from_on <= day <= to_on
                    ],
                ]
                for source in SOURCES
                for scope in sorted({store.heard(group.facts.hearing) for group in registry.groups})
            ],
        }
    )
