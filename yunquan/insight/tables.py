"""The tables of a report: figures in fen and counts by city, service, size, reason, and the single cases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

import numpy as np

from yunquan.insight import coverage
from yunquan.insight.facts import STATES, Facts
from yunquan.insight.grouping import added, coded
from yunquan.insight.replaying import Outcome, Reached
from yunquan.policy.award import AwardLine, award
from yunquan.policy.bulk_replay import EPOCH, NOT_STATED
from yunquan.policy.rulebook import Rulebook
from yunquan.policy.values import SIZES

Row = tuple[str, str, dict[str, Any]]
MOST_CASES, MOST_APART = 50, 10_000


class Disagreement(AssertionError):
    """The columns and the single judgement came to different awards: nothing of the report may be trusted."""


def all_rows(
    facts: Facts,
    outcome: Outcome,
    before: Rulebook,
    tried: Rulebook,
    codes: Mapping[int, str],
    keys: Iterable[str],
) -> list[Row]:
    """Every line of the report as (table, key, figures), in order; `codes` are the cycles' by their place."""
    cities, at = coded(facts.city)
    sizes = (*SIZES, "")
    told = _sums(facts, outcome, at * len(sizes) + facts.cases.size, len(cities), len(sizes))
    rows: list[Row] = [("total", "", {name: int(one.sum()) for name, one in told.items()})]
    for place, code in enumerate(cities.tolist()):
        rows.append(("city", f"{code:06d}", {name: int(one[place].sum()) for name, one in told.items()}))
    for place, size in enumerate(sizes):
        figures = {name: int(one[:, place].sum()) for name, one in told.items()}
        if figures["count"] or figures["apart"]:
            rows.append(("size", size, figures))
    rows += _services(facts, outcome)
    rows += _reasons(facts, outcome)
    rows += _reached("quota", outcome.quota, codes)
    rows += _reached("funds", outcome.funds, codes)
    rows += [("outside", state, {"count": count}) for state, count in sorted(facts.outside.items())]
    rows += [("left_out", key, {"said": said}) for key, said in coverage.left_out(keys).items()]
    rows += _cases(facts, outcome, before, tried)
    return rows + _set_apart(facts, outcome)


def _any(rows: Mapping[str, np.ndarray], count: int) -> np.ndarray:
    out = np.zeros(count, dtype=bool)
    for one in rows.values():
        out |= one
    return out


def _sums(facts: Facts, outcome: Outcome, at: np.ndarray, cities: int, sizes: int) -> dict[str, np.ndarray]:
    """The figures of each group of vouchers, by city and size."""
    is_in, base, tried, is_paid = outcome.is_in, outcome.base_fen, outcome.tried_fen, outcome.is_paid
    refused = _any(outcome.refused, len(facts))
    asked: dict[str, tuple[np.ndarray, np.ndarray | None]] = {
        "count": (is_in, None),
        "base_fen": (is_in, base),
        "tried_fen": (is_in, tried),
        "more": (is_in & (tried > base), None),
        "less": (is_in & (tried < base), None),
        "refused": (refused, None),
        "refused_fen": (refused, base),
        "paid": (is_paid, None),
        "paid_base_fen": (is_paid, outcome.due_base_fen),
        "paid_tried_fen": (is_paid, outcome.due_tried_fen),
        "claims_refused": (_any(outcome.claim_refused, len(facts)), None),
        "apart": (~is_in, None),
        "apart_fen": (~is_in, facts.face_fen),
    }
    found = {name: added(at, cities * sizes, fen, only=only) for name, (only, fen) in asked.items()}
    return {name: sums.reshape(cities, sizes) for name, sums in found.items()}


def _services(facts: Facts, outcome: Outcome) -> list[Row]:
    """By service, before the cumulative ceiling and the contract's amount cut the voucher as a whole."""
    cases = facts.cases
    numbers, at = coded(cases.service)
    is_in = np.repeat(outcome.is_in, cases.sizes)
    refused = np.repeat(outcome.is_in & _any(outcome.refused, len(facts)), cases.sizes)
    columns = (
        added(at, len(numbers), only=is_in),
        added(at, len(numbers), outcome.line_base_fen),
        added(at, len(numbers), outcome.line_tried_fen),
        added(at, len(numbers), only=refused),
    )
    names = ("count", "base_fen", "tried_fen", "refused")
    found = zip(numbers.tolist(), *(column.tolist() for column in columns), strict=True)
    return [("service", str(number), dict(zip(names, figures, strict=True))) for number, *figures in found]


