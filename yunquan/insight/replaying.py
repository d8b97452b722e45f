"""What rules would have done to vouchers: award, refusal, payment, and how far quota and money reach.

Whole fen throughout. Each voucher's award under the rules that held is computed again and has to equal what is
stored (M4); one that doesn't, or lacks a fact that the tried rules ask for, is set apart with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

import numpy as np

from yunquan.insight.coverage import BONUS, OF_ELIGIBILITY
from yunquan.insight.facts import APPROVED, Facts, states_of
from yunquan.insight.grouping import added, coded
from yunquan.policy import bulk_refusals as refusals
from yunquan.policy import bulk_replay as bulk
from yunquan.policy.queueing import PILOT
from yunquan.policy.rulebook import Rulebook
from yunquan.vouchers.lifecycle import COUNTED, S

# Why a voucher can't be replayed.
APART = {
    "differs": "按当时规则重算的奖补与券面不一致",
    "no_rules": "申领当天没有可用的规则",
    "no_lines": "没有应用服务明细",
    "not_listed": "明细中有当时目录没有的应用服务",
    "devices_missing": "规则按联网设备台套数计算，券上没有台套数",
    "size_missing": "规则按企业规模分档，券上没有记下规模",
    "facts_changed": "按企业现在登记的资料，原规则下也不符合（申领后变更过）",
}
_FAULT = {
    bulk.NO_RULES: "no_rules",
    bulk.NO_LINES: "no_lines",
    bulk.NOT_LISTED: "not_listed",
    bulk.DEVICES_MISSING: "devices_missing",
    bulk.SIZE_MISSING: "size_missing",
}
NEWLY = {
    **refusals.ELIGIBILITY,
    "service_not_listed": "合同中有新目录没有的应用服务",
    "ceiling_reached": "累计奖补已到上限，没有余额",
}


_Told = tuple[int, int, int, int]


@dataclass(slots=True)
class Reached:
    """How far a city's quota or money of a cycle reaches: counts and fen, before and tried."""

    given_fen: int
    before: _Told
    tried: _Told


@dataclass(slots=True)
class Outcome:
    """What a replay found for each voucher, in the order of the facts."""

    apart: dict[str, np.ndarray]
    is_in: np.ndarray
    base_fen: np.ndarray
    tried_fen: np.ndarray
    tried_before_fen: np.ndarray
    line_base_fen: np.ndarray
    line_tried_fen: np.ndarray
    refused: dict[str, np.ndarray]
    claim_refused: dict[str, np.ndarray]
    due_base_fen: np.ndarray
    due_tried_fen: np.ndarray
    is_paid: np.ndarray
    again_fen: np.ndarray
    quota: dict[tuple[int, int], Reached] = field(default_factory=dict)
    funds: dict[tuple[int, int], Reached] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Given:
    """A city's quota and appropriated money in a cycle, in fen."""

    quota_fen: int
    funds_fen: int


def replay(
    facts: Facts,
    before: Rulebook,
    tried: Rulebook,
    changed: Collection[str],
    given: Mapping[tuple[int, int], Given],
) -> Outcome:
    """Replay the vouchers; `given` is by place of the cycle and city; `changed` names the rules that differ."""
    cases = facts.cases
    first, second = bulk.judged(cases, before), bulk.judged(cases, tried)
    base = bulk.as_it_was(cases, first)
    base[first.fault > 0] = 0
    against = _eligibility(facts, before, tried, changed)
    apart = _apart(facts, first, second, base, against[0])
    is_in = np.ones(len(facts), dtype=bool)
    for rows in apart.values():
        is_in &= ~rows
    refused = {
        code: rows & is_in for code, rows in refusals.reasons(against[1], refusals.ELIGIBILITY).items()
    }
    refused["service_not_listed"] = (second.fault == bulk.NOT_LISTED) & is_in
    barred = ~is_in
    for rows in refused.values():
        barred = barred | rows
    # A voucher set apart stays what it is: it takes and gives no room.
    fen, tried_before = bulk.in_turn(cases, second, _only(base, is_in), barred)
    refused["ceiling_reached"] = is_in & ~barred & (fen == 0) & (base > 0)
    refused = {code: rows for code, rows in refused.items() if rows.any()}
    approved = states_of(APPROVED)[facts.state] & is_in
    claim_refused = _claims(facts, before, tried, fen, approved)
    due_base = np.where(approved, np.minimum(facts.face_fen + facts.bonus_fen, facts.payable_fen), 0)
    due = np.minimum(fen + _bonuses(facts, tried, changed), facts.payable_fen)
    for rows in claim_refused.values():
        due[rows] = 0
    due[~approved | (fen == 0)] = 0
    outcome = Outcome(
        apart=apart,
        is_in=is_in,
        base_fen=_only(base, is_in, facts.face_fen),
        tried_fen=_only(fen, is_in, facts.face_fen),
        tried_before_fen=tried_before,
        line_base_fen=_only(first.line_fen, np.repeat(is_in, cases.sizes)),
        line_tried_fen=_only(second.line_fen, np.repeat(is_in & ~barred, cases.sizes)),
        refused=refused,
        claim_refused=claim_refused,
        due_base_fen=due_base,
        due_tried_fen=due,
        is_paid=states_of((S.PAID, S.RECOVERED))[facts.state] & is_in,
        again_fen=base,
    )
    _reach(outcome, facts, before, tried, given)
    return outcome


