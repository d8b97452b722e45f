"""The process that opens strangers' files: it stands warm and forks for every file (or handful of small ones).

Run as `python -m yunquan.evidence.reading.child READER`.  It loads the reader once, then takes requests from its
standard input and answers on its standard output; each frame is four bytes of length and JSON, a request's files
follow its frame.  The fork that opens a file has limits (see `confinement`), no way to this process but one pipe,
and ends with the file; whatever kills it is a reason in Chinese for that file alone.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import resource
import select
import signal
import struct
import sys
import time
from collections.abc import Callable
from typing import IO, Any

from yunquan.evidence.reading import confinement
from yunquan.evidence.reading.unreadable import UnreadableError

# Reader by name: the module and its function (content, name) -> what JSON can say.  A module may have `warm()`,
# which loads what reading needs before the first file comes.
READERS = {
    "invoice": ("yunquan.evidence.reading.invoices.reading", "read"),
    "contract": ("yunquan.evidence.reading.contracts.reading", "read"),
    "proof": ("yunquan.evidence.reading.proofs.reading", "read"),
    "likeness": ("yunquan.evidence.likeness.opening", "read"),
}
WALL_SECONDS = 20.0
MOST_ANSWER = 8 * 1024 * 1024

TOO_LONG = f"读取超过 {confinement.CPU_SECONDS} 秒，文件过于复杂，没有读完"
TOO_LARGE = f"读取时占用内存超过 {confinement.MEMORY_BYTES // 1048576} MB，文件过大或有意膨胀"
# A library that is refused memory may end itself like one that stumbles over a broken file.
CRASHED = f"文件使读取程序异常终止：可能已损坏，或读取时占用内存超过 {confinement.MEMORY_BYTES // 1048576} MB"
BROKEN = "文件内容不合格式，无法读取"
TALKATIVE = "读出的内容过多，不像一份正常的文件"

Work = Callable[[bytes, str], Any]


def put_frame(out: IO[bytes], thing: Any) -> None:
    """Write one frame; raises BrokenPipeError when nobody listens any more."""
    put_text(out, json.dumps(thing, ensure_ascii=False).encode("utf-8", "replace"))


def put_text(out: IO[bytes], text: bytes) -> None:
    """Write one frame of JSON that stands already."""
    out.write(struct.pack(">I", len(text)) + text)
    out.flush()


def take_frame(source: IO[bytes]) -> Any:
    """Read one frame; raises EOFError at the end of the stream."""
    head = source.read(4)
    if len(head) < 4:
        raise EOFError
    (length,) = struct.unpack(">I", head)
    text = source.read(length)
    if len(text) < length:
        raise EOFError
    return json.loads(text)


def read_one(work: Work, content: bytes, name: str) -> dict[str, Any]:
    """What a reader says about one file, or why it can't; every fault becomes a reason."""
    try:
        return {"read": work(content, name), "error": None}
    except UnreadableError as reason:
        return {"read": None, "error": str(reason)}
    except MemoryError:
        return {"read": None, "error": TOO_LARGE}
    except Exception as fault:
        return {"read": None, "error": BROKEN, "fault": type(fault).__name__}


def read_apart(work: Work, files: list[tuple[str, bytes]], base: int) -> list[dict[str, Any]]:
    """Read files in a fork; when it doesn't come through a handful, each file gets a fork of its own."""
    answers, reason, spent = _fork(work, files, base)
    if answers is None and len(files) > 1:
        return [answer for file in files for answer in read_apart(work, [file], base)]
    if answers is None:
        answers = [{"read": None, "error": reason}]
    return [{**answer, **spent} for answer in answers]


def relay(work: Work, files: list[tuple[str, bytes]], base: int) -> bytes:
    """The answers as the fork wrote them, for whoever asked to understand; one by one where a handful failed.

    What a fork wrote may be anything: it is checked where it is understood (`understood`).
    """
    told, _reason, spent = _told(work, files, base)
    if told is None:
        return json.dumps({"answers": read_apart(work, files, base)}, ensure_ascii=False).encode(
            "utf-8", "replace"
        )
    return b'{"spent":' + json.dumps(spent).encode() + b',"answers":' + told + b"}"


def understood(frame: Any, count: int) -> list[dict[str, Any]] | None:
    """The answers for so many files in what was relayed, each with what its fork spent; None for anything else."""
    answers = frame.get("answers") if isinstance(frame, dict) else None
    if not isinstance(answers, list) or len(answers) != count:
        return None
    spent = frame.get("spent", {})
    whole = all(isinstance(answer, dict) and {"read", "error"} <= answer.keys() for answer in answers)
    return [{**answer, **spent} for answer in answers] if whole and isinstance(spent, dict) else None


