"""Columns of a clean table, read and ordered at once: whole fen, instants, flags, names and ranks.

A reading gives None where any cell is unusual, so that the exact reading can say what is wrong.
"""

from __future__ import annotations

import unicodedata
from decimal import Decimal

import numpy as np
import polars as pl

from yunquan.policy.tables import MICROSECONDS

_PLAIN_MONEY = r"^[0-9]{1,10}(\.[0-9]{1,2})?$"
_CHUNK = 1 << 16
_WORD = np.dtype("<u8")
# The bytes of ASCII signs other than blanks and of U+4000 to U+9FFF, all of them in NFC and none a blank.
_CALM = bytes([0, *range(0x21, 0x7F), *range(0x80, 0xC0), *range(0xE4, 0xEA)])


def fast_money(text: pl.Series) -> np.ndarray | None:
    """Read a column of plain amounts as positive int64 fen; None where any cell is unusual."""
    if text.null_count() or not len(text):
        return None
    # Both expressions run side by side; an amount that isn't plain makes what was cast of no account.
    read = text.to_frame("t").select(
        is_plain=pl.col("t").str.contains(_PLAIN_MONEY),
        fen=pl.col("t").cast(pl.Decimal(18, 2), strict=False).to_physical(),
    )
    if not read["is_plain"].all() or read["fen"].null_count():
        return None
    fen = read["fen"].cast(pl.Int64).to_numpy()
    return fen if int(fen.min()) > 0 else None


def fast_flags(text: pl.Series) -> np.ndarray | None:
    """Read a column of 0 and 1; None where any cell is another."""
    if text.null_count() or int(text.str.len_bytes().sum()) != len(text):
        return None
    signs = text.cast(pl.Binary).bin.reinterpret(dtype=pl.UInt8).to_numpy()
    return signs == 49 if ((signs == 48) | (signs == 49)).all() else None


def fast_codes(text: pl.Series, words: list[str]) -> np.ndarray | None:
    """Read a column of known words as their places in the list; None where any is unknown."""
    codes = text.cast(pl.Enum(words), strict=False).to_physical()
    return None if codes.null_count() else codes.to_numpy()


def fast_instants(text: pl.Series) -> np.ndarray | None:
    """Read a column of times of one plain shape as int64 microseconds; None where any is unusual."""
    if text.null_count() or not len(text):
        return None
    lengths = text.str.len_bytes()
    length = int(lengths.min())  # type: ignore[arg-type]
    if length not in (20, 25) or lengths.max() != length:
        return None
    signs = text.cast(pl.Binary).bin.reinterpret(dtype=pl.Array(pl.UInt8, length)).to_numpy()
    seconds = np.empty(len(text), dtype=np.int64)
    # Pieces that stay in the processor's cache are read several times as fast as the whole.
    for start in range(0, len(text), _CHUNK):
        piece = _seconds_of(signs[start : start + _CHUNK])
        if piece is None:
            return None
        seconds[start : start + _CHUNK] = piece
    seconds *= MICROSECONDS
    return seconds


def _pairs(signs: np.ndarray, start: int, shape: bytes) -> np.ndarray | None:
    """Give the number made by each two digits that follow one another; None where the shape differs.

    Eight characters are looked at as one word. In the shape 0 stands for a digit and ? for anything.
    """
    word = np.ascontiguousarray(signs[:, start : start + 8]).view(_WORD)[:, 0]
    word = word ^ _word(ord("0") if sign == ord("0") else sign for sign in shape)
    word &= _word(0 if sign == ord("?") else 0xFF for sign in shape)
    # A digit is now 0 to 9 and any other sign 0; what is more sets the highest bit of its byte.
    more = word + _word(118 if sign == ord("0") else 127 for sign in shape)
    if int(np.bitwise_or.reduce(more | word)) & 0x8080808080808080:
        return None
    return (word * np.uint64(10) + (word >> np.uint64(8))).view(np.uint8).reshape(-1, 8)


def _word(values) -> np.uint64:  # type: ignore[no-untyped-def]
    return np.uint64(int.from_bytes(bytes(values), "little"))


def _seconds_of(signs: np.ndarray) -> np.ndarray | None:
    has_offset = signs.shape[1] == 25
    on, at = _pairs(signs, 0, b"0000-00-"), _pairs(signs, 8, b"00T00:00")
    rest = _pairs(signs, 17, b"00?00:00") if has_offset else _pairs(signs, 12, b"0:00:00Z")
    if on is None or at is None or rest is None or (has_offset and (signs[:, 16] != 58).any()):
        return None
    century, year, month, day = on[:, 0], on[:, 2], on[:, 5], at[:, 0]
    hour, minute, second = at[:, 3], at[:, 6], rest[:, 0 if has_offset else 5]
    if (
        int(century.min()) < 19
        or int(month.min()) < 1
        or int(month.max()) > 12
        or int(day.min()) < 1
        or int(hour.max()) > 23
        or int(minute.max()) > 59
        or int(second.max()) > 59
    ):
        return None
    months = century.astype(np.int32) * 1200 + year.astype(np.int32) * 12 + month
    first, last = int(months.min()), int(months.max())
    # Few months occur; their first days and lengths are looked up rather than computed row by row.
    starts = np.arange(first - 1, last + 1) - 1970 * 12
    starts = starts.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    month_at = months - first
    if (day > np.diff(starts)[month_at]).any():
        return None
    seconds = (starts[month_at] - 1 + day) * 86_400
    seconds += hour.astype(np.int32) * 3600 + minute.astype(np.int32) * 60 + second
    if has_offset:
        sign, hours, minutes = signs[:, 19], rest[:, 3], rest[:, 6]
        if not ((sign == 43) | (sign == 45)).all() or int(hours.max()) > 23 or int(minutes.max()) > 59:
            return None
        offset = hours.astype(np.int32) * 3600 + minutes.astype(np.int32) * 60
        seconds -= np.where(sign == 43, offset, -offset)
    return seconds


