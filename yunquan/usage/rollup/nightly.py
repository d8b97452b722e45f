"""The night's update: only days whose records, groups or calendar have changed are evaluated, each by itself."""

from __future__ import annotations

import fcntl
import math
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import polars as pl

from yunquan.kernel.calendar import WorkingCalendar
from yunquan.usage.records import SOURCES
from yunquan.usage.rollup.engines import Engine, engine_named
from yunquan.usage.rollup.expansion import scope_number, write_tables
from yunquan.usage.rollup.kept import VERSION, Inventory, Part, Rollups, State, numbers_in
from yunquan.usage.rollup.registry import Registry
from yunquan.usage.store import Store
from yunquan.usage.store.durable import sync
from yunquan.usage.store.marks import part_path

# Days are evaluated together up to so many records: a query has its own cost, and so has memory.
BATCH = 4_000_000
# A day whose groups came in more pieces than this is evaluated anew as a whole.
MOST_PARTS = 6
_SCRATCH = "scratch-"
PERIODS = (60, 300, 600, 900, 1800, 3600)
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Report:
    """What one update did: days and records evaluated, and days left as they were."""

    evaluated: tuple[tuple[date, str], ...]
    records: int
    kept: int


@dataclass(frozen=True, slots=True)
class _Task:
    day: date
    source: str
    inventory: Inventory
    works: bool
    before: State | None  # what stays beside the new rows


@dataclass
class _Batch:
    tasks: list[_Task] = field(default_factory=list)
    rows: int = 0


def update(
    store: Store,
    registry: Registry,
    *,
    engine: str | Engine = "duckdb",
    today: date | None = None,
    days: tuple[date, date] | None = None,
    calendar: WorkingCalendar | None = None,
) -> Report:
    """Bring the roll-ups up to the store and the registry, up to `today`, or within a period alone.

    Raises CalendarNotAnnounced where a year's working days are not known, EngineMissing, TooWide.
    """
    calendar = calendar or WorkingCalendar()
    rollups = Rollups(store.root)
    rollups.root.mkdir(parents=True, exist_ok=True)
    with _alone(rollups.root), tempfile.TemporaryDirectory(dir=rollups.root, prefix=_SCRATCH) as scratch:
        work = _outdated(store, registry, rollups, calendar, today, days)
        kept, evaluated, records = work.kept, list[tuple[date, str]](), 0
        if work.by_groups:
            running = engine if not isinstance(engine, str) else engine_named(engine, Path(scratch))
            try:
                for numbers, tasks in work.by_groups.items():
                    records += _evaluate(registry.only(numbers), tasks, rollups, running, Path(scratch))
                    evaluated += [(task.day, task.source) for task in tasks]
            finally:
                if isinstance(engine, str):
                    running.close()
    return Report(tuple(sorted(evaluated)), records, kept)


def pending(store: Store, registry: Registry, from_on: date, to_on: date) -> set[tuple[date, str]]:
    """Days and sources of a period whose roll-ups don't hold what there is of these groups: the night makes them."""
    rollups, found = Rollups(store.root), set[tuple[date, str]]()
    known = inventories(store, from_on, to_on)
    rolled_up = {(day, source) for day in rollups.days() if from_on <= day <= to_on for source in SOURCES}
    for day, source in known.keys() | rolled_up:
        state, inventory = rollups.state(day, source), known.get((day, source))
        if inventory is None:
            if state is not None:
                found.add((day, source))
        elif (
            state is None
            or state.digest != inventory.digest
            or registry.numbers - numbers_in(rollups, (part.snapshot for part in state.parts))
        ):
            found.add((day, source))
    return found


@dataclass
class _Work:
    by_groups: dict[frozenset[int], list[_Task]] = field(default_factory=dict)
    kept: int = 0


def inventories(
    store: Store, from_on: date = date.min, to_on: date = date.max
) -> dict[tuple[date, str], Inventory]:
    """The committed files of every day and source, within a period."""
    found: dict[tuple[date, str], list[tuple[Path, int, int]]] = {}
    for loaded in store.loads():
        scope = scope_number(loaded.scope)
        for part in loaded.parts:
            if not from_on <= part.day <= to_on:
                continue
            path = part_path(store.root, loaded.source, loaded.sha256, part)
            found.setdefault((part.day, loaded.source), []).append((path, part.rows, scope))
    return {key: Inventory(tuple(files)) for key, files in sorted(found.items())}


def _outdated(
    store: Store,
    registry: Registry,
    rollups: Rollups,
    calendar: WorkingCalendar,
    today: date | None,
    days: tuple[date, date] | None,
) -> _Work:
    work, missing_of = _Work(), dict[tuple[str, ...], frozenset[int]]()
    known = inventories(store)
    rollups.keep_only(known)
    for (day, source), inventory in known.items():
        if (today is not None and day > today) or (days is not None and not days[0] <= day <= days[1]):
            continue
        works, state = calendar.is_working_day(day), rollups.state(day, source)
        if state is not None and (state.digest != inventory.digest or state.works != works):
            state = None
        snapshots = tuple(part.snapshot for part in state.parts) if state else ()
        if snapshots not in missing_of:
            missing_of[snapshots] = registry.numbers - numbers_in(rollups, snapshots)
        missing = missing_of[snapshots]
        if state is not None and not missing:
            work.kept += 1
            continue
        if len(snapshots) >= MOST_PARTS:
            state, missing = None, registry.numbers
        work.by_groups.setdefault(missing, []).append(_Task(day, source, inventory, works, state))
    return work


