"""`yunquan evidence read`: contracts and payment proofs as facts, without the platform's database."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click


@click.command("read")
@click.argument("what", metavar="contract|proof", type=click.Choice(["contract", "proof"]))
@click.argument("files", nargs=-1, required=True, metavar="FILE…")
@click.option(
    "--out",
    "out",
    type=click.Path(path_type=Path, dir_okay=False),
    required=True,
    help="写入的 JSONL 文件，每份合同、每张回单或明细的每一笔一行",
)
@click.option(
    "--layouts",
    "folder",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="自己的回单格式文件所在的目录，见 docs/howto/a-new-bank-layout.md",
)
def read(what: str, files: tuple[str, ...], out: Path, folder: Path | None) -> None:
    """读取合同（PDF、DOCX）或付款凭证（PDF 回单，CSV、XLSX 明细），供填表参考，不是结论。

    账号只留前四位和后四位。单个文件读不出时写明原因，其余照常；全部读不出时退出码为 1。
    """
    from yunquan.evidence.commands.jsonl import write

    before = os.environ.get("YUNQUAN_RECEIPTS")
    try:
        if folder is not None:
            _checked(folder)
            # The process that reads is told by its environment.
            os.environ["YUNQUAN_RECEIPTS"] = str(folder.resolve())
        told, failed = write(out, contracts(files) if what == "contract" else proofs(files))
    finally:
        if before is None:
            os.environ.pop("YUNQUAN_RECEIPTS", None)
        else:
            os.environ["YUNQUAN_RECEIPTS"] = before
    click.echo(f"读取 {told} 项，其中 {failed} 项未读出，已写入 {out}", err=True)
    if told == failed:
        sys.exit(1)


def _checked(folder: Path) -> None:
    from yunquan.evidence.reading.proofs.layouts import LayoutError, read_folder

    try:
        read_folder(folder)
    except LayoutError as wrong:
        raise click.ClickException(f"回单格式文件有错，没有读取：\n{wrong}") from None


def contracts(files: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The facts of each contract by its file; a scan's `reason` stands as its error."""
    from yunquan.evidence.commands.jsonl import answers
    from yunquan.evidence.reading.facts import ContractFacts

    for file, facts, reason in answers("contract", files):
        told = facts if facts is not None else ContractFacts().as_json()
        yield {"file": file, **told, "error": reason or told["reason"]}


def proofs(files: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The facts of each receipt, and of each row of a statement, named name#row."""
    from yunquan.evidence.commands.jsonl import answers
    from yunquan.evidence.reading.facts import ProofFacts

    for file, found, reason in answers("proof", files):
        if found is None:
            yield {"file": file, **ProofFacts().as_json(), "error": reason}
            continue
        for one in found["proofs"]:
            named = file if one["row"] is None else f"{file}#{one['row']}"
            told = one["facts"] if one["facts"] is not None else ProofFacts().as_json()
            yield {"file": named, **told, "error": one["error"] or told["reason"]}
