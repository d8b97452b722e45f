"""A loader in a process of its own, which dies at the touch of the store that it is told, or when it is killed."""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from multiprocessing.process import BaseProcess
from pathlib import Path

from yunquan.usage.store import Store, loading
from yunquan.usage.store.marks import Loaded, write_mark
from yunquan.usage.store.staging import Progress, Staging

TOUCHES = {
    "open",
    "os.rename",
    "os.link",
    "os.mkdir",
    "os.remove",
    "os.truncate",
    "os.rmdir",
    "shutil.rmtree",
}
CONTEXT = multiprocessing.get_context("forkserver")
CONTEXT.set_forkserver_preload(["tests.usage.store.victim"])


class MarkFirst(Store):
    """The negative control: says that a load is there before its parts are."""

    def _commit(self, loaded: Loaded, staging: Staging, progress: Progress) -> None:
        write_mark(self.root, loaded)
        self._put_in_place(loaded, staging, progress)
        staging.drop()


def load_all(
    root: Path, files: list[Path], acknowledged: Path, dies_at: int, touch: str, wrongly: bool
) -> None:
    """Load the files one after the other, each acknowledged by a line; die at the touch numbered `dies_at`."""
    from tests.usage.store.making import OPTIONS

    loading.ROWS_OF_FEW = loading.ROWS_OF_MANY = 60
    touches = 0

    def touched(event: str, arguments: tuple[object, ...]) -> None:
        nonlocal touches
        if event in ({touch} if touch else TOUCHES) and any(str(root) in str(one) for one in arguments[:2]):
            touches += 1
            if touches == dies_at:
                os.kill(os.getpid(), signal.SIGKILL)

    if dies_at:
        sys.addaudithook(touched)
    store = (MarkFirst if wrongly else Store)(root)
    store.block = 2_000
    for path in files:
        loaded = store.load(path, source="operator", options=OPTIONS)
        with acknowledged.open("a") as file:
            file.write(f"{loaded.sha256}\n")


def start(
    root: Path,
    files: list[Path],
    acknowledged: Path,
    *,
    dies_at: int = 0,
    touch: str = "",
    wrongly: bool = False,
) -> BaseProcess:
    """The loader, begun; `dies_at` counts touches of one kind where that is named."""
    process = CONTEXT.Process(target=load_all, args=(root, files, acknowledged, dies_at, touch, wrongly))
    process.start()
    return process
