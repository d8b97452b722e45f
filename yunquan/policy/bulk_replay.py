"""The awards of many vouchers under two rulebooks at once: the same judgement as award(), in whole fen.

What a voucher pinned is the ground: its application day, its enterprise's size, its lines, and what had been
awarded before it. Under the rules that held each is judged by itself, as it was (M4); under other rules the
vouchers of one enterprise and cycle are gone through in order, because an earlier award leaves more or less
room under the cumulative ceiling (D47-4.4.3).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

import numpy as np

from yunquan.policy.award import size_in_force
from yunquan.policy.rulebook import Dated, NotInForce, Rulebook
from yunquan.policy.values import SIZES, Tiered

EPOCH = date(1970, 1, 1)
NOT_STATED = len(SIZES)
KEYS = ("catalogue.", "award.")
# What keeps a voucher from being judged; the greatest that applies is told.
NO_FAULT, SIZE_MISSING, DEVICES_MISSING, NOT_LISTED, NO_LINES, NO_RULES = range(6)
_ABSENT, _UNGRADED = -1, -2
_LARGEST_DENOMINATOR = 10_000


@dataclass(slots=True)
class Cases:
    """What vouchers pinned, in columns; money in fen, days since 1970.

    Vouchers lie by `chain` (an enterprise within a cycle, numbered from 0) and within it in order of application.
    `size` is a place in SIZES, or NOT_STATED; `contract_fen` is -1 without a contract; `devices` 0 where none are
    stated. The lines of the voucher in row i are `sizes[i]` rows from `heads[i]` on, in the contract's order.
    """

    chain: np.ndarray
    day: np.ndarray
    size: np.ndarray
    before_fen: np.ndarray
    contract_fen: np.ndarray
    heads: np.ndarray
    sizes: np.ndarray
    service: np.ndarray
    fee_fen: np.ndarray
    devices: np.ndarray

    def __len__(self) -> int:
        return len(self.day)


@dataclass(slots=True)
class Judged:
    """What each line and, without regard to the ceiling, each voucher comes to; the room that the rules leave.

    `contract_fen` bounds a voucher where it isn't -1; None where it bounds none.
    """

    line_fen: np.ndarray
    sum_fen: np.ndarray
    ceiling_fen: np.ndarray
    contract_fen: np.ndarray | None
    fault: np.ndarray


def tried(rulebook: Rulebook, changes: Iterable[Mapping[str, Any]]) -> Rulebook:
    """Lay drafts over as if each had held from the first day of the rulebook; raises PackError with every fault.

    A draft begins on a day ahead; on vouchers of the past it could otherwise change nothing.
    """
    first = rulebook.change_days("")[0]
    changes = list(changes)
    laid = []
    # A service that a tried edition lists earlier than it was known then has the first values it ever had.
    known = set(rulebook.keys())
    for key in _listed_keys(changes):
        if key in known and rulebook.find(key, first) is None:
            laid.append(_again(rulebook.describe(key).entries[0], first))
    for change in changes:
        days = {first, *rulebook.change_days(str(change["key"]))}
        exact = {day for day in days if day == first or _held_by(rulebook, str(change["key"]), day)}
        laid += [{**change, "from_on": day.isoformat()} for day in sorted(exact)]
    return rulebook.overlaid(laid)


def _listed_keys(changes: Iterable[Mapping[str, Any]]) -> list[str]:
    editions = [change["value"] for change in changes if change["key"] == "catalogue.edition"]
    listed = [value.get("services", []) for value in editions if isinstance(value, Mapping)]
    numbers = sorted({number for numbers in listed for number in numbers if isinstance(number, int)})
    return [f"{head}.{number}" for number in numbers for head in ("catalogue.service", "award.cap")]


def _again(dated: Dated, on: date) -> dict[str, Any]:
    said = {name: getattr(dated, name) for name in ("key", "article", "document", "meaning")}
    return {**said, "value": dated.raw, "from_on": on.isoformat()}


def _held_by(rulebook: Rulebook, key: str, day: date) -> bool:
    found = rulebook.find(key, day)
    return found is not None and found.from_on == day


@dataclass(slots=True)
class _Tables:
    """The rules of the award as tables by span of days, enterprise size and service."""

    starts: np.ndarray
    cap: np.ndarray
    per_device: np.ndarray
    over: np.ndarray
    under: np.ndarray
    group: np.ndarray
    ceiling: np.ndarray
    by_contract: np.ndarray
    in_force: np.ndarray

    def of_each(self, table: np.ndarray) -> np.ndarray:
        """A table by span and service, as one by class of line."""
        return np.broadcast_to(table[:, None], self.cap.shape).reshape(-1)


def _tables(rulebook: Rulebook, most_services: int) -> _Tables:
    days = rulebook.change_days(*KEYS)
    spans, sizes = len(days), len(SIZES) + 1
    named = [service.number for day in days for service in _services(rulebook, day)]
    top = max([most_services, *named], default=0) + 1
    made = _Tables(
        np.array([(day - EPOCH).days for day in days], dtype=np.int64),
        np.full((spans, sizes, top), _ABSENT, dtype=np.int64),
        np.zeros((spans, top), dtype=bool),
        np.ones((spans, top), dtype=np.int64),
        np.ones((spans, top), dtype=np.int64),
        np.full((spans, top), -1, dtype=np.int64),
        np.full((spans, sizes), _UNGRADED, dtype=np.int64),
        np.zeros(spans, dtype=bool),
        np.zeros(spans, dtype=bool),
    )
    groups: dict[str, int] = {}
    for at, day in enumerate(days):
        try:
            made.by_contract[at] = rulebook.value("award.line_rule", day).value.limit == "contract_amount"
            ceiling = rulebook.value("award.cumulative_ceiling", day).value
            services = rulebook.services(day)
        except NotInForce:
            continue
        made.in_force[at] = True
        for size in range(sizes):
            stated = size_in_force(SIZES[size] if size < NOT_STATED else None, rulebook, day)
            made.ceiling[at, size] = _amount(ceiling, stated)
            for one in services:
                made.cap[at, size, one.number] = _amount(one.cap, stated)
        for one in services:
            made.per_device[at, one.number] = one.counts_devices
            made.over[at, one.number] = one.cap.ratio.numerator
            made.under[at, one.number] = one.cap.ratio.denominator
            if one.cap.exclusion_group is not None:
                made.group[at, one.number] = groups.setdefault(one.cap.exclusion_group, len(groups))
    return made


def _services(rulebook: Rulebook, day: date) -> Sequence[Any]:
    try:
        return rulebook.services(day)
    except NotInForce:
        return ()


def _amount(tiered: Tiered, size: str | None) -> int:
    return _UNGRADED if tiered.by_size is not None and size is None else tiered.for_size(size)


def judged(cases: Cases, rulebook: Rulebook) -> Judged:
    """Judge every line by the rules of its voucher's application day, exactly as award() does.

    A line's class is its span of days, its enterprise's size and its service as one number: whatever the rules say
    is looked up by it, and what no class that occurs asks for is not gone into.
    """
    made = _tables(rulebook, int(cases.service.max(initial=0)))
    _, sizes, top = made.cap.shape
    span = _span_of(cases.day, made.starts)
    fault = np.zeros(len(cases), dtype=np.uint8)
    fault[cases.sizes == 0] = NO_LINES
    held = np.append(made.in_force, False)[span]
    if not held.all():
        fault[~held] = NO_RULES
        span = np.maximum(span, 0)
    group = span * sizes + cases.size
    at = np.repeat(group * top, cases.sizes)
    at += cases.service
    occurs = (np.bincount(at, minlength=made.cap.size) > 0).reshape(made.cap.shape)
    cap = made.cap.reshape(-1).take(at)
    counts = _lines_of(made.per_device[:, None], occurs, at)
    short = counts[cases.devices[counts] <= 0]
    for code, wrong in (
        (SIZE_MISSING, _lines_of(made.cap == _UNGRADED, occurs, at)),
        (DEVICES_MISSING, short),
        (NOT_LISTED, _lines_of(made.cap == _ABSENT, occurs, at)),
    ):
        np.maximum.at(fault, _voucher_of(cases, wrong), np.uint8(code))
    ceiling = made.ceiling.reshape(-1).take(group)
    if (made.ceiling == _UNGRADED).any():
        fault[(ceiling == _UNGRADED) & (fault == NO_FAULT)] = SIZE_MISSING
    limit, contract = cases.fee_fen, None
    if made.by_contract.any():
        by_contract = made.by_contract[span] & (cases.contract_fen >= 0)
        contract = np.where(by_contract, cases.contract_fen, -1)
        of_line = np.repeat(contract, cases.sizes)
        limit = np.where(of_line >= 0, of_line, limit)
    if (occurs & (made.over != made.under)[:, None]).any():
        over, under = (made.of_each(table).take(at) for table in (made.over, made.under))
        limit = _shares(limit, over, under)
    counts = counts[cap[counts] >= 0]
    if len(counts):
        # One device more than the fee pays for is as good as any number, and can't overflow.
        rate = cap[counts]
        cap[counts] = rate * np.minimum(cases.devices[counts], limit[counts] // np.maximum(rate, 1) + 1)
    line_fen = np.minimum(limit, cap, out=cap)
    np.maximum(line_fen, 0, out=line_fen)
    if (occurs & (made.group >= 0)[:, None]).any():
        of_line = np.repeat(np.arange(len(cases)), cases.sizes)
        _exclude(line_fen, made.of_each(made.group).take(at), of_line)
    # A sum that passes 64 bits comes round again; the difference of two is right all the same.
    running = np.zeros(len(line_fen) + 1, dtype=np.int64)
    np.cumsum(line_fen, out=running[1:])
    sums = np.diff(running[np.append(cases.heads, len(line_fen))])
    return Judged(line_fen, sums, ceiling, contract, fault)


def _span_of(days: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """The span of each day, -1 before the first; few days lie between the first and the last, so they are listed."""
    if not len(days):
        return np.zeros(0, dtype=np.int64)
    first, last = int(days.min()), int(days.max())
    if last - first > len(days) + 10_000:
        return np.searchsorted(starts, days, side="right") - 1
    return (np.searchsorted(starts, np.arange(first, last + 1), side="right") - 1)[days - first]


def _lines_of(table: np.ndarray, occurs: np.ndarray, at: np.ndarray) -> np.ndarray:
    """The lines whose class a table of truth values names; none are gone through where no such class occurs."""
    named = occurs & table
    return np.flatnonzero(named.reshape(-1).take(at)) if named.any() else np.zeros(0, dtype=np.int64)


def _voucher_of(cases: Cases, lines: np.ndarray) -> np.ndarray:
    return np.searchsorted(cases.heads, lines, side="right") - 1


def _shares(limit: np.ndarray, over: np.ndarray, under: np.ndarray) -> np.ndarray:
    """Each amount times its ratio, rounded down, without leaving whole numbers."""
    if (over == under).all():
        return limit
    if int(under.max()) > _LARGEST_DENOMINATOR or int(over.max()) > _LARGEST_DENOMINATOR:
        rows = zip(limit.tolist(), over.tolist(), under.tolist(), strict=True)
        return np.array([int(fen * Fraction(up, down)) for fen, up, down in rows], dtype=np.int64)
    return limit // under * over + limit % under * over // under


def _exclude(line_fen: np.ndarray, group: np.ndarray, of_line: np.ndarray) -> None:
    """Of the lines of one voucher in one exclusion group only the first is awarded."""
    grouped = np.flatnonzero(group >= 0)
    if not len(grouped):
        return
    key = of_line[grouped] * (int(group.max()) + 1) + group[grouped]
    _, first = np.unique(key, return_index=True)
    later = np.ones(len(grouped), dtype=bool)
    later[first] = False
    line_fen[grouped[later]] = 0


def as_it_was(cases: Cases, found: Judged) -> np.ndarray:
    """Each voucher's award under the rules that held, with what had been awarded before it as it pinned that."""
    return _kept(found.sum_fen, found.ceiling_fen - cases.before_fen, found.contract_fen)


