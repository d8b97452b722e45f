"""Opening the database that stands in a folder, for commands."""

from __future__ import annotations

import os
from pathlib import Path

import click


def open_archive(folder: Path | None) -> None:
    """Open what is there already: nothing is made where no database stands, and the mistake is named.

    Where no folder is given and Django stands already, the program around this one has opened it.
    """
    from django.apps import apps

    if folder is None and apps.ready:
        return
    place = folder or Path(os.environ.get("YUNQUAN_DIR") or "var")
    embedded = not os.environ.get("YUNQUAN_DATABASE_URL")
    if embedded and not (place / "yunquan.sqlite3").exists():
        raise click.ClickException(
            f"{place} 里没有云券的数据库。请用 --dir 指明数据所在的目录；新建请运行 yunquan migrate --dir {place}。"
        )
    if folder is not None:
        os.environ["YUNQUAN_DIR"] = str(folder)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yunquan.config.settings")
    import django

    django.setup()
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        option = f" --dir {folder}" if folder else ""
        raise click.ClickException(f"数据库还没有升级到这个版本，请先备份，再运行 yunquan migrate{option}。")