def _only(fen: np.ndarray, rows: np.ndarray, other: np.ndarray | int = 0) -> np.ndarray:
    return fen if rows.all() else np.where(rows, fen, other)


def asks_who_applies(changed: Collection[str]) -> bool:
    """Whether these rules judge the applicants, so that what is stored of them has to be read."""
    return any(key.startswith(OF_ELIGIBILITY) for key in changed)


def _eligibility(
    facts: Facts, before: Rulebook, tried: Rulebook, changed: Collection[str]
) -> tuple[np.ndarray, np.ndarray]:
    """The reasons that spoke against each application already, and those that newly would; only where asked."""
    if facts.applicants is None or not asks_who_applies(changed):
        nothing = np.zeros(len(facts), dtype=np.int64)
        return nothing, nothing
    already = refusals.against_applications(facts.applicants, before)
    return already, refusals.against_applications(facts.applicants, tried) & ~already


def _apart(
    facts: Facts, first: bulk.Judged, second: bulk.Judged, base: np.ndarray, already: np.ndarray
) -> dict[str, np.ndarray]:
    """Which vouchers can't be replayed, each under one reason."""
    left = np.ones(len(facts), dtype=bool)
    found: dict[str, np.ndarray] = {}

    def put(code: str, rows: np.ndarray) -> None:
        rows = rows & left
        if rows.any():
            found[code] = found.get(code, False) | rows  # type: ignore[operator]
            left[rows] = False

    for fault, code in _FAULT.items():
        put(code, first.fault == fault)
    put("differs", base != facts.face_fen)
    put("facts_changed", already > 0)
    for fault, code in _FAULT.items():
        if fault != bulk.NOT_LISTED:
            put(code, second.fault == fault)
    return found


def _claims(
    facts: Facts, before: Rulebook, tried: Rulebook, fen: np.ndarray, approved: np.ndarray
) -> dict[str, np.ndarray]:
    """Which approved claims the tried rules would newly refuse, by the sums of their papers."""
    asked = np.flatnonzero(approved & (fen > 0))
    papers = facts.papers.of(asked)
    already = refusals.against_claims(papers, facts.face_fen[asked], before)
    bits = np.zeros(len(facts), dtype=np.int64)
    bits[asked] = refusals.against_claims(papers, fen[asked], tried) & ~already
    return refusals.reasons(bits, refusals.CLAIM) if len(asked) else {}


def _bonuses(facts: Facts, tried: Rulebook, changed: Collection[str]) -> np.ndarray:
    """The bonus of each voucher that has one, by the tried rules of its application day."""
    if BONUS not in changed:
        return facts.bonus_fen
    out = facts.bonus_fen.copy()
    with_bonus = np.flatnonzero(out > 0)
    for rows, rule in refusals.spans(facts.cases.day[with_bonus], tried, BONUS):
        out[with_bonus[rows]] = rule.value
    return out


