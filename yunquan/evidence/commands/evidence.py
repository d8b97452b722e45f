"""`yunquan evidence`: documents read and held against each other, without the platform's database."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from yunquan.evidence.commands.papers import read

if TYPE_CHECKING:
    from yunquan.evidence.likeness.scan import Pair
    from yunquan.evidence.likeness.twins import Cap

COLUMNS = ("a", "b", "kind", "score", "why")


@click.group()
def evidence() -> None:
    """材料：合同、发票、付款凭证和验收报告。"""


evidence.add_command(read)


@evidence.command("scan")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option(
    "--out",
    "out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="写入的 CSV 文件，每对相近的材料一行：a,b,kind,score,why",
)
@click.option(
    "--form",
    "forms",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    multiple=True,
    help="空白的格式文本（可多次）：大家共用的文字不算相近",
)
@click.option("--pack", default="gd-2018", show_default=True, help="规则包，用于服务的奖补上限（拆分合同）")
@click.option(
    "--on",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    default=None,
    help="按哪一天的上限；不填按规则包最新一天",
)
def scan(folder: Path, out: Path, forms: tuple[Path, ...], pack: str, day: datetime | None) -> None:
    """找出目录里相近的材料（PDF、DOCX、XLSX、TXT、图片），每对一行；只作提示，不是结论。

    kind：same_file 同一个文件，same_text 文字相同，other_names 只换了名称，similar_text 文字高度相似，
    same_wording 报告用词相同，same_picture 同一幅图像，similar_picture 图像大部分相同，twin_contracts 同一对单位的合同在上限附近拆分。
    读不出的文件写明原因后跳过。
    """
    from yunquan.evidence.likeness.scan import scan as scan_folder
    from yunquan.evidence.reading import sandbox

    caps = _caps(pack, day.date() if day is not None else None)
    try:
        pairs, skipped = scan_folder(folder, caps=caps, form=_blank(forms), skip=[out])
    finally:
        sandbox.stop()
    _write(out, pairs)
    for one in skipped:
        click.echo(f"跳过 {_shown(one.name)}：{one.reason}", err=True)
    click.echo(f"相近 {len(pairs)} 对，未读出 {len(skipped)} 个文件，已写入 {out}", err=True)


def _caps(pack: str, day: date | None) -> Mapping[str, Cap]:
    """The caps of all services that hold on a day."""
    from yunquan.evidence.likeness.twins import Cap
    from yunquan.policy.packfile import PackError
    from yunquan.policy.rulebook import load_pack

    try:
        rulebook = load_pack(pack)
        on = day or rulebook.change_days("award", "catalogue")[-1]
        services = rulebook.services(on)
    except (PackError, LookupError, OSError) as fault:
        raise click.ClickException(f"规则包 {pack} 不能使用：{fault}") from None
    return {
        service.name: Cap(service.cap.amount, service.counts_devices)
        for service in services
        if service.cap.amount is not None
    }


def _blank(forms: tuple[Path, ...]) -> Any:
    """The shingles of blank forms; raises ClickException for one that can't be read."""
    import numpy as np

    from yunquan.evidence.likeness import shingles
    from yunquan.evidence.reading import sandbox

    found = [np.empty(0, dtype=np.uint64)]
    for place in forms:
        answer = sandbox.run("likeness", place.read_bytes(), place.name)
        if answer["error"] is not None:
            raise click.ClickException(f"格式文本 {place.name} 读不出：{answer['error']}")
        found.append(shingles.shingles(shingles.wording(answer["read"]["text"])))
    return np.unique(np.concatenate(found))


def _write(out: Path, pairs: list[Pair]) -> None:
    """Write the table in one go; half a file stays nowhere."""
    from yunquan.papers.tables import Column, Sheet, csv_lines

    rows = ((_shown(pair.a), _shown(pair.b), str(pair.kind), f"{pair.score:.4f}", pair.why) for pair in pairs)
    sheet = Sheet(columns=[Column(name, name) for name in COLUMNS], rows=rows)
    beside = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with beside.open("x", encoding="utf-8", newline="") as target:
            target.writelines(csv_lines(sheet, bom=False))
            target.flush()
            os.fsync(target.fileno())
        os.replace(beside, out)
    except OSError as fault:
        raise click.ClickException(f"{out} 写不进去（{fault.strerror}），没有留下任何内容。") from None
    finally:
        beside.unlink(missing_ok=True)


def _shown(name: str) -> str:
    """A file's name as text that can be written: bytes that are no letters are shown as such."""
    return name.encode("utf-8", "backslashreplace").decode("utf-8")
