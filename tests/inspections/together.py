"""Acts of several people at the very same moment, on a database that lets them."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection, connections

from yunquan.kernel.refusal import Refused


def together(acts: list[Callable[[], Any]]) -> list[str]:
    """What became of each, in the order in which they ended: `done` or `refused`."""
    gate, told = threading.Barrier(len(acts)), list[str]()

    def run(act: Callable[[], Any]) -> None:
        try:
            gate.wait(20)
            act()
            told.append("done")
        except Refused:
            told.append("refused")
        finally:
            connections.close_all()

    if connection.vendor == "postgresql":
        connection.close()  # The pool gives out few: who starts the others takes none away from them.
    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for one in threads:
        one.start()
    for one in threads:
        one.join(60)
    return told


def holds_another_back() -> bool:
    """Whether somebody waits for a lock of this transaction; an embedded database lets one alone write, and says yes."""
    if connection.vendor != "postgresql":
        return True
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_stat_activity WHERE pg_backend_pid() = ANY (pg_blocking_pids(pid))")
        return cursor.fetchone() is not None
