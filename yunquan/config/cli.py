"""The command `yunquan`. Commands that touch a database take --dir, the folder of the embedded one."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import click

from yunquan.evidence.commands.evidence import evidence
from yunquan.evidence.commands.invoice import invoice
from yunquan.insight.commands import replay
from yunquan.journal.archive import open_archive
from yunquan.policy.commands import award, policy, queue
from yunquan.policy.drawing.commands import draw
from yunquan.usage.commands import usage


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="yunquan")
def main() -> None:
    """云券 Yunquan: a subsidy-voucher programme from the decree to the last fen."""


main.add_command(invoice)
main.add_command(evidence)
main.add_command(award)
main.add_command(queue)
main.add_command(policy)
main.add_command(draw)
main.add_command(usage)
main.add_command(replay)


def open_house(folder: Path | None, *, demo: bool = False) -> None:
    """Set Django up on a folder (or on YUNQUAN_DATABASE_URL where that is set)."""
    if folder is not None:
        os.environ["YUNQUAN_DIR"] = str(folder)
    if demo:
        os.environ["YUNQUAN_DEMO"] = "1"
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "yunquan.config.settings")
    import django

    django.setup()


def known_as(host: str, port: int) -> None:
    """The address that stands in mails and is told to search engines: where it is served, unless one is set."""
    name = "localhost" if host in ("0.0.0.0", "::") else f"[{host}]" if ":" in host else host
    os.environ.setdefault("YUNQUAN_SITE_URL", f"http://{name}:{port}")


def refuse_a_port_in_use(host: str, port: int) -> None:
    """Two servers on one port would share the visitors between two databases."""
    import socket

    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as fault:
            raise click.ClickException(
                f"{host}:{port} 不能使用（{fault.strerror}）。请停止占用它的程序，或用 --port 换一个端口。"
            ) from None


folder_option = click.option(
    "--dir",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=None,
    help="存放内置数据库和文件的目录",
)


LOGINS = (
    ("企业（东莞）", "qy10"),
    ("供应商", "yun"),
    ("地市审核（东莞）", "dg-review"),
    ("地市复核（东莞，第二审核人）", "dg-look"),
    ("地市审批（东莞）", "dg-approve"),
    ("地市兑付（东莞）", "dg-cash"),
    ("县区审核（惠城）", "hc-review"),
    ("省厅经办", "province"),
    ("省厅审批", "province2"),
    ("专家（供应商审核）", "expert1"),
    ("专家（现场抽查）", "expert4"),
    ("专家（财务抽查）", "expert3"),
    ("专家（试点评审）", "pilot-expert3"),
    ("供应商（被抽查，广州企业的）", "wai"),
    ("随机数保管人（佛山审批）", "fs-approve"),
    ("审计", "auditor"),
    ("系统管理", "sysadmin"),
    ("安全管理", "secadmin"),
    ("安全审计", "audadmin"),
)


@main.command()
@folder_option
@click.option("--serve/--no-serve", default=True, help="建好后是否启动网站")
@click.option("--port", default=8000, show_default=True)
def demo(folder: Path | None, serve: bool, port: int) -> None:
    """建立演示数据（2018-09 至 2019-06，单位和人员均为虚构）并启动网站。"""
    import shutil
    import time

    if serve:
        refuse_a_port_in_use("127.0.0.1", port)
        known_as("127.0.0.1", port)
    folder = folder or Path("demo-data")
    if folder.exists() and (folder / "demo_complete").exists():
        click.echo(f"演示数据已在 {folder}，直接使用（删去该目录可重建）。")
        open_house(folder, demo=True)
    else:
        if folder.exists() and (folder / "yunquan.sqlite3").exists():
            shutil.rmtree(folder)
        started = time.monotonic()
        _build_demo(folder)
        open_house(folder, demo=True)
        click.echo(f"演示数据已建好，用时 {time.monotonic() - started:.0f} 秒。")
    from yunquan.demo.stage import PASSWORD

    click.echo(f"\n打开 http://127.0.0.1:{port}/   （演示环境；所有单位和人员均为虚构）")
    click.echo(f"各岗位登录名（密码均为 {PASSWORD}）：")
    for label, name in LOGINS:
        click.echo(f"  {name:<12} {label}")
    if serve:
        run_server(port=port)


def _build_demo(folder: Path) -> None:
    """Build in a process of its own: what serves may not have started the typesetter's threads before."""
    import subprocess

    folder.mkdir(parents=True, exist_ok=True)
    done = subprocess.run([sys.executable, "-m", "yunquan.demo", str(folder)], check=False)
    if done.returncode:
        raise SystemExit(done.returncode)


def run_server(
    *,
    port: int,
    host: str = "127.0.0.1",
    workers: int = 1,
    target: str = "yunquan.config.wsgi:application",
) -> None:
    """Serve the site with granian until it is stopped."""
    import logging

    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    # The number of threads is meant, so a warning about it would only alarm whoever starts the site.
    logging.getLogger("_granian").addFilter(lambda record: "Python threads" not in record.getMessage())
    Granian(
        target,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        # Most of them wait for their turn at the database, which the few connections of the pool give out.
        blocking_threads=16,
        log_level=LogLevels.warning,
    ).serve()


