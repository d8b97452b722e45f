"""Awards of a whole cycle at once: the same judgement as award(), in columns of whole fen."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import polars as pl

from yunquan.kernel.money import yuan_plain
from yunquan.policy import bulk_columns, tables
from yunquan.policy.award import AwardLine, award, line_refusals
from yunquan.policy.bulk_lines import Lines, Regime, by_service, regimes
from yunquan.policy.rulebook import Rulebook

OUT = ("contract_no", "enterprise", "applied_at", "award", "line_awards", "binding", "articles")
# The binding words of a contract are looked up by a bit for each line; more lines go row by row.
_MOST_LINES = 12


def awards(lines: Lines, rulebook: Rulebook, *, for_writing: bool = False) -> pl.DataFrame:
    """Compute every contract's award, by enterprise, then application time, then contract number.

    For writing, plain lines give the last two columns as one with a comma between them.
    """
    spans = regimes(rulebook)
    used = [spans[lines.at]] if isinstance(lines.at, int) else [spans[place] for place in np.unique(lines.at)]
    in_turn = lines.sizes.max() > _MOST_LINES or any(
        one.cap.exclusion_group is not None or one.cap.ratio.denominator > 10_000
        for span in used
        for one in span.services.values()
    )
    # What hangs on the order and what doesn't are worked out side by side.
    with ThreadPoolExecutor(max_workers=2) as pool:
        ordering = pool.submit(bulk_columns.ordered, lines.rank, lines.instants, lines.contract_no)
        if in_turn:
            return _row_by_row(lines, rulebook, ordering.result())
        line_fen, is_capped = _line_awards(lines, spans)
        line_text = bulk_columns.yuan_text(line_fen)
        sums = np.add.reduceat(line_fen, lines.heads)
        order = ordering.result()
        joined = pool.submit(_joined, line_text, lines, order)
        words = pool.submit(lambda: (lines.contract_no.gather(order), lines.applied_at.gather(order)))
        rank = lines.rank[order]
        at = lines.at if isinstance(lines.at, int) else lines.at[order]
        ceilings = np.array([span.ceiling_fen for span in spans], dtype=np.int64)[at]
        award_fen, is_cut = _cumulated(sums[order], ceilings, rank)
        contract_no, applied_at = words.result()
        columns = [
            contract_no.alias("contract_no"),
            lines.enterprises.gather(rank).alias("enterprise"),
            applied_at.alias("applied_at"),
            bulk_columns.yuan_column(award_fen).alias("award"),
        ]
        binding = _bindings(is_capped, is_cut, lines, order)
        articles = _articles(lines, spans, is_cut, order)
        # Few different words make both; written as one, they cost one lookup and one cell less a contract.
        is_one = for_writing and lines.is_plain
        last = [_side_by_side(binding, articles)] if is_one else [binding.column(), articles.column()]
        return pl.DataFrame([*columns, joined.result().alias("line_awards"), *last])


def _line_awards(lines: Lines, spans: Sequence[Regime]) -> tuple[np.ndarray, np.ndarray]:
    """Give each line's award in fen and whether the cap, rather than the fee, binds it."""
    at = (lines.service, lines.at, lines.sizes, spans)
    size = next(span.size for span in spans)
    cap = by_service(lambda one: one.cap.for_size(size), *at)
    limit = lines.fee_fen
    if any(one.cap.ratio != 1 for span in spans for one in span.services.values()):
        over = by_service(lambda one: one.cap.ratio.numerator, *at)
        under = by_service(lambda one: one.cap.ratio.denominator, *at)
        limit = limit // under * over + limit % under * over // under
    counted = np.flatnonzero(lines.devices)
    if len(counted):
        rate, most = cap[counted], limit[counted]
        # One device more than the fee pays for is as good as any number, and can't overflow.
        cap[counted] = rate * np.minimum(lines.devices[counted], most // np.maximum(rate, 1) + 1)
    return np.minimum(limit, cap), limit > cap


def _cumulated(sums: np.ndarray, ceilings: np.ndarray, rank: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cut each enterprise's awards, in order, where their total would pass the ceiling."""
    ceiling = int(ceilings.flat[0])
    if (ceilings != ceiling).any() or ceiling > 2**62 // len(sums) - 1:
        return _cumulated_in_turn(sums, np.broadcast_to(ceilings, sums.shape), rank)
    starts = np.flatnonzero(np.diff(rank, prepend=-1))
    # More than the ceiling is as good as any more, and the sum then stays within 64 bits.
    asked = np.minimum(sums, ceiling + 1)
    before = np.cumsum(asked) - asked
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
    if int(sizes.max()) == 1:
        return text.gather(heads)
    pieces, places, done = [], np.empty(len(order), dtype=np.int64), 0
    # Contracts of one size are joined together, so that no column holds gaps.
    for size in np.flatnonzero(np.bincount(sizes)).tolist():
        rows = np.flatnonzero(sizes == size)
        places[rows] = np.arange(done, done + len(rows))
        done += len(rows)
        first = heads[rows]
        columns = [text.gather(first + place).alias(str(place)) for place in range(size)]
        pieces.append(pl.select(pl.concat_str(columns, separator=";")).to_series())
    return pl.concat([piece.alias("") for piece in pieces]).gather(places)


@dataclass(frozen=True, slots=True)
class _Coded:
    """A column of few different words: its name, the words, and each row's place among them."""

    name: str
    words: list[str]
    places: np.ndarray

    def column(self) -> pl.Series:
        return pl.Series(self.name, self.words).gather(self.places)


def _side_by_side(left: _Coded, right: _Coded) -> pl.Series:
    """Both columns as one, with a comma between them."""
    code = left.places * len(right.words) + right.places
    words = [""] * (len(left.words) * len(right.words))
    for one in np.flatnonzero(np.bincount(code)).tolist():
        words[one] = f"{left.words[one // len(right.words)]},{right.words[one % len(right.words)]}"
    return pl.Series(f"{left.name},{right.name}", words).gather(code)


def _bindings(is_capped: np.ndarray, is_cut: np.ndarray, lines: Lines, order: np.ndarray) -> _Coded:
    bits = is_capped[lines.heads].astype(np.int64)
    for place in range(1, int(lines.sizes.max())):
        longer = np.flatnonzero(lines.sizes > place)
        bits[longer] |= is_capped[lines.heads[longer] + place].astype(np.int64) << place
    code = ((lines.sizes[order] * 2 + is_cut) << _MOST_LINES) | bits[order]
    found = np.flatnonzero(np.bincount(code))
    words = []
    for one in found.tolist():
        size, cut = one >> (_MOST_LINES + 1), (one >> _MOST_LINES) & 1
        told = ["cap" if one >> place & 1 else "fee" for place in range(size)]
        words.append(";".join([*told, "cumulative"] if cut else told))
    return _Coded("binding", words, _places(found, code))


def _places(found: np.ndarray, code: np.ndarray) -> np.ndarray:
    """Where each small code stands among those found."""
    if int(found[-1]) > 1 << 20:
        return np.searchsorted(found, code)
    table = np.zeros(int(found[-1]) + 1, dtype=np.int64)
    table[found] = np.arange(len(found))
    return table[code]


def _articles(lines: Lines, spans: Sequence[Regime], is_cut: np.ndarray, order: np.ndarray) -> _Coded:
    known = sorted({one.cap_article for span in spans for one in span.services.values()})
    mask: np.ndarray | int = 1
    if len(known) > 1:
        bit = by_service(
            lambda one: 1 << known.index(one.cap_article), lines.service, lines.at, lines.sizes, spans
        )
        mask = np.bitwise_or.reduceat(bit, lines.heads)[order]
    at = lines.at if isinstance(lines.at, int) else lines.at[order]
    code = (mask * len(spans) + at) * 2 + is_cut
    found = np.unique(code) if len(known) > 4 else np.flatnonzero(np.bincount(code))
    words = []
    for one in found.tolist():
        span = spans[one // 2 % len(spans)]
        caps = [known[bit] for bit in range(len(known)) if one // 2 // len(spans) >> bit & 1]
        words.append(
            ";".join(dict.fromkeys([span.line_article, *caps, *([span.ceiling_article] if one % 2 else [])]))
        )
    return _Coded("articles", words, _places(found, code))


def _row_by_row(lines: Lines, rulebook: Rulebook, order: np.ndarray) -> pl.DataFrame:
    """Judge contract by contract, for rules that depend on what came before in more than a sum."""
    out: list[tuple[str, ...]] = []
    totals: dict[str, int] = {}
    taken: dict[str, set[str]] = {}
    for place in order.tolist():
        start = int(lines.heads[place])
        enterprise, at = lines.enterprises[int(lines.rank[place])], int(lines.instants[place])
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
