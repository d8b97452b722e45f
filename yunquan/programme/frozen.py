"""A database trigger that freezes a rule change once it is published (M3, D47-4.4.1)."""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations.base import Operation


class FrozenOncePublished(Operation):
    """Refuse UPDATE and DELETE of rows whose state is `published`, in the database itself."""

    reversible = True
    reduces_to_sql = False

    def __init__(self, table: str) -> None:
        self.table = table

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        return (self.__class__.__qualname__, [self.table], {})

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models stay as they are; only the database learns the guard."""

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        postgresql = schema_editor.connection.vendor == "postgresql"
        if postgresql:
            schema_editor.execute(
                "CREATE OR REPLACE FUNCTION yunquan_published_is_frozen() "
                "RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'published row of % is frozen (M3)', TG_TABLE_NAME "
                "USING ERRCODE = 'integrity_constraint_violation'; END $$",
                params=None,
            )
        for event in ("update", "delete"):
            trigger = f"CREATE TRIGGER {self.table}_frozen_{event} BEFORE {event.upper()}"
            head = f"{trigger} ON {self.table} FOR EACH ROW "
            if postgresql:
                schema_editor.execute(
                    head + "WHEN (OLD.state = 'published') EXECUTE FUNCTION yunquan_published_is_frozen()"
                )
            else:
                schema_editor.execute(
                    head + "WHEN OLD.state = 'published' BEGIN "
                    f"SELECT RAISE(ABORT, 'published row of {self.table} is frozen (M3)'); END"
                )

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        on_table = f" ON {self.table}" if schema_editor.connection.vendor == "postgresql" else ""
        for event in ("update", "delete"):
            schema_editor.execute(
                f"DROP TRIGGER IF EXISTS {self.table}_frozen_{event}{on_table}", params=None
            )

    def describe(self) -> str:
        return f"Freeze published rows of {self.table}"
