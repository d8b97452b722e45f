"""The index of pairs and fours of characters in vouchers' search texts, kept by the database itself.

Triggers keep it, so that no writer can forget it: a full-text table of the pieces on SQLite, a column of their
hashes with a GIN index on PostgreSQL.  An enterprise's words are found by any two of their characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from django.db.migrations.operations.base import Operation

INDEX = "vouchers_pairs"
# A pair a, b is known as a × FACTOR + b, a four as its two pairs joined likewise, modulo the largest int.
FACTOR, MODULUS = 1_000_003, 2**31 - 1
_ASCII_SMALL = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def long_or_short(word: str) -> int:
    """How many characters the pieces have by which a word is looked up: four are much rarer than two."""
    return 4 if len(word) >= 4 else 2


def pieces_of(text: str, length: int) -> list[str]:
    """The runs of neighbouring characters, in order, as names that full-text search leaves whole.

    ASCII letters count alike in both cases, as they do for LIKE on SQLite.

    >>> pieces_of("东莞 A1", 2)
    ['4e1cz839e', '61z31']
    """
    twos = _twos(text)
    return [piece for piece in (twos if length == 2 else _fours(twos)) if piece]


def _twos(text: str) -> list[str]:
    """The names of all neighbouring two in order, empty where one of them is a gap."""
    codes = [f"{ord(letter):x}" if not letter.isspace() else "" for letter in text.translate(_ASCII_SMALL)]
    return [f"{one}z{other}" if one and other else "" for one, other in pairwise(codes)]


def _fours(twos: Sequence[str]) -> list[str]:
    return [f"{one}z{other}" if one and other else "" for one, other in zip(twos, twos[2:], strict=False)]


def hashes_of(text: str, length: int) -> list[int]:
    """The same runs as whole numbers, as PostgreSQL's function reckons them; two runs seldom share one.

    >>> hashes_of("云帆 a", 2) == [(0x4E91 * FACTOR + 0x5E06) % MODULUS]
    True
    """
    codes = [ord(letter) for letter in text]
    runs = [codes[place : place + length] for place in range(len(codes) - length + 1)]
    return [_hash_of(run) for run in runs if ord(" ") not in run]


def _hash_of(run: list[int]) -> int:
    if len(run) == 2:
        return (run[0] * FACTOR + run[1]) % MODULUS
    return (_hash_of(run[:2]) * FACTOR + _hash_of(run[2:])) % MODULUS


def hash_of_city(city: str) -> int:
    """The number by which PostgreSQL's index knows a city."""
    return -int(city) if re.fullmatch(r"[0-9]{6}", city, re.ASCII) else 0


def hash_of_supplier(supplier: int) -> int:
    """The number by which it knows a supplier; no other piece has one that low."""
    return -1_000_000 - supplier


def indexed(text: str, city: str, supplier: int | None) -> str:
    """What the full-text table of SQLite holds of a voucher: whose it is, and the pieces of its words."""
    twos = _twos(text)
    return " ".join((f"c{city}", f"s{supplier or 0}", *filter(None, twos), *filter(None, _fours(twos))))


def teach(sender: Any, connection: Any, **_more: Any) -> None:
    """Give a new connection to SQLite the function that the triggers call."""
    if connection.vendor == "sqlite":
        connection.connection.create_function("yunquan_pairs", 3, indexed, deterministic=True)


