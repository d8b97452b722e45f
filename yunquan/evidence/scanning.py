"""Looking for viruses with ClamAV: what a scanner says about a content, and what may be opened meanwhile.

YUNQUAN_CLAMD names the scanner (`unix:/run/clamav/clamd.ctl` or `tcp:host:3310`). Without one, files say honestly
that nobody looked. With one, a content that the scanner could not look at is held back until it could.
"""

from __future__ import annotations

import re
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from django.conf import settings
from django.db import transaction

from yunquan.evidence import taking
from yunquan.evidence.meanwhile import lend_connection
from yunquan.evidence.models import StoredFile
from yunquan.journal.actions import notify, record
from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Actor

SECONDS = 30.0
# How long a scanner that is there takes to say so, and at how many files in a row of waiting ones it may stumble.
PING_SECONDS, MOST_STUMBLES = 5.0, 4
_PIECE = 64 * 1024
_MOST_ANSWER = 4096


class Scan(StrEnum):
    """What is known about viruses in a content."""

    NOT_SCANNED = "not_scanned"
    CLEAN = "clean"
    INFECTED = "infected"
    WAITING = "waiting"

    @property
    def label(self) -> str:
        return _LABELS[self]


_LABELS = {
    Scan.NOT_SCANNED: "未查杀（未配置杀毒引擎）",
    Scan.CLEAN: "未发现病毒",
    Scan.INFECTED: "发现病毒，已删除",
    Scan.WAITING: "等待查杀，暂不能打开",
}
_HELD = {
    Scan.WAITING: "杀毒引擎暂时没有答复，文件已隔离保存，查杀通过后自动可用，不必重新上传",
    Scan.INFECTED: "杀毒引擎在文件中发现病毒，文件已删除，请换一份干净的文件",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What the scanner said: a state, and the virus's name or why the content could not be looked at."""

    scan: Scan
    said: str = ""


class ScannerError(Exception):
    """The scanner could not be asked, or said nothing that can be understood."""


def scan_label(file: StoredFile) -> str:
    """What is known about viruses in a file, said honestly."""
    return Scan(file.scan).label


def is_open(file: StoredFile) -> bool:
    """Whether a file may be served, shown and read: nobody waits for the scanner, and nothing was found."""
    return file.scan in (Scan.CLEAN, Scan.NOT_SCANNED)


def why_held(file: StoredFile) -> str:
    """Why a file may not be opened, in Chinese; empty where it may."""
    return _HELD.get(Scan(file.scan), "")


def is_configured() -> bool:
    """Whether this installation has a scanner."""
    return bool(settings.YUNQUAN_CLAMD)


def look_at(content: bytes) -> Finding:
    """What the scanner says about a content; WAITING where it can't be asked, never raises."""
    if not is_configured():
        return Finding(Scan.NOT_SCANNED)
    lend_connection()
    try:
        said = ask(settings.YUNQUAN_CLAMD, content)
    except ScannerError as trouble:
        return Finding(Scan.WAITING, str(trouble))
    if said == "stream: OK":
        return Finding(Scan.CLEAN)
    found = re.fullmatch(r"stream: (.+) FOUND", said)
    if found is not None:
        return Finding(Scan.INFECTED, found[1][:120])
    return Finding(Scan.WAITING, said[:200])


def infected(name: str, said: str) -> Refusal:
    """A virus in an upload: nothing of it is kept."""
    shown = name.replace("\\", "/").rpartition("/")[2][:80] or "文件"
    message = f"在“{shown}”中发现病毒（{said}），文件没有收下，内容已删除。"
    mend = "请查杀本机病毒后，换一份干净的文件上传。"
    return Refusal("file_infected", message, "D47-5.7b", mend, "file")


def close_known(sha256: str, *, said: str, by: Actor, now: datetime) -> int:
    """Open no more what was taken earlier with a content in which a virus is found now; gives how many rows.

    Their bytes stay where a case may rest on them, and are served to nobody.
    """
    with transaction.atomic():
        known = StoredFile.objects.select_for_update().filter(sha256=sha256).exclude(scan=Scan.INFECTED)
        rows = list(known.order_by("pk"))
        for row in rows:
            _written(row, Scan.INFECTED, said, by=by, now=now)
        return len(rows)


def look_again(*, by: Actor, now: datetime) -> Iterator[tuple[str, Finding]]:
    """Ask the scanner about every content that waits; gives each hash and what became of it.

    Stops where the scanner is away, and after a few files at which it stumbles: these wait on, and the next time
    others come first, so that no file keeps those behind it from being looked at. May be killed and run twice.
    """
    waiting = StoredFile.objects.filter(scan=Scan.WAITING).order_by("sha256")
    known = list(waiting.values_list("sha256", flat=True).distinct())
    begin = int(now.timestamp()) // 60 % len(known) if known else 0
    stumbles = 0
    for sha256 in known[begin:] + known[:begin]:
        try:
            content = taking.read_held(sha256)
        except OSError:
            # The monitor names it; there is nothing to look at.
            continue
        finding = look_at(content)
        if finding.scan != Scan.WAITING:
            _settle(sha256, finding, by=by, now=now)
        yield sha256, finding
        if finding.scan == Scan.WAITING and not finding.said.startswith("INSTREAM"):
            stumbles += 1
            if stumbles == MOST_STUMBLES or not is_there(settings.YUNQUAN_CLAMD):
                return


def _settle(sha256: str, finding: Finding, *, by: Actor, now: datetime) -> None:
    with transaction.atomic():
        known = StoredFile.objects.select_for_update().filter(sha256=sha256)
        rows = list(known.filter(scan=Scan.WAITING).order_by("pk"))
        if finding.scan == Scan.INFECTED:
            rows += list(known.exclude(scan__in=(Scan.WAITING, Scan.INFECTED)))
        for row in rows:
            _written(row, finding.scan, finding.said, by=by, now=now)
        if finding.scan == Scan.INFECTED:
            transaction.on_commit(lambda: taking.drop_held(sha256))
        else:
            # Before the rows say so: a row that may be opened always finds its content.
            taking.let_out(sha256)


def _written(row: StoredFile, scan: Scan, said: str, *, by: Actor, now: datetime) -> None:
    row.scan = scan
    row.save(update_fields=["scan"])
    payload = {"scan": str(scan), "said": said}
    record("file.scan", by=by, obj=row.journal_key, now=now, why="D47-5.7b E1", payload=payload)
    if scan == Scan.INFECTED:
        title = f"您上传的“{row.name}”中发现病毒，已不能打开"
        text = f"杀毒引擎报告：{said}。请查杀本机病毒后，换一份干净的文件重新上传。"
        key = f"{row.journal_key}:infected"
        notify(org=row.org, obj=row.journal_key, kind="file", title=title, text=text, key=key, now=now)


def ask(address: str, content: bytes, *, seconds: float = SECONDS) -> str:
    """Send a content through clamd's INSTREAM and give its answer; raises ScannerError.

    The stream is pieces of four bytes of length and their bytes, ended by a length of nought. A scanner whose
    limit is passed answers and closes before everything is sent; its answer counts then.
    """
    until = time.monotonic() + seconds
    try:
        with _connected(address, seconds) as line:
            _send(line, content, until)
            return _heard(line, until)
    except OSError as fault:
        raise ScannerError(f"{type(fault).__name__}: {fault}") from None


def is_there(address: str) -> bool:
    """Whether a scanner answers at all: then a file about which it said nothing is that file's own trouble."""
    until = time.monotonic() + PING_SECONDS
    try:
        with _connected(address, PING_SECONDS) as line:
            line.sendall(b"zPING\0")
            return bool(_heard(line, until))
    except (OSError, ScannerError):
        return False


def _connected(address: str, seconds: float) -> socket.socket:
    kind, _, place = address.partition(":")
    if kind == "unix":
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        line.settimeout(seconds)
        try:
            line.connect(place)
        except BaseException:
            line.close()
            raise
        return line
    host, _, port = place.rpartition(":")
    if kind != "tcp" or not host or not port.isdecimal():
        raise ScannerError(f"YUNQUAN_CLAMD={address!r}: unix:/path or tcp:host:port expected")
    return socket.create_connection((host.strip("[]"), int(port)), timeout=seconds)


def _send(line: socket.socket, content: bytes, until: float) -> None:
    try:
        line.sendall(b"zINSTREAM\0")
        for start in range(0, len(content), _PIECE):
            piece = content[start : start + _PIECE]
            line.settimeout(_left(until))
            line.sendall(struct.pack(">I", len(piece)) + piece)
        line.sendall(struct.pack(">I", 0))
    except (BrokenPipeError, ConnectionResetError):
        # It had heard enough; what it has to say can still be read.
        return


def _heard(line: socket.socket, until: float) -> str:
    said = b""
    while b"\0" not in said and len(said) < _MOST_ANSWER:
        line.settimeout(_left(until))
        part = line.recv(_MOST_ANSWER)
        if not part:
            break
        said += part
    if not said:
        raise ScannerError("no answer")
    words, end, _ = said.partition(b"\0")
    if not end:
        # "stream: O" of a connection that broke is no word of a scanner.
        raise ScannerError("the answer was cut off")
    return words.decode("utf-8", "replace").strip()


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("the scanner takes too long")
    return left
