"""`yunquan usage simulate`: a labelled synthetic year of behaviour data."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import click

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command()
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="写到这个空目录")
@click.option("--seed", default=1, show_default=True, type=click.IntRange(0), help="种子：相同则逐字节相同")
@click.option("--vouchers", default=100, show_default=True, type=click.IntRange(1), help="券的张数")
@click.option("--from", "from_on", default="2019-01-01", show_default=True, type=_DAY, help="起日")
@click.option("--to", "to_on", default="2019-12-31", show_default=True, type=_DAY, help="止日（含）")
@click.option(
    "--frauds", default=0.15, show_default=True, type=click.FloatRange(0, 1), help="造假的券所占的比例"
)
def simulate(out: Path, seed: int, vouchers: int, from_on: datetime, to_on: datetime, frauds: float) -> None:
    """生成带标签的合成行为数据：诚实的工厂和各种造假，全部虚构，处处标明是合成的。"""
    from yunquan.usage.simulate import simulate as write

    try:
        written = write(
            out, seed=seed, vouchers=vouchers, from_on=_day(from_on), to_on=_day(to_on), frauds=frauds
        )
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    click.echo(
        f"合成数据（不是真实记录）已写到 {out}：{written.services} 项应用服务，"
        f"运营商记录 {written.operator_records} 条，应用日志 {written.log_lines} 行"
    )
    for kind, count in written.frauds.items():
        click.echo(f"  造假 {kind}：{count} 项")


def _day(moment: datetime) -> date:
    return moment.date()
