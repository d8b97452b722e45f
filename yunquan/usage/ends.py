"""A declared end: its one spelling, and what it can't prove; pure, without tables (D47-5.12).

A weak end is accepted with a warning that stands beside it on every page and counts against the verdict:
a private or reserved address, one of a public cloud or of the supplier's own servers, a range far wider
than one plant's line, a host name beside which no address is given.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any, NamedTuple
from unicodedata import normalize

from yunquan.usage.names import normal_host, normal_mobile, normal_name
from yunquan.usage.networks import built_in

Network = IPv4Network | IPv6Network
CLIENT, CLOUD = "client", "cloud"
SIDES: Mapping[str, str] = {CLIENT: "用户端", CLOUD: "公有云应用端"}
KINDS: Mapping[str, str] = {
    "ip": "IP 地址",
    "cidr": "专线网段",
    "broadband": "宽带账号",
    "mobile": "手机号码",
    "device": "终端设备标识",
    "machine": "工业设备标识",
    "host": "域名",
}
# What either side may name; a machine only where the catalogue counts devices.
ALLOWED: Mapping[str, frozenset[str]] = {
    CLIENT: frozenset(KINDS) - {"host"},
    CLOUD: frozenset({"ip", "cidr", "host"}),
}
LONGEST = 120
# A range with a shorter prefix is nobody's line and not taken at all; our assumption, not the decree's.
SHORTEST_PREFIX = {4: 8, 6: 19}
_WIDE = {(CLIENT, 4): 24, (CLIENT, 6): 48, (CLOUD, 4): 16, (CLOUD, 6): 32}
_DEVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{2,63}")
_ACCOUNT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{2,63}")


@dataclass(frozen=True, slots=True)
class Declared:
    """One end in its normal spelling."""

    service: int
    side: str
    kind: str
    value: str
    port: int | None = None
    operator: str = ""  # who carries a client end, empty where nobody said

    @property
    def network(self) -> Network | None:
        """The addresses of an IP or a range; None for a name."""
        return ip_network(self.value) if self.kind in ("ip", "cidr") else None


class Weakness(NamedTuple):
    """Why an end proves little: a code for the verdict, and the words for whoever reads it."""

    code: str
    text: str


class BadEnd(ValueError):
    """A value that is no end of its kind; the message says what is expected, in Chinese."""


def normal_value(kind: str, text: str) -> str:
    """The one spelling of a value; raises BadEnd with what is expected.

    >>> normal_value("ip", "::ffff:14.23.10.8"), normal_value("cidr", "14.23.10.9/29")
    ('14.23.10.8', '14.23.10.8/29')
    >>> normal_value("mobile", "+86 138 0013 8000"), normal_value("host", "MES.example.com.")
    ('13800138000', 'mes.example.com')
    """
    plain = normalize("NFKC", text).strip()
    if not plain:
        raise BadEnd("请填写地址或账号。")
    if len(plain) > LONGEST:
        raise BadEnd("内容过长，请核对。")
    return _NORMAL[kind](plain) if kind in _NORMAL else plain


def _ip(plain: str) -> str:
    try:
        found = ip_address(plain)
    except ValueError:
        found = None
    if found is None or "%" in plain:
        raise BadEnd(
            f"“{plain}”不是有效的 IP 地址，例如 14.23.10.8 或 240e:3a1::8；网段请把类别改为“专线网段”。"
        )
    return str(getattr(found, "ipv4_mapped", None) or found)


def _cidr(plain: str) -> str:
    try:
        network = ip_network(plain, strict=False) if "/" in plain and "%" not in plain else None
    except ValueError:
        network = None
    if network is None:
        raise BadEnd(f"“{plain}”不是有效的网段，例如 14.23.10.0/28 或 240e:3a1::/56。")
    inner = getattr(network.network_address, "ipv4_mapped", None)
    if inner is not None and network.prefixlen >= 96:
        # IPv4 in the clothes of IPv6 is judged as what it is.
        network = ip_network(f"{inner}/{network.prefixlen - 96}")
    if network.prefixlen < SHORTEST_PREFIX[network.version]:
        raise BadEnd(f"网段 {network} 过大，不可能是一条专线，请填写运营商分配的实际网段。")
    return str(network)


def _mobile(plain: str) -> str:
    found = normal_mobile(plain)
    if found is None:
        raise BadEnd("手机号码应为 1 开头的 11 位数字。")
    return found


def _host(plain: str) -> str:
    found = normal_host(plain)
    if found is None:
        mend = "，不带 http:// 和路径" if "/" in plain or ":" in plain else ""
        raise BadEnd(f"“{plain}”不是完整的域名，例如 mes.example.com{mend}；IP 请把类别改为“IP 地址”。")
    return found


def _account(plain: str) -> str:
    if _ACCOUNT.fullmatch(plain) is None:
        raise BadEnd("宽带账号应为 3 至 64 位字母、数字，可含 @ . _ -，例如 07690000001@163.gd。")
    return _no_address(plain)


def _device(plain: str) -> str:
    if _DEVICE.fullmatch(plain) is None:
        raise BadEnd("设备标识应为 3 至 64 位字母、数字，可含 . _ : / -，例如 IMEI 或设备编号。")
    return _no_address(plain)


def _no_address(plain: str) -> str:
    """A name in its one spelling; an address under the kind of a name would match nothing."""
    try:
        ip_network(plain, strict=False)
    except ValueError:
        return normal_name(plain)
    raise BadEnd(f"“{plain}”是 IP 地址，请把类别改为“IP 地址”或“专线网段”。")


_NORMAL = {
    "ip": _ip, "cidr": _cidr, "mobile": _mobile, "host": _host, "broadband": _account, "device": _device,
    "machine": _device,
}  # fmt: skip


def service_of(end: Mapping[str, Any]) -> int:
    """The catalogue number as typed, 0 where it is none."""
    text = str(end.get("service", ""))
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 0


def declared(end: Mapping[str, Any]) -> Declared:
    """An end as typed, in its normal spelling; raises BadEnd."""
    kind, port = str(end.get("kind")), str(end.get("port") or "").strip()
    return Declared(
        service=service_of(end),
        side=str(end.get("side")),
        kind=kind,
        value=normal_value(kind, str(end.get("value") or "")),
        port=int(port) if port.isascii() and port.isdigit() and len(port) < 6 else None,
        operator=str(end.get("operator") or "") if end.get("side") == CLIENT else "",
    )


@cache
def provider_ranges() -> tuple[tuple[Network, str], ...]:
    """The ranges of public clouds with the provider's name, from networks.yaml."""
    return tuple((ip_network(one.written), one.owner) for one in built_in().of_kind("cloud"))


