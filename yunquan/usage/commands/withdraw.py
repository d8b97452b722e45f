"""`yunquan usage withdraw`: take a load back that was a mistake."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from getpass import getuser
from pathlib import Path

import click

WRONG_INPUT, NOT_NOW = 2, 1
LEAST_SIGNS = 8


@click.command()
@click.option(
    "--store",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="行为数据仓的目录",
)
@click.option("--reason", required=True, help="为什么撤回，记入撤回标记")
@click.argument("sha256", metavar="SHA")
def withdraw(folder: Path, reason: str, sha256: str) -> None:
    """撤回一份误装的文件：按文件的 SHA-256（或其前几位）撤回，涉及的日子下次汇总时重算。

    \b
    记录不删除，连同理由存放在数据仓的 withdrawn 目录；撤回以后，同一文件可以按别的应用或范围重新装载。
    """
    from yunquan.usage.store import Store, StoreBusy, StoreFailed

    if not reason.strip():
        _refuse("没有写明理由；应为：--reason 后面写为什么撤回")
    if (folder / "inbox").exists():
        _refuse(f"{folder} 是平台的数据仓；应为：由省厅在送达记录的页面撤回，以便记入日志")
    wanted = sha256.strip().lower()
    if len(wanted) < LEAST_SIGNS:
        _refuse(f"“{sha256}”太短；应为：文件的 SHA-256，至少 {LEAST_SIGNS} 位")
    try:
        store = Store(folder)
        found = [one for one in store.loads() if one.sha256.startswith(wanted)]
        if not found:
            _refuse(f"没有装入过 SHA-256 以 {wanted} 开头的文件；应为：已装入的文件（sha256sum 文件名）")
        if len({one.sha256 for one in found}) > 1:
            _refuse(f"{wanted} 对应 {len(found)} 份文件；应为：更长的一段")
        for one in found:
            if store.withdraw(
                one.sha256, one.source, reason=reason.strip(), by=getuser(), now=datetime.now(UTC)
            ):
                days = f"{one.days[0]}..{one.days[-1]}（{len(one.days)} 天）" if one.days else "没有日期"
                click.echo(f"{one.file}  已撤回 {one.records} 条记录  日期 {days}  下次汇总时重算这些日子")
    except (StoreBusy, StoreFailed) as wrong:
        click.echo(str(wrong), err=True)
        sys.exit(NOT_NOW)


def _refuse(fault: str) -> None:
    click.echo(fault, err=True)
    sys.exit(WRONG_INPUT)
