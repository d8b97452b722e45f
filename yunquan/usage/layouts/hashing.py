"""A stable 64-bit hash of whole columns of text, the same on every machine and with every version of an engine."""

from __future__ import annotations

import numpy as np
import polars as pl
from numpy.typing import NDArray

from yunquan.usage.layouts.columns import Ints
from yunquan.usage.records import _mix as mix
from yunquan.usage.records import stable_hash

_BETWEEN, _NOTHING = "\x1f", "\x1e"


def _words(column: pl.Series) -> tuple[NDArray[np.uint64], Ints]:
    """The texts as eight-byte words, each filled up with spaces, and the number of words of each."""
    size = column.str.len_bytes().cast(pl.Int64())
    count = size // 8 + 1
    filled = pl.select(column.str.pad_end(count * 8 - (size - column.str.len_chars().cast(pl.Int64())), " "))
    text = filled.to_series().str.join("").item()
    return np.frombuffer(text.encode("utf-8"), dtype="<u8"), count.to_numpy()


def text_hashes(column: pl.Series) -> Ints:
    """Hashes of texts, worked out on whole words; 0 for null."""
    if not len(column):
        return np.zeros(0, dtype=np.int64)
    text = column.fill_null(_NOTHING)
    words, count = _words(text)
    starts = np.cumsum(count) - count
    place = np.arange(len(words), dtype=np.int64) - np.repeat(starts, count)
    with np.errstate(over="ignore"):
        salts = mix(np.arange(int(count.max()), dtype=np.uint64))
        sums = np.add.reduceat(mix(words ^ salts[place]), starts)
        hashes = mix(sums ^ mix(text.str.len_bytes().cast(pl.UInt64()).to_numpy())).view(np.int64)
    return np.where(column.is_null().to_numpy(), 0, hashes)


def rest_hashes(frame: pl.DataFrame) -> Ints:
    """One hash a row over the columns that are not kept."""
    ordered = frame.select(sorted(frame.columns)).fill_null(_NOTHING)
    together = ordered.select(pl.concat_str(pl.all(), separator=_BETWEEN)).to_series()
    return text_hashes(together)


def name_hashes(column: pl.Series, none: frozenset[str]) -> Ints:
    """Stable hashes of users' names, once for each different name; 0 for none."""
    seen = {text: stable_hash(text.strip()) for text in column.unique().drop_nulls().to_list()
            if text.strip() and text not in none}  # fmt: skip
    if not seen:
        return np.zeros(len(column), dtype=np.int64)
    known = column.replace_strict(list(seen), list(seen.values()), default=0, return_dtype=pl.Int64())
    return known.fill_null(0).to_numpy()
