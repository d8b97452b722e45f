"""`yunquan invoice`: read invoices from files, without the platform's database."""

from __future__ import annotations

import json
import os
import secrets
import stat
import sys
import tempfile
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
    from yunquan.evidence.reading import sandbox

    told = failed = 0
    # A device or a pipe can't be replaced by a file; it gets everything at once at the end.
    stream = out.exists() and not out.is_file()
    folder = Path(tempfile.gettempdir()) if stream else out.parent
    beside = folder / f".{out.name}.{os.getpid()}.{secrets.token_hex(4)}"
    try:
        with beside.open("x", encoding="utf-8", errors="replace") as target:
            for record in records(files):
                target.write(json.dumps(record, ensure_ascii=False) + "\n")
                told += 1
                failed += record["error"] is not None
            target.flush()
            os.fsync(target.fileno())
        if stream:
            out.write_bytes(beside.read_bytes())
        else:
            os.replace(beside, out)
    except OSError as fault:
        raise click.ClickException(f"{out} 写不进去（{fault.strerror}），没有留下任何内容。") from None
    finally:
        # Whatever happened, half a file stays nowhere.
        beside.unlink(missing_ok=True)
        sandbox.stop()
    click.echo(f"读取 {told} 张，其中 {failed} 张未读出，已写入 {out}", err=True)
    if told == failed:
        sys.exit(1)


def records(files: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The objects of all files in their order; a list of invoices gives one for each row, named name#row."""
    from yunquan.evidence.reading import sandbox
    from yunquan.evidence.reading.facts import failed_record, record_of

    missing: dict[int, str] = {}

    def contents() -> Iterator[tuple[str, bytes]]:
        for place, file in enumerate(files):
            content, reason = _content(file, sandbox.MOST_BYTES)
            if reason:
                missing[place] = reason
            yield os.path.basename(file), content

    for place, (file, answer) in enumerate(zip(files, sandbox.run_many("invoice", contents()), strict=True)):
        reason = missing.get(place) or answer["error"]
        if reason:
            yield failed_record(file, reason)
            continue
        for one in answer["read"]["invoices"]:
            named = file if one["row"] is None else f"{file}#{one['row']}"
            if one["error"]:
                yield failed_record(named, one["error"])
            else:
                yield record_of(one["facts"], named)


def _content(file: str, most: int) -> tuple[bytes, str | None]:
    """A file's bytes, or why they can't be had; never more than one byte above the limit."""
    try:
        # A pipe or a device has no end.
        if not stat.S_ISREG(os.stat(file).st_mode):
            return b"", "不是普通文件"
        with open(file, "rb", buffering=0) as source:
            return source.read(most + 1), None
    except FileNotFoundError:
        return b"", "文件不存在"
    except (OSError, ValueError) as fault:
        return b"", f"文件打不开（{getattr(fault, 'strerror', None) or '文件名有误'}）"