def _evaluate(
    registry: Registry, tasks: Collection[_Task], rollups: Rollups, engine: Engine, scratch: Path
) -> int:
    """Evaluate days for the groups of a registry, as many together as may be; gives the number of records."""
    snapshot = rollups.remember(registry.numbers)
    kept = _tables(rollups, registry, snapshot)
    tables = {name: kept / f"{name}.parquet" for name in _TABLES}
    for number, batch in enumerate(_batches(tasks)):
        out = scratch / f"{snapshot[:16]}-{number}"
        out.mkdir()
        tables["days"] = out / "days.parquet"
        _days(batch.tasks).write_parquet(tables["days"])
        records: dict[int, list[Path]] = {}
        for task in batch.tasks:
            for path, scope in task.inventory.scopes.items():
                records.setdefault(scope, []).append(path)
        written = engine.roll_up(records, tables, out, [task.day for task in batch.tasks])
        _commit(batch.tasks, written, rollups, snapshot)
    return sum(task.inventory.rows for task in tasks)


def _tables(rollups: Rollups, registry: Registry, snapshot: str) -> Path:
    """The tables of a registry, written once and kept while the same groups are evaluated night by night."""
    folder = rollups.root / "tables" / f"{snapshot}-{VERSION}"
    if not folder.exists():
        shutil.rmtree(folder.parent, ignore_errors=True)
        folder.parent.mkdir()
        with tempfile.TemporaryDirectory(dir=rollups.root, prefix=_SCRATCH) as scratch:
            made = Path(scratch) / "tables"
            made.mkdir()
            write_tables(registry, made)
            _phases().write_parquet(made / "phases.parquet")
            sync(made.iterdir())
            made.rename(folder)
    return folder


def _batches(tasks: Collection[_Task]) -> Iterator[_Batch]:
    """Days of one source, in order, together up to a number of records."""
    for source in SOURCES:
        batch = _Batch()
        for task in sorted((task for task in tasks if task.source == source), key=lambda task: task.day):
            if batch.tasks and batch.rows + task.inventory.rows > BATCH:
                yield batch
                batch = _Batch()
            batch.tasks.append(task)
            batch.rows += task.inventory.rows
        if batch.tasks:
            yield batch


def _commit(tasks: list[_Task], written: Mapping[date, list[Path]], rollups: Rollups, snapshot: str) -> None:
    """Put the files in their places, wait for the disk, and only then let them count."""
    placed: list[Path] = []
    names: dict[date, tuple[str, ...]] = {}
    for task in tasks:
        folder = rollups.folder(task.day, task.source)
        folder.mkdir(parents=True, exist_ok=True)
        rollups.sweep(task.day, task.source, rollups.state(task.day, task.source))
        files = written.get(task.day, [])
        names[task.day] = tuple(
            f"{snapshot[:16]}-{task.inventory.digest[:16]}-{int(task.works)}-{number}.parquet"
            for number in range(len(files))
        )
        for file, name in zip(files, names[task.day], strict=True):
            placed.append(file.replace(folder / name))
        placed += [folder, folder.parent, rollups.root]
    sync(dict.fromkeys(placed))
    for task in tasks:
        before = task.before.parts if task.before else ()
        parts = (*before, Part(snapshot, names[task.day]))
        rollups.write_state(task.day, task.source, State(task.inventory.digest, task.works, parts))


_TABLES = ("exact_pairs", "anchored_ranges", "open_ranges", "block_ranges", "registry_groups", "phases")


def _days(tasks: Collection[_Task]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "day_number": [(task.day - _EPOCH).days for task in tasks],
            "day": [task.day for task in tasks],
            "works": [int(task.works) for task in tasks],
        },
        schema={"day_number": pl.Int64(), "day": pl.Date(), "works": pl.Int32()},
    )


def _phases() -> pl.DataFrame:
    """The turn of each second of the hour in every period, in millionths of the unit circle."""
    columns: dict[str, list[int]] = {"hour_second": list(range(3600))}
    for period in PERIODS:
        angles = [2 * math.pi * (second % period) / period for second in range(3600)]
        columns[f"p{period}c"] = [round(math.cos(angle) * 1_000_000) for angle in angles]
        columns[f"p{period}s"] = [round(math.sin(angle) * 1_000_000) for angle in angles]
    return pl.DataFrame(columns, schema=dict.fromkeys(columns, pl.Int32()))


@contextmanager
def _alone(root: Path) -> Iterator[None]:
    """One update at a time; a second one waits, and then finds its work done. A dead one holds nothing."""
    handle = os.open(root / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        for left_behind in root.glob(f"{_SCRATCH}*"):
            shutil.rmtree(left_behind, ignore_errors=True)
        yield
    finally:
        os.close(handle)
