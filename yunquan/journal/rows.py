"""Rows written as they stand, many in one statement: what every act adds to the log and beside it.

The mapper's own way of writing many rows costs several times as much as the statement itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice
from typing import Any

from django.db import connection, models

from yunquan.journal.models import LogHead

# Ten columns of so many rows stay below what any database takes as parameters of one statement.
_AT_ONCE = 90


def insert(
    model: type[models.Model],
    names: Sequence[str],
    rows: Iterable[Sequence[Any]],
    *,
    skip_known: bool = False,
) -> None:
    """Insert rows with these fields, in this order; `skip_known` leaves out those whose key is there already."""
    fields, statement, marks = _statement(model, tuple(names), connection.vendor)
    ending = " ON CONFLICT DO NOTHING" if skip_known else ""
    waiting = iter(rows)
    while some := list(islice(waiting, _AT_ONCE)):
        values = [
            field.get_db_prep_save(value, connection)
            for row in some
            for field, value in zip(fields, row, strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(statement + ", ".join([marks] * len(some)) + ending, values)


@lru_cache(maxsize=64)
def _statement(model: type[models.Model], names: tuple[str, ...], vendor: str) -> tuple[list[Any], str, str]:
    quote = connection.ops.quote_name
    fields: list[Any] = [model._meta.get_field(name) for name in names]
    columns = ", ".join(quote(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    return fields, f"INSERT INTO {quote(model._meta.db_table)} ({columns}) VALUES ", f"({marks})"


def update(
    model: type[models.Model], names: Sequence[str], keys: Sequence[str], rows: Iterable[Sequence[Any]]
) -> int:
    """Set these fields in the rows that the key fields name; gives how many were found.

    Each of `rows` holds the new values and then those of the keys.
    """
    fields, beginning, marks, ending = _update(model, tuple(names), tuple(keys), connection.vendor)
    waiting, touched = iter(rows), 0
    while some := list(islice(waiting, _AT_ONCE)):
        values = [
            field.get_db_prep_save(value, connection)
            for row in some
            for field, value in zip(fields, row, strict=True)
        ]
        with connection.cursor() as cursor:
            cursor.execute(beginning + ", ".join([marks] * len(some)) + ending, values)
            touched += cursor.rowcount
    return touched


@lru_cache(maxsize=256)
def _update(
    model: type[models.Model], names: tuple[str, ...], keys: tuple[str, ...], vendor: str
) -> tuple[list[Any], str, str, str]:
    quote = connection.ops.quote_name
    table = quote(model._meta.db_table)
    fields: list[Any] = [model._meta.get_field(name) for name in (*names, *keys)]
    # Both databases call the columns of a list of values so, and the first row alone tells no type.
    given = [_typed(field, f"given.column{place}", vendor) for place, field in enumerate(fields, 1)]
    settings = [f"{quote(field.column)} = {value}" for field, value in zip(fields, given, strict=True)]
    marks = ", ".join(["%s"] * len(fields))
    found = " AND ".join(f"{table}.{setting}" for setting in settings[len(names) :])
    beginning = f"UPDATE {table} SET {', '.join(settings[: len(names)])} FROM (VALUES "
    return fields, beginning, f"({marks})", f") AS given WHERE {found}"


def _typed(field: Any, value: str, vendor: str) -> str:
    """A value as the field's type, which PostgreSQL has to be told; a text that is too long stays so."""
    if vendor != "postgresql":
        return value
    return f"{value}::{str(field.rel_db_type(connection)).partition('(')[0]}"


def locked_head() -> tuple[int, str]:
    """How long the log is and where its chain ends, locked until the transaction ends."""
    lock = connection.ops.for_update_sql() if connection.features.has_select_for_update else ""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT size, chain FROM {LogHead._meta.db_table} WHERE id = 1 {lock}")
        size, chain = cursor.fetchone()
    return int(size), str(chain)


def move_head(size: int, chain: str) -> None:
    """Note how long the log is now and where its chain ends."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"UPDATE {LogHead._meta.db_table} SET size = %s, chain = %s WHERE id = 1", [size, chain]
        )
