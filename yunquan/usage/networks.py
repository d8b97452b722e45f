"""Whose an address is, and where: an editable, dated table of networks, the narrowest of them holds (D47-5.12)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, TypeVar

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from yunquan.usage.records import MAPPED, unsigned

BUILT_IN = Path(__file__).with_name("networks.yaml")
OVERLAY = "networks.yaml"
KINDS = {
    "private": "专用地址",
    "reserved": "保留地址",
    "cloud": "公有云服务商",
    "data_centre": "机房",
    "supplier": "供应商自有",
    "example": "文档和测试专用地址",
}
# An example address can't occur in a true record; calling it foreign would make every example a fraud.
HARMLESS = frozenset(("example",))
_NETWORK_BITS = 128
_Answer = TypeVar("_Answer")


class NetworksError(ValueError):
    """The table of networks does not hold; says where and what was expected."""


@dataclass(frozen=True, slots=True)
class Network:
    """One range of the table: what it is and whose, with the note of its source."""

    kind: str
    owner: str
    as_of: str
    source: str
    written: str


@dataclass(frozen=True, slots=True)
class Networks:
    """The table in force: `owner_of` and `region_of` answer by the narrowest range that holds an address."""

    owners: Mapping[int, Mapping[int, Network]]
    regions: Mapping[int, Mapping[int, str]]

    def of_kind(self, kind: str) -> list[Network]:
        """All ranges of one kind, the narrowest first."""
        return [one for starts in self.owners.values() for one in starts.values() if one.kind == kind]

    def owner_of(self, hi: int, lo: int) -> Network | None:
        """Whose the address with these stored halves is; None where the table doesn't say."""
        return _narrowest(self.owners, _number(hi, lo))

    def region_of(self, hi: int, lo: int) -> str | None:
        """The region that the address lies in; None where the table doesn't say."""
        return _narrowest(self.regions, _number(hi, lo))


def _number(hi: int, lo: int) -> int:
    return unsigned(hi) << 64 | unsigned(lo)


def _narrowest(by_length: Mapping[int, Mapping[int, _Answer]], number: int) -> _Answer | None:
    for length, starts in by_length.items():
        found = starts.get(number >> (_NETWORK_BITS - length))
        if found is not None:
            return found
    return None


def read_networks(*files: Path) -> Networks:
    """Read tables of networks, a later file before an earlier one; raises NetworksError."""
    owners: dict[int, dict[int, Network]] = {}
    regions: dict[int, dict[int, str]] = {}
    for file in files:
        stated = _stated(file)
        for place, entry in enumerate(stated.get("ranges") or (), start=1):
            where = f"{file.name}：ranges 第 {place} 条"
            kind = _said(entry, "kind", where)
            if kind not in KINDS:
                raise NetworksError(f"{where}：类别“{kind}”无效；应为 {'、'.join(KINDS)} 之一")
            for network in _networks(entry, where):
                length, start = _place(network)
                owners.setdefault(length, {})[start] = Network(
                    kind,
                    _said(entry, "owner", where),
                    _said(entry, "as_of", where),
                    _said(entry, "source", where),
                    str(network),
                )
        for place, entry in enumerate(stated.get("regions") or (), start=1):
            where = f"{file.name}：regions 第 {place} 条"
            region = _said(entry, "region", where)
            for network in _networks(entry, where):
                length, start = _place(network)
                regions.setdefault(length, {})[start] = region
    return Networks(_longest_first(owners), _longest_first(regions))


@lru_cache(maxsize=1)
def built_in() -> Networks:
    """The table that comes with the platform."""
    return read_networks(BUILT_IN)


def networks_for(root: Path | None) -> Networks:
    """The built-in table, with the province's own `networks.yaml` in the store's folder laid over it."""
    own = root / OVERLAY if root is not None else None
    return read_networks(BUILT_IN, own) if own is not None and own.is_file() else built_in()


def _longest_first(by_length: dict[int, dict[int, _Answer]]) -> dict[int, dict[int, _Answer]]:
    return dict(sorted(by_length.items(), reverse=True))


def _stated(file: Path) -> Mapping[str, Any]:
    try:
        stated = YAML(typ="safe").load(file.read_text(encoding="utf-8"))
    except (YAMLError, UnicodeDecodeError) as error:
        raise NetworksError(f"{file.name}：不是 YAML 文件：{str(error)[:200]}") from None
    if not isinstance(stated, Mapping) or not set(stated) <= {"edition", "ranges", "regions"}:
        raise NetworksError(f"{file.name}：应有 edition、ranges、regions 三项")
    return stated


def _said(entry: object, part: str, where: str) -> str:
    if not isinstance(entry, Mapping) or entry.get(part) in (None, ""):
        raise NetworksError(f"{where}：缺少 {part}")
    return str(entry[part])


def _networks(entry: object, where: str) -> Iterator[IPv4Network | IPv6Network]:
    listed = entry.get("networks") if isinstance(entry, Mapping) else None
    if not isinstance(listed, Iterable) or isinstance(listed, str):
        raise NetworksError(f"{where}：networks 应为网段列表")
    for written in listed:
        try:
            yield ip_network(str(written))
        except ValueError:
            raise NetworksError(f"{where}：“{written}”不是网段；应写成 198.51.100.0/24 的样子") from None


def _place(network: IPv4Network | IPv6Network) -> tuple[int, int]:
    if isinstance(network, IPv4Network):
        number, length = MAPPED | int(network.network_address), network.prefixlen + 96
    else:
        number, length = int(network.network_address), network.prefixlen
    return length, number >> (_NETWORK_BITS - length)
