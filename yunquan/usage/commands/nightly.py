"""`yunquan usage nightly`: roll up what is new and write the verdicts that have changed (D47-5.13)."""

from __future__ import annotations

from datetime import datetime
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
@click.option("--today", type=click.DateTime(["%Y-%m-%d"]), help="按这一天办理（默认今天）。")
def nightly(folder: Path | None, today: datetime | None) -> None:
    """汇总新到的行为数据，计算待判定服务券的判定；重复运行不会重复写入。"""
    open_archive(folder)
    from yunquan.journal import clock
    from yunquan.kernel.calendar import CalendarNotAnnounced
    from yunquan.usage import nightly as nights

    try:
        done = nights.run(now=clock.read(), today=today.date() if today is not None else None)
    except CalendarNotAnnounced as unknown:
        raise click.ClickException(f"{unknown}。请在“公告与日历”中录入后再运行。") from None
    click.echo(f"汇总 {done.days} 个日期和来源，{done.records} 条记录；查看 {done.looked_at} 张券。")
    words = {"done": "完成", "not_done": "未完成", "not_enough_data": "数据不足"}
    said = "，".join(f"{words[outcome]} {count} 张" for outcome, count in sorted(done.written.items()))
    click.echo(f"写入判定：{said}。" if said else "判定没有变化，没有写入。")
