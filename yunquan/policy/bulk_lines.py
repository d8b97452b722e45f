"""The lines of a whole cycle, read clean or not at all: fast in columns, exactly row by row."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from yunquan.policy import bulk_columns, tables
from yunquan.policy.award import size_in_force
from yunquan.policy.rulebook import NotInForce, Rulebook, Service
from yunquan.policy.tables import CellReader, Row, TableFault

COLUMNS = ("contract_no", "enterprise", "applied_at", "service", "cloud_fee", "devices")
_KEYS = ("catalogue.", "award.")


@dataclass(frozen=True, slots=True)
class Regime:
    """The rules between two days of change, as tables by the service's number."""

    from_on: date
    services: dict[int, Service]
    size: str | None
    ceiling_fen: int
    ceiling_article: str
    line_article: str


def regimes(rulebook: Rulebook) -> list[Regime]:
    """List the spans of days within which no rule of the award changes."""
    found = []
    for day in rulebook.change_days(*_KEYS):
        try:
            ceiling = rulebook.value("award.cumulative_ceiling", day)
            size = size_in_force(None, rulebook, day)
            found.append(
                Regime(
                    day,
                    {service.number: service for service in rulebook.services(day)},
                    size,
                    ceiling.value.for_size(size),
                    ceiling.article,
                    rulebook.value("award.line_rule", day).article,
                )
            )
        except NotInForce:
            continue
    return found


@dataclass(slots=True)
class Lines:
    """Clean lines, those of a contract together: a contract's own by contract, integers a row.

    `rank` places a contract's enterprise among `enterprises`, which are in order of code point; `at` is
    the span of rules of each contract, or of all. A plain one has no cell that could need quotes.
    """

    contract_no: pl.Series
    applied_at: pl.Series
    instants: np.ndarray
    enterprises: pl.Series
    rank: np.ndarray
    heads: np.ndarray
    sizes: np.ndarray
    at: np.ndarray | int
    service: np.ndarray
    fee_fen: np.ndarray
    devices: np.ndarray
    is_plain: bool = False


def read_lines(path: str | Path, rulebook: Rulebook, faults: list[TableFault]) -> Lines | None:
    """Read the lines of a cycle; None with faults where anything is wrong, or without rows."""
    content = tables.read_bytes(path, faults)
    if content is None:
        return None
    spans = regimes(rulebook)
    lines = read_fast(content, spans)
    return lines if lines is not None else read_exactly(Path(path).name, content, rulebook, faults)


def read_fast(content: bytes, spans: Sequence[Regime]) -> Lines | None:
    """Read lines that are surely right; None where any is unusual, so that the exact reading decides."""
    table = tables.read_fast(content, COLUMNS)
    if table is None or table["contract_no"].null_count():
        return None
    return _read_columns(table, spans, is_plain=b"\r" not in content)


def _read_columns(table: pl.DataFrame, spans: Sequence[Regime], *, is_plain: bool) -> Lines | None:
    runs = table["contract_no"].rle_id().to_numpy()
    begins = _changes(runs)
    heads = np.flatnonzero(begins)
    sizes = np.diff(np.append(heads, table.height))
    contracts, enterprise, applied_at = (table[name].gather(heads) for name in COLUMNS[:3])
    # The columns are read side by side; the libraries let go of the interpreter while they work.
    with ThreadPoolExecutor(max_workers=2) as pool:
        ranked = pool.submit(_ranked, enterprise)
        apart = pool.submit(bulk_columns.are_distinct, contracts)
        fee = pool.submit(bulk_columns.fast_money, table["cloud_fee"])
        named = pool.submit(bulk_columns.surely_named, contracts)
        same = [pool.submit(_agrees, table[name], begins) for name in ("enterprise", "applied_at")]
        instants = bulk_columns.fast_instants(applied_at)
        if not apart.result():
            # Lines of one contract lie apart: bring them together, in the order of the file.
            first = pl.int_range(pl.len()).min().over("contract_no")
            table = table.with_columns(first_row=first).sort("first_row", maintain_order=True)
            return _read_columns(table, spans, is_plain=is_plain)
        at = span_of(instants, spans) if instants is not None else None
        if instants is None or at is None:
            return None
        service = _service_numbers(table["service"], at, sizes, spans)
        if service is None or _has_service_twice(service, runs, int(sizes.max())):
            return None
        devices = _device_counts(table["devices"], service, at, sizes, spans)
        names, fee_fen = ranked.result(), fee.result()
        if devices is None or names is None or fee_fen is None:
            return None
        if not named.result() or not all(one.result() for one in same):
            return None
    rank, enterprises = names
    return Lines(
        contracts,
        applied_at,
        instants,
        enterprises,
        rank,
        heads,
        sizes,
        at,
        service,
        fee_fen,
        devices,
        is_plain,
    )


