"""One value at a time, exactly: what the fast readers do not take at once is read here, with its reason."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from yunquan.usage.names import normal_name
from yunquan.usage.records import MAPPED, Point, name, signed

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
MOST = (1 << 63) - 1
ISO = "带时区的 ISO 8601 时间，如 2018-11-18T08:00:00+08:00"
_ISO = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?([Zz]|[+-]\d\d(?::?\d\d)?)?", re.ASCII
)
_LOCAL = re.compile(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?", re.ASCII)
_CLF = re.compile(r"\[?(\d\d)/([A-Z][a-z]{2})/(\d{4}):(\d\d):(\d\d):(\d\d) ([+-]\d\d\d\d)\]?", re.ASCII)
_WHOLE = re.compile(r"[+-]?[0-9]{1,19}")
_DIGITS = re.compile(r"[+-]?[0-9]+")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,12}(?:\.[0-9]{0,9})?")
_ADDRESS_LIKE = re.compile(
    r"[0-9]+(?:\.[0-9]*)+(?:/[0-9]*)?|(?=[^:]*:[^:]*:)[0-9A-Fa-f:.]*(?:[%/].*)?", re.DOTALL
)
_MAC = re.compile(r"[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5}(?:(?::[0-9A-Fa-f]{2}){2})?")
_PROTOCOLS = {
    "icmp": 1, "igmp": 2, "ipip": 4, "ipv4": 4, "tcp": 6, "egp": 8, "udp": 17, "ipv6": 41, "rsvp": 46,
    "gre": 47, "esp": 50, "ah": 51, "icmp6": 58, "icmpv6": 58, "ipv6-icmp": 58, "ospf": 89, "pim": 103,
    "vrrp": 112, "l2tp": 115, "sctp": 132, "unknown": 0, "unknown_transport": 0, "any": 0,
}  # fmt: skip


class Wrong(ValueError):
    """A value that can't be read: why, and what was expected."""

    def __init__(self, reason: str, expected: str) -> None:
        self.reason, self.expected = reason, expected
        super().__init__(f"{reason}；应为：{expected}")


def _cut(text: str) -> str:
    return text if len(text) <= 40 else text[:40] + "…"


def numeric_address(text: str) -> Point | None:
    """An IPv4 or IPv6 address in its strict spelling (no leading zeros, no zone); None where it is none."""
    try:
        if ":" not in text:
            packed = socket.inet_pton(socket.AF_INET, text)
            return Point(signed(0), signed(MAPPED | int.from_bytes(packed, "big")))
        packed = socket.inet_pton(socket.AF_INET6, text)
    except (OSError, ValueError):
        return None
    return Point(signed(int.from_bytes(packed[:8], "big")), signed(int.from_bytes(packed[8:], "big")))


@lru_cache(maxsize=1 << 18)
def address_of(text: str) -> Point:
    """An address and nothing else."""
    plain = text.strip()
    found = numeric_address(plain)
    if found is None:
        raise Wrong(f"“{_cut(plain)}”不是 IP 地址", "IPv4 或 IPv6 地址，数字前不带 0")
    return found


@lru_cache(maxsize=1 << 18)
def end_of(text: str) -> Point:
    """An address or a name: broadband account, mobile number, device, host."""
    plain = text.strip()
    found = numeric_address(plain)
    if found is not None:
        return found
    if _ADDRESS_LIKE.fullmatch(plain) and not _MAC.fullmatch(plain):
        raise Wrong(
            f"“{_cut(plain)}”像 IP 地址，但写法不对",
            "IPv4 或 IPv6 地址，数字前不带 0；或账号、号码、设备号、域名",
        )
    if len(plain) > 253 or not plain.isprintable():
        raise Wrong("名称过长或含有控制字符", "253 个字符以内的账号、号码、设备号或域名")
    kept = normal_name(plain)
    if not kept:
        raise Wrong("名称是空的", "地址、账号、号码、设备号或域名")
    return numeric_address(kept) or name(kept)