def in_turn(
    cases: Cases, found: Judged, base_fen: np.ndarray, barred: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Each voucher's award under other rules, and what then counts as awarded before it.

    `barred` ones get nothing, and leave their room to later ones.

    What a voucher pinned as awarded before is changed by what its forerunners get more or less than `base_fen`,
    so with the same rules each gets what it got.
    """
    lengths = np.bincount(cases.chain)
    starts = np.cumsum(lengths) - lengths
    out, counted = np.zeros((2, len(cases)), dtype=np.int64)
    drift = np.zeros(len(starts), dtype=np.int64)
    # All chains take their first voucher together, then their second, and so on; short numbers are sorted quickest.
    longest = int(lengths.max(initial=0))
    order = np.argsort((-lengths).astype(np.int16 if longest < 1 << 15 else np.int64), kind="stable")
    starts, lengths = starts[order], lengths[order]
    for turn in range(longest):
        live = int(np.searchsorted(-lengths, -turn, side="left"))
        rows = starts[:live] + turn
        before = np.maximum(cases.before_fen[rows] + drift[:live], 0)
        contract = None if found.contract_fen is None else found.contract_fen[rows]
        fen = _kept(found.sum_fen[rows], found.ceiling_fen[rows] - before, contract)
        fen[barred[rows]] = 0
        out[rows], counted[rows] = fen, before
        drift[:live] += fen - base_fen[rows]
    return out, counted


def _kept(sums: np.ndarray, room: np.ndarray, contract: np.ndarray | None) -> np.ndarray:
    kept = np.minimum(sums, np.maximum(room, 0))
    return kept if contract is None else np.where(contract >= 0, np.minimum(kept, contract), kept)
