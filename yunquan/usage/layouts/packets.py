"""Captured packets (PCAP, PCAPNG) into conversations, without their content; needs the extra `flow`."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from yunquan.usage.layouts.contract import LayoutUnknown, Options, Parsed, no_records
from yunquan.usage.layouts.exports import Exports, is_export
from yunquan.usage.layouts.flows import records_of_flows
from yunquan.usage.records import MAPPED, signed

IDLE, LONGEST = 300.0, 1800.0
FLUSH = 100_000
LARGEST = 1 << 20
MAGIC = (
    b"\xd4\xc3\xb2\xa1",
    b"\xa1\xb2\xc3\xd4",
    b"\x4d\x3c\xb2\xa1",
    b"\xa1\xb2\x3c\x4d",
    b"\x0a\x0d\x0d\x0a",
)
_SYN, _RST = 2, 4
_COLUMNS = ("a_hi", "a_lo", "b_hi", "b_lo", "a_port", "b_port", "protocol", "start_us", "end_us", "bytes_ab",
            "bytes_ba")  # fmt: skip


def _dpkt() -> Any:
    try:
        import dpkt
    except ModuleNotFoundError:
        raise LayoutUnknown(
            "读取抓包文件需要附加组件 flow，本机没有安装", "先执行 pip install 'yunquan[flow]'，再装载"
        ) from None
    return dpkt


def _network(dpkt: Any, link: int, frame: bytes) -> Any:
    """The IP packet in a frame; None where it holds none."""
    try:
        if link in (12, 14, 101, 228, 229):
            return dpkt.ip6.IP6(frame) if frame[:1] and frame[0] >> 4 == 6 else dpkt.ip.IP(frame)
        kinds = {
            0: dpkt.loopback.Loopback,
            108: dpkt.loopback.Loopback,
            113: dpkt.sll.SLL,
            276: dpkt.sll2.SLL2,
        }
        packet = kinds.get(link, dpkt.ethernet.Ethernet)(frame)
        held = packet.data
        return held if isinstance(held, dpkt.ip.IP | dpkt.ip6.IP6) else None
    except (dpkt.UnpackError, IndexError, ValueError, KeyError):
        return None


def packets(path: Path) -> Iterator[tuple[int, float, Any, int]]:
    """Number, time, IP packet (or None) and its bytes; raises LayoutUnknown where the file is cut or no capture."""
    dpkt = _dpkt()
    try:
        with path.open("rb") as file:
            if file.read(4) == MAGIC[-1]:
                file.seek(0)
                reader = dpkt.pcapng.Reader(file)
                frames: Iterator[tuple[int, float, bytes]] = (
                    (reader.datalink(), float(at), frame) for at, frame in reader
                )
            else:
                file.seek(0)
                frames = _classic(file)
            for number, (link, at, frame) in enumerate(frames, start=1):
                packet = _network(dpkt, link, frame)
                yield number, at, packet, 0 if packet is None else _length(dpkt, packet)
    except (dpkt.UnpackError, ValueError, EOFError, OSError, struct.error) as wrong:
        raise LayoutUnknown(f"抓包文件不完整或已损坏（{wrong}）", "完整的 PCAP 或 PCAPNG 文件") from wrong


def _classic(file: BinaryIO) -> Iterator[tuple[int, float, bytes]]:
    """Link type, time and bytes of each packet of a PCAP, whose every packet must be whole."""
    head = file.read(24)
    order = "<" if head[:4] in (MAGIC[0], MAGIC[2]) else ">"
    part = 1e-9 if head[:4] in (MAGIC[2], MAGIC[3]) else 1e-6
    link = struct.unpack(order + "I", head[20:24])[0] & 0xFFFF
    number = 0
    while said := file.read(16):
        number += 1
        seconds, fraction, size, _ = struct.unpack(order + "IIII", said)
        if size > LARGEST:
            raise ValueError(f"第 {number} 个包长 {size} 字节")
        frame = file.read(size)
        if len(frame) < size:
            raise ValueError(f"第 {number} 个包被截断")
        yield link, seconds + fraction * part, frame


def _length(dpkt: Any, packet: Any) -> int:
    return int(packet.len) if isinstance(packet, dpkt.ip.IP) else int(packet.plen) + 40


def _half(packed: bytes) -> tuple[int, int]:
    if len(packed) == 4:
        return signed(0), signed(MAPPED | int.from_bytes(packed, "big"))
    return signed(int.from_bytes(packed[:8], "big")), signed(int.from_bytes(packed[8:], "big"))


class Conversations:
    """Packets of the same two ends, put together until they pause or go on for long."""

    def __init__(self) -> None:
        # key -> [first number, start, end, up, down, flags up, flags down, payload, source]
        self.open: dict[tuple[bytes, bytes, int, int, int], list[Any]] = {}
        self.closed: list[tuple[int, ...]] = []
        self.refused = 0

    def add(self, number: int, at: float, packet: Any, size: int) -> None:
        proto = int(getattr(packet, "p", 0))
        inner = packet.data
        sport, dport = int(getattr(inner, "sport", 0)), int(getattr(inner, "dport", 0))
        if proto not in (6, 17, 132, 33):
            sport = dport = 0
        key = (packet.src, packet.dst, sport, dport, proto)
        back = (packet.dst, packet.src, dport, sport, proto)
        forth = key in self.open or back not in self.open
        held_key = key if forth else back
        held = self.open.get(held_key)
        if held is not None and (at - held[2] > IDLE or at - held[1] > LONGEST):
            self._close(held_key, self.open.pop(held_key))
            held, held_key, forth = None, key, True
        if held is None:
            held = self.open[held_key] = [number, at, at, 0, 0, 0, 0, 0]
        held[2] = max(held[2], at)
        held[3 if forth else 4] += size
        if proto == 6:
            held[5 if forth else 6] |= int(getattr(inner, "flags", 0))
            held[7] += len(getattr(inner, "data", b""))

    def _close(self, key: tuple[bytes, bytes, int, int, int], held: list[Any]) -> None:
        src, dst, sport, dport, proto = key
        # A connection that was refused, or never answered, is no use.
        if (
            proto == 6
            and held[5] & _SYN
            and not held[7]
            and (held[6] == 0 or (held[6] & _RST and not held[6] & _SYN))
        ):
            self.refused += 1
            return
        times = round(held[1] * 1e6), round(held[2] * 1e6)
        self.closed.append((held[0], *_half(src), *_half(dst), sport, dport, proto, *times, held[3], held[4]))

    def taken(self, options: Options, *, everything: bool = False) -> Parsed:
        """The records of the conversations that are over."""
        if everything:
            for key, held in self.open.items():
                self._close(key, held)
            self.open.clear()
        table = np.array(self.closed, dtype=np.int64).reshape(-1, 1 + len(_COLUMNS))
        self.closed, refused, self.refused = [], self.refused, 0
        columns = {name: table[:, place + 1].copy() for place, name in enumerate(_COLUMNS)}
        return records_of_flows(columns, table[:, 0].copy(), options, skipped=refused)


def parse_capture(path: Path, options: Options) -> Iterator[Parsed]:
    """The conversations of a capture; of a capture of export packets, the flows that they report."""
    if any(
        _export_of(packet) for _, packet in zip(range(200), (each[2] for each in packets(path)), strict=False)
    ):
        yield from _exported(path, options)
        return
    talk, without = Conversations(), 0
    for number, at, packet, size in packets(path):
        if packet is None:
            without += 1
            continue
        talk.add(number, at, packet, size)
        if len(talk.closed) >= FLUSH:
            yield talk.taken(options)
    yield talk.taken(options, everything=True)
    if without:
        yield Parsed(no_records(), skipped=without)


def _export_of(packet: Any) -> bytes | None:
    inner = getattr(packet, "data", None)
    held = getattr(inner, "data", None)
    if getattr(packet, "p", 0) != 17 or not isinstance(held, bytes) or not is_export(held):
        return None
    return held


def _exported(path: Path, options: Options) -> Iterator[Parsed]:
    exports, others = Exports(), 0
    for number, _, packet, _ in packets(path):
        held = _export_of(packet)
        if held is None:
            others += 1
            continue
        exports.take(held, number, packet.src)
        if len(exports.sets) >= 1000:
            yield from exports.parsed(options)
    yield from exports.parsed(options)
    yield exports.rest()
    yield Parsed(no_records(), skipped=others)
