"""Database triggers that refuse to change or delete a row: invariant M3, held below the code."""

from __future__ import annotations

from typing import Any

from django.db.migrations.operations.base import Operation


class AppendOnly(Operation):
    """Make a table append-only: UPDATE and DELETE fail in the database itself.

    `may_delete` leaves deletion open (a payload may be erased while its log entry stays, L3).
    `frozen_columns` narrows the refusal of UPDATE to these columns (a list's lines stay as published
    while their outcome is still to come).
    """

    reversible = True
    reduces_to_sql = False

    def __init__(self, table: str, *, may_delete: bool = False, frozen_columns: tuple[str, ...] = ()) -> None:
        self.table, self.may_delete, self.frozen_columns = table, may_delete, tuple(frozen_columns)

    def deconstruct(self) -> tuple[str, list[Any], dict[str, Any]]:
        options = {"may_delete": self.may_delete, "frozen_columns": self.frozen_columns}
        return (self.__class__.__qualname__, [self.table], options)

    def state_forwards(self, app_label: str, state: Any) -> None:
        """The models stay as they are; only the database learns the guard."""

    def _events(self) -> list[tuple[str, str]]:
        columns = "".join(f"{', ' if i else ' OF '}{name}" for i, name in enumerate(self.frozen_columns))
        events = [("update", f"UPDATE{columns}")]
        if not self.may_delete:
            events.append(("delete", "DELETE"))
        return events

    def database_forwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        postgresql = schema_editor.connection.vendor == "postgresql"
        if postgresql:
            schema_editor.execute(
                "CREATE OR REPLACE FUNCTION yunquan_append_only() RETURNS trigger LANGUAGE plpgsql AS "
                "$$ BEGIN RAISE EXCEPTION 'append-only table % (M3)', TG_TABLE_NAME "
                "USING ERRCODE = 'integrity_constraint_violation'; END $$",
                params=None,
            )
        for name, event in self._events():
            trigger = f"{self.table}_no_{name}"
            # An altered table loses its triggers on SQLite and keeps them on PostgreSQL: made anew on both.
            schema_editor.execute(
                f"DROP TRIGGER IF EXISTS {trigger}" + (f" ON {self.table}" if postgresql else "")
            )
            if postgresql:
                schema_editor.execute(
                    f"CREATE TRIGGER {trigger} BEFORE {event} ON {self.table} "
                    "FOR EACH ROW EXECUTE FUNCTION yunquan_append_only()",
                    params=None,
                )
            else:
                schema_editor.execute(
                    f"CREATE TRIGGER {trigger} BEFORE {event} ON {self.table} "
                    f"BEGIN SELECT RAISE(ABORT, 'append-only table {self.table} (M3)'); END"
                )

    def database_backwards(self, app_label: str, schema_editor: Any, from_state: Any, to_state: Any) -> None:
        on_table = f" ON {self.table}" if schema_editor.connection.vendor == "postgresql" else ""
        for name, _event in self._events():
            schema_editor.execute(f"DROP TRIGGER IF EXISTS {self.table}_no_{name}{on_table}")

    def describe(self) -> str:
        return f"Make {self.table} append-only"
