"""A registry as tables to join with: pairs of single ends, single ends against ranges, ranges against ranges.

Ranges of up to 1024 addresses (an IPv4 /22) are written out, as long as one pair of declared ends makes
at most 4096 pairs; then nearly everything is an equi-join on the pair's 64-bit key. Wider ranges are found
by an equi-join on the single end on their other side and the block (IPv4 /16, IPv6 /48) of the record's
end, for many enterprises share the address of one cloud; two wide ones by the block of one of them.
What was found so is held against the whole ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import polars as pl
from numpy.typing import NDArray

from yunquan.usage.records import pair_keys, signed, stable_hash
from yunquan.usage.rollup.registry import End, Registry

NARROW = 1024
MOST_PAIRS = 4096
MOST_BLOCKS = 65536
_IN_HALF = 16  # a block is a half of an address without so many bits
_I8, _I32, _TEXT = pl.Int64(), pl.Int32(), pl.String()

EXACT = {
    "pair": _I8,
    "group": _I8,
    "scope": _I8,
    "c_hi": _I8,
    "c_lo": _I8,
    "c_name": _TEXT,
    "s_hi": _I8,
    "s_lo": _I8,
    "s_name": _TEXT,
    "port": _I32,
}
OPEN = {
    "k_hi": _I8,
    "k_lo": _I8,
    "k_name": _TEXT,
    "is_client": _I32,  # whether the single end is the client's
    "group": _I8,
    "scope": _I8,
    "port": _I32,
    "family": _I32,
    "first_hi": _I8,
    "first_lo": _I8,
    "last_hi": _I8,
    "last_lo": _I8,
}
ANCHORED = {**OPEN, "block": _I8}
BLOCKS = {
    **{name: kind for name, kind in ANCHORED.items() if not name.startswith("k_")},
    "k_family": _I32,
    "k_first_hi": _I8,
    "k_first_lo": _I8,
    "k_last_hi": _I8,
    "k_last_lo": _I8,
}


class _Of(NamedTuple):
    """To which group a pair of ends belongs, and whose logs are heard on it."""

    group: int
    scope: int


_Pair = tuple[End, End, _Of]


def scope_number(scope: str) -> int:
    """A scope as records and tables carry it: 0 for none, which speaks of everything."""
    return stable_hash(scope) if scope else 0


class TooWide(ValueError):
    """Both ends of a service are IPv6 ranges wider than any network of an enterprise."""


def rows_of(client: tuple[int, int], cloud: tuple[int, int]) -> int:
    """How many rows of the tables a pair of ends makes, each given by its addresses and its blocks.

    >>> rows_of((1, 1), (1, 1)), rows_of((1024, 1), (4, 1)), rows_of((1, 1), (1 << 16, 1))
    (1, 4096, 1)
    """
    (narrow, _), (other, blocks) = sorted((client, cloud))
    if other <= NARROW and narrow * other <= MOST_PAIRS:
        return narrow * other
    if narrow <= NARROW:
        return narrow * blocks if narrow * blocks <= MOST_PAIRS else narrow
    return min(client[1], cloud[1])


def write_groups(registry: Registry, folder: Path, heard: Callable[[str], str] = str) -> None:
    """Write registry_groups.parquet into a folder: which number stands for which service of which voucher."""
    pl.DataFrame(
        {
            "group": [group.number for group in registry.groups],
            "voucher": [group.voucher for group in registry.groups],
            "service": [group.service for group in registry.groups],
            "scope": [heard(group.facts.hearing) for group in registry.groups],
        },
        schema={"group": _I8, "voucher": _TEXT, "service": _TEXT, "scope": _TEXT},
    ).write_parquet(folder / "registry_groups.parquet")


def write_tables(registry: Registry, folder: Path) -> None:
    """Write the tables of sql/rollup.sql (registry_groups, exact_pairs and three of ranges) into a folder."""
    write_groups(registry, folder)
    exact: list[_Pair] = []
    anchored: list[_Pair] = []  # the narrow end, the other, group
    wide: list[_Pair] = []
    for group in registry.groups:
        of = _Of(group.number, scope_number(group.facts.scope))
        for client in group.side("client"):
            for cloud in group.side("cloud"):
                narrow, other = sorted((client, cloud), key=lambda end: end.size)
                if other.size <= NARROW and narrow.size * other.size <= MOST_PAIRS:
                    exact.append((client, cloud, of))
                elif narrow.size <= NARROW:
                    anchored.append((narrow, other, of))
                else:
                    wide.append((narrow, other, of))
    _exact(exact).write_parquet(folder / "exact_pairs.parquet")
    _anchored(anchored, by_block=True).write_parquet(folder / "anchored_ranges.parquet")
    _anchored(anchored, by_block=False).write_parquet(folder / "open_ranges.parquet")
    _blocks(wide).write_parquet(folder / "block_ranges.parquet")


def _hi(number: int) -> int:
    return signed(number >> 64)


def _ints(values: Iterable[int]) -> NDArray[np.int64]:
    return np.array(list(values), dtype=np.int64)


def _written_out(
    sizes: NDArray[np.int64], inner: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """Rows of every unit, and which of its outer and inner addresses each row is."""
    unit = np.repeat(np.arange(len(sizes)), sizes)
    within = np.arange(int(sizes.sum())) - np.repeat(np.cumsum(sizes) - sizes, sizes)
    return unit, within // inner[unit], within % inner[unit]


def _exact(pairs: Sequence[_Pair]) -> pl.DataFrame:
    if not pairs:
        return pl.DataFrame(schema=EXACT)
    clouds = _ints(cloud.size for _, cloud, _ in pairs)
    unit, outer, inner = _written_out(_ints(client.size for client, _, _ in pairs) * clouds, clouds)
    # A narrow range never crosses from one lower half into the next.
    c_hi = _ints(_hi(client.first) for client, _, _ in pairs)[unit]
    c_lo = _ints(signed(client.first) for client, _, _ in pairs)[unit] + outer
    s_hi = _ints(_hi(cloud.first) for _, cloud, _ in pairs)[unit]
    s_lo = _ints(signed(cloud.first) for _, cloud, _ in pairs)[unit] + inner
    return pl.DataFrame(
        {
            "pair": pair_keys(c_hi, c_lo, s_hi, s_lo),
            "group": _ints(of.group for _, _, of in pairs)[unit],
            "scope": _ints(of.scope for _, _, of in pairs)[unit],
            "c_hi": c_hi,
            "c_lo": c_lo,
            "c_name": pl.Series([client.name for client, _, _ in pairs], dtype=_TEXT).gather(unit),
            "s_hi": s_hi,
            "s_lo": s_lo,
            "s_name": pl.Series([cloud.name for _, cloud, _ in pairs], dtype=_TEXT).gather(unit),
            "port": _ints(cloud.port for _, cloud, _ in pairs)[unit],
        },
        schema_overrides=EXACT,
    ).unique()


def _range_columns(
    ends: Sequence[End], unit: NDArray[np.int64], before: str = ""
) -> dict[str, NDArray[np.int64]]:
    return {
        f"{before}family": _ints(end.family for end in ends)[unit],
        f"{before}first_hi": _ints(_hi(end.first) for end in ends)[unit],
        f"{before}first_lo": _ints(signed(end.first) for end in ends)[unit],
        f"{before}last_hi": _ints(_hi(end.last) for end in ends)[unit],
        f"{before}last_lo": _ints(signed(end.last) for end in ends)[unit],
    }


def _common_columns(pairs: Sequence[_Pair], unit: NDArray[np.int64]) -> dict[str, NDArray[np.int64]]:
    return {
        "is_client": _ints(one.side == "client" for one, _, _ in pairs)[unit],
        "group": _ints(of.group for _, _, of in pairs)[unit],
        "scope": _ints(of.scope for _, _, of in pairs)[unit],
        "port": _ints(one.port or other.port for one, other, _ in pairs)[unit],
        **_range_columns([other for _, other, _ in pairs], unit),
    }


def _anchored(pairs: Sequence[_Pair], *, by_block: bool) -> pl.DataFrame:
    kept = [pair for pair in pairs if (pair[0].size * _block_count(pair[1]) <= MOST_PAIRS) == by_block]
    schema = ANCHORED if by_block else OPEN
    if not kept:
        return pl.DataFrame(schema=schema)
    blocks = _ints(_block_count(other) if by_block else 1 for _, other, _ in kept)
    unit, address, block = _written_out(_ints(one.size for one, _, _ in kept) * blocks, blocks)
    return pl.DataFrame(
        {
            "k_hi": _ints(_hi(one.first) for one, _, _ in kept)[unit],
            "k_lo": _ints(signed(one.first) for one, _, _ in kept)[unit] + address,
            "k_name": pl.Series([one.name for one, _, _ in kept], dtype=_TEXT).gather(unit),
            "block": _ints(_first_block(other) for _, other, _ in kept)[unit] + (block << _IN_HALF),
            **_common_columns(kept, unit),
        },
        schema_overrides=ANCHORED,
    ).select(list(schema))


def _blocks(pairs: Sequence[_Pair]) -> pl.DataFrame:
    if not pairs:
        return pl.DataFrame(schema=BLOCKS)
    keyed = [min(pair[:2], key=_block_count) for pair in pairs]
    turned = [
        (one, client if one is cloud else cloud, of)
        for one, (client, cloud, of) in zip(keyed, pairs, strict=True)
    ]
    blocks = _ints(map(_block_count, keyed))
    if int(blocks.max()) > MOST_BLOCKS:
        raise TooWide("同一项服务的用户端和云端都登记了宽于 /32 的 IPv6 网段；请登记实际使用的网段")
    unit, block, _ = _written_out(blocks, np.ones_like(blocks))
    return pl.DataFrame(
        {
            "block": _ints(map(_first_block, keyed))[unit] + (block << _IN_HALF),
            **_common_columns(turned, unit),
            **_range_columns(keyed, unit, "k_"),
        },
        schema_overrides=BLOCKS,
    ).select(list(BLOCKS))


def _below(end: End) -> int:
    return _IN_HALF if end.family == 4 else _IN_HALF + 64


def _block_count(end: End) -> int:
    return (end.last >> _below(end)) - (end.first >> _below(end)) + 1


def _first_block(end: End) -> int:
    """The half of an address without its last 16 bits: the lower of an IPv4's, the upper of an IPv6's."""
    half = signed(end.first) if end.family == 4 else _hi(end.first)
    return half >> _IN_HALF << _IN_HALF
