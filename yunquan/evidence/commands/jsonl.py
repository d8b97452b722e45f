"""Files in, one JSON object a line out: what the reading commands share."""

from __future__ import annotations

import json
import os
import secrets
import stat
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click


def answers(reader: str, files: Sequence[str]) -> Iterator[tuple[str, dict[str, Any] | None, str | None]]:
    """For each file in its order what the reader says, or the reason why it can't be read."""
    from yunquan.evidence.reading import sandbox

    missing: dict[int, str] = {}

    def contents() -> Iterator[tuple[str, bytes]]:
        for place, file in enumerate(files):
            content, reason = content_of(file, sandbox.MOST_BYTES)
            if reason:
                missing[place] = reason
            yield os.path.basename(file), content

    for place, (file, answer) in enumerate(zip(files, sandbox.run_many(reader, contents()), strict=True)):
        reason = missing.get(place) or answer["error"]
        yield file, None if reason else answer["read"], reason


def content_of(file: str, most: int) -> tuple[bytes, str | None]:
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


def write(out: Path, records: Iterable[dict[str, Any]]) -> tuple[int, int]:
    """Write the objects in one go and tell how many there were, and how many have an error.

    Raises ClickException when the place can't be written; half a file stays nowhere.
    """
    from yunquan.evidence.reading import sandbox

    told = failed = 0
    # A device or a pipe can't be replaced by a file; it gets everything at once at the end.
    stream = out.exists() and not out.is_file()
    folder = Path(tempfile.gettempdir()) if stream else out.parent
    beside = folder / f".{out.name}.{os.getpid()}.{secrets.token_hex(4)}"
    try:
        with beside.open("x", encoding="utf-8", errors="replace") as target:
            for record in records:
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
    return told, failed
