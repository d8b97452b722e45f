"""The tables that the signals' SQL reads: roll-ups of a period, the claimed facts, the days that had data."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, timedelta
from fractions import Fraction
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import polars as pl

from yunquan.kernel.calendar import WorkingCalendar
from yunquan.policy.rulebook import Rulebook
from yunquan.usage.holidays import is_festival, is_worked
from yunquan.usage.networks import Networks
from yunquan.usage.records import Point

SQL = Path(__file__).with_name("sql")
# The periods whose phase sums the roll-ups hold, in seconds.
PERIODS = (60, 300, 600, 900, 1800, 3600)
# Over many days the punctual start of a shift alone gathers starts on one phase of the longer ones.
PERIODS_OVER_DAYS = (60, 300, 600)
_LEAST_FOR_PHASE = 6
# So many intervals must make up a day: two bursts of requests have one long interval, and any phase by chance.
_LEAST_INTERVALS = 5
_DAYS_FOR_PHASE = 20


@dataclass(frozen=True, slots=True)
class Claimed:
    """What is claimed of one service of a voucher; None where nobody said, and then not held against it."""

    group: int
    voucher: str
    service: str
    enterprise: str | None = None
    supplier: str | None = None
    devices: int | None = None
    claimed_on: date | None = None
    paid_on: date | None = None
    region: str | None = None
    shifts: int | None = None
    is_countable: bool = False  # its client ends tell devices apart
    scope: str = ""  # whose deliveries reach it, where they are told apart
    counts_devices: bool = False  # one of the services that are paid for each device

    @property
    def owner(self) -> str:
        """The enterprise, or each voucher by itself where no enterprise is named."""
        return self.enterprise or f"券 {self.voucher}"

    @property
    def key(self) -> tuple[str, str]:
        return self.voucher, self.service


@dataclass(frozen=True)
class Facts:
    """An open DuckDB connection on which the tables stand, with what no table holds."""

    connection: duckdb.DuckDBPyConnection
    claimed: Mapping[tuple[str, str], Claimed]
    networks: Networks
    clouds: Mapping[Point, str]  # registered cloud ends of all vouchers, with a voucher that registered them
    rulebook: Rulebook
    on: date
    from_on: date

    def thresholds(self, code: str) -> Any | None:
        """The threshold values of a signal in force on the period's last day; None: not computed."""
        dated = self.rulebook.find(f"usage.signal.{code}", self.on)
        return dated.value if dated is not None else None

    def ask(self, sql: str, **values: object) -> list[dict[str, Any]]:
        """The rows of one of the SQL texts beside this module, by column name."""
        cursor = self.run(sql, **values)
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def run(self, sql: str, **values: object) -> duckdb.DuckDBPyConnection:
        """Run one of the SQL texts beside this module."""
        return self.connection.execute(_text(sql).format(**{key: _literal(v) for key, v in values.items()}))

    def spans(self, rows: int = 1_000_000) -> Iterator[tuple[date, date]]:
        """The days with use in order, cut so that each span has about so many services' days."""
        span: list[date] = []
        held = 0
        counted = self.connection.execute("select day, count(*) from by_day group by day order by day")
        for day, services in counted.fetchall():
            if span and held + services > rows:
                yield span[0], span[-1]
                span, held = [], 0
            span.append(day)
            held += services
        if span:
            yield span[0], span[-1]

    @property
    def period(self) -> dict[str, date | int]:
        """The first day and the number of the last, for SQL that has days as bits."""
        return period(self.from_on, self.on)


class Sql(str):
    """A piece of SQL that goes into a text as it stands; everything else is written as a literal."""


@lru_cache(maxsize=64)
def _text(name: str) -> str:
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


def _literal(value: object) -> str:
    if isinstance(value, Sql):
        return str(value)
    if isinstance(value, date):
        return f"date '{value.isoformat()}'"
    if isinstance(value, bool) or not isinstance(value, int | Fraction):
        raise TypeError(f"{type(value).__name__} is no threshold")
    return repr(value) if isinstance(value, int) else f"cast({float(value)!r} as double)"


