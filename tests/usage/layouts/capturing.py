"""Captures and export packets made here, with invented traffic between documentation addresses."""

from __future__ import annotations

import socket
import struct
from collections.abc import Iterable
from pathlib import Path

import dpkt

BEGIN = 1542499200.25  # 2018-11-18T00:00:00.25Z


def packet(source: str, target: str, proto: int, inner: dpkt.Packet) -> bytes:
    """An Ethernet frame."""
    size = len(bytes(inner))
    if ":" in source:
        ends = (socket.inet_pton(socket.AF_INET6, end) for end in (source, target))
        ip = dpkt.ip6.IP6(src=next(ends), dst=next(ends), nxt=proto, hlim=64, plen=size)
        ip.data = inner
        return bytes(dpkt.ethernet.Ethernet(src=b"\2" * 6, dst=b"\4" * 6, type=0x86DD, data=ip))
    ip = dpkt.ip.IP(
        src=socket.inet_aton(source), dst=socket.inet_aton(target), p=proto, ttl=64, len=20 + size
    )
    ip.data = inner
    return bytes(dpkt.ethernet.Ethernet(src=b"\2" * 6, dst=b"\4" * 6, type=0x0800, data=ip))


def tcp(source: str, target: str, sport: int, dport: int, flags: int, size: int = 0) -> bytes:
    return packet(source, target, 6, dpkt.tcp.TCP(sport=sport, dport=dport, flags=flags, data=b"x" * size))


def udp(source: str, target: str, sport: int, dport: int, payload: bytes) -> bytes:
    inner = dpkt.udp.UDP(sport=sport, dport=dport, ulen=8 + len(payload), data=payload)
    return packet(source, target, 17, inner)


def session(number: int, begins: float) -> list[tuple[float, bytes]]:
    """A TCP session of four packets either way: 340 bytes up (payload 180), 640 down."""
    here, there, port = f"203.0.113.{number % 5 + 1}", "198.51.100.7", 40000 + number
    made = []
    for step, (up, down) in enumerate(((2, 18), (24, 24), (24, 24), (17, 17))):
        size = 90 if step in (1, 2) else 0
        made.append((begins + step * 0.5, tcp(here, there, port, 443, up, size)))
        made.append((begins + step * 0.5 + 0.1, tcp(there, here, 443, port, down, 240 if size else 0)))
    return made


def capture(path: Path, frames: Iterable[tuple[float, bytes]]) -> Path:
    with path.open("wb") as file:
        writer = dpkt.pcap.Writer(file)
        for at, frame in frames:
            writer.writepkt(frame, ts=at)
    return path


def v5(count: int = 2, uptime: int = 60_000) -> bytes:
    """NetFlow v5: flows of ten seconds that began half a minute before they were sent."""
    made = struct.pack("!HHIIIIBBH", 5, count, uptime, 1542499230, 0, 7, 0, 0, 0)
    for number in range(count):
        made += socket.inet_aton(f"203.0.113.{number + 1}") + socket.inet_aton("198.51.100.7") + bytes(4)
        made += struct.pack("!HHIIIIHHBBBBHHBBH", 1, 2, 10, 1000 + number, uptime - 30_000, uptime - 20_000,
                            40000 + number, 443, 0, 24, 6, 0, 0, 0, 24, 24, 0)  # fmt: skip
    return made


def v9_template(id: int = 256) -> bytes:
    fields = ((27, 16), (28, 16), (7, 2), (11, 2), (4, 1), (1, 8), (22, 4), (21, 4), (10, 3))
    body = struct.pack("!HH", id, len(fields)) + b"".join(struct.pack("!HH", *each) for each in fields)
    return struct.pack("!HH", 0, 4 + len(body)) + body


def v9_data(id: int = 256, uptime: int = 60_000, count: int = 2) -> bytes:
    body = b""
    for number in range(count):
        body += socket.inet_pton(socket.AF_INET6, f"2001:db8::{number + 1}")
        body += socket.inet_pton(socket.AF_INET6, "2001:db8::7")
        body += (
            struct.pack("!HHBQII", 40000 + number, 443, 6, 5000 + number, uptime - 30_000, uptime - 20_000)
            + b"\0\0\1"
        )
    body += bytes(-len(body) % 4)
    return struct.pack("!HH", id, 4 + len(body)) + body


def v9(*sets: bytes, uptime: int = 60_000) -> bytes:
    return struct.pack("!HHIIII", 9, len(sets), uptime, 1542499230, 1, 42) + b"".join(sets)


def ipfix_template(id: int = 300) -> bytes:
    fields = [
        struct.pack("!HH", *each)
        for each in ((8, 4), (12, 4), (7, 2), (11, 2), (4, 1), (1, 8), (152, 8), (153, 8))
    ]
    fields.append(struct.pack("!HHI", 0x8001, 8, 29305))  # reverse octets (RFC 5103)
    fields.append(struct.pack("!HH", 95, 65535))  # of any length
    fields.append(struct.pack("!HH", 89, 1))
    body = struct.pack("!HH", id, len(fields)) + b"".join(fields)
    return struct.pack("!HH", 2, 4 + len(body)) + body


def ipfix_data(id: int = 300) -> bytes:
    body = b""
    for number, status in enumerate((0x40, 0x80)):
        body += socket.inet_aton(f"203.0.113.{number + 1}") + socket.inet_aton("198.51.100.7")
        body += struct.pack("!HHBQQQQ", 40000, 443, 6, 700, 1542499200125, 1542499210000, 9000)
        body += b"\x04name" + bytes([status])
    return struct.pack("!HH", id, 4 + len(body)) + body


def ipfix(*sets: bytes) -> bytes:
    held = b"".join(sets)
    return struct.pack("!HHIII", 10, 16 + len(held), 1542499230, 1, 42) + held
