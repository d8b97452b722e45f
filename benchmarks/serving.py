"""The site as it is served in production: granian in processes of its own, on a free port of the loopback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

from benchmarks.load import HOST

SITE = "benchmarks.served:application"
STARTING = (
    "import sys; from yunquan.config.cli import run_server; "
    "run_server(port=int(sys.argv[1]), workers=int(sys.argv[2]), target=sys.argv[3])"
)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


@contextmanager
def site(*, database_url: str, workers: int = 2, target: str = SITE) -> Iterator[int]:
    """The running site; gives its port. `target` names another WSGI application for a negative control."""
    port = free_port()
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "yunquan.config.settings"}
    if database_url:
        environment["YUNQUAN_DATABASE_URL"] = database_url
    command = [sys.executable, "-c", STARTING, str(port), str(workers), target]
    server = subprocess.Popen(command, env=environment)
    try:
        _wait(port, server)
        yield port
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()


def _wait(port: int, server: subprocess.Popen[bytes]) -> None:
    for _ in range(300):
        if server.poll() is not None:
            raise RuntimeError("the site did not start")
        try:
            with socket.create_connection((HOST, port), timeout=5) as probe:
                probe.sendall(f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode())
                if probe.recv(64).startswith(b"HTTP/1.1 200"):
                    return
        except OSError:
            pass
        time.sleep(0.1)
    raise RuntimeError("the site was not ready after 30 s")
