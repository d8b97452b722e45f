"""A mass of enterprises, contracts and vouchers, multiplied by the database itself from one of each.

A row through the models costs about two milliseconds, most of it for indexes that grow out of order. Here the
models write one row of each table; the database copies it with other keys, names and states while indexes,
triggers and foreign keys are away, and everything that was away is laid down again over the finished tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

from django.db import connection, models, transaction

from yunquan.vouchers.pairs import SearchIndex

PLACE = "20182018"  # Stands for the row's number in the words of the first one; it occurs nowhere else.


def padded(number: str, width: int) -> str:
    """SQL for a number with zeros before it."""
    if connection.vendor == "postgresql":
        return f"lpad(({number})::text, {width}, '0')"
    return f"printf('%0{width}d', {number})"


def one_of(words: Sequence[str | int], number: str) -> str:
    """SQL for the word that stands at a number among words, beginning anew after the last."""
    cases = " ".join(f"WHEN {place} THEN {_literal(word)}" for place, word in enumerate(words))
    return f"CASE ({number}) % {len(words)} {cases} END"


def numbered(text: str, number: str) -> str:
    """SQL for a text with a number in its place."""
    return f"replace({_literal(text)}, '{PLACE}', CAST({number} AS text))"


def _literal(word: str | int) -> str:
    if isinstance(word, int):
        return str(word)
    return "'" + word.replace("'", "''") + "'"


def multiply(first: models.Model, count: int, differing: Mapping[str, str]) -> None:
    """Copy a row until there are `count`; columns that differ are SQL over `n`, which counts from 1."""
    meta = first._meta
    keys = {meta.pk.column: f"{first.pk} + n", **differing}
    columns = [field.column for field in meta.local_concrete_fields]
    chosen = ", ".join(keys.get(column, f"one.{column}") for column in columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {meta.db_table} ({', '.join(columns)}) "
            "WITH RECURSIVE counted(n) AS "
            f"(SELECT CAST(1 AS bigint) UNION ALL SELECT n + 1 FROM counted WHERE n + 1 < {count}) "
            f"SELECT {chosen} FROM counted CROSS JOIN {meta.db_table} one "
            f"WHERE one.{meta.pk.column} = {first.pk} AND {count} > 1 ORDER BY n"
        )
        if connection.vendor == "postgresql":
            cursor.execute(
                f"SELECT setval(pg_get_serial_sequence('{meta.db_table}', '{meta.pk.column}'), "
                f"{first.pk + count})"
            )


@contextmanager
def bare(*tables: type[models.Model]) -> Iterator[None]:
    """Tables without indexes, foreign keys and the index of searches; afterwards all is as it was."""
    names = ", ".join(f"'{table._meta.db_table}'" for table in tables)
    postgresql = connection.vendor == "postgresql"
    search, editor = SearchIndex(), connection.schema_editor()
    search.database_backwards("vouchers", editor, None, None)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT indexname, indexdef FROM pg_indexes WHERE tablename IN ({names}) "
            "AND indexname NOT IN (SELECT conname FROM pg_constraint)"
            if postgresql
            else f"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name IN ({names}) "
            "AND sql IS NOT NULL"
        )
        indexes: list[tuple[str, str]] = cursor.fetchall()
        for name, _made in indexes:
            cursor.execute(f'DROP INDEX "{name}"')
        cursor.execute(
            "SET session_replication_role = replica" if postgresql else "PRAGMA foreign_keys = OFF"
        )
    with transaction.atomic():
        yield
    with connection.cursor() as cursor:
        for _name, made in indexes:
            cursor.execute(made)
        cursor.execute("SET session_replication_role = origin" if postgresql else "PRAGMA foreign_keys = ON")
    search.database_forwards("vouchers", editor, None, None)


def hurried() -> None:
    """Let the embedded database write without waiting for the disk; nobody needs this one after a crash."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            for wanted in ("synchronous = OFF", "temp_store = MEMORY", "cache_size = -400000"):
                cursor.execute(f"PRAGMA {wanted}")