def _reach(
    outcome: Outcome,
    facts: Facts,
    before: Rulebook,
    tried: Rulebook,
    given: Mapping[tuple[int, int], Given],
) -> None:
    """Go through each city's vouchers until its quota, and its claims until its money, is used up."""
    keys, group = coded(facts.cycle * 1_000_000 + facts.city)
    places = [(int(key) // 1_000_000, int(key) % 1_000_000) for key in keys]
    sums = [given.get(place) for place in places]
    quotas = np.array([-1 if one is None else one.quota_fen for one in sums], dtype=np.int64)
    funds = np.array([-1 if one is None else one.funds_fen for one in sums], dtype=np.int64)
    counted = states_of(COUNTED)[facts.state] & (quotas >= 0)[group]
    claims = states_of(APPROVED)[facts.state] & outcome.is_in & (funds >= 0)[group]
    quota: list[list[_Told]] = []
    money: list[list[_Told]] = []
    for fen, due, rules in (
        (outcome.base_fen, outcome.due_base_fen, before),
        (outcome.tried_fen, outcome.due_tried_fen, tried),
    ):
        fits = _fitting(fen, counted, group, quotas, (facts.pk, facts.applied), _within)
        quota.append(_told(fen, counted, fits, group, len(keys)))
        asked = np.where(fits, due, 0)
        in_order = (facts.claim_seq, ~_goes_first(facts, rules, claims))
        covered = _fitting(asked, claims, group, funds, in_order, _until)
        money.append(_told(asked, claims, covered, group, len(keys)))
    for at in np.flatnonzero(added(group, len(keys), only=counted)).tolist():
        outcome.quota[places[at]] = Reached(int(quotas[at]), *(one[at] for one in quota))
    for at in np.flatnonzero(added(group, len(keys), only=claims)).tolist():
        outcome.funds[places[at]] = Reached(int(funds[at]), *(one[at] for one in money))


def _fitting(
    fen: np.ndarray,
    rows: np.ndarray,
    group: np.ndarray,
    bounds: np.ndarray,
    keys: tuple[np.ndarray, ...],
    reach: Callable[[np.ndarray, int], np.ndarray],
) -> np.ndarray:
    """Which of the rows their group's bound covers; only where it falls short does it matter who came first."""
    fits = rows.copy()
    short = added(group, len(bounds), fen, only=rows) > bounds
    if short.any():
        late = np.flatnonzero(rows & short[group])
        late = late[np.lexsort((*(key[late] for key in keys), group[late]))]
        starts = np.flatnonzero(np.diff(group[late], prepend=-1))
        for mine in np.split(late, starts[1:]):
            fits[mine] = reach(fen[mine], int(bounds[group[mine[0]]]))
    return fits


def _goes_first(facts: Facts, rules: Rulebook, claims: np.ndarray) -> np.ndarray:
    """Which claims the rules of their day put before the others: the pilots', where they say so."""
    first = np.zeros(len(facts), dtype=bool)
    pilots = np.flatnonzero(claims & facts.is_pilot)
    for rows, rule in refusals.spans(facts.cases.day[pilots], rules, "settlement.priority_classes"):
        first[pilots[rows]] = PILOT in rule.value
    return first


def _within(fen: np.ndarray, quota_fen: int) -> np.ndarray:
    """Which vouchers a quota covers, first come first served; a smaller one after one that doesn't fit still may."""
    fits = np.cumsum(fen) <= quota_fen
    short = int(np.argmin(fits)) if not fits.all() else len(fen)
    left = quota_fen - int(fen[:short].sum())
    for place in range(short, len(fen)):
        wanted = int(fen[place])
        fits[place] = wanted <= left
        left -= wanted if wanted <= left else 0
    return fits


def _until(fen: np.ndarray, funds_fen: int) -> np.ndarray:
    """Which claims money covers: the first that it doesn't stops all after it."""
    return np.cumsum(fen) <= funds_fen


def _told(fen: np.ndarray, rows: np.ndarray, fits: np.ndarray, group: np.ndarray, groups: int) -> list[_Told]:
    """Of each group how many and how much were reached, and how many and how much were not; nothing asked counts
    for nothing."""
    asked = rows & (fen > 0)
    columns = [
        added(group, groups, values, only=asked & reached).tolist()
        for reached in (fits, ~fits)
        for values in (None, fen)
    ]
    return list(zip(*columns, strict=True))
