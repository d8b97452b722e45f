"""The cast is written by its verbs once a process; every later test gets the same rows copied into its database.

The verbs take some 230 queries, the copy one statement a table. What the rows stand on (the bureaus that
migrations laid down) must be what they stood on the first time, else the verbs write them anew.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from yunquan.journal.models import LogHead
from yunquan.parties.models import Bureau, Person

if TYPE_CHECKING:
    from tests.cast import World


@dataclass(slots=True)
class Laid:
    """Who is in the cast, its next serial number, and the statements with rows that write it."""

    world: World
    serial: int
    statements: list[tuple[str, list[tuple[Any, ...]]]]


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
        laid = _laid[ground] = Laid(world, serial, _statements(before, _everything()))
    else:
        with connection.cursor() as cursor:
            for statement, rows in laid.statements:
                cursor.executemany(statement, rows)
    world = copy.copy(laid.world)
    world.cycle, world.enterprise, world.supplier = (
        copy.deepcopy(row) for row in (laid.world.cycle, laid.world.enterprise, laid.world.supplier)
    )
    world.people, world.serial = dict(laid.world.people), itertools.count(laid.serial)
    return world


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
