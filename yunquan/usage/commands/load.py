"""`yunquan usage load`: records of behaviour into a store, a line a file."""

from __future__ import annotations

import os
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from yunquan.usage.store import Loaded, Said

WRONG_INPUT, NOT_NOW = 2, 1
FURTHER = "YUNQUAN_LAYOUTS"
_QUIET_SECONDS, _EVERY_SECONDS = 2.0, 1.0


class Teller:
    """Tells on standard error how a long load goes, about once a second; a short one says nothing."""

    def __init__(self) -> None:
        self._begun = self._told = time.monotonic()
        self._first: Said | None = None

    def __call__(self, said: Said) -> None:
        now = time.monotonic()
        if self._first is None:
            self._first = said
            if said.resumed:
                click.echo(f"{said.file}：接着上次中断处继续，已有 {said.records:,} 条", err=True)
            return
        if now - self._begun < _QUIET_SECONDS or now - self._told < _EVERY_SECONDS:
            return
        self._told = now
        rate = (said.records - self._first.records) / (now - self._begun)
        share = 100 * said.done / max(1, said.total)
        click.echo(
            f"{said.file}：{share:.0f} %，{said.records:,} 条，坏行 {said.bad:,}，每秒 {rate:,.0f} 条",
            err=True,
        )


def _line(loaded: Loaded) -> str:
    days = "没有日期"
    if loaded.days:
        days = f"日期 {loaded.days[0]}..{loaded.days[-1]}（{len(loaded.days)} 天）"
    state = "已经装载过，未重复装入" if loaded.known else "新装入"
    counted = f"记录 {loaded.records}  坏行 {loaded.bad}  略过 {loaded.skipped}"
    return f"{loaded.file}  格式 {loaded.layout}  {counted}  {days}  {state}"


def _reach(source: str, operator: str, cities: tuple[str, ...]) -> str:
    """Whose network in which cities the files tell of."""
    from yunquan.usage.reach import BadReach, Reach

    if source != "operator" and (operator or cities):
        raise click.UsageError("--operator 和 --city 只用于运营商的连接记录（--source operator）")
    try:
        return str(Reach.of(operator, cities))
    except BadReach as wrong:
        raise click.UsageError(str(wrong)) from None


def _read_layouts_of(folder: Path) -> None:
    """Let the layouts of a folder be known as long as this command runs."""
    before = os.environ.get(FURTHER)

    def as_before() -> None:
        os.environ.pop(FURTHER, None)
        if before is not None:
            os.environ[FURTHER] = before

    os.environ[FURTHER] = str(folder)
    click.get_current_context().call_on_close(as_before)


@click.command()
@click.option(
    "--store", "folder", type=click.Path(path_type=Path), required=True, help="数据仓目录，没有则新建"
)
@click.option(
    "--source",
    type=click.Choice(["operator", "application"]),
    required=True,
    help="数据来源：operator 电信运营商或云平台的连接记录，application 应用服务的日志",
)
@click.option("--format", "layout", default=None, help="格式名称；不填则自动识别")
@click.option(
    "--layouts",
    "further",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=None,
    help="另有格式文件（*.yaml）的文件夹，等同环境变量 YUNQUAN_LAYOUTS",
)
@click.option("--cloud", default=None, help="应用端的主机名或地址，用于日志本身不写应用端的格式（如 nginx）")
@click.option(
    "--operator",
    default="",
    help="记录由哪家运营商提供：telecom、mobile、unicom、broadcasting、other；不填为各家合并",
)
@click.option("--city", "cities", multiple=True, help="记录覆盖的地市代码，如 441900，可重复；不填为全省")
@click.option("--zone", default="Asia/Shanghai", show_default=True, help="时间不带时区的格式按此时区")
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True, metavar="FILE...")
def load(
    folder: Path,
    source: str,
    layout: str | None,
    further: Path | None,
    cloud: str | None,
    zone: str,
    operator: str,
    cities: tuple[str, ...],
    files: tuple[Path, ...],
) -> None:
    """把行为数据文件装入数据仓，每个文件一行结果；压缩文件直接装载。

    \b
    一个文件要么全部装入，要么不装；同一文件重复装载只算一次。
    有错的行单独存放，不影响其他行；整个文件不能用时指出文件、行、列和应有的写法（退出码 2）。
    中断后重新运行同一命令，从断点继续。
    """
    from zoneinfo import ZoneInfo

    from yunquan.usage import layouts
    from yunquan.usage.layouts import Options
    from yunquan.usage.reach import said
    from yunquan.usage.store import LoadRefused, Store, StoreBusy, StoreFailed

    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError) as wrong:
        raise click.BadParameter(f"没有时区 {zone}", param_hint="--zone") from wrong
    reach = _reach(source, operator, cities)
    if further is not None:
        _read_layouts_of(further)
    refused = 0
    try:
        store = Store(folder)
        for path in files:
            options = Options(now=datetime.now(UTC), cloud=cloud, zone=zone)
            try:
                loaded = store.load(
                    path, source=source, layout=layout, options=options, reach=reach, progress=Teller()
                )
            except LoadRefused as wrong:
                refused += 1
                click.echo(str(wrong), err=True)
                continue
            click.echo(_line(loaded))
            if loaded.known and loaded.reach != reach:
                click.echo(
                    f"{loaded.file}：以前按“{said(loaded.reach)}”装入，覆盖范围没有改变；要改请先 yunquan usage withdraw",
                    err=True,
                )
            layout_found = layouts.layout(loaded.layout)
            if layout_found.kind == "text" and layout_found.source != source:
                click.echo(
                    f"{loaded.file}：{loaded.layout} 一般不是 {source} 的数据，请核对 --source", err=True
                )
            listed = store.bad_lines(loaded.sha256, source) if loaded.bad else None
            if listed is not None:
                click.echo(f"{loaded.file}：坏行清单 {listed}", err=True)
    except (StoreBusy, StoreFailed) as wrong:
        click.echo(str(wrong), err=True)
        sys.exit(NOT_NOW)
    if refused:
        rest = f"，其余 {len(files) - refused} 个已装入" if len(files) > refused else ""
        click.echo(f"{refused} 个文件没有装入{rest}", err=True)
        sys.exit(WRONG_INPUT)
