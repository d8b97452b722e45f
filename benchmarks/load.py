"""A light load generator: keep-alive sockets on the loopback, requests prepared beforehand, nothing measured by hand.

`python -m benchmarks.load PORT REQUESTS.jsonl CLIENTS SECONDS` sends each request once and prints one JSON
object: how long it took from the first byte to the last, each answer's status and the latencies. It runs in
a process of its own, is bounded in count and time, and talks to 127.0.0.1 alone.
"""

from __future__ import annotations

import json
import selectors
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

HOST = "127.0.0.1"


def prepared(*, path: str, token: str, key: str, body: Mapping[str, Any]) -> str:
    """One POST with a bearer token and an idempotency key, as it goes over the wire."""
    content = json.dumps(body)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nAuthorization: Bearer {token}\r\n"
        f"Idempotency-Key: {key}\r\nContent-Type: application/json\r\nContent-Length: {len(content)}\r\n\r\n"
    )
    return head + content


@dataclass(slots=True)
class Client:
    """One connection: what it sent last, when, and what has come back so far."""

    socket: socket.socket
    sent_at: float = 0.0
    received: bytes = b""


@dataclass(slots=True)
class Tally:
    """What came back."""

    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def answer_of(received: bytes) -> tuple[int, bytes] | None:
    """The status and body of a complete answer, or None while bytes are missing."""
    head_end = received.find(b"\r\n\r\n")
    if head_end < 0:
        return None
    head = received[:head_end].lower()
    length_at = head.find(b"content-length:")
    if length_at < 0:
        raise ValueError("an answer without a length")
    length = int(head[length_at + 15 :].split(b"\r\n", 1)[0])
    if len(received) < head_end + 4 + length:
        return None
    return int(received[9:12]), received[head_end + 4 :]


def run(port: int, requests: Iterable[str], clients: int, seconds: float) -> dict[str, Any]:
    """Send every request once over so many connections; whatever has no answer in time stays unsent."""
    waiting: Iterator[bytes] = iter([request.encode() for request in requests])
    tally, poll = Tally(), selectors.DefaultSelector()
    opened = [Client(socket.create_connection((HOST, port))) for _ in range(clients)]
    for client in opened:
        client.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    started = last = time.perf_counter()
    for client in opened:
        if _send_next(client, waiting):
            poll.register(client.socket, selectors.EVENT_READ, client)
    while poll.get_map() and last - started < seconds:
        for key, _events in poll.select(timeout=1.0):
            client = key.data
            client.received += client.socket.recv(65536)
            answer = answer_of(client.received)
            if answer is None:
                continue
            last = time.perf_counter()
            status, body = answer
            tally.statuses[status] += 1
            tally.latencies.append(last - client.sent_at)
            if status != 200 and len(tally.faults) < 3:
                tally.faults.append(body.decode(errors="replace")[:400])
            if not _send_next(client, waiting):
                poll.unregister(client.socket)
        last = max(last, time.perf_counter()) if poll.get_map() else last
    for client in opened:
        client.socket.close()
    cuts = statistics.quantiles(tally.latencies, n=20) if len(tally.latencies) > 1 else [0.0] * 19
    return {
        "seconds": last - started,
        "statuses": {str(status): count for status, count in sorted(tally.statuses.items())},
        "p50_ms": round(cuts[9] * 1000, 1),
        "p95_ms": round(cuts[18] * 1000, 1),
        "faults": tally.faults,
    }


def _send_next(client: Client, waiting: Iterator[bytes]) -> bool:
    request = next(waiting, None)
    if request is None:
        return False
    client.received, client.sent_at = b"", time.perf_counter()
    client.socket.sendall(request)
    return True


def fire(port: int, requests: list[str], *, clients: int = 32, seconds: float = 60.0) -> dict[str, Any]:
    """Run the generator in a process of its own and give what it printed."""
    with tempfile.NamedTemporaryFile("w", suffix=".jsonl", encoding="utf-8") as file:
        file.writelines(json.dumps(request) + "\n" for request in requests)
        file.flush()
        command = [sys.executable, "-m", "benchmarks.load", str(port), file.name, str(clients), str(seconds)]
        done = subprocess.run(command, check=True, capture_output=True, timeout=seconds + 30)
    outcome: dict[str, Any] = json.loads(done.stdout)
    return outcome


if __name__ == "__main__":
    lines = Path(sys.argv[2]).read_text(encoding="utf-8").splitlines()
    told = run(int(sys.argv[1]), [json.loads(line) for line in lines], int(sys.argv[3]), float(sys.argv[4]))
    print(json.dumps(told))
