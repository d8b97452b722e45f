"""Flows that come as numbers (packets, export datagrams) into records, with the same checks of time as text."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl

from yunquan.usage.layouts.contract import KEPT_BAD, BadLine, Options, Parsed
from yunquan.usage.layouts.plain import EPOCH
from yunquan.usage.layouts.records_of import EARLIEST
from yunquan.usage.layouts.spans import Ints, Mask
from yunquan.usage.records import MAPPED, SCHEMA, TURN, pair_keys

_TURN = np.uint64(TURN)


def signed_halves(high: np.ndarray, low: np.ndarray) -> tuple[Ints, Ints]:
    """Unsigned halves as they are stored."""
    turned = (high.astype(np.uint64) ^ _TURN, low.astype(np.uint64) ^ _TURN)
    return turned[0].view(np.int64), turned[1].view(np.int64)


def mapped(number: np.ndarray) -> tuple[Ints, Ints]:
    """IPv4 addresses as numbers into halves."""
    low = number.astype(np.uint64) | np.uint64(MAPPED)
    return signed_halves(np.zeros(len(low), dtype=np.uint64), low)


def records_of_flows(
    columns: dict[str, Ints], numbers: Ints, options: Options, *, skipped: int = 0
) -> Parsed:
    """The records of flows; `numbers` is the packet or datagram of each, for the report of faults."""
    size = len(numbers)
    now = (options.now - EPOCH) // timedelta(microseconds=1)
    start, end = columns["start_us"], columns["end_us"]
    faults: list[tuple[Mask, str, str, str]] = [
        (start > now, "start", "开始时间在将来", "已经发生的时间"),
        (start < EARLIEST, "start", "开始时间太早", "2010 年以后的时间"),
        (end < start, "end", "结束早于开始", "不早于开始的时间"),
        (
            (columns["a_port"] >> 16) | (columns["b_port"] >> 16) != 0,
            "port",
            "端口超出范围",
            "0 到 65535 的端口",
        ),
        (columns["protocol"] >> 8 != 0, "protocol", "协议号超出范围", "0 到 255"),
        ((columns["bytes_ab"] < 0) | (columns["bytes_ba"] < 0), "bytes", "流量过大", "小于 2 的 63 次方"),
    ]
    bad = np.zeros(size, dtype=np.bool_)
    said: list[BadLine] = []
    for rows, column, reason, expected in faults:
        new = np.flatnonzero(rows & ~bad)
        bad |= rows
        said += [
            BadLine(int(numbers[row]), column, reason, expected, _day(start[row])) for row in new[:KEPT_BAD]
        ]
    zero = np.zeros(size, dtype=np.int64)
    none = pl.Series([None], dtype=pl.String()).new_from_index(0, size)
    ends = (columns["a_hi"], columns["a_lo"], columns["b_hi"], columns["b_lo"])
    made = {
        "a_name": none,
        "b_name": none,
        "pair": pair_keys(*ends),
        "user": zero,
        "rest": zero,
        **columns,
    }
    frame = pl.DataFrame({name: made[name] for name in SCHEMA})
    if bad.any():
        frame = frame.filter(~pl.Series(bad))
    frame = frame.cast(SCHEMA)  # type: ignore[arg-type]
    said.sort(key=lambda line: line.line)
    return Parsed(frame, said[:KEPT_BAD], int(bad.sum()), skipped)


def _day(moment: int) -> str:
    try:
        return datetime.fromtimestamp(int(moment) / 1e6, tz=EPOCH.tzinfo).isoformat()
    except (ValueError, OverflowError, OSError):
        return str(moment)
