"""`yunquan usage rotate-key`: a new key pair for the pull interface."""

from __future__ import annotations

from pathlib import Path

import click

from yunquan.journal.archive import open_archive


@click.command("rotate-key")
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="存放内置数据库和文件的目录",
)
def rotate_key(folder: Path | None) -> None:
    """更换平台拉取密钥，并把新的公钥指纹通知各供应商；旧私钥即时销毁。"""
    open_archive(folder)
    from yunquan.journal import clock
    from yunquan.usage import pulling

    made = pulling.rotate_key(by=pulling.CLOCK, now=clock.read())
    click.echo(f"新的公钥指纹（SHA-256）：{made}")
