"""The cast is written by its verbs once a process; every later test gets the same rows copied into its database.

So are the long walks marked `once`: where they start from the cast alone, rows and files are those of the first.

The verbs take some 230 queries, the copy one statement a table. What the rows stand on (the bureaus that
migrations laid down) must be what they stood on the first time, else the verbs write them anew.
"""

from __future__ import annotations

import copy
import functools
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connection, models

from yunquan.journal.models import LogHead
from yunquan.parties.models import Bureau, Person

if TYPE_CHECKING:
    from tests.cast import World


@dataclass(slots=True)
class Laid:
    """Who is in the cast, its next serial number, the statements with rows that write it, and all rows then."""

    world: World
    serial: int
    statements: list[tuple[str, list[tuple[Any, ...]]]]
    stands: Any
    walks: dict[tuple[str, str], Walk] = field(default_factory=dict)


@dataclass(slots=True)
class Walk:
    """What one walk from the cast wrote, and what it gave back."""

    statements: list[tuple[str, list[tuple[Any, ...]]]]
    people: dict[str, Any]
    serial: int
    files: str
    model: type[models.Model]
    keys: list[Any]
    is_list: bool


_laid: dict[tuple[int, ...], Laid] = {}


def lay(build: Callable[[], World]) -> World:
    """The cast, inside a transaction on a database without any: by its verbs, or as a copy of what they wrote."""
    if LogHead.objects.exclude(size=0).exists() or Person.objects.exists():
        return build()  # Something was written before: what would be kept here is not the cast alone.
    ground = tuple(Bureau.objects.order_by("pk").values_list("pk", flat=True))
    laid = _laid.get(ground)
    if laid is None:
        before = _everything()
        world = build()
        serial = next(world.serial)
        after = _everything()
        laid = _laid[ground] = Laid(world, serial, _statements(before, after), after)
    else:
        _write(laid.statements)
    world = copy.copy(laid.world)
    world.cycle, world.enterprise, world.supplier = (
        copy.deepcopy(row) for row in (laid.world.cycle, laid.world.enterprise, laid.world.supplier)
    )
    world.people, world.serial = dict(laid.world.people), itertools.count(laid.serial)
    world.laid = laid
    return world


def once(walk: Callable[..., Any]) -> Callable[..., Any]:
    """A walk that gives back a row or a list of rows: from the cast alone it is walked once a process."""

    @functools.wraps(walk)
    def walked(world: World, **asked: Any) -> Any:
        laid, folder = world.laid, Path(settings.YUNQUAN_DIR)
        if not (laid and connection.in_atomic_block and _plain(asked) and _is_untouched(world, laid, folder)):
            return walk(world, **asked)
        name = (f"{walk.__module__}.{walk.__name__}", repr(sorted(asked.items())))
        if name not in laid.walks:
            found = walk(world, **asked)
            rows = found if isinstance(found, list) else [found]
            files = tempfile.mkdtemp(prefix="walk-", dir=os.environ.get("PYTEST_DEBUG_TEMPROOT"))
            shutil.copytree(folder, files, dirs_exist_ok=True)
            laid.walks[name] = Walk(
                _statements(laid.stands, _everything()), dict(world.people), _next(world), files,
                type(rows[0]), [row.pk for row in rows], isinstance(found, list),
            )  # fmt: skip
            return found
        known = laid.walks[name]
        _write(known.statements)
        shutil.copytree(known.files, folder, dirs_exist_ok=True)
        world.people, world.serial = dict(known.people), itertools.count(known.serial)
        by_key = known.model._default_manager.in_bulk(known.keys)
        rows = [by_key[key] for key in known.keys]
        return rows if known.is_list else rows[0]

    return walked


def _plain(asked: dict[str, Any]) -> bool:
    """Whether words, numbers and days are all that a walk was asked with."""
    words = [part for value in asked.values() for part in (value if isinstance(value, tuple) else (value,))]
    return all(one is None or isinstance(one, str | int | date) for one in words)


def _is_untouched(world: World, laid: Laid, folder: Path) -> bool:
    """Whether the cast stands as it was laid, nothing beside it."""
    if world.people != laid.world.people or _next(world) != laid.serial:
        return False
    return not any(one.is_file() for one in folder.rglob("*")) and _everything() == laid.stands


def _next(world: World) -> int:
    return int(repr(world.serial).removeprefix("count(").removesuffix(")"))


def _write(statements: list[tuple[str, list[tuple[Any, ...]]]]) -> None:
    with connection.cursor() as cursor:
        for statement, rows in statements:
            cursor.executemany(statement, rows)


def _everything() -> dict[str, tuple[list[str], dict[Any, tuple[Any, ...]]]]:
    """Of every table its columns, and its rows by their key as the database holds them."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.django_table_names(only_existing=True):
            cursor.execute(f'SELECT * FROM "{table}"')
            columns = [column[0] for column in cursor.description]
            key = columns.index("id") if "id" in columns else 0
            found[table] = (columns, {row[key]: row for row in cursor.fetchall()})
    return found


def _statements(before: Any, after: Any) -> list[tuple[str, list[tuple[Any, ...]]]]:
    """What makes the one of the other: rows to add, and rows to change by their key."""
    statements = []
    for table, (columns, rows) in after.items():
        known = before[table][1]
        added = [row for key, row in rows.items() if key not in known]
        changed = [(*row, key) for key, row in rows.items() if key in known and known[key] != row]
        assert known.keys() <= rows.keys(), f"{table}: the cast takes nothing away"
        names = ", ".join(f'"{name}"' for name in columns)
        if added:
            places = ", ".join(["%s"] * len(columns))
            statements.append((f'INSERT INTO "{table}" ({names}) VALUES ({places})', added))
        if changed:
            key = "id" if "id" in columns else columns[0]
            set_to = ", ".join(f'"{name}" = %s' for name in columns)
            statements.append((f'UPDATE "{table}" SET {set_to} WHERE "{key}" = %s', changed))
    return statements
