"""While another process reads, draws or scans for seconds, this thread's place in the connection pool is free."""

from __future__ import annotations

from django.db import connection


def lend_connection() -> None:
    """Give the pooled connection back before a long wait; the next query takes one again.

    Nothing happens inside a transaction, and where connections are not pooled.
    """
    if not connection.in_atomic_block and connection.settings_dict["OPTIONS"].get("pool"):
        connection.close()
