"""Start a PostgreSQL server of one's own in a temporary folder, and run a command against it.

`python -m harness.postgresql [--durable] COMMAND…` sets YUNQUAN_DATABASE_URL for the command and stops
the server after it. PostgreSQL's binaries refuse to run as root, so root hands them to `postgres`.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NEEDED = ("initdb", "postgres", "pg_isready", "createdb")
MISSING = (
    "PostgreSQL's server binaries were not found. Install them (Debian: apt-get install postgresql) or set "
    "YUNQUAN_PG_BIN to the folder that holds initdb and postgres."
)


def binaries() -> Path:
    """The folder that holds initdb and postgres; raises FileNotFoundError with what to do."""
    named = os.environ.get("YUNQUAN_PG_BIN")
    candidates = [Path(named)] if named else sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("initdb")
    if found and not named:
        candidates.insert(0, Path(found).parent)
    for folder in candidates:
        if all((folder / name).exists() for name in NEEDED):
            return folder
    raise FileNotFoundError(MISSING)


def _as_unprivileged(command: list[str]) -> list[str]:
    if os.geteuid() != 0:
        return command
    return ["runuser", "-u", "postgres", "--", *command]


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def temporary_server(*, durable: bool = False) -> Iterator[str]:
    """A running server; gives the URL of an empty database. `durable` keeps fsync on, as in production."""
    bin_folder = binaries()
    folder = Path(tempfile.mkdtemp(prefix="yunquan-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    store = folder / "data"
    init = [str(bin_folder / "initdb"), "-D", str(store), "-U", "yunquan", "-A", "trust", "-E", "UTF8"]
    subprocess.run(
        _as_unprivileged([*init, "--locale=C.UTF-8", "--no-sync"]),
        check=True,
        stdout=subprocess.DEVNULL,
        cwd="/",
    )
    port = _free_port()
    settings = {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(folder), "port": str(port)}
    settings |= {"max_connections": "120", "shared_buffers": "256MB"}
    if not durable:
        settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
    arguments = [item for name, value in settings.items() for item in ("-c", f"{name}={value}")]
    log = (folder / "server.log").open("w")
    server = subprocess.Popen(
        _as_unprivileged([str(bin_folder / "postgres"), "-D", str(store), *arguments]),
        stdout=log,
        stderr=subprocess.STDOUT,
        cwd="/",
    )
    try:
        _wait(bin_folder, port, server, folder / "server.log")
        subprocess.run(
            [str(bin_folder / "createdb"), "-h", "127.0.0.1", "-p", str(port), "-U", "yunquan", "yunquan"],
            check=True,
        )
        yield f"postgresql://yunquan@127.0.0.1:{port}/yunquan"
    finally:
        pid_file = store / "postmaster.pid"
        if pid_file.exists():
            os.kill(int(pid_file.read_text().split()[0]), signal.SIGINT)
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            server.kill()
        log.close()
        shutil.rmtree(folder, ignore_errors=True)


def _wait(bin_folder: Path, port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(200):
        if server.poll() is not None:
            raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text()}")
        ready = subprocess.run(
            [str(bin_folder / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(port)], check=False
        )
        if ready.returncode == 0:
            return
        time.sleep(0.1)
    raise RuntimeError("PostgreSQL was not ready after 20 s")


def main(arguments: list[str]) -> int:
    """Run a command with YUNQUAN_DATABASE_URL set to a fresh server; its exit code is ours."""
    durable = arguments[:1] == ["--durable"]
    command = arguments[1:] if durable else arguments
    try:
        with temporary_server(durable=durable) as url:
            return subprocess.run(
                command, env={**os.environ, "YUNQUAN_DATABASE_URL": url}, check=False
            ).returncode
    except FileNotFoundError as missing:
        print(missing, file=sys.stderr)
        return 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
