"""The registry: which ends were declared for which service of which voucher (D47-5.12), as matching needs them.

A group is one service of one voucher with all its ends; its number is a stable hash of them, so that
a group whose ends change is another group, and one that stays the same keeps what was worked out for it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from functools import cached_property
from ipaddress import ip_network
from pathlib import Path
from typing import NamedTuple

from yunquan.kernel.canonical import content_hash
from yunquan.policy.tables import TableFault, read_bytes, read_exactly
from yunquan.usage.names import normal_host, normal_mobile, normal_name
from yunquan.usage.reach import OPERATORS, Hearing, operators_fault
from yunquan.usage.records import MAPPED, Point, address, name, stable_hash, unsigned

COLUMNS = ("voucher", "service", "end", "kind", "value", "port")
FACTS = (
    "enterprise",
    "supplier",
    "devices",
    "claimed_on",
    "paid_on",
    "region",
    "shifts",
    "scope",
    "operators",
)
SIDES = ("client", "cloud")
KINDS = ("ip", "cidr", "broadband", "mobile", "device", "host")
# Every address of a family: an end that nothing lies outside of.
_EVERYTHING = {(0, (1 << 128) - 1), (MAPPED, MAPPED | 0xFFFFFFFF)}
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f]")
_PORT = re.compile(r"[0-9]{1,5}", re.ASCII)
_V4, _V6, _NAME = 4, 6, 0


class RegistryRefused(ValueError):
    """A registry doesn't hold; `faults` lists everything that is wrong, in order of lines."""

    def __init__(self, faults: Iterable[TableFault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: fault.line))
        super().__init__("\n".join(map(str, self.faults)))


