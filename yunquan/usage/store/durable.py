"""Writing so that it lasts: bytes before names, names before marks."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

# So many waits for the disk one by one take longer than one wait for everything.
_ONE_BY_ONE = 16


def write_whole(path: Path, content: bytes | memoryview) -> None:
    """Put a file in its place all at once: a reader sees the old one or the new one, also after a power cut."""
    scratch = path.with_name(f".{path.name}.tmp")
    with scratch.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
    sync([path.parent])


def sync(paths: Iterable[Path]) -> None:
    """Wait until the disk has these files and folders."""
    listed = list(paths)
    if len(listed) > _ONE_BY_ONE:
        os.sync()
        return
    for path in listed:
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
