"""One writer at a time. Readers need no lock: they see committed loads only."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from yunquan.usage.store.faults import StoreBusy


@contextmanager
def sole_writer(root: Path) -> Iterator[None]:
    """Hold the store for writing; raises StoreBusy at once where another does. A dead writer holds nothing."""
    handle = os.open(root / "lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.pread(handle, 32, 0).decode("ascii", "replace").strip()
            raise StoreBusy(
                f"数据仓 {root} 正由另一个装载写入（进程 {holder or '未知'}）；请等它结束后再装载"
            ) from None
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode("ascii"), 0)
        yield
    finally:
        os.close(handle)