class End(NamedTuple):
    """One declared end: the addresses from first to last (128 bits) of one family, or a name."""

    side: str
    family: int  # 4, 6, or 0 for a name
    first: int
    last: int
    name: str | None
    port: int  # of a cloud end; 0 = any

    @property
    def size(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a group besides its ends; empty where it was not given."""

    enterprise: str = ""
    supplier: str = ""
    devices: int | None = None
    claimed_on: date | None = None
    paid_on: date | None = None
    region: str = ""
    shifts: str = ""
    scope: str = ""
    operators: str = ""  # those that carry the client ends, as telecom+unicom

    @property
    def hearing(self) -> str:
        """What decides which deliveries speak of the group, as coverage is asked for it."""
        return str(Hearing(self.scope, self.region, self.operators))


@dataclass(frozen=True)
class Group:
    """One service of one voucher with its ends."""

    voucher: str
    service: str
    ends: tuple[End, ...]
    facts: Facts = field(default_factory=Facts, compare=False)

    @cached_property
    def number(self) -> int:
        """The stable number of these very ends and of whose logs are heard on them, as roll-ups carry it."""
        ends = [[end.side, str(end.first), str(end.last), end.name or "", end.port] for end in self.ends]
        said = {"voucher": self.voucher, "service": self.service, "ends": ends, "scope": self.facts.scope}
        return stable_hash(content_hash(said))

    @property
    def key(self) -> tuple[str, str]:
        return self.voucher, self.service

    def side(self, side: str) -> list[End]:
        return [end for end in self.ends if end.side == side]


def in_order(key: tuple[str, str]) -> tuple[str, bool, int, str]:
    """The order of vouchers and services: a service's number counts as a number."""
    voucher, service = key
    is_number = service.isascii() and service.isdigit()
    return voucher, not is_number, int(service) if is_number else 0, service


class Registry:
    """All groups that are to be judged, in order of voucher and service."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self.groups = tuple(sorted(groups, key=lambda group: in_order(group.key)))

    @cached_property
    def digest(self) -> str:
        """SHA-256 of every group with its ends and facts; equal registries have equal digests."""
        return content_hash(
            [
                [group.voucher, group.service, str(group.number)]
                + [str(getattr(group.facts, one.name) or "") for one in fields(Facts)]
                for group in self.groups
            ]
        )

    @cached_property
    def numbers(self) -> frozenset[int]:
        return frozenset(group.number for group in self.groups)

    def only(self, numbers: frozenset[int]) -> Registry:
        """The part of the registry with these groups."""
        if self.numbers <= numbers:
            return self
        return Registry(group for group in self.groups if group.number in numbers)

    @classmethod
    def of(cls, rows: Iterable[Mapping[str, object]], *, file: str = "登记表") -> Registry:
        """Build a registry from rows by column name; raises RegistryRefused with every fault."""
        faults: list[TableFault] = []
        cells = (
            (line, {key: "" if value is None else str(value) for key, value in row.items()})
            for line, row in enumerate(rows, start=2)
        )
        groups = _Gathering(file, faults).groups(cells)
        if faults:
            raise RegistryRefused(faults)
        return cls(groups)


def read_registry(path: str | Path) -> Registry:
    """Read REGISTRY.csv; raises RegistryRefused with file, line, column and what was expected."""
    path, faults = Path(path), list[TableFault]()
    content = read_bytes(path, faults)
    if content is None:
        raise RegistryRefused(faults)
    head = content.split(b"\n", 1)[0].decode("utf-8-sig", "replace")
    named = [cell.strip() for cell in next(csv.reader(io.StringIO(head)), [])]
    columns = [*COLUMNS, *(column for column in FACTS if column in named)]
    rows = read_exactly(path.name, content, columns, faults)
    groups = _Gathering(path.name, faults).groups((row.line, row.cells) for row in rows)
    if not groups and not faults:
        faults.append(TableFault(path.name, 1, "-", "只有表头，没有登记任何使用端", "表头之下至少一行"))
    if faults:
        raise RegistryRefused(faults)
    return Registry(groups)


class _Gathering:
    """Reads rows into groups and keeps every fault."""

    def __init__(self, file: str, faults: list[TableFault]) -> None:
        self._file, self._faults = file, faults
        self._line = 0

    def groups(self, rows: Iterable[tuple[int, Mapping[str, str]]]) -> list[Group]:
        ends: dict[tuple[str, str], set[End]] = {}
        facts: dict[tuple[str, str], dict[str, tuple[str, int]]] = {}
        for self._line, cells in rows:
            if self._unprintable(cells):
                continue
            voucher = self._filled(cells, "voucher")
            service = self._filled(cells, "service")
            end = self._end(cells)
            known = facts.setdefault((voucher, service), {})
            for column in FACTS:
                self._note(known, column, cells.get(column, "").strip())
            ends.setdefault((voucher, service), set())
            if end is not None:
                ends[voucher, service].add(end)
        return [
            Group(*key, _without_repeats(declared), self._facts(facts[key])) for key, declared in ends.items()
        ]

    def _unprintable(self, cells: Mapping[str, str]) -> bool:
        """Name the first cell that holds what nobody can see: such a name would match nothing, or the wrong one."""
        column = next((name for name, text in cells.items() if _CONTROL.search(text)), "")
        if column:
            self._fault(column, "含有看不见的控制字符", "不含空字符等控制字符的文字")
        return bool(column)

    def _fault(self, column: str, reason: str, expected: str) -> None:
        self._faults.append(TableFault(self._file, self._line, column, reason, expected))

    def _filled(self, cells: Mapping[str, str], column: str) -> str:
        text = cells.get(column, "").strip()
        if not text:
            self._fault(column, "没有填写", "券号" if column == "voucher" else "应用服务的目录序号，如 8")
        return text

    def _end(self, cells: Mapping[str, str]) -> End | None:
        side, kind = cells.get("end", "").strip(), cells.get("kind", "").strip()
        if side not in SIDES:
            self._fault("end", f"“{side}”不是用户端或云端", "client 或 cloud")
        if kind not in KINDS:
            self._fault("kind", f"不认识“{kind}”", "之一：" + "、".join(KINDS))
        port = self._port(cells.get("port", "").strip())
        value = cells.get("value", "").strip()
        if not value:
            self._fault("value", "没有填写", "地址、网段、账号、号码、设备标识或域名")
            return None
        if side not in SIDES or kind not in KINDS or port is None:
            return None
        found = _ADDRESSED[kind](value)
        if isinstance(found, str):
            self._fault("value", f"“{value}”与类别 {kind} 不符", found)
            return None
        family, first, last, text = found
        return End(side, family, first, last, text, port if side == "cloud" else 0)

    def _port(self, text: str) -> int | None:
        if not text:
            return 0
        if not _PORT.fullmatch(text) or not 0 < int(text) < 65536:
            self._fault("port", f"“{text}”不是端口", "1 到 65535，或留空表示任意端口")
            return None
        return int(text)

    def _note(self, known: dict[str, tuple[str, int]], column: str, text: str) -> None:
        """Keep a fact; two rows of one group must not contradict each other."""
        if not text:
            return
        said, line = known.setdefault(column, (text, self._line))
        if said != text:
            self._fault(column, f"“{text}”与第 {line} 行的“{said}”不一致", "同一券同一服务各行写法一致")
        elif line != self._line:
            return
        elif column == "devices" and not (text.isascii() and text.isdigit() and len(text) < 10):
            self._fault(column, f"“{text}”不是台套数", "非负整数，如 12")
        elif column == "operators" and (wrong := operators_fault(text)):
            self._fault(column, wrong, "之一或以加号相连的几个：" + "、".join(OPERATORS))
        elif column.endswith("_on"):
            try:
                date.fromisoformat(text)
            except ValueError:
                self._fault(column, f"“{text}”不是日期", "写成 2018-12-31 的样子")

    def _facts(self, known: Mapping[str, tuple[str, int]]) -> Facts:
        if self._faults:
            return Facts()
        said = {column: text for column, (text, _) in known.items()}
        return Facts(
            **{column: said.get(column, "") for column in FACTS if column not in _TYPED},
            devices=int(said["devices"]) if "devices" in said else None,
            claimed_on=date.fromisoformat(said["claimed_on"]) if "claimed_on" in said else None,
            paid_on=date.fromisoformat(said["paid_on"]) if "paid_on" in said else None,
        )


_TYPED = ("devices", "claimed_on", "paid_on")
_Found = tuple[int, int, int, str | None] | str


def _whole(point: Point) -> int:
    return unsigned(point.hi) << 64 | unsigned(point.lo)


def _of_address(text: str) -> _Found:
    try:
        number = _whole(address(text))
    except ValueError:
        return "IPv4 或 IPv6 地址，如 203.0.113.5"
    return _V4 if number >> 32 == 0xFFFF else _V6, number, number, None


def _of_network(text: str) -> _Found:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        return "网段，如 203.0.113.0/28 或 2001:db8:1::/48"
    first, last = int(network.network_address), int(network.broadcast_address)
    if network.version == 4:
        first, last = first | MAPPED, last | MAPPED
    if (first, last) in _EVERYTHING:
        return "某一段地址，如 203.0.113.0/28；包含全部地址的网段不能证明任何连接"
    return _V4 if first >> 32 == last >> 32 == 0xFFFF else _V6, first, last, None


def _named(text: str | None, expected: str) -> _Found:
    if text is None:
        return expected
    number = _whole(name(text))
    return _NAME, number, number, text


def _of_account(text: str) -> _Found:
    plain = normal_name(text)
    is_address = not isinstance(_of_network(plain), str)
    return _named(None if is_address else plain, "账号或设备标识；是地址的，类别写 ip 或 cidr")


_ADDRESSED = {
    "ip": _of_address,
    "cidr": _of_network,
    "broadband": _of_account,
    "device": _of_account,
    "mobile": lambda text: _named(normal_mobile(text), "11 位手机号码，如 13800138000"),
    "host": lambda text: _named(normal_host(text), "域名，如 erp.example.cn"),
}


def _without_repeats(ends: set[End]) -> tuple[End, ...]:
    """The ends in a fixed order, without those of which any port is declared as well."""
    return tuple(
        sorted(
            (end for end in ends if not end.port or end._replace(port=0) not in ends),
            key=lambda end: (end.side, end.family, end.first, end.last, end.name or "", end.port),
        )
    )
