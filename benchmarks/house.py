"""A database of one's own for a measurement, thrown away after it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from harness.postgresql import temporary_server


@contextmanager
def house(*, durable: bool = False) -> Iterator[str]:
    """Django on a fresh PostgreSQL server and a fresh folder; gives the URL. Once in a process."""
    folder = tempfile.mkdtemp(prefix="yunquan-bench-")
    with temporary_server(durable=durable) as url:
        os.environ.update(YUNQUAN_DATABASE_URL=url, YUNQUAN_DIR=folder)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yunquan.config.settings")
        import django

        django.setup()
        from django.db import connections

        try:
            yield url
        finally:
            connections.close_all()
            connections["default"].close_pool()  # type: ignore[attr-defined]
    shutil.rmtree(folder, ignore_errors=True)
