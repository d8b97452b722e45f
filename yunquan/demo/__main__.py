"""`python -m yunquan.demo DIR`: build the demonstration in a folder, in a process of its own.

The typesetter starts threads, and a server that forks its workers from a process with threads leaves them behind:
the first paper would never come.  So whoever serves the demonstration has not built it.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from pathlib import Path


def main(folder: Path) -> None:
    """Migrate, build, and mark the folder as complete."""
    os.environ["YUNQUAN_DIR"], os.environ["YUNQUAN_DEMO"] = str(folder), "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yunquan.config.settings")
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    from yunquan.demo.build import build

    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            # A half-built demonstration is thrown away, so its writes need not be flushed one by one.
            cursor.execute("PRAGMA synchronous=OFF")
    call_command("migrate", verbosity=0)
    stands_at = build(lambda line: print(line, flush=True))
    offset = int((stands_at - datetime.now(UTC)).total_seconds())
    (folder / "clock_offset").write_text(str(offset))
    (folder / "demo_complete").write_text("1")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
