"""Awards of a whole cycle at once: the same judgement as award(), in columns of whole fen."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl

from yunquan.policy import tables
from yunquan.policy.award import AwardLine, award, line_refusals, size_in_force
from yunquan.policy.rulebook import NotInForce, Rulebook, Service
from yunquan.policy.tables import CellReader, Row, TableFault

COLUMNS = ("contract_no", "enterprise", "applied_at", "service", "cloud_fee", "devices")
OUT = ("contract_no", "enterprise", "applied_at", "award", "line_awards", "binding", "articles")
_KEYS = ("catalogue.", "award.")
# The binding words of a contract are looked up by a bit for each line; more lines go row by row.
_MOST_LINES = 12


@dataclass(slots=True)
class Lines:
    """Clean lines, those of a contract together: texts at each contract's head, integers a row."""

    contract_no: pl.Series
    enterprise: pl.Series
    applied_at: pl.Series
    instants: np.ndarray
    heads: np.ndarray
    sizes: np.ndarray
    service: np.ndarray
    fee_fen: np.ndarray
    devices: np.ndarray
    rank: np.ndarray
    is_plain: bool = False


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


def read_lines(path: str | Path, rulebook: Rulebook, faults: list[TableFault]) -> Lines | None:
    """Read the lines of a cycle; None with faults where anything is wrong, or without rows."""
    content = tables.read_bytes(path, faults)
    if content is None:
        return None
    spans = regimes(rulebook)
    lines = _read_fast(content, spans)
    return lines if lines is not None else _read_exactly(Path(path).name, content, rulebook, faults)


def _read_fast(content: bytes, spans: Sequence[Regime]) -> Lines | None:
    table = tables.read_fast(content, COLUMNS)
    if table is None:
        return None
    heads = _contract_heads(table["contract_no"])
    contracts = table["contract_no"].gather(heads) if heads is not None else None
    if contracts is None or heads is None or contracts.n_unique() != len(heads):
        # Lines of one contract lie apart: bring them together, in the order of the file.
        if table["contract_no"].null_count():
            return None
        first = pl.int_range(pl.len()).min().over("contract_no")
        table = table.with_columns(first_row=first).sort("first_row", maintain_order=True).drop("first_row")
        heads = _contract_heads(table["contract_no"])
        assert heads is not None
        contracts = table["contract_no"].gather(heads)
    enterprise, applied_at = table["enterprise"].gather(heads), table["applied_at"].gather(heads)
    sizes = np.diff(np.append(heads, table.height))
    # The columns are read side by side; the libraries let go of the interpreter while they work.
    with ThreadPoolExecutor(max_workers=4) as pool:
        fee = pool.submit(tables.fast_money, table["cloud_fee"])
        same = [pool.submit(_agrees, table[column], heads) for column in ("enterprise", "applied_at")]
        named = [pool.submit(tables.surely_named, column) for column in (contracts, enterprise)]
        ranked = pool.submit(tables.dense_rank, enterprise)
        instants = tables.fast_instants(applied_at)
        if instants is None:
            return None
        service = _service_numbers(table["service"], instants, sizes, spans)
        if service is None or _has_service_twice(service, heads):
            return None
        devices = _device_counts(table["devices"], service, instants, sizes, spans)
        fee_fen = fee.result()
        if devices is None or fee_fen is None or not all(one.result() for one in same + named):
            return None
        rank = ranked.result()
    return Lines(
        contracts,
        enterprise,
        applied_at,
        instants,
        heads,
        sizes,
        service,
        fee_fen,
        devices,
        rank,
        b"\r" not in content,
    )


def _agrees(column: pl.Series, heads: np.ndarray) -> bool:
    """Say whether every row below a contract's head says the same as the row above it."""
    if len(heads) == len(column):
        return column.null_count() == 0
    same = column.eq(column.shift(1)).fill_null(False).to_numpy(writable=True)
    same[heads] = True
    return bool(same.all())


def _contract_heads(contract_no: pl.Series) -> np.ndarray | None:
    if contract_no.null_count():
        return None
    runs = contract_no.rle_id().to_numpy()
    return np.flatnonzero(np.diff(runs, prepend=runs.dtype.type(2**32 - 1)) != 0)


