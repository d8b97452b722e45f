"""Has documents read by a process with limits, so that a hostile file costs seconds and never the site.

An upload is opened in a fork of a warm reader: 256 MB above what that reader measured as its own size, 5 s of
processor time, nothing written, no network (see `confinement` for what holds where).  Up to as many readers of a
kind stand ready as there are cores; one that dies is replaced.
"""

from __future__ import annotations

import atexit
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from yunquan.evidence.reading.child import CRASHED, WALL_SECONDS, put_frame, take_frame, understood
from yunquan.evidence.reading.sound import is_sound, plain

MOST_BYTES = 20 * 1024 * 1024
TOO_BIG = f"文件超过 {MOST_BYTES // 1048576} MB，请压缩或拆开后再上传"
EMPTY = "文件是空的"
NO_ANSWER = "读取程序没有答复，请稍后重试；多次不成请联系系统管理员"

# Small files of one call are read a handful to a fork, for making one takes as long as reading a page, and many
# times as long as reading markup.  They share its limits; when it dies each is read again in a fork of its own.
# An upload is a call of its own, so that no stranger's file is ever opened beside another's.
_HANDFUL, _SMALL, _WEIGHT = 960, 512 * 1024, 4 * 1024 * 1024
_SHARE = 60
_MARKUP = (b"<", b"\xef\xbb\xbf<", b"\xff\xfe<", b"\xfe\xff\x00<")
# What a reader is told of the site's settings: where a programme keeps its own layouts of receipts.
_TOLD = ("YUNQUAN_RECEIPTS",)
_ROOT = Path(__file__).resolve().parents[3]


class _Reader:
    """One warm process that reads documents of one kind."""

    def __init__(self, kind: str) -> None:
        command = [sys.executable, "-m", "yunquan.evidence.reading.child", kind]
        # It gets no secrets of this process, and no library in it starts threads, which forks would lose.
        environment = {
            "PATH": os.defpath,
            "PYTHONPATH": str(_ROOT),
            "LANG": "C.UTF-8",
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            **{name: os.environ[name] for name in _TOLD if name in os.environ},
        }
        self.process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
            cwd=_ROOT,
        )
        assert self.process.stdin is not None and self.process.stdout is not None
        self.give, self.take = self.process.stdin, self.process.stdout
        # The measured base of memory, on which the limit stands; also the sign that the reader is ready.
        try:
            self.base: int = self._answer(60.0)["base"]
        except BaseException:
            self.end()
            raise

    def read(self, files: list[tuple[str, bytes]]) -> list[dict[str, Any]]:
        """The answers for some files; raises OSError or EOFError when the process has gone or hangs."""
        put_frame(self.give, [[name, len(content)] for name, content in files])
        for _name, content in files:
            self.give.write(content)
        self.give.flush()
        # A handful that doesn't come through is read again one by one.
        try:
            answers = understood(self._answer((len(files) + 1) * (WALL_SECONDS + 5.0)), len(files))
        except (ValueError, RecursionError):
            # The whole frame was taken: only what stands in it is no answer.
            answers = None
        if answers is not None:
            return answers
        if len(files) > 1:
            return [answer for file in files for answer in self.read([file])]
        return [{"read": None, "error": CRASHED}]

    def _answer(self, seconds: float) -> Any:
        until = time.monotonic() + seconds
        while not select.select([self.take], [], [], max(0.0, until - time.monotonic()))[0]:
            if time.monotonic() >= until:
                raise TimeoutError("the reader hangs")
        return take_frame(self.take)

    def end(self) -> None:
        """Stop the process and wait for it."""
        self.process.kill()
        self.process.wait()
        for stream in (self.give, self.take):
            # What was still to be written goes nowhere.
            try:
                stream.close()
            except OSError:
                continue


class _Stand:
    """The readers of one kind that stand ready; each is used by one thread at a time."""

    def __init__(self, kind: str) -> None:
        self.kind, self.owner = kind, os.getpid()
        self.idle: list[_Reader] = []
        self.places = threading.BoundedSemaphore(max(1, os.cpu_count() or 1))

    def read(self, files: list[tuple[str, bytes]]) -> list[dict[str, Any]]:
        """The answers for some files; a reader that had gone away is replaced once."""
        with self.places:
            for _attempt in (1, 2):
                reader = None
                try:
                    reader = self.idle.pop() if self.idle else _Reader(self.kind)
                    answers = reader.read(files)
                except (OSError, EOFError, ValueError):
                    if reader is not None:
                        reader.end()
                    continue
                except BaseException:
                    if reader is not None:
                        reader.end()
                    raise
                self.idle.append(reader)
                return answers
        return [{"read": None, "error": NO_ANSWER} for _file in files]

    def end(self) -> None:
        while self.idle:
            self.idle.pop().end()


_stands: dict[str, _Stand] = {}
_making = threading.Lock()


def _stand(kind: str) -> _Stand:
    with _making:
        stand = _stands.get(kind)
        # After a fork of the site the readers belong to the parent.
        if stand is None or stand.owner != os.getpid():
            stand = _stands[kind] = _Stand(kind)
        return stand


def stop() -> None:
    """End every warm reader of this process; the next file starts new ones."""
    with _making:
        for stand in _stands.values():
            if stand.owner == os.getpid():
                stand.end()
        _stands.clear()


atexit.register(stop)


def run(reader: str, content: bytes, name: str) -> dict[str, Any]:
    """Have one file read: {"read": what the reader says or None, "error": None or the reason in Chinese}.

    `cpu_ms` and `peak_kb` tell what it cost.  Never raises for what a file holds.  What a reader can't say is not
    passed on: the process that opened the file may be the file's.
    """
    answer = next(run_many(reader, [(name, content)]))
    if answer["error"] is not None:
        said = answer["error"]
        return {
            **answer,
            "read": None,
            "error": plain(said)[:1000] if isinstance(said, str) and said else CRASHED,
        }
    read = plain(answer["read"])
    return {**answer, "read": read} if is_sound(reader, read) else {**answer, "read": None, "error": CRASHED}


def run_many(reader: str, files: Iterable[tuple[str, bytes]]) -> Iterator[dict[str, Any]]:
    """Have many files read, in their order; the answers are those of `run`."""
    stand = _stand(reader)
    handful: list[tuple[str, bytes]] = []
    shares = weight = 0
    for name, content in files:
        small = 0 < len(content) <= _SMALL
        share = 1 if content.startswith(_MARKUP) else _SHARE
        if handful and (not small or shares + share > _HANDFUL or weight + len(content) > _WEIGHT):
            yield from stand.read(handful)
            handful, shares, weight = [], 0, 0
        if small:
            handful.append((name, content))
            shares, weight = shares + share, weight + len(content)
        elif not content:
            yield {"read": None, "error": EMPTY}
        elif len(content) > MOST_BYTES:
            yield {"read": None, "error": TOO_BIG}
        else:
            yield from stand.read([(name, content)])
    if handful:
        yield from stand.read(handful)
