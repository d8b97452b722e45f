"""An empty database with all migrations is made once and copied: by other workers, and by later runs.

Migrating takes longer than many a file of tests. A copy is named by what migrations are made of, so whatever changes
there is migrated anew; `migrate` itself still runs on every copy and finds nothing to do.
"""

from __future__ import annotations

import ast
import fcntl
import hashlib
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from django.db.backends.base.creation import BaseDatabaseCreation

ROOT, KEPT = Path(__file__).parent.parent, 4


def imported(text: str) -> list[str]:
    """The modules of the house that a module may import, by their dotted names, wherever in it and over how many lines."""
    found = []
    for one in ast.walk(ast.parse(text)):
        if isinstance(one, ast.ImportFrom) and one.module:
            found += [one.module, *(f"{one.module}.{name.name}" for name in one.names)]
        elif isinstance(one, ast.Import):
            found += [name.name for name in one.names]
    return [dotted for dotted in found if dotted.partition(".")[0] == "yunquan"]


@cache
def name() -> str:
    """What migrations are made of, as a few letters: their own text, all they import, data beside it, the versions."""
    waiting = sorted(ROOT.glob("yunquan/**/migrations/*.py"))
    known = {ROOT / "requirements" / "all.txt"}
    while waiting:
        path = waiting.pop()
        if path in known:
            continue
        known.add(path)
        if "migrations" not in path.parts:
            known |= {one for one in path.parent.rglob("*.json") if one.is_file()}
        for dotted in imported(path.read_text(encoding="utf-8")):
            place = ROOT.joinpath(*dotted.split("."))
            waiting += [one for one in (place.with_suffix(".py"), place / "__init__.py") if one.is_file()]
    found = hashlib.sha256()
    for path in sorted(known):
        found.update(f"{path.relative_to(ROOT)}\0".encode() + path.read_bytes())
    return found.hexdigest()[:16]


def shelf() -> Path:
    """The folder that keeps what was migrated, nobody else's."""
    folder = Path(
        os.environ.get("YUNQUAN_MIGRATED_DIR") or f"{tempfile.gettempdir()}/yunquan-migrated-{os.getuid()}"
    )
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    found = folder.stat()
    if found.st_uid != os.getuid() or found.st_mode & 0o022:
        raise RuntimeError(f"{folder} belongs to others; name another in YUNQUAN_MIGRATED_DIR")
    return folder


@contextmanager
def turn(what: str) -> Iterator[None]:
    """One process at a time."""
    with (shelf() / f"{what}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def lay_sqlite(place: Path) -> bool:
    """Put a migrated database in a place, if one is kept."""
    kept = shelf() / f"{name()}.sqlite3"
    if not kept.exists():
        return False
    for stale in (f"{place}-wal", f"{place}-shm"):
        Path(stale).unlink(missing_ok=True)
    shutil.copyfile(kept, place)
    return True


def keep_sqlite(connection: Any) -> None:
    """Keep what this connection has just migrated, and drop what older migrations made."""
    unfinished = shelf() / f"{name()}.{os.getpid()}.part"
    connection.ensure_connection()
    with sqlite3.connect(unfinished) as copy:
        connection.connection.backup(copy)
    copy.close()
    unfinished.rename(shelf() / f"{name()}.sqlite3")
    by_age = sorted(shelf().glob("*.sqlite3"), key=lambda one: one.stat().st_mtime)
    for older in by_age[:-KEPT]:
        older.unlink()


def _sqlite(create: Callable[..., str], self: Any, *given: Any, **more: Any) -> str:
    with turn("sqlite"):
        empty = self._create_test_db
        laid = False

        def filled(*given: Any, **more: Any) -> Any:
            nonlocal laid
            place = empty(*given, **more)
            laid = lay_sqlite(Path(place))
            return place

        self._create_test_db = filled
        made = create(self, *given, **more)
        if not laid:
            keep_sqlite(self.connection)
        return made


def _postgresql(create: Callable[..., str], self: Any, *given: Any, **more: Any) -> str:
    kept, settings = f"yunquan_migrated_{name()}", self.connection.settings_dict
    with turn(f"postgresql-{settings['PORT']}"):
        with self._nodb_cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [kept])
            is_kept = cursor.fetchone() is not None
        if is_kept:
            settings["TEST"]["TEMPLATE"] = kept
        made = create(self, *given, **more)
        if not is_kept:
            self.connection.close()
            self.connection.close_pool()
            with self._nodb_cursor() as cursor:
                cursor.execute(f'CREATE DATABASE "{kept}" TEMPLATE "{made}"')
        return made


def share() -> None:
    """From now on, test databases are copies where one is kept."""
    create = BaseDatabaseCreation.create_test_db

    def shared(self: Any, *given: Any, **more: Any) -> str:
        how = _sqlite if self.connection.vendor == "sqlite" else _postgresql
        return how(create, self, *given, **more)

    BaseDatabaseCreation.create_test_db = shared