def cloud_of(text: str) -> tuple[Point, int]:
    """An application's end with its port where one follows: `erp.example:8443`, `[2001:db8::1]:443`."""
    plain = text.strip()
    found = re.fullmatch(r"\[([^\]]*)\](?::([0-9]+))?|([^:]*)(?::([0-9]+))?", plain)
    if found is None:
        return end_of(plain), 0
    host, port = found[1] or found[3], found[2] or found[4]
    return end_of(host or ""), port_of(port) if port else 0


def whole_of(text: str) -> int:
    plain = text.strip()
    if _DIGITS.fullmatch(plain) is None:
        raise Wrong(f"“{_cut(plain)}”不是整数", "整数")
    if _WHOLE.fullmatch(plain) is None or abs(int(plain)) > MOST:
        raise Wrong(f"“{_cut(plain)}”太大", "整数")
    return int(plain)


def volume_of(text: str) -> int:
    """A number of bytes."""
    try:
        number = whole_of(text)
    except Wrong as wrong:
        raise Wrong(wrong.reason, "不小于 0 的字节数") from None
    if number < 0:
        raise Wrong(f"流量 {number} 是负数", "不小于 0 的字节数")
    return number


def port_of(text: str) -> int:
    """A port; nfdump writes the type and code of ICMP in its place (8.0), which is none."""
    if re.fullmatch(r"[0-9]{1,3}\.[0-9]{1,3}", text.strip()):
        return 0
    try:
        number = whole_of(text)
    except Wrong as wrong:
        raise Wrong(wrong.reason, "0 到 65535 的端口") from None
    if not 0 <= number <= 65535:
        raise Wrong(f"端口 {number} 超出范围", "0 到 65535 的端口")
    return number


def protocol_of(text: str) -> int:
    """An IANA number, or the protocol's usual name."""
    plain = text.strip().lower()
    if plain in _PROTOCOLS:
        return _PROTOCOLS[plain]
    if re.fullmatch(r"[0-9]{1,19}", plain) and int(plain) <= 255:
        return int(plain)
    raise Wrong(f"“{_cut(plain)}”不是协议号", "IANA 协议号 0 到 255，或 TCP、UDP 等名称")


def _moment(year: int, month: int, day: int, hour: int, minute: int, second: int, fraction: str) -> int:
    try:
        at = datetime(
            year, month, day, hour, minute, second, int((fraction or "0").ljust(6, "0")), tzinfo=UTC
        )
    except ValueError:
        raise Wrong("日期或时刻不存在", "真实的日期和时刻") from None
    return (at - EPOCH) // timedelta(microseconds=1)


def offset_of(text: str) -> int:
    """Z, +08, +0800 or +08:00 in microseconds."""
    if re.fullmatch(r"[Zz]|[+-]\d\d(?::?\d\d)?", text, re.ASCII) is None:
        raise Wrong(f"“{_cut(text)}”不是时区", "如 +08:00")
    if text in "Zz":
        return 0
    hours, minutes = int(text[1:3]), int(text[3:].lstrip(":") or "0")
    if hours > 23 or minutes > 59:
        raise Wrong(f"时区 {text} 不存在", "如 +08:00")
    return (hours * 3600 + minutes * 60) * (-1_000_000 if text[0] == "-" else 1_000_000)


def iso_of(text: str) -> int:
    """ISO 8601 with an offset, to the microsecond."""
    plain = text.strip()
    found = _ISO.fullmatch(plain)
    if found is None:
        if re.fullmatch(r"[0-9]{13}", plain):
            raise Wrong("时间是毫秒数", ISO)
        if re.fullmatch(r"[0-9]{10}(\.[0-9]+)?", plain):
            raise Wrong("时间是秒数", ISO)
        raise Wrong(f"“{_cut(plain)}”不是时间", ISO)
    if found[8] is None:
        raise Wrong("时间没有时区", ISO)
    year, month, day, hour, minute, second = (int(found[place]) for place in range(1, 7))
    return _moment(year, month, day, hour, minute, second, found[7]) - offset_of(found[8])


