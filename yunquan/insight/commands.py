"""`yunquan replay`: try drafts of rules on the vouchers, or work on the replays that wait."""

from __future__ import annotations

from pathlib import Path

import click

from yunquan.journal.archive import open_archive


@click.command()
@click.option("--cycles", default="", help="周期代码，多个用逗号分开，如 2018,2019")
@click.option("--change", "changes", type=int, multiple=True, help="规则变更的编号，可以写多次")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="把各表写到这个目录：report.xlsx 和每表一个 CSV",
)
@click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="存放内置数据库和文件的目录",
)
def replay(cycles: str, changes: tuple[int, ...], out: Path | None, folder: Path | None) -> None:
    """在真实的服务券上试算规则变更；不写 --change 时办理页面上等待的试算。

    试算只读数据库，不保存；要保存、对比和附在变更上，请在“规则试算”页面提出。
    """
    open_archive(folder)
    if changes:
        _try(cycles, changes, out)
    else:
        _work()


def _work() -> None:
    from yunquan.insight import actions
    from yunquan.journal import clock
    from yunquan.kernel.workflow import Actor
    from yunquan.policy.roles import Role

    by = Actor(person="clock", role=Role.CLOCK, org="platform")

    waiting = actions.waiting()
    for row in waiting:
        report = actions.run(row=row, by=by, now=clock.read())
        told = f"已完成，报告摘要 {report.content_hash}" if report is not None else "另有进程正在办理"
        click.echo(f"{row.journal_key} {row.title}：{told}")
    if not waiting:
        click.echo("没有等待的试算")


def _try(cycles: str, changes: tuple[int, ...], out: Path | None) -> None:
    from yunquan.insight import actions, queries, sheets
    from yunquan.kernel.money import format_yuan
    from yunquan.programme.models import Cycle, RuleChange

    codes = [code.strip() for code in cycles.split(",") if code.strip()]
    chosen = list(Cycle.objects.filter(code__in=codes).order_by("order"))
    drafts = list(RuleChange.objects.filter(pk__in=changes).order_by("pk"))
    faults = [f"没有周期“{code}”" for code in codes if code not in {one.code for one in chosen}]
    faults += [f"没有编号为 {pk} 的规则变更" for pk in changes if pk not in {one.pk for one in drafts}]
    if not faults:
        told = queries.asking_faults(changes=drafts, cycles=chosen)
        faults = [f"{one.message}{one.mend}" for one in told]
    if faults:
        raise click.ClickException("\n".join(faults))
    rows = actions.trial(changes=drafts, cycles=chosen)
    report = queries.arranged(rows, pack=drafts[0].pack)
    figures = report.total.figures
    click.echo(f"试算 {figures['count']} 张，另有 {figures['apart']} 张不能计算，单列。")
    click.echo(
        f"原规则核定 {format_yuan(figures['base_fen'])} 元，试算 {format_yuan(figures['tried_fen'])} 元"
    )
    click.echo(f"差额 {format_yuan(report.total.change_fen)} 元（{report.total.percent}）")
    click.echo(f"新增不予受理 {figures['refused']} 张，新增兑现审核不通过 {figures['claims_refused']} 张")
    click.echo(
        f"已兑付：原 {format_yuan(figures['paid_base_fen'])} 元，试算 {format_yuan(figures['paid_tried_fen'])} 元"
    )
    for line in report.left_out:
        click.echo(f"未试算 {line.label}：{line.figures['said']}")
    if out is not None:
        for path in sheets.written(out, report):
            click.echo(f"已写出 {path}")