@main.command()
@folder_option
@click.option("--port", default=8000, show_default=True)
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--workers", default=2, show_default=True)
def serve(folder: Path | None, port: int, host: str, workers: int) -> None:
    """启动网站（先升级数据库）。"""
    refuse_a_port_in_use(host, port)
    known_as(host, port)
    open_house(folder)
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    click.echo(f"http://{host}:{port}/")
    run_server(port=port, host=host, workers=workers)


@main.command()
@folder_option
def migrate(folder: Path | None) -> None:
    """建立或升级数据库，并登记省、市、县主管部门。"""
    open_house(folder)
    from django.core.management import call_command

    call_command("migrate", verbosity=1)
    from yunquan.parties.actions import found_bureaus
    from yunquan.parties.models import Bureau

    found_bureaus()
    click.echo(f"省、市、县主管部门已登记，共 {Bureau.objects.count()} 个")


@main.command()
@folder_option
@click.option(
    "--today",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help="按这一天结束时办理；不填或填今天按现在办理",
)
def tick(folder: Path | None, day: object) -> None:
    """办理到期事项：关闭、作废、提醒、上报（重复运行没有副作用）。"""
    open_archive(folder)
    from datetime import datetime, time

    from yunquan.jobs.tick import tick as run_tick
    from yunquan.journal import clock
    from yunquan.kernel.calendar import SHANGHAI, local_date

    now = clock.read()
    # Today isn't over: what closes later in the day is still open (T1).
    if isinstance(day, datetime) and day.date() != local_date(now):
        now = datetime.combine(day.date(), time(23, 59, 59), tzinfo=SHANGHAI)
    report = run_tick(now)
    for chore, count in sorted(report.done.items()):
        click.echo(f"{chore}: {count}")
    for line in report.refused:
        click.echo(f"未办理 {line}", err=True)
    if not report.done:
        click.echo("没有到期事项")


@main.command()
@folder_option
def doctor(folder: Path | None) -> None:
    """逐条检查全部不变量，列出被破坏的（有则退出码为 1）。"""
    open_archive(folder)
    from yunquan.jobs.doctor import breaches

    found = 0
    for breach in breaches():
        found += 1
        click.echo(f"{breach.invariant}\t{breach.row}\t{breach.message}")
    click.echo(f"共 {found} 处" if found else "全部不变量成立")
    raise SystemExit(1 if found else 0)


@main.group()
def log() -> None:
    """日志。"""


@log.command()
@folder_option
def verify(folder: Path | None) -> None:
    """核对日志链，指出第一条被改动的记录（有则退出码为 1）。"""
    open_archive(folder)
    from yunquan.journal.queries import log_size, verify_log

    fault = verify_log()
    if fault is not None:
        click.echo(f"第 {fault.seq} 条：{fault.reason}")
        raise SystemExit(1)
    click.echo(f"日志完整，共 {log_size()} 条")


@main.command()
@click.option("--all", "show_all", is_flag=True, help="列出每一条对应的全部测试")
def clauses(show_all: bool) -> None:
    """列出每条要求由哪些测试证明：proved 或 not yet。"""
    from yunquan.config.clauses import table

    rows, part = table(), ""
    for name, tests, row in rows:
        if row.part != part:
            part = row.part
            click.echo(f"\n{part}")
        state = "proved " if tests else "not yet"
        shown = tests if show_all else tests[:2]
        more = f" (+{len(tests) - len(shown)})" if len(tests) > len(shown) else ""
        click.echo(f"  {state}  {name:<12} {'; '.join(shown)}{more}")
    proved = sum(1 for _name, tests, _row in rows if tests)
    click.echo(f"\n{proved} of {len(rows)} proved")


@main.command("found-administrators")
@folder_option
def found_administrators(folder: Path | None) -> None:
    """建立系统、安全、审计三名管理员（三人分立），各给一个首次登录密码。"""
    open_house(folder)
    import secrets

    from yunquan.jobs.tick import CLOCK
    from yunquan.journal import clock
    from yunquan.kernel.refusal import Refused
    from yunquan.parties import actions
    from yunquan.policy.roles import Role

    for name, role in (
        ("sysadmin", Role.SYSTEM_ADMIN),
        ("secadmin", Role.SECURITY_ADMIN),
        ("audadmin", Role.AUDIT_ADMIN),
    ):
        password, now = secrets.token_urlsafe(12), clock.read()
        try:
            person = actions.add_person(username=name, name=role.label, password=password, by=CLOCK, now=now)
            actions.appoint(person=person, role=role, by=CLOCK, now=now)
        except Refused as refused:
            click.echo(f"{name}：{refused}", err=True)
            continue
        click.echo(f"{name}  {role.label}  首次密码 {password}")