def surely_named(text: pl.Series) -> bool:
    """Say whether a column is surely in NFC and has no blank cell."""
    if text.null_count() or not text.str.len_bytes().min():
        return False
    # No cell holds a NUL, so the texts can be looked at as one, which is many times as fast.
    joined: bytes = text.str.join("\0").cast(pl.Binary).item()
    if not joined.translate(None, _CALM):
        return True
    whole = joined.decode()
    if not unicodedata.is_normalized("NFC", whole):
        return False
    return whole.split() == [whole] or all(map(str.strip, whole.split("\0")))


def are_distinct(text: pl.Series) -> bool:
    """Say whether no text occurs twice."""
    hashes = text.hash().sort().to_numpy()
    # Texts of different hashes differ; only where hashes meet are the texts themselves compared.
    return not (hashes[1:] == hashes[:-1]).any() or text.n_unique() == len(text)


def _order_of(keys: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Sort keys whose lowest bits are free to hold the row; give rows and keys in order."""
    merged = pl.Series(keys | np.arange(len(keys), dtype=keys.dtype)).sort().to_numpy()
    return (merged & merged.dtype.type((1 << bits) - 1)).astype(np.int64), merged >> merged.dtype.type(bits)


def _order_by_start(text: pl.Series) -> np.ndarray | None:
    """Order different texts by code point; None where eight bytes after what all share don't tell them apart."""
    first, last = str(text.min()).encode(), str(text.max()).encode()
    differing = (at for at, (one, other) in enumerate(zip(first, last, strict=False)) if one != other)
    shared = next(differing, min(len(first), len(last)))
    # A shorter text comes before one that goes on: its missing bytes count as zero, which is in no doubt a tie.
    starts = (text + "\0" * 8).cast(pl.Binary).bin.slice(shared, 8)
    numbers = starts.bin.reinterpret(dtype=pl.UInt64, endianness="big").to_numpy()
    order = np.argsort(numbers)
    in_order = numbers[order]
    return None if (in_order[1:] == in_order[:-1]).any() else order


def ranked_names(text: pl.Series) -> tuple[np.ndarray, pl.Series]:
    """Rank a column by code point, equal texts sharing a rank from 0; give ranks and texts by rank."""
    bits = len(text).bit_length()
    free = np.uint64((1 << 64) - (1 << bits))
    rows, hashes = _order_of(text.hash().to_numpy() & free, bits)
    is_first = np.ones(len(rows), dtype=bool)
    is_first[1:] = hashes[1:] != hashes[:-1]
    group = np.cumsum(is_first) - 1
    found = text.gather(rows[is_first])
    order = _order_by_start(found)
    if order is None:
        known = found.sort()
        # By hash the known texts come in the order of the groups; their places by code point are the ranks.
        rank_of_group, _ = _order_of(known.hash().to_numpy() & free, bits)
    else:
        known = found.gather(order)
        rank_of_group = np.empty(len(found), dtype=np.int64)
        rank_of_group[order] = np.arange(len(found))
    ranks = np.empty(len(rows), dtype=np.int64)
    ranks[rows] = rank_of_group[group]
    if not known.gather(ranks).equals(text):
        # Two texts share the start of a hash: take the slower way, which needs none.
        known = text.unique().sort()
        return text.cast(pl.Enum(known)).to_physical().to_numpy().astype(np.int64), known
    return ranks, known


def ordered(first: np.ndarray, instants: np.ndarray, names: pl.Series) -> np.ndarray:
    """Give the order by a small rank, then instant, then name by code point."""
    low = int(instants.min())
    since = instants - low
    seconds = since // MICROSECONDS
    if (seconds * MICROSECONDS == since).all():
        since = seconds
    span, bits = int(since.max()) + 1, len(first).bit_length()
    if (int(first.max()) + 1) * span < 1 << (63 - bits):
        order, key = _order_of((first * span + since) << bits, bits)
        ties = key[1:] == key[:-1]
    else:
        order = np.lexsort((instants, first))
        ties = (first[order][1:] == first[order][:-1]) & (instants[order][1:] == instants[order][:-1])
    if not ties.any():
        return order
    # Only rows that tie are ordered by name; a run of ties keeps its places among the others.
    tied = np.zeros(len(order), dtype=bool)
    tied[1:] |= ties
    tied[:-1] |= ties
    runs = np.concatenate(([0], np.cumsum(~ties)))[tied]
    rows = order[tied]
    inner = pl.DataFrame({"run": runs, "name": names.gather(rows), "row": rows}).sort("run", "name")
    order[tied] = inner["row"].to_numpy()
    return order


def yuan_column(fen: np.ndarray) -> pl.Series:
    """Give int64 fen as an exact decimal column of 元 with two decimals."""
    hundredth = pl.lit(Decimal("0.01"))
    return pl.Series("fen", fen).to_frame().select(pl.col("fen").cast(pl.Decimal(38, 0)) * hundredth)["fen"]


def yuan_text(fen: np.ndarray) -> pl.Series:
    """Write int64 fen as 元 with two decimals."""
    return yuan_column(fen).cast(pl.String)