def _fork(
    work: Work, files: list[tuple[str, bytes]], base: int
) -> tuple[list[dict[str, Any]] | None, str, dict[str, int]]:
    told, reason, spent = _told(work, files, base)
    if told is None:
        return None, reason, spent
    try:
        answers = understood({"answers": json.loads(told)}, len(files))
    except (ValueError, RecursionError):
        answers = None
    return answers, "" if answers is not None else CRASHED, spent


def _told(work: Work, files: list[tuple[str, bytes]], base: int) -> tuple[bytes | None, str, dict[str, int]]:
    """What a fork wrote about some files, or why it wrote nothing."""
    hear, say = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            _in_the_fork(work, files, base, say)
        finally:
            os._exit(1)
    os.close(say)
    told, reason = _hear(hear, pid)
    os.close(hear)
    _pid, status, usage = os.wait4(pid, 0)
    spent = {"cpu_ms": round(1000 * (usage.ru_utime + usage.ru_stime)), "peak_kb": usage.ru_maxrss}
    if reason:
        return None, reason, spent
    if os.WIFSIGNALED(status):
        sign = os.WTERMSIG(status)
        worn_out = spent["cpu_ms"] >= 1000 * confinement.CPU_SECONDS - 300
        if sign in (signal.SIGXCPU, signal.SIGPROF) or (sign == signal.SIGKILL and worn_out):
            return None, TOO_LONG, spent
        # Libraries that can't have more memory end themselves; what they had then says why.
        grown = spent["peak_kb"] - resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        starved = grown * 1024 > 0.4 * confinement.MEMORY_BYTES
        return None, TOO_LARGE if starved else CRASHED, spent
    return told, "", spent


def _in_the_fork(work: Work, files: list[tuple[str, bytes]], base: int, say: int) -> None:
    # The reader of a hostile file must not be able to speak to whoever asked, except through this one pipe.
    os.closerange(0, 2)
    os.closerange(3, say)
    os.closerange(say + 1, 1024)
    # Processor time is counted exactly by a timer, and by whole seconds as a limit that can't be lifted.
    signal.setitimer(signal.ITIMER_PROF, confinement.CPU_SECONDS - 0.2)
    confinement.confine(base)
    answers = [read_one(work, content, name) for name, content in files]
    try:
        told = json.dumps(answers, ensure_ascii=False).encode("utf-8", "replace")
    except MemoryError:
        told = json.dumps([{"read": None, "error": TOO_LARGE} for _file in files]).encode()
    while told:
        told = told[os.write(say, told) :]
    os._exit(0)


def _hear(hear: int, pid: int) -> tuple[bytes, str]:
    """What the fork says until it closes its pipe; it is killed when it says too much or takes too long."""
    until, parts, length = time.monotonic() + WALL_SECONDS, list[bytes](), 0
    while True:
        ready, _, _ = select.select([hear], [], [], max(0.0, until - time.monotonic()))
        if not ready:
            os.kill(pid, signal.SIGKILL)
            return b"", TOO_LONG
        part = os.read(hear, 1 << 16)
        if not part:
            return b"".join(parts), ""
        parts.append(part)
        length += len(part)
        if length > MOST_ANSWER:
            os.kill(pid, signal.SIGKILL)
            return b"", TALKATIVE


def serve(work: Work, source: IO[bytes], out: IO[bytes], *, base: int) -> None:
    """Answer requests until the stream ends; a request is a list of [name, size], its files follow."""
    while True:
        try:
            wanted = take_frame(source)
            files = [(str(name), source.read(size)) for name, size in wanted]
        except EOFError:
            return
        put_text(out, relay(work, files, base))
        del files


def load(reader: str) -> Work:
    """The function of a reader, with everything loaded that it needs; raises KeyError for an unknown name."""
    module_name, function = READERS[reader]
    module = importlib.import_module(module_name)
    if hasattr(module, "warm"):
        module.warm()
    work: Work = getattr(module, function)
    return work


def main(arguments: list[str]) -> int:
    """Stand warm for one reader until whoever started this process goes away."""
    work = load(arguments[0])
    confinement.leave_the_network()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    gc.collect()
    gc.freeze()
    # Nothing here makes rings of things, and a sweep would copy what the forks share.
    gc.disable()
    source, out = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    base = confinement.address_space()
    put_frame(out, {"base": base})
    serve(work, source, out, base=base)
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
