"""`yunquan usage verdict`: what the records in a store say of every service of every voucher."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click
from pydantic_core import PydanticCustomError

from yunquan.policy.usage import SOURCE_LABELS, Outcome
from yunquan.policy.values import read_day
from yunquan.policy.wrong_input import refuse

if TYPE_CHECKING:
    from yunquan.policy.rulebook import Rulebook
    from yunquan.usage.rollup.figures import Verdicts
    from yunquan.usage.rollup.registry import Registry
    from yunquan.usage.store import Store

OUTCOMES = {Outcome.DONE: "完成", Outcome.NOT_DONE: "未完成", Outcome.NOT_ENOUGH_DATA: "数据不足"}
HEADER = (
    *("voucher", "service", "verdict", "active_days", "records", "bytes", "clients"),
    *("first_at", "last_at", "working_share", "reasons", "signals"),
)
_FILE = click.Path(path_type=Path)


class Day(click.ParamType):
    """A day as 2018-12-31, and nothing else."""

    name = "DATE"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> date:
        try:
            return read_day(value)
        except PydanticCustomError:
            self.fail(f"“{value}”不是日期；应写成 2018-12-31 的样子", param, ctx)


@click.command("verdict")
@click.option(
    "--store",
    "root",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    required=True,
    help="行为数据仓的目录",
)
@click.option(
    "--registry",
    "registry_file",
    type=_FILE,
    required=True,
    help="登记表 CSV：voucher,service,end,kind,value,port",
)
@click.option("--pack", default="gd-2018", show_default=True, help="随附规则包的名称，或规则包文件夹")
@click.option("--from", "from_on", type=Day(), required=True, help="期间第一天（含）")
@click.option("--to", "to_on", type=Day(), required=True, help="期间最后一天（含）")
@click.option("--out", type=_FILE, required=True, help="写出的 CSV")
@click.option(
    "--engine", type=click.Choice(["duckdb", "spark"]), default="duckdb", show_default=True, help="计算引擎"
)
def verdict(
    root: Path, registry_file: Path, pack: str, from_on: date, to_on: date, out: Path, engine: str
) -> None:
    """按行为数据逐券逐服务判定：完成、未完成或数据不足。

    先把新到的数据汇总到天，再只从汇总得出结论；同样的数据、登记和规则，结论相同。
    登记表有任何一处错误都不写结果，退出码为 2。
    """
    from yunquan.kernel.calendar import CalendarNotAnnounced
    from yunquan.policy.packfile import PackError
    from yunquan.policy.rulebook import NotInForce, load_pack
    from yunquan.usage.networks import NetworksError
    from yunquan.usage.rollup.engines import EngineMissing
    from yunquan.usage.rollup.expansion import TooWide
    from yunquan.usage.rollup.figures import decide
    from yunquan.usage.rollup.nightly import update
    from yunquan.usage.rollup.registry import RegistryRefused, read_registry
    from yunquan.usage.store import Store, StoreFailed

    if from_on > to_on:
        refuse([f"--from：{from_on} 晚于 --to 的 {to_on}；应为：不晚于最后一天的日期"])
    if not out.parent.is_dir():
        refuse([f"--out：没有目录 {out.parent}；应为：已有目录中的文件"])
    try:
        rulebook = load_pack(pack)
        registry = read_registry(registry_file)
        store = Store(root).as_it_is()
        if not store.loads():
            click.echo(f"注意：{root} 中没有装入过任何记录，全部判定为数据不足；请核对 --store", err=True)
        report = update(store, registry, engine=engine, days=(from_on, to_on))
        found = decide(store, registry, rulebook, from_on, to_on, engine=engine)
    except (PackError, RegistryRefused) as wrong:
        refuse(wrong.faults)
    except (NotInForce, CalendarNotAnnounced, TooWide, EngineMissing, StoreFailed) as wrong:
        refuse([wrong.args[0] if wrong.args else wrong])
    try:
        signals = _signals(store, registry, rulebook, found)
    except NetworksError as wrong:
        refuse([wrong])
    _write_whole(out, as_csv(found, signals))
    click.echo(
        f"本次汇总 {len(report.evaluated)} 个日和来源、{report.records} 条记录；沿用已有汇总 {report.kept} 个"
    )
    _tell(found)
    click.echo(f"规则：{rulebook.title}（{rulebook.id}），版本 {found.rule_version}")
    click.echo(
        f"输入：{found.input_hash}（登记表 {registry.digest[:12]}，期间 {from_on} 至 {to_on}，{root} 中已装入的记录）"
    )
    click.echo(f"写出 {out}")


def as_csv(found: Verdicts, signals: Mapping[tuple[str, str], Sequence[str]]) -> str:
    """The verdicts as a CSV text, sorted by voucher and service."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(HEADER)
    for one in found.verdicts:
        row, total = one.row, one.row.total
        writer.writerow(
            [
                row.voucher,
                row.service,
                one.judgement.outcome.value,
                total.active_days,
                total.records,
                total.bytes,
                total.clients,
                total.first_at.isoformat() if total.first_at else "",
                total.last_at.isoformat() if total.last_at else "",
                f"{total.working_share:.3f}",
                ";".join(str(reason) for reason in one.judgement.reasons),
                ";".join(signals.get(row.key, ())),
            ]
        )
    return text.getvalue()


def _signals(
    store: Store, registry: Registry, rulebook: Rulebook, found: Verdicts
) -> dict[tuple[str, str], list[str]]:
    """The codes of the signals of each service, in their fixed order."""
    from yunquan.usage.signals import signals

    listed = signals(
        store, registry, [one.row for one in found.verdicts], found.from_on, found.to_on, rulebook
    )
    return {key: [signal.code for signal in of_service] for key, of_service in listed.items()}


def _tell(found: Verdicts) -> None:
    counts = dict.fromkeys(OUTCOMES, 0)
    sources: dict[str, int] = {}
    for one in found.verdicts:
        counts[one.judgement.outcome] += 1
        if one.judgement.source:
            sources[one.judgement.source] = sources.get(one.judgement.source, 0) + 1
    said = "，".join(f"{OUTCOMES[outcome]} {count}" for outcome, count in counts.items())
    by = "，".join(
        f"{SOURCE_LABELS[source]} {count}" for source, count in sorted(sources.items(), reverse=True)
    )
    click.echo(f"共 {len(found.verdicts)} 项：{said}" + (f"（依据：{by}）" if by else ""))


def _write_whole(path: Path, text: str) -> None:
    """Write a file so that it is there whole or not at all."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        unfinished.write_text(text, encoding="utf-8", newline="")
        unfinished.replace(path)
    except OSError as wrong:
        refuse([f"{path.name}: 写不出文件（{wrong.strerror or wrong}）；应为：可写的文件夹中的文件"])
    finally:
        unfinished.unlink(missing_ok=True)
