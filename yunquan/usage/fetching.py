"""One GET to an address that somebody outside has typed: https, no private targets, no redirects, bounded.

The host is resolved once and the connection goes to the address that was judged, so that a name which
answers otherwise the second time leads nowhere else. A timer closes whatever takes longer than it may.
"""

from __future__ import annotations

import contextlib
import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlencode, urlsplit

Address = IPv4Address | IPv6Address
PIECE = 64 * 1024


class FetchFailed(Exception):
    """Nothing was fetched; the message says why, in Chinese."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one answer may take."""

    seconds: float = 60.0
    connect_seconds: float = 10.0
    most_bytes: int = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Target:
    """Where a request goes: the name in the certificate, the address that is dialled."""

    is_https: bool
    host: str
    port: int
    path: str
    address: str


def url_fault(url: str, *, private: bool) -> str:
    """What is wrong with a typed address, empty where nothing is; no name is looked up.

    >>> url_fault("https://pull.example.com/usage", private=False)
    ''
    >>> url_fault("http://pull.example.com/", private=False)
    '接口地址应以 https:// 开头。'
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return "接口地址写法不对，例如 https://pull.example.com/usage。"
    here = private and host in ("localhost", "127.0.0.1", "::1")
    if parts.scheme != "https" and not (here and parts.scheme == "http"):
        return "接口地址应以 https:// 开头。"
    # A host may be written in Chinese; a path goes over the wire as it stands.
    is_plain = parts.path.isascii() and not any(sign.isspace() or ord(sign) < 32 for sign in url)
    if not host or port == 0 or not is_plain:
        return "接口地址写法不对，例如 https://pull.example.com/usage。"
    if parts.username or parts.password or parts.query or parts.fragment:
        return "接口地址不能带账号、密码、问号后的参数或 #。"
    try:
        literal = ip_address(host)
    except ValueError:
        literal = None
    if not private and (host == "localhost" or (literal is not None and not is_public(literal))):
        return "接口地址不能是内网或本机地址。"
    return ""


def is_public(found: Address) -> bool:
    """Whether an address lies in the open internet; what is carried inside an IPv6 address is asked too.

    >>> is_public(ip_address("14.23.10.8")), is_public(ip_address("169.254.169.254"))
    (True, False)
    >>> is_public(ip_address("::ffff:10.0.0.1")), is_public(ip_address("64:ff9b::a00:1"))
    (False, False)
    """
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if inner is None and int(found) >> 32 == 0x0064FF9B << 64:
            inner = IPv4Address(int(found) & 0xFFFFFFFF)
        if inner is not None:
            return is_public(inner)
        if found.teredo is not None:
            return False
    return found.is_global and not found.is_multicast and not found.is_reserved


def target_of(url: str, *, private: bool) -> Target:
    """Judge an address and look its name up; raises FetchFailed."""
    fault = url_fault(url, private=private)
    if fault:
        raise FetchFailed(fault.rstrip("。"))
    parts = urlsplit(url)
    host, is_https = parts.hostname or "", parts.scheme == "https"
    port = parts.port or (443 if is_https else 80)
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise FetchFailed(f"域名 {host} 解析不到地址") from None
    addresses = [str(row[4][0]).partition("%")[0] for row in found]
    if not private and not all(is_public(ip_address(one)) for one in addresses):
        raise FetchFailed(f"域名 {host} 指向内网或保留地址，没有连接")
    if not is_https and not all(ip_address(one).is_loopback for one in addresses):
        raise FetchFailed("不加密的连接只许指向本机")
    return Target(is_https, host, port, parts.path or "/", addresses[0])


class _Pinned(http.client.HTTPConnection):
    """A connection to the judged address, under the name of the certificate."""

    def __init__(self, target: Target, limits: Limits) -> None:
        super().__init__(target.host, target.port, timeout=limits.seconds)
        self._target, self._limits = target, limits
        # The library forgets its socket once the head of an answer is read; the timer must not.
        self.dialled: socket.socket | None = None

    def connect(self) -> None:
        target = self._target
        plain = socket.create_connection((target.address, target.port), self._limits.connect_seconds)
        plain.settimeout(self._limits.seconds)
        self.sock = self.dialled = plain
        if target.is_https:
            # The socket is known before the handshake, so that the timer can end a handshake that hangs.
            self.sock = self.dialled = ssl.create_default_context().wrap_socket(
                plain, server_hostname=target.host
            )


def fetch(
    url: str,
    *,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    private: bool = False,
    limits: Limits | None = None,
) -> bytes:
    """The body of a 200 answer; raises FetchFailed for anything else."""
    bounds = limits or Limits()
    target = target_of(url, private=private)
    connection = _Pinned(target, bounds)
    late = threading.Event()

    def end() -> None:
        late.set()
        if connection.dialled is not None:
            with contextlib.suppress(OSError):
                connection.dialled.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(bounds.seconds, end)
    timer.daemon = True
    timer.start()
    try:
        asked = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "close",
            **headers,
        }
        connection.request("GET", f"{target.path}?{urlencode(query)}", headers=asked)
        with contextlib.closing(connection.getresponse()) as answer:
            return _body(answer, bounds, late)
    except TimeoutError:
        raise FetchFailed(f"对方在 {bounds.seconds:.0f} 秒内没有答完") from None
    except ssl.SSLError as wrong:
        raise _late_or(late, bounds, f"TLS 连接失败（{wrong.reason or '证书不被信任'}）") from None
    except (OSError, http.client.HTTPException) as wrong:
        raise _late_or(late, bounds, f"连接失败（{_brief(wrong)}）") from None
    finally:
        timer.cancel()
        connection.close()
        if connection.dialled is not None:
            connection.dialled.close()


def _late_or(late: threading.Event, bounds: Limits, otherwise: str) -> FetchFailed:
    return FetchFailed(f"对方在 {bounds.seconds:.0f} 秒内没有答完" if late.is_set() else otherwise)


def _brief(wrong: Exception) -> str:
    if isinstance(wrong, ConnectionRefusedError):
        return "对方没有在这个端口提供服务"
    if isinstance(wrong, http.client.HTTPException):
        return "对方的应答不合 HTTP 规则或中途断开"
    return getattr(wrong, "strerror", None) or type(wrong).__name__


def _body(answer: http.client.HTTPResponse, bounds: Limits, late: threading.Event) -> bytes:
    if answer.status != 200:
        also = "，平台不跟随跳转" if 300 <= answer.status < 400 else ""
        raise FetchFailed(f"对方返回状态 {answer.status}{also}")
    if (answer.getheader("Content-Encoding") or "identity").lower() != "identity":
        raise FetchFailed("对方压缩了应答，请按 Accept-Encoding: identity 原样返回")
    length = answer.length
    pieces, size = [], 0
    while piece := answer.read1(PIECE):
        pieces.append(piece)
        size += len(piece)
        if size > bounds.most_bytes:
            raise FetchFailed(f"应答超过 {bounds.most_bytes // 1024 // 1024} MB，请缩短拉取间隔")
    if late.is_set():
        raise FetchFailed(f"对方在 {bounds.seconds:.0f} 秒内没有答完")
    if length is not None and size < length:
        raise FetchFailed(f"应答在 {size} 字节处断开，应有 {length} 字节")
    return b"".join(pieces)