def _ranked(enterprise: pl.Series) -> tuple[np.ndarray, pl.Series] | None:
    """Rank the enterprises; None where a name is missing or may have another form."""
    if enterprise.null_count():
        return None
    rank, enterprises = bulk_columns.ranked_names(enterprise)
    return (rank, enterprises) if bulk_columns.surely_named(enterprises) else None


def _changes(runs: np.ndarray) -> np.ndarray:
    """Mark the rows that begin a run."""
    begins = np.ones(len(runs), dtype=bool)
    np.not_equal(runs[1:], runs[:-1], out=begins[1:])
    return begins


def _agrees(column: pl.Series, begins: np.ndarray) -> bool:
    """Say whether a column changes only where a contract begins."""
    if column.null_count():
        return False
    return bool((begins | ~_changes(column.rle_id().to_numpy())).all())


def span_of(instants: np.ndarray, spans: Sequence[Regime]) -> np.ndarray | int | None:
    """Give the span of rules of each application day, one for all if one; None where one has none."""
    starts = np.array([(span.from_on - date(1970, 1, 1)).days for span in spans], dtype=np.int64)
    starts = starts * tables.DAY - tables.SHANGHAI_OFFSET
    first, last = (
        int(place) - 1 for place in np.searchsorted(starts, [instants.min(), instants.max()], "right")
    )
    if first < 0:
        return None
    return first if first == last else np.searchsorted(starts, instants, side="right") - 1


def by_service(
    asked: Callable[[Service], int],
    service: np.ndarray,
    at: np.ndarray | int,
    sizes: np.ndarray,
    spans: Sequence[Regime],
) -> np.ndarray:
    """Look up an integer of each row's service in the rules of its application day."""
    top = max(number for span in spans for number in span.services) + 1
    table = np.zeros((len(spans), top), dtype=np.int64)
    for place, span in enumerate(spans):
        for number, one in span.services.items():
            table[place, number] = asked(one)
    return table[at][service] if isinstance(at, int) else table[np.repeat(at, sizes), service]


def _service_numbers(
    text: pl.Series, at: np.ndarray | int, sizes: np.ndarray, spans: Sequence[Regime]
) -> np.ndarray | None:
    words = [
        {word: one.number for one in span.services.values() for word in (one.name, str(one.number))}
        for span in spans
    ]
    known = sorted({word for span in words for word in span})
    codes = bulk_columns.fast_codes(text, known)
    if codes is None:
        return None
    meaning = np.array([[span.get(word, 0) for word in known] for span in words], dtype=np.int64)
    numbers = meaning[at][codes] if isinstance(at, int) else meaning[np.repeat(at, sizes), codes]
    return numbers if int(numbers.min()) > 0 else None


def _device_counts(
    text: pl.Series, service: np.ndarray, at: np.ndarray | int, sizes: np.ndarray, spans: Sequence[Regime]
) -> np.ndarray | None:
    counted = by_service(lambda one: int(one.counts_devices), service, at, sizes, spans) == 1
    given = text.is_not_null().to_numpy()
    if (counted != given).any():
        return None
    devices = np.zeros(len(text), dtype=np.int64)
    if not given.any():
        return devices
    present = text.drop_nulls()
    if not present.unique().str.contains(r"^[0-9]{1,15}$").all():
        return None
    numbers = present.cast(pl.Int64).to_numpy()
    devices[given] = numbers
    return devices if int(numbers.min()) > 0 else None


def _has_service_twice(service: np.ndarray, runs: np.ndarray, largest: int) -> bool:
    """Say whether two lines of one contract name one service."""
    if largest > int(service.max()):
        return True
    return any(
        bool(((service[apart:] == service[:-apart]) & (runs[apart:] == runs[:-apart])).any())
        for apart in range(1, largest)
    )


