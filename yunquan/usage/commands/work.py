"""`yunquan usage work`: load what was delivered and fetch what is due, once or for as long as it runs."""

from __future__ import annotations

import time
from pathlib import Path

import click

from yunquan.journal.archive import open_archive


@click.command()
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="存放内置数据库和文件的目录",
)
@click.option("--once", is_flag=True, help="办完现有的就结束")
@click.option("--every", default=60, show_default=True, help="两轮之间的秒数")
def work(folder: Path | None, once: bool, every: int) -> None:
    """装入已收妥的行为数据，按设定拉取供应商接口（可随时中断，重启后接着办）。"""
    open_archive(folder)
    from yunquan.journal import clock
    from yunquan.usage import working

    while True:
        told = working.work(clock.read())
        for what, count in sorted(told.done.items()):
            click.echo(f"{what}: {count}")
        for line in told.refused:
            click.echo(f"未办理 {line}", err=True)
        if once:
            return
        time.sleep(max(1, every))
