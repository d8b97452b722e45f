"""A virus scanner that speaks clamd's protocol over a real socket, for tests."""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

# The test sign that every scanner knows and that harms nobody, put together here so that no scanner finds this file.
EICAR = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class Clamd:
    """Answers zINSTREAM; `pieces` are the lengths heard in the last stream, `silent` makes it hang, and with
    `cut_off` its last word is missing."""

    def __init__(self, server: socket.socket, most: int) -> None:
        self.server, self.most, self.silent = server, most, False
        self.pieces: list[int] = []
        self.asked, self.cut_off = 0, False
        self.stopping = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self.server.accept()
            except OSError:
                return
            threading.Thread(target=self._answer, args=(line,), daemon=True).start()

    def _answer(self, line: socket.socket) -> None:
        with line:
            try:
                said = self._heard(line)
                if self.silent:
                    self.stopping.wait(20)
                    return
                if line.family == socket.AF_INET:
                    # Else the second packet may wait, and closing before all was heard throws it away.
                    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                # A scanner may say it in two packets.
                line.sendall(said[:5])
                line.sendall(said[5:] + (b"" if self.cut_off else b"\0"))
            except (OSError, EOFError):
                return

    def _heard(self, line: socket.socket) -> bytes:
        command = b""
        while not command.endswith(b"\0"):
            command += _exactly(line, 1)
        if command == b"zPING\0":
            return b"PONG"
        if command != b"zINSTREAM\0":
            return b"UNKNOWN COMMAND"
        self.asked += 1
        self.pieces, content = [], b""
        while True:
            (length,) = struct.unpack(">I", _exactly(line, 4))
            if length == 0:
                break
            self.pieces.append(length)
            if len(content) + length > self.most:
                return b"INSTREAM size limit exceeded. ERROR"
            content += _exactly(line, length)
        return b"stream: Eicar-Test-Signature FOUND" if EICAR in content else b"stream: OK"


def _exactly(line: socket.socket, count: int) -> bytes:
    held = b""
    while len(held) < count:
        part = line.recv(count - len(held))
        if not part:
            raise EOFError
        held += part
    return held


@contextmanager
def clamd(place: Path | None = None, *, most: int = 25 * 1024 * 1024) -> Iterator[tuple[Clamd, str]]:
    """A scanner at a socket in the file system, or at a port of this machine; gives it and its address."""
    if place is not None:
        server = socket.socket(socket.AF_UNIX)
        server.bind(str(place))
        address = f"unix:{place}"
    else:
        server = socket.socket()
        server.bind(("127.0.0.1", 0))
        address = f"tcp:127.0.0.1:{server.getsockname()[1]}"
    server.listen()
    scanner = Clamd(server, most)
    try:
        yield scanner, address
    finally:
        scanner.stopping.set()
        # Closing alone doesn't wake whoever waits in accept().
        with suppress(OSError):
            server.shutdown(socket.SHUT_RDWR)
        server.close()
