"""The command `draw`: commit, freeze, run, verify; none of it needs a database."""

from __future__ import annotations

import json
import secrets
import sys
from pathlib import Path

import click

from yunquan.kernel import draw as kernel
from yunquan.policy.drawing import bundle
from yunquan.policy.drawing.freezing import freeze as freeze_all
from yunquan.policy.drawing.reading import DrawRefused, Faults, Source, text_wrong
from yunquan.policy.wrong_input import refuse

DIFFERENT = 1
_FILE = click.Path(path_type=Path)
_LISTS = (
    click.option("--excluded", type=_FILE, help="排除名单和理由（JSONL）；不给就是没有"),
    click.option("--experts", type=_FILE, help="专家名单（JSONL）；不给就是没有"),
    click.option("--commits", type=_FILE, help="各保管人公布的承诺（JSON）"),
)


def _sources(**paths: Path | None) -> dict[str, Source]:
    """Read the files that were named; raises DrawRefused for those that can't be read."""
    sources, faults = {}, Faults()
    for name, path in paths.items():
        if path is None:
            continue
        try:
            sources[name] = Source(path.name, path.read_bytes())
        except OSError as fault:
            faults.add(str(path), 1, f"--{name}", f"读不出来（{fault.strerror}）", "存在、可读的文件")
    faults.refuse()
    return sources


@click.group("draw")
def draw() -> None:
    """公开抽取（sd-draw/1）：承诺、冻结、抽取、核验。"""


@draw.command("commit")
@click.option("--draw-id", required=True, help="抽取编号，与 params.json 中的 draw_id 相同")
@click.option("--custodian", required=True, help="保管人代号，如 province")
@click.option("--alg", type=click.Choice(sorted(kernel.HASHES)), default="sha256", show_default=True)
def commit(draw_id: str, custodian: str, alg: str) -> None:
    """生成一个秘密和它的承诺：承诺现在公布，秘密保管到揭示之时。"""
    for name in (draw_id, custodian):
        if reason := text_wrong(name):
            raise click.UsageError(f"“{name}”{reason}")
    secret = secrets.token_bytes(32)
    made = kernel.commitment(alg=alg, draw_id=draw_id, custodian=custodian, secret=secret)
    click.echo(
        json.dumps({"公布": {custodian: made.hex()}, "保密": {custodian: secret.hex()}}, ensure_ascii=False)
    )


@draw.command("freeze")
@click.option("--population", type=_FILE, required=True, help="抽取名单（JSONL）")
@click.option("--params", type=_FILE, required=True, help="参数（JSON）")
@_LISTS[0]
@_LISTS[1]
@_LISTS[2]
@click.option("--out", type=_FILE, required=True, help="写出规范文件的新文件夹")
def freeze(
    population: Path,
    params: Path,
    excluded: Path | None,
    experts: Path | None,
    commits: Path | None,
    out: Path,
) -> None:
    """检查名单和参数，写成规范文件，并把各名单的散列登记到参数中。

    写出的文件即冻结的内容：先公布它们的散列，再由保管人揭示秘密。
    """
    try:
        sources = _sources(
            population=population, params=params, excluded=excluded, experts=experts, commits=commits
        )
        frozen = freeze_all(**sources)
        bundle.write(frozen.files, out)
    except DrawRefused as refused:
        refuse(refused.faults)
    for name, content in sorted(frozen.files.items()):
        click.echo(f"{kernel.HASHES[frozen.alg](content).hex()}  {name}")


@draw.command("run")
@click.option("--population", type=_FILE, required=True, help="抽取名单（JSONL）")
@click.option("--params", type=_FILE, required=True, help="冻结的参数（JSON）")
@click.option("--reveals", type=_FILE, required=True, help='揭示的秘密：{"保管人": "十六进制"}')
@click.option("--entropy", type=_FILE, required=True, help='公开随机数：{"随机源": "值"}')
@_LISTS[0]
@_LISTS[1]
@_LISTS[2]
@click.option(
    "--revealed-at", type=_FILE, help='揭示的时间：{"保管人": "带时区的时间"}，与参数 reveal_by 一起使用'
)
@click.option("--out", type=_FILE, required=True, help="抽取包的新文件夹")
def run(
    population: Path,
    params: Path,
    reveals: Path,
    entropy: Path,
    excluded: Path | None,
    experts: Path | None,
    commits: Path | None,
    revealed_at: Path | None,
    out: Path,
) -> None:
    """按冻结的名单和参数抽取，写出任何人都能核验的抽取包。

    不给 --commits 时，承诺由揭示的秘密算出，不能证明承诺在先。
    """
    try:
        files = bundle.run(
            **_sources(
                population=population,
                params=params,
                reveals=reveals,
                entropy=entropy,
                excluded=excluded,
                experts=experts,
                commits=commits,
                revealed_at=revealed_at,
            )
        )
        bundle.write(files, out)
    except DrawRefused as refused:
        refuse(refused.faults)
    if commits is None:
        click.echo("没有给出 --commits：commits.json 由揭示的秘密算出，不能证明承诺在先", err=True)
    click.echo(f"种子 {bundle.seed_in(files).hex()}")
    outcomes = [json.loads(line) for line in files["result.jsonl"].splitlines()]
    for stratum in dict.fromkeys(one["stratum"] for one in outcomes):
        counted = {
            outcome: sum(one["stratum"] == stratum and one["outcome"] == outcome for one in outcomes)
            for outcome in kernel.Outcome
        }
        click.echo(
            f"{stratum}：共 {sum(counted.values())}，必查 {counted[kernel.Outcome.MANDATORY]}，"
            f"抽中 {counted[kernel.Outcome.DRAWN]}，候补 {counted[kernel.Outcome.RESERVE]}"
        )


@draw.command("verify")
@click.argument("folder", metavar="BUNDLE_DIR", type=_FILE)
def verify(folder: Path) -> None:
    """重算一个抽取包：OK，或者第一处不符和它所在的文件（退出码 1）。"""
    fault = bundle.difference(bundle.read(folder))
    click.echo(fault or "OK")
    sys.exit(DIFFERENT if fault else 0)


@draw.command("experts")
@click.argument("folder", metavar="BUNDLE_DIR", type=_FILE)
@click.option("--ref", required=True, help="被查对象的编号")
@click.option("--speciality", required=True, help="专业")
@click.option("--count", type=click.IntRange(min=1), required=True, help="需要几名")
def experts(folder: Path, ref: str, speciality: str, count: int) -> None:
    """列出一个对象的专家（由同一种子排出，已去除回避和满额的）；其后是依次递补的人。"""
    files = bundle.read(folder)
    if fault := bundle.difference(files):
        click.echo(fault)
        sys.exit(DIFFERENT)
    alg = json.loads(files["params.json"]).get("alg", "sha256")
    free, seed = bundle.experts_in(files), bundle.seed_in(files)
    try:
        first = kernel.panel(free, alg=alg, seed=seed, ref=ref, speciality=speciality, needed=count)
    except kernel.DrawError as fault_of_number:
        click.echo(str(fault_of_number), err=True)
        sys.exit(DIFFERENT)
    for place, one in enumerate(
        kernel.expert_order(free, alg=alg, seed=seed, ref=ref, speciality=speciality), start=1
    ):
        click.echo(f"{place} {one.expert}{'' if one in first else ' 递补'}")
