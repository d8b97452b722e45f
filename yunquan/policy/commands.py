"""The commands that need no database: `award`, `queue` and `policy check`."""

from __future__ import annotations

from pathlib import Path

import click

from yunquan.policy import bulk, regimes
from yunquan.policy.packfile import PackError
from yunquan.policy.rulebook import check_pack, load_pack
from yunquan.policy.wrong_input import refuse

_FILE = click.Path(path_type=Path)


@click.command("award")
@click.argument("lines", type=_FILE)
@click.option("--pack", default="gd-2018", show_default=True, help="随附规则包的名称，或规则包文件夹")
@click.option("--out", type=_FILE, required=True, help="写出的 CSV")
def award(lines: Path, pack: str, out: Path) -> None:
    """计算一个周期内每份合同的奖补金额（LINES：每行一项应用服务的 CSV）。

    \b
    LINES 的表头：contract_no,enterprise,applied_at,service,cloud_fee,devices
      applied_at  申请时间，带时区，如 2018-10-08T09:30:00+08:00
      service     应用服务在目录中的序号，如 8
      cloud_fee   本项上云费用，元，如 80000.00
      devices     联网设备台套数；不按台套计的服务留空
    """
    try:
        faults = bulk.run_award(lines, pack, out)
    except PackError as error:
        refuse(error.faults)
    if faults:
        refuse(faults)


@click.command("queue")
@click.argument("claims", type=_FILE)
@click.option("--funds", type=_FILE, required=True, help="各地市资金的 CSV：city,amount")
@click.option("--out", type=_FILE, required=True, help="写出的 CSV")
def queue(claims: Path, funds: Path, out: Path) -> None:
    """按兑付顺序和各地市资金排出兑付计划（CLAIMS：每行一个兑现申请的 CSV）。

    \b
    CLAIMS 的表头：claim_no,city,amount,claimed_at,pilot,carried,held
      amount      元，如 110000.00
      claimed_at  兑现申请时间，带时区，如 2019-01-08T09:30:00+08:00
      pilot       1 为试点，其余 0；carried 上批结转、held 暂缓，写法相同
    """
    faults = bulk.run_queue(claims, funds, out)
    if faults:
        refuse(faults)


@click.group("policy")
def policy() -> None:
    """规则包：检查政策数据。"""


@policy.command("check")
@click.argument("pack_or_dir")
def check(pack_or_dir: str) -> None:
    """检查规则包或抽查规程，逐处指出文件、行、规则名、原因和要求（PACK_OR_DIR：名称或文件夹）。"""
    is_regime = regimes.looks_like(pack_or_dir)
    faults = regimes.check_regime(pack_or_dir) if is_regime else check_pack(pack_or_dir)
    if faults:
        refuse(faults, outcome="")
    rulebook = regimes.load_regime(pack_or_dir).rules if is_regime else load_pack(pack_or_dir)
    click.echo(f"{rulebook.id}：没有错误，{len(rulebook.keys())} 条规则，版本 {rulebook.version[:12]}")
