"""Export packets of NetFlow v5, v9 (RFC 3954) and IPFIX (RFC 7011) into flows, a whole data set at once."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from mmap import mmap

import numpy as np

from yunquan.usage.layouts.contract import KEPT_BAD, BadLine, Options, Parsed, no_records
from yunquan.usage.layouts.flows import mapped, records_of_flows, signed_halves
from yunquan.usage.layouts.spans import PAD, Buffer, Ints, Spans

_V5 = np.dtype(
    [("8", ">u4"), ("12", ">u4"), ("next", ">u4"), ("in", ">u2"), ("out", ">u2"), ("packets", ">u4"), ("1", ">u4"),
     ("22", ">u4"), ("21", ">u4"), ("7", ">u2"), ("11", ">u2"), ("pad", "u1"), ("6", "u1"), ("4", "u1"),
     ("rest", "V9")]
)  # fmt: skip
_REVERSE = 29305
_VARIABLE = 65535
_NTP = 2_208_988_800
EXPECTED = "NetFlow v5、v9 或 IPFIX 的完整导出数据报"


@dataclass(slots=True)
class _Template:
    """Names (information elements) and lengths of the fields of a record."""

    names: list[str]
    sizes: list[int]
    options: bool = False

    def dtype(self) -> np.dtype:
        kinds = []
        for size in self.sizes:
            kinds.append(f">u{size}" if size in (1, 2, 4, 8) else f"V{size}")
        named = [
            name if name not in self.names[:place] else f"{name}#{place}"
            for place, name in enumerate(self.names)
        ]
        return np.dtype(list(zip(named, kinds, strict=True)))


@dataclass(slots=True)
class _Set:
    """Records of a data set, when they were sent and by which clock."""

    records: np.ndarray
    number: int
    sent_us: int
    boot_us: int | None


@dataclass
class Exports:
    """What exporters send, datagram by datagram: their templates and what waits for one."""

    templates: dict[tuple[bytes, int, int, int], _Template] = field(default_factory=dict)
    booted: dict[tuple[bytes, int], int] = field(default_factory=dict)
    waiting: list[tuple[bytes, int, int, int, bytes, int, int, int | None]] = field(default_factory=list)
    sets: list[_Set] = field(default_factory=list)
    faults: list[tuple[int, str]] = field(default_factory=list)

    def take(self, datagram: bytes, number: int, exporter: bytes = b"") -> None:
        """One export packet; faults are kept with its number."""
        version = int.from_bytes(datagram[:2], "big")
        try:
            if version == 5:
                self._five(datagram, number)
            elif version in (9, 10):
                self._sets(datagram, number, exporter, version)
            else:
                self.faults.append((number, f"版本 {version} 不认识"))
        except (struct.error, ValueError):
            self.faults.append((number, "数据报不完整"))

    def _five(self, datagram: bytes, number: int) -> None:
        count, uptime, seconds, nanos = struct.unpack("!HIII", datagram[2:16])
        if len(datagram) < 24 + 48 * count:
            raise ValueError("short")
        records = np.frombuffer(datagram, dtype=_V5, count=count, offset=24)
        sent = seconds * 1_000_000 + nanos // 1000
        self.sets.append(_Set(records, number, sent, sent - uptime * 1000))

    def _sets(self, datagram: bytes, number: int, exporter: bytes, version: int) -> None:
        if version == 9:
            uptime, seconds, _, domain = struct.unpack("!IIII", datagram[4:20])
            at, boot = 20, seconds * 1_000_000 - uptime * 1000
            end = len(datagram)
        else:
            end, seconds, _, domain = struct.unpack("!HIII", datagram[2:16])
            at, boot = 16, self.booted.get((exporter, domain))
            if end > len(datagram):
                raise ValueError("short")
        sent = seconds * 1_000_000
        while at + 4 <= end:
            kind, size = struct.unpack("!HH", datagram[at : at + 4])
            if size < 4 or at + size > end:
                raise ValueError("short")
            body = datagram[at + 4 : at + size]
            if kind in (0, 2):
                self._templates(body, exporter, domain, version)
            elif kind in (1, 3):
                self._option_templates(body, exporter, domain, version)
            elif kind >= 256:
                self._records(exporter, domain, version, kind, body, number, sent, boot)
            at += size

    def _templates(self, body: bytes, exporter: bytes, domain: int, version: int) -> None:
        at = 0
        while at + 4 <= len(body):
            id, count = struct.unpack("!HH", body[at : at + 4])
            if id < 256:
                return
            at, template = self._fields(body, at + 4, count, version)
            self._known(exporter, domain, version, id, template)

    def _option_templates(self, body: bytes, exporter: bytes, domain: int, version: int) -> None:
        at = 0
        while at + 6 <= len(body):
            id, one, two = struct.unpack("!HHH", body[at : at + 6])
            if id < 256:
                return
            # v9 gives the lengths of the scope and of the options in bytes, IPFIX the number of fields.
            count = (one + two) // 4 if version == 9 else one
            at, template = self._fields(body, at + 6, count, version)
            template.options = True
            self._known(exporter, domain, version, id, template)

    def _fields(self, body: bytes, at: int, count: int, version: int) -> tuple[int, _Template]:
        names, sizes = [], []
        for _ in range(count):
            element, size = struct.unpack("!HH", body[at : at + 4])
            at += 4
            name = str(element)
            if version == 10 and element & 0x8000:
                (enterprise,) = struct.unpack("!I", body[at : at + 4])
                at += 4
                name = (
                    f"r{element & 0x7FFF}" if enterprise == _REVERSE else f"e{enterprise}.{element & 0x7FFF}"
                )
            names.append(name)
            sizes.append(size)
        return at, _Template(names, sizes)

    def _known(self, exporter: bytes, domain: int, version: int, id: int, template: _Template) -> None:
        self.templates[exporter, domain, version, id] = template
        waiting, self.waiting = self.waiting, []
        for each in waiting:
            self._records(*each[:4], *each[4:])

    def _records(self, exporter: bytes, domain: int, version: int, kind: int, body: bytes, number: int, sent: int,
              boot: int | None) -> None:  # fmt: skip
        template = self.templates.get((exporter, domain, version, kind))
        if template is None:
            self.waiting.append((exporter, domain, version, kind, body, number, sent, boot))
            return
        if not template.sizes or sum(template.sizes) == 0:
            raise ValueError("no fields")
        if _VARIABLE in template.sizes:
            body, template = _without_variable(body, template)
        if not template.sizes:
            return
        dtype = template.dtype()
        records = np.frombuffer(body, dtype=dtype, count=len(body) // dtype.itemsize)
        if template.options:
            if "160" in template.names and len(records):
                self.booted[exporter, domain] = int(records["160"][0]) * 1000
            return
        if boot is None:
            boot = self.booted.get((exporter, domain))
        self.sets.append(_Set(records, number, sent, boot))

    def parsed(self, options: Options) -> Iterator[Parsed]:
        """The records of what has come, and at the end what was in fault."""
        for each in self.sets:
            found = _flows(each, options)
            if found is not None:
                yield found
        self.sets = []

    def rest(self) -> Parsed:
        """What could not be read: broken datagrams, and sets whose template never came."""
        waiting = [(number, "模板没有到达，这组数据无法解读") for *_, number, _, _ in self.waiting]
        said = [BadLine(number, "", reason, EXPECTED) for number, reason in sorted(self.faults + waiting)]
        return Parsed(no_records(), said[:KEPT_BAD], len(said))


def _without_variable(body: bytes, template: _Template) -> tuple[bytes, _Template]:
    """Records with fields of any length, those fields left out."""
    kept, at = bytearray(), 0
    while at < len(body):
        record = bytearray()
        for size in template.sizes:
            if size == _VARIABLE:
                if at >= len(body):
                    return bytes(kept), _fixed(template)
                length, at = body[at], at + 1
                if length == 255:
                    length, at = int.from_bytes(body[at : at + 2], "big"), at + 2
                at += length
            else:
                record += body[at : at + size]
                at += size
        if at > len(body):
            break
        kept += record
    return bytes(kept), _fixed(template)


def _fixed(template: _Template) -> _Template:
    pairs = [
        (name, size) for name, size in zip(template.names, template.sizes, strict=True) if size != _VARIABLE
    ]
    return _Template([name for name, _ in pairs], [size for _, size in pairs], template.options)


def _number(records: np.ndarray, *names: str) -> Ints:
    """The first of these elements that the records have, as numbers; 0 where there is none."""
    for name in names:
        if name not in (records.dtype.names or ()):
            continue
        column = records[name]
        if column.dtype.kind == "u":
            return column.astype(np.uint64).view(np.int64)
        raw = np.frombuffer(column.tobytes(), dtype=np.uint8).reshape(len(records), -1)[:, -8:]
        total = np.zeros(len(records), dtype=np.uint64)
        for place in range(raw.shape[1]):
            total = total << np.uint64(8) | raw[:, place]
        return total.view(np.int64)
    return np.zeros(len(records), dtype=np.int64)


def _time(each: _Set, names: tuple[str, str, str, str, str]) -> Ints | None:
    """The moment by whichever clock the exporter gives: milliseconds, seconds, NTP, or since it was started."""
    millis, seconds, micros, nanos, uptime = names
    have = each.records.dtype.names or ()
    if millis in have:
        return _number(each.records, millis) * 1000
    if seconds in have:
        return _number(each.records, seconds) * 1_000_000
    for name in (micros, nanos):
        if name in have:
            stamp = _number(each.records, name).view(np.uint64)
            part = ((stamp & np.uint64(0xFFFFFFFF)) * np.uint64(1_000_000)) >> np.uint64(32)
            whole = (stamp >> np.uint64(32)).view(np.int64) - _NTP
            return whole * 1_000_000 + part.view(np.int64)
    if uptime not in have:
        return None
    boot = _number(each.records, "160") * 1000 if "160" in have else each.boot_us
    return None if boot is None else boot + _number(each.records, uptime) * 1000


def _ends(records: np.ndarray, four: str, six: str) -> tuple[Ints, Ints] | None:
    have = records.dtype.names or ()
    if four in have and (six not in have or _number(records, four).any()):
        return mapped(_number(records, four))
    if six in have:
        raw = np.frombuffer(records[six].tobytes(), dtype=">u8").reshape(-1, 2)
        return signed_halves(raw[:, 0], raw[:, 1])
    return None


def _flows(each: _Set, options: Options) -> Parsed | None:
    records = each.records
    a, b = _ends(records, "8", "27"), _ends(records, "12", "28")
    if a is None or b is None or not len(records):
        return None
    start = _time(each, ("152", "150", "154", "156", "22"))
    end = _time(each, ("153", "151", "155", "157", "21"))
    start = start if start is not None else np.full(len(records), each.sent_us)
    end = end if end is not None else start
    columns = {
        "a_hi": a[0], "a_lo": a[1], "b_hi": b[0], "b_lo": b[1],
        "a_port": _number(records, "7"), "b_port": _number(records, "11"), "protocol": _number(records, "4"),
        "start_us": start, "end_us": end, "bytes_ab": _number(records, "1", "85", "231"),
        "bytes_ba": _number(records, "r1", "r85", "232"),
    }  # fmt: skip
    columns["rest"] = _whole_hashes(records)
    # Dropped by the router (forwarding status 10xxxxxx) or denied by the firewall (event 3): no use.
    refused = (_number(records, "89") >> 6 == 2) | (_number(records, "233") == 3)
    kept = ~refused
    if refused.any():
        columns = {name: column[kept] for name, column in columns.items()}
    numbers = np.full(int(kept.sum()), each.number, dtype=np.int64)
    return records_of_flows(columns, numbers, options, skipped=int(refused.sum()))


def _whole_hashes(records: np.ndarray) -> Ints:
    size = records.dtype.itemsize
    starts = np.arange(len(records), dtype=np.int64) * size + PAD
    return Spans(Buffer(records.tobytes()), starts, np.full(len(records), size)).hashes().view(np.int64)


MOST_OF_ONE = 65_535  # what a UDP datagram can hold


def datagrams(data: bytes | mmap) -> Iterator[bytes]:
    """The datagrams of a file that holds nothing else; the last one may be cut short."""
    at = 0
    while at < len(data):
        size = min(_size(data, at), MOST_OF_ONE)
        yield data[at : at + size]
        at += size


def _size(data: bytes | mmap, at: int) -> int:
    version, number = int.from_bytes(data[at : at + 2], "big"), int.from_bytes(data[at + 2 : at + 4], "big")
    if version == 5:
        return 24 + 48 * number
    if version == 10:
        return max(16, number)
    if version != 9:
        return len(data) - at
    # A set of v9 has an id of 0, 1 or from 256 on, so that a 9 there begins the next datagram.
    end = at + 20
    while end + 4 <= len(data) and int.from_bytes(data[end : end + 2], "big") not in (5, 9, 10):
        size = int.from_bytes(data[end + 2 : end + 4], "big")
        if size < 4:
            return len(data) - at
        end += size
    return end - at


def is_export(datagram: bytes) -> bool:
    """Does a datagram look like an export packet, to the byte?"""
    version, number = int.from_bytes(datagram[:2], "big"), int.from_bytes(datagram[2:4], "big")
    if version == 5:
        return 1 <= number <= 30 and len(datagram) == 24 + 48 * number
    if version == 10:
        return number == len(datagram) >= 20
    if version != 9 or len(datagram) < 24 or not 1 <= number <= 1000:
        return False
    at = 20
    while at + 4 <= len(datagram):
        kind, size = struct.unpack("!HH", datagram[at : at + 4])
        if (1 < kind < 256) or size < 4:
            return False
        at += size
    return at == len(datagram)
