"""`yunquan invoice`: read invoices from files, without the platform's database."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click


@click.group()
def invoice() -> None:
    """发票。"""


@invoice.command("read")
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option(
    "--out",
    "out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="写入的 JSONL 文件，每张发票一行",
)
def read(files: tuple[str, ...], out: Path) -> None:
    """读取发票（XML、OFD、PDF、PNG、JPEG；XLSX 清单每行一张），每张写成一个 JSON 对象。

    单个文件读不出时写明原因，其余照常；全部读不出时退出码为 1。
    """
    from yunquan.evidence.commands.jsonl import write

    told, failed = write(out, records(files))
    click.echo(f"读取 {told} 张，其中 {failed} 张未读出，已写入 {out}", err=True)
    if told == failed:
        sys.exit(1)


def records(files: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The objects of all files in their order; a list of invoices gives one for each row, named name#row."""
    from yunquan.evidence.commands.jsonl import answers
    from yunquan.evidence.reading.facts import failed_record, record_of

    for file, read_of_file, reason in answers("invoice", files):
        if read_of_file is None:
            yield failed_record(file, reason or "")
            continue
        for one in read_of_file["invoices"]:
            named = file if one["row"] is None else f"{file}#{one['row']}"
            if one["error"]:
                yield failed_record(named, one["error"])
            else:
                yield record_of(one["facts"], named)
