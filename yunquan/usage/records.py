"""What a record of behaviour data is, to the byte: two ends, a time span, volumes; never business content.

An end is an address or a name. An address is kept whole as a 128-bit number in two halves (IPv4 as its
IPv4-mapped IPv6 address, so that ``::ffff:1.2.3.4`` and ``1.2.3.4`` are one end). A name (broadband account,
mobile number, device, host) lies in the discard-only block 100::/64 (RFC 6666), its lower half a stable hash,
and its text beside it. Halves are signed with the top bit turned, so that they order as the addresses do in
every engine, none of which agree on unsigned numbers. `pair` is a 64-bit key of both ends, the same in both
directions: what matches by it is held against the whole ends again.
"""

from __future__ import annotations

from hashlib import blake2b
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

# The columns of a stored record. Times are microseconds since 1970 (UTC), volumes bytes, port 0 = not known.
SCHEMA: dict[str, pl.DataType] = {
    "a_hi": pl.Int64(),
    "a_lo": pl.Int64(),
    "a_name": pl.String(),  # null for an address
    "a_port": pl.Int32(),
    "b_hi": pl.Int64(),
    "b_lo": pl.Int64(),
    "b_name": pl.String(),
    "b_port": pl.Int32(),
    "pair": pl.Int64(),
    "start_us": pl.Int64(),
    "end_us": pl.Int64(),
    "bytes_ab": pl.Int64(),
    "bytes_ba": pl.Int64(),
    "protocol": pl.Int16(),  # IANA number, 0 = not known
    "user": pl.Int64(),  # stable hash of the user's name in an application log, 0 = none; the name is not kept
    "rest": pl.Int64(),  # stable hash of the fields that are not kept, so that equal in every field means equal
}
SOURCES = ("operator", "application")
MAPPED = 0xFFFF << 32
TURN = 1 << 63
NAME_HALF = 0x0100 << 48
_MASK = (1 << 64) - 1


class Point(NamedTuple):
    """One end as it is stored: the halves, and the text where it is a name."""

    hi: int
    lo: int
    name: str | None = None


def signed(half: int) -> int:
    """An unsigned 64-bit half as the signed number that keeps its order.

    >>> signed(0) == -(2 ** 63), signed(2 ** 64 - 1) == 2 ** 63 - 1
    (True, True)
    """
    return (half & _MASK) - TURN


def unsigned(half: int) -> int:
    """The way back from `signed`."""
    return half + TURN


def stable_hash(text: str) -> int:
    """A signed 64-bit hash of a text that is the same on every machine and in every version (BLAKE2b).

    >>> stable_hash("") == stable_hash("a")
    False
    """
    return int.from_bytes(blake2b(text.encode("utf-8"), digest_size=8).digest(), "little", signed=True)


def address(value: str | IPv4Address | IPv6Address) -> Point:
    """The end of an IP address; raises ValueError where it is none.

    >>> address("::ffff:1.2.3.4") == address("1.2.3.4")
    True
    """
    parsed = ip_address(value) if isinstance(value, str) else value
    number = int(parsed) | MAPPED if parsed.version == 4 else int(parsed)
    return Point(signed(number >> 64), signed(number & _MASK))


def name(value: str) -> Point:
    """The end of a broadband account, mobile number, device or host, by its text as it is given."""
    return Point(signed(NAME_HALF), stable_hash(value), value)


def shown(hi: int, lo: int, text: str | None = None) -> str:
    """An end in words: the name, or the address in its usual spelling.

    >>> shown(*address("2001:db8::1")), shown(*address("120.79.10.8"))
    ('2001:db8::1', '120.79.10.8')
    """
    if text is not None:
        return text
    upper, lower = unsigned(hi), unsigned(lo)
    if upper == 0 and lower >> 32 == 0xFFFF:
        return str(IPv4Address(lower & 0xFFFFFFFF))
    return str(IPv6Address(upper << 64 | lower))


def _mix(values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The finaliser of SplitMix64 (Steele, Lea and Flood 2014), on whole columns."""
    mixed = values + np.uint64(0x9E3779B97F4A7C15)
    mixed = (mixed ^ (mixed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    mixed = (mixed ^ (mixed >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return mixed ^ (mixed >> np.uint64(31))


def pair_keys(
    a_hi: NDArray[np.int64], a_lo: NDArray[np.int64], b_hi: NDArray[np.int64], b_lo: NDArray[np.int64]
) -> NDArray[np.int64]:
    """The key of each pair of ends, whichever comes first; our own, for no engine promises to keep its hash."""
    with np.errstate(over="ignore"):
        a = _mix(a_lo.view(np.uint64) ^ _mix(a_hi.view(np.uint64)))
        b = _mix(b_lo.view(np.uint64) ^ _mix(b_hi.view(np.uint64)))
        return _mix(a + b).view(np.int64)


def pair_key(a: Point, b: Point) -> int:
    """The key of one pair.

    >>> here, there = address("1.2.3.4"), name("erp.example")
    >>> pair_key(here, there) == pair_key(there, here)
    True
    """
    columns = [np.array([half], dtype=np.int64) for half in (a.hi, a.lo, b.hi, b.lo)]
    return int(pair_keys(*columns)[0])