def read_exactly(name: str, content: bytes, rulebook: Rulebook, faults: list[TableFault]) -> Lines | None:
    """Read lines row by row and name everything that is wrong with any."""
    rows = tables.read_exactly(name, content, COLUMNS, faults)
    cells = CellReader(name, faults)
    contracts: dict[str, list[tuple[Row, int, Service, int, int]]] = {}
    heads: dict[str, tuple[Row, int | None]] = {}
    for row in rows:
        number = cells.read(row, "contract_no", tables.filled)
        cells.read(row, "enterprise", tables.filled)
        at = cells.read(row, "applied_at", tables.instant)
        fee = cells.read(row, "cloud_fee", tables.positive_money)
        head, head_at = heads.setdefault(row.cells["contract_no"], (row, at))
        if row.cells["enterprise"] != head.cells["enterprise"]:
            cells.fault(
                row,
                "enterprise",
                f"与同一合同第 {head.line} 行的“{head.cells['enterprise']}”不一致",
                "一份合同只属于一家企业",
            )
        if at is not None and head_at is not None and at != head_at:
            cells.fault(
                row,
                "applied_at",
                f"与同一合同第 {head.line} 行的“{head.cells['applied_at']}”不一致",
                "一份合同只有一个申请时间",
            )
        line = _exact_line(row, at, rulebook, cells, [one[2] for one in contracts.get(number, [])])
        if line is not None and number is not None and at is not None and fee is not None:
            contracts.setdefault(number, []).append((row, at, line[0], fee, line[1]))
    if faults or not contracts:
        return None
    flat = [line for lines in contracts.values() for line in lines]
    sizes = np.array([len(lines) for lines in contracts.values()], dtype=np.int64)
    first = [lines[0] for lines in contracts.values()]
    instants = np.array([line[1] for line in first], dtype=np.int64)
    rank, enterprises = bulk_columns.ranked_names(pl.Series([line[0].cells["enterprise"] for line in first]))
    at = span_of(instants, regimes(rulebook))
    assert at is not None
    return Lines(
        pl.Series([line[0].cells["contract_no"] for line in first]),
        pl.Series([line[0].cells["applied_at"] for line in first]),
        instants,
        enterprises,
        rank,
        np.cumsum(sizes) - sizes,
        sizes,
        at,
        np.array([line[2].number for line in flat], dtype=np.int64),
        np.array([line[3] for line in flat], dtype=np.int64),
        # No fee reaches this many devices' worth, so more of them change nothing.
        np.array([min(line[4], 10**15) for line in flat], dtype=np.int64),
    )


def _exact_line(
    row: Row, at: int | None, rulebook: Rulebook, cells: CellReader, before: Sequence[Service]
) -> tuple[Service, int] | None:
    """Read the service and devices of one row; None with faults where they are wrong."""
    if at is None:
        return None
    try:
        on = tables.shanghai_day(at)
        services = rulebook.services(on)
    except (NotInForce, OverflowError):
        cells.fault(
            row,
            "applied_at",
            f"规则包 {rulebook.id} 在“{row.cells['applied_at']}”还没有目录",
            "规则包有效期内的时间",
        )
        return None
    wanted = row.cells["service"].strip()
    service = next((one for one in services if wanted in (str(one.number), one.name)), None)
    if service is None:
        expected = f"目录中的序号 1 至 {len(services)} 或应用服务名称"
        cells.fault(row, "service", f"目录中没有“{wanted}”这项应用服务", expected)
        return None
    if service.number in [one.number for one in before]:
        cells.fault(
            row, "service", f"“{service.name}”在同一份合同中出现了两次", "每项应用服务在一份合同中只写一行"
        )
    text = row.cells["devices"]
    if not service.counts_devices:
        if text.strip():
            cells.fault(row, "devices", f"“{service.name}”不按联网设备计算，却填了“{text}”", "留空")
            return None
        return service, 0
    if not text.strip():
        cells.fault(row, "devices", f"“{service.name}”按联网设备计算，没有填写台套数", "正整数，如 12")
        return None
    devices = cells.read(row, "devices", tables.count)
    return None if devices is None else (service, devices)