def _reasons(facts: Facts, outcome: Outcome) -> list[Row]:
    rows: list[Row] = []
    for table, found, fen in (
        ("refused", outcome.refused, outcome.base_fen),
        ("claim_refused", outcome.claim_refused, outcome.due_base_fen),
        ("apart", outcome.apart, facts.face_fen),
    ):
        for code, where in found.items():
            rows.append((table, code, {"count": int(where.sum()), "fen": int(fen[where].sum())}))
    return rows


def _reached(table: str, found: Mapping[tuple[int, int], Reached], codes: Mapping[int, str]) -> list[Row]:
    names = ("count", "fen", "short", "short_fen")
    return [
        (
            table,
            f"{codes[cycle]}:{city:06d}",
            {
                "given_fen": one.given_fen,
                **{f"base_{name}": figure for name, figure in zip(names, one.before, strict=True)},
                **{f"tried_{name}": figure for name, figure in zip(names, one.tried, strict=True)},
            },
        )
        for (cycle, city), one in sorted(found.items())
    ]


def _cases(facts: Facts, outcome: Outcome, before: Rulebook, tried: Rulebook) -> list[Row]:
    """The vouchers that change most, each judged once more by the single function, which has to agree."""
    change = np.where(outcome.is_in, np.abs(outcome.tried_fen - outcome.base_fen), 0)
    change += np.where(outcome.is_in, np.abs(outcome.due_tried_fen - outcome.due_base_fen), 0)
    # The greatest first, and among equals the earlier voucher.
    most = np.flatnonzero(change)
    if len(most) > MOST_CASES:
        least = np.partition(change[most], -MOST_CASES)[-MOST_CASES]
        most = most[change[most] >= least]
    most = most[np.lexsort((facts.pk[most], -change[most]))][:MOST_CASES]
    rows: list[Row] = []
    for at in most.tolist():
        why = [code for code, where in {**outcome.refused, **outcome.claim_refused}.items() if where[at]]
        was = _single(facts, at, before, int(facts.cases.before_fen[at]))
        if was[0] != int(outcome.base_fen[at]):
            raise Disagreement(f"voucher {facts.pk[at]}: {was[0]} and {outcome.base_fen[at]}")
        words = ""
        if not any(code in outcome.refused and code != "ceiling_reached" for code in why):
            fen, words = _single(facts, at, tried, int(outcome.tried_before_fen[at]))
            if fen != int(outcome.tried_fen[at]):
                raise Disagreement(f"voucher {facts.pk[at]}: {fen} and {outcome.tried_fen[at]}")
        figures = {
            "city": f"{int(facts.city[at]):06d}",
            "state": STATES[int(facts.state[at])].value,
            "base_fen": int(outcome.base_fen[at]),
            "tried_fen": int(outcome.tried_fen[at]),
            "due_base_fen": int(outcome.due_base_fen[at]),
            "due_tried_fen": int(outcome.due_tried_fen[at]),
            "reasons": why,
            "was": was[1],
            "would": words,
        }
        rows.append(("case", str(int(facts.pk[at])), figures))
    return rows


def _single(facts: Facts, at: int, rulebook: Rulebook, before_fen: int) -> tuple[int, str]:
    """The award of one voucher by the single judgement, with its sentence."""
    cases = facts.cases
    on = EPOCH + timedelta(int(cases.day[at]))
    counts = {one.number: one.counts_devices for one in rulebook.services(on)}
    contract, size = int(cases.contract_fen[at]), int(cases.size[at])
    start = int(cases.heads[at])
    lines = [
        AwardLine(
            number := int(cases.service[row]),
            int(cases.fee_fen[row]),
            (int(cases.devices[row]) or None) if counts.get(number) else None,
            contract if contract >= 0 else None,
        )
        for row in range(start, start + int(cases.sizes[at]))
    ]
    found = award(lines, rulebook, on, before_fen, SIZES[size] if size < NOT_STATED else None)
    return found.award_fen, found.explanation


def _set_apart(facts: Facts, outcome: Outcome) -> list[Row]:
    """Each voucher that can't be replayed, with its reason."""
    rows: list[Row] = []
    for code, where in outcome.apart.items():
        for at in np.flatnonzero(where)[: MOST_APART - len(rows)].tolist():
            figures = {
                "reason": code,
                "city": f"{int(facts.city[at]):06d}",
                "face_fen": int(facts.face_fen[at]),
                "again_fen": int(outcome.again_fen[at]),
            }
            rows.append(("set_apart", str(int(facts.pk[at])), figures))
    return rows