def _spans_of(instants: np.ndarray, spans: Sequence[Regime]) -> np.ndarray:
    """Give the span of rules of each contract's application day; -1 before the first."""
    starts = np.array([(span.from_on - date(1970, 1, 1)).days for span in spans], dtype=np.int64)
    first = (starts * tables.DAY) - tables.SHANGHAI_OFFSET
    return np.searchsorted(first, instants, side="right") - 1


def _per_row(values: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    return values if (sizes == 1).all() else np.repeat(values, sizes)


def _service_numbers(
    text: pl.Series, instants: np.ndarray, sizes: np.ndarray, spans: Sequence[Regime]
) -> np.ndarray | None:
    at = _spans_of(instants, spans)
    if text.null_count() or (at < 0).any():
        return None
    vocabulary = sorted(
        {word for span in spans for one in span.services.values() for word in (str(one.number), one.name)}
    )
    codes = text.replace_strict(
        vocabulary, list(range(len(vocabulary))), default=-1, return_dtype=pl.Int32
    ).to_numpy()
    if (codes < 0).any():
        return None
    meaning = np.zeros((len(spans), len(vocabulary)), dtype=np.int64)
    for place, span in enumerate(spans):
        for one in span.services.values():
            for word in (str(one.number), one.name):
                meaning[place, vocabulary.index(word)] = one.number
    used = np.unique(at)
    numbers = meaning[used[0]][codes] if len(used) == 1 else meaning[_per_row(at, sizes), codes]
    return numbers if (numbers > 0).all() else None


def _device_counts(
    text: pl.Series, service: np.ndarray, instants: np.ndarray, sizes: np.ndarray, spans: Sequence[Regime]
) -> np.ndarray | None:
    counted = _by_service(lambda one: int(one.counts_devices), service, instants, sizes, spans) == 1
    given = text.is_not_null().to_numpy()
    if (counted != given).any():
        return None
    if not given.any():
        return np.zeros(len(text), dtype=np.int64)
    present = text.drop_nulls()
    if not present.str.contains(r"^[0-9]{1,15}$").all():
        return None
    devices = np.zeros(len(text), dtype=np.int64)
    devices[given] = present.cast(pl.Int64).to_numpy()
    return devices if (devices[given] > 0).all() else None


def _has_service_twice(service: np.ndarray, heads: np.ndarray) -> bool:
    if len(heads) == len(service):
        return False
    if int(service.max()) > 60:
        owner = np.repeat(np.arange(len(heads)), np.diff(np.append(heads, len(service))))
        return len(np.unique(owner * (int(service.max()) + 1) + service)) != len(service)
    bits = np.left_shift(np.int64(1), service)
    return bool((np.bitwise_or.reduceat(bits, heads) != np.add.reduceat(bits, heads)).any())


def _by_service(asked, service, instants, sizes, spans) -> np.ndarray:  # type: ignore[no-untyped-def]
    """Look up an integer of each row's service in the rules of its application day."""
    top = max(number for span in spans for number in span.services) + 1
    table = np.zeros((len(spans), top), dtype=np.int64)
    for place, span in enumerate(spans):
        for number, one in span.services.items():
            table[place, number] = asked(one)
    at = _spans_of(instants, spans)
    used = np.unique(at) if len(spans) > 1 else np.array([0])
    return table[used[0]][service] if len(used) == 1 else table[_per_row(at, sizes), service]


def _read_exactly(name: str, content: bytes, rulebook: Rulebook, faults: list[TableFault]) -> Lines | None:
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
    enterprise = pl.Series([line[0].cells["enterprise"] for line in first])
    return Lines(
        pl.Series([line[0].cells["contract_no"] for line in first]),
        enterprise,
        pl.Series([line[0].cells["applied_at"] for line in first]),
        np.array([line[1] for line in first], dtype=np.int64),
        np.cumsum(sizes) - sizes,
        sizes,
        np.array([line[2].number for line in flat], dtype=np.int64),
        np.array([line[3] for line in flat], dtype=np.int64),
        # No fee reaches this many devices' worth, so more of them change nothing.
        np.array([min(line[4], 10**15) for line in flat], dtype=np.int64),
        tables.dense_rank(enterprise),
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


def awards(lines: Lines, rulebook: Rulebook) -> pl.DataFrame:
    """Compute every contract's award, by enterprise, then application time, then contract number."""
    spans = regimes(rulebook)
    at = _spans_of(lines.instants, spans)
    used = [spans[place] for place in np.unique(at)]
    rank = lines.rank
    order = tables.ordered(rank, lines.instants, lines.contract_no)
    if lines.sizes.max() > _MOST_LINES or any(
        one.cap.exclusion_group is not None or one.cap.ratio.denominator > 10_000
        for span in used
        for one in span.services.values()
    ):
        return _row_by_row(lines, rulebook, order)
    line_fen, is_capped = _line_awards(lines, spans)
    sums = np.add.reduceat(line_fen, lines.heads) if len(lines.heads) < len(line_fen) else line_fen
    ceilings = np.array([span.ceiling_fen for span in spans], dtype=np.int64)[at][order]
    award_fen, is_cut = _cumulated(sums[order], ceilings, rank[order])
    return pl.DataFrame(
        {
            "contract_no": lines.contract_no.gather(order),
            "enterprise": lines.enterprise.gather(order),
            "applied_at": lines.applied_at.gather(order),
            "award": tables.yuan_column(award_fen),
            "line_awards": _joined(tables.yuan_text(line_fen), lines, order),
            "binding": _bindings(is_capped, is_cut, lines, order),
            "articles": _articles(lines, spans, at, is_cut, order),
        }
    )


def _line_awards(lines: Lines, spans: Sequence[Regime]) -> tuple[np.ndarray, np.ndarray]:
    """Give each line's award in fen and whether the cap, rather than the fee, binds it."""
    at = (lines.service, lines.instants, lines.sizes, spans)
    size = next(span.size for span in spans)
    amount = _by_service(lambda one: one.cap.for_size(size), *at)
    limit = lines.fee_fen
    if any(one.cap.ratio != 1 for span in spans for one in span.services.values()):
        over = _by_service(lambda one: one.cap.ratio.numerator, *at)
        under = _by_service(lambda one: one.cap.ratio.denominator, *at)
        limit = limit // under * over + limit % under * over // under
    cap = amount
    counted = lines.devices > 0
    if counted.any():
        rate, most = amount[counted], limit[counted]
        # One device more than the fee pays for is as good as any number, and can't overflow.
        enough = np.minimum(lines.devices[counted], most // np.maximum(rate, 1) + 1)
        cap = amount.copy()
        cap[counted] = rate * enough
    return np.minimum(limit, cap), limit > cap


def _cumulated(sums: np.ndarray, ceilings: np.ndarray, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut each enterprise's awards, in order, where their total would pass the ceiling."""
    if (ceilings != ceilings[0]).any() or int(ceilings[0]) > 2**62 // max(len(sums), 1) - 1:
        return _cumulated_in_turn(sums, ceilings, rank)
    ceiling = int(ceilings[0])
    starts = np.flatnonzero(np.diff(rank, prepend=-1))
    running = np.cumsum(np.minimum(sums, ceiling + 1))
    before = running - np.minimum(sums, ceiling + 1)
    before -= np.repeat(before[starts], np.diff(np.append(starts, len(sums))))
    room = np.maximum(ceiling - before, 0)
    return np.minimum(sums, room), sums > room


def _cumulated_in_turn(
    sums: np.ndarray, ceilings: np.ndarray, rank: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    cut_to = np.empty(len(sums), dtype=np.int64)
    is_cut = np.empty(len(sums), dtype=bool)
    last, total = -1, 0
    for place, (fen, ceiling, enterprise) in enumerate(
        zip(sums.tolist(), ceilings.tolist(), rank.tolist(), strict=True)
    ):
        total = 0 if enterprise != last else total
        last = enterprise
        room = max(0, ceiling - total)
        cut_to[place], is_cut[place] = min(fen, room), fen > room
        total += min(fen, room)
    return cut_to, is_cut


def _joined(text: pl.Series, lines: Lines, order: np.ndarray) -> pl.Series:
    """Join the texts of each contract's lines with semicolons, contracts in the order given."""
    heads, sizes = lines.heads[order], lines.sizes[order]
    columns = []
    for place in range(int(sizes.max())):
        rows = pl.Series(heads + place)
        if place:
            rows = pl.DataFrame({"r": rows, "n": sizes}).select(
                pl.when(pl.col("n") > place).then(pl.col("r"))
            )["r"]
        columns.append(text.gather(rows).alias(str(place)))
    if len(columns) == 1:
        return columns[0]
    return pl.DataFrame(columns).select(
        line_awards=pl.concat_str(pl.all(), separator=";", ignore_nulls=True)
    )["line_awards"]


def _bindings(is_capped: np.ndarray, is_cut: np.ndarray, lines: Lines, order: np.ndarray) -> pl.Series:
    owner_place = np.arange(len(is_capped)) - np.repeat(lines.heads, lines.sizes)
    bits = np.left_shift(is_capped.astype(np.int64), owner_place)
    bits = np.add.reduceat(bits, lines.heads) if len(lines.heads) < len(bits) else bits
    code = ((lines.sizes[order] * 2 + is_cut) << _MOST_LINES) | bits[order]
    words = [""] * ((_MOST_LINES + 1) * 2 << _MOST_LINES)
    for one in np.flatnonzero(np.bincount(code)):
        size, cut = int(one) >> (_MOST_LINES + 1), (int(one) >> _MOST_LINES) & 1
        told = ["cap" if int(one) >> place & 1 else "fee" for place in range(size)]
        words[one] = ";".join([*told, "cumulative"] if cut else told)
    return pl.Series(words).gather(code)


def _articles(
    lines: Lines, spans: Sequence[Regime], at: np.ndarray, is_cut: np.ndarray, order: np.ndarray
) -> pl.Series:
    known = sorted({one.cap_article for span in spans for one in span.services.values()})
    if len(known) == 1:
        mask = np.ones(len(order), dtype=np.int64)
    else:
        bit = _by_service(
            lambda one: 1 << known.index(one.cap_article), lines.service, lines.instants, lines.sizes, spans
        )
        mask = np.bitwise_or.reduceat(bit, lines.heads)[order]
    code = (mask * len(spans) + at[order]) * 2 + is_cut
    codes, place = (
        (np.unique(code, return_inverse=True))
        if len(known) > 1 or len(spans) > 1
        else (
            np.array([2, 3]),
            is_cut.astype(np.int64),
        )
    )
    words = []
    for one in codes.tolist():
        span = spans[one // 2 % len(spans)]
        caps = [known[bit] for bit in range(len(known)) if one // 2 // len(spans) >> bit & 1]
        words.append(
            ";".join(dict.fromkeys([span.line_article, *caps, *([span.ceiling_article] if one % 2 else [])]))
        )
    return pl.Series(words).gather(place)


def _row_by_row(lines: Lines, rulebook: Rulebook, order: np.ndarray) -> pl.DataFrame:
    """Judge contract by contract, for rules that depend on what came before in more than a sum."""
    from yunquan.kernel.money import yuan_plain

    out: list[tuple[str, ...]] = []
    totals: dict[str, int] = {}
    taken: dict[str, set[str]] = {}
    for place in order.tolist():
        start = int(lines.heads[place])
        enterprise, at = lines.enterprise[place], int(lines.instants[place])
        on = tables.shanghai_day(at)
        stated = [
            AwardLine(int(lines.service[row]), int(lines.fee_fen[row]), int(lines.devices[row]) or None)
            for row in range(start, start + int(lines.sizes[place]))
        ]
        assert not line_refusals(stated, rulebook, on)
        judged = award(
            stated,
            rulebook,
            on,
            totals.get(enterprise, 0),
            taken_groups=taken.setdefault(enterprise, set()),
        )
        totals[enterprise] = totals.get(enterprise, 0) + judged.award_fen
        taken[enterprise] |= {line.exclusion_group for line in judged.lines if line.exclusion_group}
        out.append(
            (
                lines.contract_no[place],
                enterprise,
                lines.applied_at[place],
                yuan_plain(judged.award_fen),
                ";".join(yuan_plain(line.award_fen) for line in judged.lines),
                judged.binding,
                ";".join(judged.articles),
            )
        )
    return pl.DataFrame(out, schema=list(OUT), orient="row")
