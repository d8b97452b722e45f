"""The index of pairs and fours of characters in vouchers' search texts, kept by the database itself.

Triggers keep it, so that no writer can forget it: a full-text table of the pieces on SQLite, a column of them
with a GIN index on PostgreSQL.  An enterprise's words are found by any two of their characters.
"""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations.base import Operation

INDEX = "vouchers_pairs"
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
    codes = [f"{ord(letter):x}" if not letter.isspace() else "" for letter in text.translate(_ASCII_SMALL)]
    runs = (codes[place : place + length] for place in range(len(codes) - length + 1))
    return ["z".join(run) for run in runs if all(run)]


def indexed(text: str, city: str, supplier: int | None) -> str:
    """What the full-text table of SQLite holds of a voucher: whose it is, and the pieces of its words."""
    return " ".join((f"c{city}", f"s{supplier or 0}", *pieces_of(text, 2), *pieces_of(text, 4)))


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
    f"CREATE TABLE IF NOT EXISTS {INDEX} (voucher_id bigint PRIMARY KEY, pairs text[] NOT NULL)",
    """CREATE OR REPLACE FUNCTION yunquan_pairs(sought text, city text, supplier bigint) RETURNS text[]
    LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
        SELECT ARRAY['c:' || city, 's:' || coalesce(supplier, 0)] || ARRAY(
            SELECT DISTINCT substr(sought, place, size)
            FROM (VALUES (2), (4)) sizes(size), generate_series(1, length(sought) - size + 1) place
            WHERE strpos(substr(sought, place, size), ' ') = 0
        )
    $$""",
    f"""CREATE OR REPLACE FUNCTION yunquan_note_pairs() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
        IF TG_OP = 'DELETE' THEN
            DELETE FROM {INDEX} WHERE voucher_id = OLD.id;
            RETURN NULL;
        END IF;
        INSERT INTO {INDEX} (voucher_id, pairs)
            VALUES (NEW.id, yunquan_pairs(NEW.search_text, NEW.city, NEW.supplier_id))
            ON CONFLICT (voucher_id) DO UPDATE SET pairs = EXCLUDED.pairs;
        RETURN NULL;
    END $$""",
    f"TRUNCATE {INDEX}",
    f"INSERT INTO {INDEX} SELECT id, yunquan_pairs(search_text, city, supplier_id) FROM vouchers_voucher",
    f"CREATE INDEX IF NOT EXISTS {INDEX}_held ON {INDEX} USING gin (pairs)",
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
    altered table.
    """

    reversible = True
    reduces_to_sql = False

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models stay as they are; only the database learns the index."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        postgresql = schema_editor.connection.vendor == "postgresql"
        self._drop_triggers(schema_editor)
        for statement in _POSTGRESQL if postgresql else _SQLITE:
            schema_editor.execute(statement, params=None)

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        self._drop_triggers(schema_editor)
        schema_editor.execute(f"DROP TABLE {INDEX}", params=None)

    def _drop_triggers(self, schema_editor: Any) -> None:
        on_table = " ON vouchers_voucher" if schema_editor.connection.vendor == "postgresql" else ""
        for event in ("insert", "update", "delete"):
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {INDEX}_{event}{on_table}", params=None)

    def describe(self) -> str:
        return "Index the character pairs of the vouchers' search text"