def lay_out(
    connection: duckdb.DuckDBPyConnection,
    *,
    claimed: Sequence[Claimed],
    covered: Mapping[tuple[str, str], Iterable[date]],
    from_on: date,
    to_on: date,
    working: WorkingCalendar,
    parts: Mapping[str, str],
) -> None:
    """Make the tables beside the view `rollup`, which holds the period's roll-ups with their source.

    `parts` are views that hold the same rows together, with the source of each; one holds all rows of its days.
    """
    for statement in _statements("tables"):
        connection.execute(statement)
    owners = {owner: number for number, owner in enumerate(sorted({one.owner for one in claimed}))}
    services = pl.DataFrame(
        [
            (
                number,
                *(getattr(one, field.name) for field in fields(Claimed)),
                one.owner,
                owners[one.owner],
            )
            for number, one in enumerate(claimed)
        ],
        schema={
            "group": pl.Int32,  # within this run; `registered` is the number that roll-ups carry
            "registered": pl.Int64,
            "voucher": pl.String,
            "service": pl.String,
            "enterprise": pl.String,
            "supplier": pl.String,
            "devices": pl.Int64,
            "claimed_on": pl.Date,
            "paid_on": pl.Date,
            "region": pl.String,
            "shifts": pl.Int64,
            "is_countable": pl.Boolean,
            "scope": pl.String,
            "counts_devices": pl.Boolean,
            "owner": pl.String,
            "owner_number": pl.Int32,
        },
        orient="row",
    ).with_columns(pl.col("supplier").fill_null(""))
    _put(connection, "service", services)
    _put(
        connection,
        "covered",
        pl.DataFrame(
            [(*reach, day) for reach, days in covered.items() for day in days if from_on <= day <= to_on],
            schema={"source": pl.String, "scope": pl.String, "day": pl.Date},
            orient="row",
        ),
    )
    days = [from_on + timedelta(days=step) for step in range((to_on - from_on).days + 1)]
    _put(
        connection,
        "calendar",
        pl.DataFrame(
            [(day, is_worked(working, day), is_festival(day)) for day in days],
            schema={"day": pl.Date, "is_working": pl.Boolean, "is_holiday": pl.Boolean},
            orient="row",
        ),
    )
    connection.execute("alter table covered alter source type source_of")
    for part, source in parts.items():
        connection.execute(_text("by_day").format(part=part, source=source, hour_mark=_hour_mark()))
    for statement in _statements("facts", **period(from_on, to_on)):
        connection.execute(statement)


def period(from_on: date, to_on: date) -> dict[str, date | int]:
    """The first day of a period and the number of its last, for SQL that has days as bits."""
    return {"first_on": from_on, "last_number": max((to_on - from_on).days, 0)}


def _statements(name: str, **values: object) -> list[str]:
    """The statements of one of the SQL texts beside this module."""
    return _text(name).format(**{key: _literal(value) for key, value in values.items()}).split(";\n")


def _put(connection: duckdb.DuckDBPyConnection, name: str, frame: pl.DataFrame) -> None:
    """Lay a small frame down as a table, by way of a Parquet file: a direct exchange would need PyArrow."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"{name}.parquet"
        frame.write_parquet(path)
        connection.execute(f"create or replace temp table {name} as select * from read_parquet('{path}')")


def _hour_mark() -> Sql:
    """The use hour by hour in one number; the multipliers are any of 30 bits that don't line up.

    It overflows from eight milliards of records a day on.
    """
    return Sql(" + ".join(f"r.h{hour:02} * {pow(1_000_003, 1 + hour, 2**30 - 35)}" for hour in range(24)))


def used_hours() -> Sql:
    """A bit for each hour with any use."""
    return Sql(" + ".join(f"least(r.h{hour:02}, 1) * {1 << hour}" for hour in range(24)))


def phase_columns(concentration: Fraction, sessions: int) -> dict[str, Sql]:
    """The parts of the SQL of machine-like intervals that repeat for each candidate period."""
    # As a decimal number the factor would cost more than all else.
    least, nearly = float(concentration), f"cast({0.999 * float(concentration)!r} as double)"
    room = (
        f"case when r.sessions >= {_LEAST_FOR_PHASE} and r.gaps > 0"
        f" and cast(r.gap_s as double) * r.gap_s >= {_LEAST_INTERVALS} * cast(r.gap_s2 as double)"
        " then 2 * cast(r.gap_s as double) / r.gaps else 0 end"
    )
    lengths, excesses, on_days, over_days, tests = [], [], [], [], []
    for period in PERIODS:
        cosine, sine = (f"cast(r.p{period}{part} as double)" for part in "cs")
        lengths.append(f"sqrt({cosine} * {cosine} + {sine} * {sine}) / 1e6 as l{period}")
        fits = f"case when r.room >= {period} then"
        excesses.append(f"sum({fits} r.l{period} - {nearly} * r.sessions end) as e{period}")
        on_days.append(f"sum({fits} r.l{period} else 0 end) as r{period}")
        on_days.append(f"sum({fits} r.sessions else 0 end) as n{period}")
        tests.append(f"(p.n{period} >= {sessions} and p.r{period} >= {least!r} * p.n{period})")
    reached = [f"e{period} >= 0" for period in PERIODS] + ["a >= 0"]
    longest = ", ".join(f"r.l{period}" for period in PERIODS_OVER_DAYS)
    excesses.append(f"sum(greatest({longest}) - {nearly} * r.sessions) as a")
    for period in PERIODS_OVER_DAYS:
        cosine, sine = (f"sum(cast(r.p{period}{part} as double))" for part in "cs")
        over_days.append(f"sqrt({cosine} * {cosine} + {sine} * {sine}) / 1e6 as a{period}")
        tests.append(f"(p.days >= {_DAYS_FOR_PHASE} and p.a{period} >= {least!r} * p.sessions)")
    names = [f"w.r{period}, w.n{period}" for period in PERIODS]
    names += [f"w.a{period}" for period in PERIODS_OVER_DAYS]
    return {
        "room": Sql(room),
        "lengths": Sql(", ".join(lengths)),
        "excesses": Sql(", ".join(excesses)),
        "reached": Sql(" or ".join(reached)),
        "day_phases": Sql(", ".join(on_days)),
        "all_phases": Sql(", ".join(over_days)),
        "gathered": Sql(" or ".join(tests)),
        "phase_names": Sql(", ".join(names)),
    }