def provider_of(network: Network) -> str:
    """The public cloud that a network belongs to, empty for none.

    >>> provider_of(ip_network("120.79.10.8/32")), provider_of(ip_network("14.23.10.8/32"))
    ('阿里云', '')
    """
    return next((name for whole, name in provider_ranges() if _within(network, whole)), "")


def _within(network: Network, whole: Network) -> bool:
    return network.version == whole.version and network.subnet_of(whole)  # type: ignore[arg-type]


def weaknesses(
    end: Declared, *, beside: Iterable[Declared] = (), own_cloud: Sequence[Network] = ()
) -> list[Weakness]:
    """What an official should know of an end that can't prove much.

    `beside` are all ends of the voucher, `own_cloud` the networks of the supplier's cloud ends anywhere.
    """
    network = end.network
    if network is None:
        return _of_name(end, beside)
    found = []
    if network.is_multicast or network.is_unspecified or network.is_reserved:
        found.append(Weakness("reserved", "保留地址，不会出现在公网连接中"))
    elif network.is_private or network.is_loopback or network.is_link_local or _is_shared(network):
        found.append(Weakness("private", "内网地址，不能证明来自公网的连接"))
    elif end.side == CLIENT and (provider := provider_of(network)):
        found.append(Weakness("provider", f"属于{provider}地址段，不是企业上网地址"))
    ours = [*own_cloud, *(one.network for one in beside if one.side == CLOUD and one.network is not None)]
    if end.side == CLIENT and any(_within(network, whole) or _within(whole, network) for whole in ours):
        found.append(Weakness("own_cloud", "与供应商的云端地址重合，不能证明企业使用"))
    if network.prefixlen < _WIDE[end.side, network.version]:
        whose = "本企业专线" if end.side == CLIENT else "本应用的云端"
        found.append(Weakness("wide", f"网段较大，请核对是否为{whose}"))
    return found


def _is_shared(network: Network) -> bool:
    """The operators' own shared space behind their address translation (RFC 6598)."""
    return network.version == 4 and _within(network, ip_network("100.64.0.0/10"))


def _of_name(end: Declared, beside: Iterable[Declared]) -> list[Weakness]:
    if end.kind != "host":
        return []
    addressed = any(
        one.side == CLOUD and one.service == end.service and one.network is not None for one in beside
    )
    found = []
    if not addressed:
        found.append(Weakness("no_address", "只填了域名，未填公网 IP，运营商记录可能核对不上"))
    if end.port is not None:
        # An access log seldom says at which port it was asked, and an end with a port matches no other.
        found.append(Weakness("host_port", "填了端口的域名只与写明该端口的日志相符；日志不写端口的请留空"))
    return found


def said(found: Iterable[Weakness], shared: str = "") -> str:
    """Weaknesses in one line, as a row keeps it; `shared` says who else declares the end."""
    return "；".join([*(one.text for one in found), *([shared] if shared else [])])[:LONGEST]