def local_of(text: str) -> int:
    """A date and time without an offset, as if it were UTC; the zone is applied to the whole column."""
    found = _LOCAL.fullmatch(text.strip())
    if found is None:
        raise Wrong(f"“{_cut(text.strip())}”不是时间", "如 2018-11-18 08:00:00")
    year, month, day, hour, minute, second = (int(found[place]) for place in range(1, 7))
    return _moment(year, month, day, hour, minute, second, found[7])


def zoned(moment: int, zone: str) -> int:
    """A local time of a zone as UTC; the earlier one where a clock shows a time twice."""
    local = EPOCH.replace(tzinfo=None) + timedelta(microseconds=moment)
    return (local.replace(tzinfo=ZoneInfo(zone)) - EPOCH) // timedelta(microseconds=1)


def clf_of(text: str) -> int:
    """The time of an access log: [18/Nov/2018:08:00:00 +0800]."""
    found = _CLF.fullmatch(text.strip())
    if found is None or found[2] not in MONTHS:
        raise Wrong(f"“{_cut(text.strip())}”不是访问日志的时间", "如 [18/Nov/2018:08:00:00 +0800]")
    day, year, hour, minute, second = (int(found[place]) for place in (1, 3, 4, 5, 6))
    return _moment(year, MONTHS.index(found[2]) + 1, day, hour, minute, second, "") - offset_of(found[7])


def seconds_of(text: str) -> int:
    """Whole seconds since 1970, in microseconds."""
    plain = text.strip()
    if _WHOLE.fullmatch(plain) is None:
        raise Wrong(f"“{_cut(plain)}”不是秒数", "1970 年以来的秒数，如 1542499200")
    number = int(plain)
    if abs(number) >= 10**11:
        what = "毫秒" if abs(number) < 10**14 else "微秒或纳秒"
        raise Wrong(f"时间 {_cut(plain)} 是{what}数", "1970 年以来的秒数，如 1542499200")
    return number * 1_000_000


def decimal_of(text: str) -> int:
    """Seconds with a fraction, in microseconds."""
    plain = text.strip()
    if _DECIMAL.fullmatch(plain) is None:
        if re.fullmatch(r"[0-9]{13,19}", plain):
            raise Wrong(f"时间 {plain} 是毫秒、微秒或纳秒数", "秒数，如 1542499200.123456")
        raise Wrong(f"“{_cut(plain)}”不是秒数", "秒数，如 1542499200.123456")
    if abs(float(plain)) >= 10**11:
        raise Wrong(f"时间 {plain} 是毫秒数", "秒数，如 1542499200.123456")
    return round(Decimal(plain) * 1_000_000)


def duration_of(text: str) -> int:
    """Seconds with a fraction, or hours, minutes and seconds (00:00:01.500, with days before them)."""
    found = re.fullmatch(
        r"(?:([0-9]+)d )?([0-9]{1,4}):([0-5][0-9]):([0-5][0-9](?:\.[0-9]{1,6})?)", text.strip()
    )
    if found is None:
        return decimal_of(text)
    days, hours, minutes, seconds = found.groups(default="0")
    return ((int(days) * 24 + int(hours)) * 60 + int(minutes)) * 60_000_000 + round(float(seconds) * 1e6)


def decimal_or_iso_of(text: str) -> int:
    """Seconds with a fraction; Zeek can be told to write ISO 8601 in their place."""
    return iso_of(text) if ":" in text else decimal_of(text)


TIMES: dict[str, Callable[[str], int]] = {
    "iso": iso_of,
    "local": local_of,
    "utc": local_of,
    "clf": clf_of,
    "epoch_seconds": seconds_of,
    "epoch_decimal": decimal_or_iso_of,
}