_SQLITE = (
    f"DROP TABLE IF EXISTS {INDEX}",
    f"CREATE VIRTUAL TABLE {INDEX} USING fts5(pairs, content='', columnsize=0, tokenize='ascii')",
    f"INSERT INTO {INDEX}(rowid, pairs) SELECT id, yunquan_pairs(search_text, city, supplier_id) "
    "FROM vouchers_voucher WHERE search_text <> '' ORDER BY id",
    f"""CREATE TRIGGER {INDEX}_insert AFTER INSERT ON vouchers_voucher WHEN new.search_text <> '' BEGIN
        INSERT INTO {INDEX}(rowid, pairs)
            VALUES (new.id, yunquan_pairs(new.search_text, new.city, new.supplier_id));
    END""",
    f"""CREATE TRIGGER {INDEX}_update AFTER UPDATE OF search_text, city, supplier_id ON vouchers_voucher
    WHEN (old.search_text, old.city, old.supplier_id) IS NOT (new.search_text, new.city, new.supplier_id) BEGIN
        INSERT INTO {INDEX}({INDEX}, rowid, pairs)
            SELECT 'delete', old.id, yunquan_pairs(old.search_text, old.city, old.supplier_id)
            WHERE old.search_text <> '';
        INSERT INTO {INDEX}(rowid, pairs)
            SELECT new.id, yunquan_pairs(new.search_text, new.city, new.supplier_id)
            WHERE new.search_text <> '';
    END""",
    f"""CREATE TRIGGER {INDEX}_delete AFTER DELETE ON vouchers_voucher WHEN old.search_text <> '' BEGIN
        INSERT INTO {INDEX}({INDEX}, rowid, pairs)
            VALUES ('delete', old.id, yunquan_pairs(old.search_text, old.city, old.supplier_id));
    END""",
)
_POSTGRESQL = (
    f"DROP TABLE IF EXISTS {INDEX}",
    "DROP FUNCTION IF EXISTS yunquan_pairs(text, text, bigint)",
    f"CREATE TABLE {INDEX} (voucher_id bigint PRIMARY KEY, pairs int[] NOT NULL)",
    # Numbers cost a third of what texts do when they are written; plpgsql keeps the plans of its queries.
    f"""CREATE FUNCTION yunquan_pairs(sought text, city text, supplier bigint) RETURNS int[]
    LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
    DECLARE
        codes bigint[] := ARRAY(SELECT ascii(letter) FROM unnest(string_to_array(sought, NULL)) letter);
        pairs bigint[] := ARRAY(
            SELECT CASE WHEN first <> 32 AND second <> 32 THEN (first * {FACTOR} + second) % {MODULUS} END
            FROM unnest(codes, codes[2:]) run(first, second)
        );
    BEGIN
        RETURN ARRAY[
            -coalesce(substring(city FROM '^[0-9]{{6}}$')::int, 0), -1000000 - coalesce(supplier, 0)::int
        ] || array_remove(pairs, NULL)::int[] || ARRAY(
            SELECT ((first * {FACTOR} + second) % {MODULUS})::int
            FROM unnest(pairs, pairs[3:]) run(first, second) WHERE first IS NOT NULL AND second IS NOT NULL
        );
    END $$""",
    f"""CREATE OR REPLACE FUNCTION yunquan_note_pairs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP <> 'INSERT' THEN
            DELETE FROM {INDEX} WHERE voucher_id = OLD.id;
        END IF;
        IF TG_OP <> 'DELETE' THEN
            INSERT INTO {INDEX} (voucher_id, pairs)
                VALUES (NEW.id, yunquan_pairs(NEW.search_text, NEW.city, NEW.supplier_id));
        END IF;
        RETURN NULL;
    END $$""",
    f"INSERT INTO {INDEX} SELECT id, yunquan_pairs(search_text, city, supplier_id) FROM vouchers_voucher",
    f"CREATE INDEX {INDEX}_held ON {INDEX} USING gin (pairs)",
    f"""CREATE TRIGGER {INDEX}_insert AFTER INSERT OR DELETE ON vouchers_voucher
    FOR EACH ROW EXECUTE FUNCTION yunquan_note_pairs()""",
    f"""CREATE TRIGGER {INDEX}_update AFTER UPDATE OF search_text, city, supplier_id ON vouchers_voucher
    FOR EACH ROW WHEN ((OLD.search_text, OLD.city, OLD.supplier_id)
        IS DISTINCT FROM (NEW.search_text, NEW.city, NEW.supplier_id))
    EXECUTE FUNCTION yunquan_note_pairs()""",
)


class SearchIndex(Operation):
    """Build the index of character pairs and what keeps it.

    Run it again in every migration that alters the table of vouchers: SQLite drops the triggers of an
    altered table. `only` names the one database on which it has anything to do.
    """

    reversible = True
    reduces_to_sql = False

    def __init__(self, only: str = "") -> None:
        self.only = only

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__qualname__, [], {"only": self.only} if self.only else {})

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models stay as they are; only the database learns the index."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if self.only not in ("", schema_editor.connection.vendor):
            return
        postgresql = schema_editor.connection.vendor == "postgresql"
        self._drop_triggers(schema_editor)
        for statement in _POSTGRESQL if postgresql else _SQLITE:
            schema_editor.execute(statement, params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        if self.only:
            return  # The index goes with the migration that first made it.
        self._drop_triggers(schema_editor)
        schema_editor.execute(f"DROP TABLE {INDEX}", params=None)

    def _drop_triggers(self, schema_editor: Any) -> None:
        on_table = " ON vouchers_voucher" if schema_editor.connection.vendor == "postgresql" else ""
        for event in ("insert", "update", "delete"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {INDEX}_{event}{on_table}", params=None)

    def describe(self) -> str:
        return "Index the character pairs of the vouchers' search text"
