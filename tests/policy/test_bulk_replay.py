"""Many vouchers under two rulebooks at once: equal to the single judgement, voucher by voucher."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yunquan.kernel.refusal import Refused
from yunquan.policy import bulk_replay
from yunquan.policy.award import AwardLine, award
from yunquan.policy.rulebook import NotInForce, Rulebook, load_pack
from yunquan.policy.values import SIZES

FIRST = date(2018, 1, 1)
SLOWLY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
money = st.integers(1, 60).map(lambda wan: f"{wan} 万元")


@dataclass(frozen=True)
class One:
    """A voucher as the single judgement takes it."""

    chain: int
    on: date
    size: str | None
    residue_fen: int
    contract_fen: int
    lines: tuple[tuple[int, int, int], ...]


def change(key: str, value: Any, **more: str) -> dict[str, Any]:
    form = {
        "key": key,
        "from_on": "2019-06-01",
        "value": value,
        "article": "D47-4.4.2",
        "meaning": "试一试。",
    }
    return {**form, **more}


caps = st.builds(
    lambda number, per, amount, graded, ratio, group: change(
        f"award.cap.{number}",
        {
            "per": per,
            **({"by_size": dict(zip(SIZES, graded, strict=True))} if graded else {"amount": amount}),
            **({"ratio": ratio} if ratio else {}),
            **({"exclusion_group": group} if group else {}),
        },
    ),
    st.integers(1, 8),
    st.sampled_from(["service", "device"]),
    money,
    st.none() | st.lists(money, min_size=4, max_size=4),
    st.sampled_from([None, "60 %", "33.3 %", "0.00001 %"]),
    st.sampled_from([None, "甲组"]),
)
ceilings = money.map(lambda amount: change("award.cumulative_ceiling", {"amount": amount}))
limits = st.sampled_from(["cloud_fee", "contract_amount"]).map(
    lambda limit: change("award.line_rule", {"limit": limit})
)
editions = st.lists(st.integers(1, 11), min_size=7, max_size=11, unique=True).map(
    lambda listed: change("catalogue.edition", {"id": "试", "title": "试", "services": sorted(listed)})
)
drafts = st.lists(st.one_of(caps, ceilings, limits, editions), max_size=4, unique_by=lambda one: one["key"])
default_size = change("award.size_when_not_stated", "small")
fees = st.one_of(st.integers(1, 10**8), st.integers(1, 10**14), st.sampled_from([10**7, 5 * 10**7]))
lines = st.lists(
    st.tuples(st.integers(1, 8), fees, st.integers(0, 90)), min_size=0, max_size=4, unique_by=lambda one: one[0]
)  # fmt: skip
vouchers = st.builds(
    One,
    st.integers(0, 3),
    st.integers(0, 900).map(lambda days: FIRST + timedelta(days=days)),
    st.sampled_from([None, *SIZES]),
    st.sampled_from([0, 0, 0, 10**7, -(10**6), 6 * 10**7]),
    st.integers(1, 5 * 10**7),
    lines.map(tuple),
)


def single(one: One, rules: Rulebook, before_fen: int) -> int | None:
    """The award of one voucher by the single function; None where it gives none."""
    try:
        counts = {service.number: service.counts_devices for service in rules.services(one.on)}
    except NotInForce:
        return None
    stated = [
        AwardLine(number, fee, (devices or None) if counts.get(number) else None, one.contract_fen)
        for number, fee, devices in one.lines
    ]
    try:
        return award(stated, rules, one.on, max(0, before_fen), one.size).award_fen
    except (Refused, NotInForce):
        return None


def columns(ordered: list[One], before: list[int]) -> bulk_replay.Cases:
    sizes = np.array([len(one.lines) for one in ordered], dtype=np.int64)
    flat = [line for one in ordered for line in one.lines]

    def whole(values: list[int]) -> np.ndarray:
        return np.array(values, dtype=np.int64)

    return bulk_replay.Cases(
        chain=whole([one.chain for one in ordered]),
        day=whole([(one.on - bulk_replay.EPOCH).days for one in ordered]),
        size=whole([SIZES.index(one.size) if one.size else bulk_replay.NOT_STATED for one in ordered]),
        before_fen=whole(before),
        contract_fen=whole([one.contract_fen for one in ordered]),
        heads=np.cumsum(sizes) - sizes,
        sizes=sizes,
        service=whole([line[0] for line in flat]),
        fee_fen=whole([line[1] for line in flat]),
        devices=whole([line[2] for line in flat]),
    )


def compared(found: list[One], held: Rulebook, other: Rulebook) -> tuple[list[Any], list[Any]]:
    """What the columns say and what the single function says: base and what-if awards, None for none."""
    ordered = sorted(found, key=lambda one: (one.chain, one.on))
    chains = {chain: place for place, chain in enumerate(sorted({one.chain for one in ordered}))}
    ordered = [replace(one, chain=chains[one.chain]) for one in ordered]
    wanted: list[Any] = []
    pinned: list[int] = []
    base_sums: dict[int, int] = {}
    other_sums: dict[int, int] = {}
    for one in ordered:
        before = max(0, base_sums.get(one.chain, 0) + one.residue_fen)
        pinned.append(before)
        base = single(one, held, before)
        drift = other_sums.get(one.chain, 0) - base_sums.get(one.chain, 0)
        what_if = single(one, other, before + drift) if base is not None else None
        wanted.append((base, what_if))
        base_sums[one.chain] = base_sums.get(one.chain, 0) + (base or 0)
        other_sums[one.chain] = other_sums.get(one.chain, 0) + (what_if or 0)
    cases = columns(ordered, pinned)
    first, second = bulk_replay.judged(cases, held), bulk_replay.judged(cases, other)
    base_fen = bulk_replay.as_it_was(cases, first)
    base_fen[first.fault > 0] = 0
    barred = (first.fault > 0) | (second.fault > 0)
    what_if_fen, _before = bulk_replay.in_turn(cases, second, base_fen, barred)
    told = [
        (None if no_base else base, None if no_base or none else fen)
        for base, fen, no_base, none in zip(
            base_fen.tolist(), what_if_fen.tolist(), first.fault > 0, second.fault > 0, strict=True
        )
    ]
    return told, wanted


@pytest.mark.clause("D47-4.4.2", "D47-4.4.3", "M4")
@given(st.lists(vouchers, min_size=1, max_size=14), drafts, drafts)
@SLOWLY
def test_the_columns_give_what_the_single_function_gives(
    found: list[One], first: list[dict[str, Any]], second: list[dict[str, Any]]
) -> None:
    pack = load_pack("gd-2018")
    held = bulk_replay.tried(pack, [default_size, *first])
    told, wanted = compared(found, held, bulk_replay.tried(held, second))
    assert told == wanted


@given(st.lists(vouchers, min_size=1, max_size=14), drafts)
@SLOWLY
def test_the_same_rules_change_no_award(found: list[One], drafted: list[dict[str, Any]]) -> None:
    held = bulk_replay.tried(load_pack("gd-2018"), [default_size, *drafted])
    told, _wanted = compared(found, held, held)
    assert all(base == what_if for base, what_if in told)


def test_a_wrong_cap_shows() -> None:
    """The negative control: a cap that is off by a fen in one rulebook alone makes the comparison fail."""
    pack = load_pack("gd-2018")
    one = One(0, date(2018, 12, 3), "small", 0, 10**8, ((3, 10**8, 0),))
    off = bulk_replay.tried(pack, [change("award.cap.3", {"per": "service", "amount": "499999.99 元"})])
    cases = columns([one], [0])
    right, wrong = bulk_replay.judged(cases, pack), bulk_replay.judged(cases, off)
    assert bulk_replay.as_it_was(cases, right).tolist() == [single(one, pack, 0)]
    assert bulk_replay.as_it_was(cases, wrong).tolist() == [49_999_999] != [single(one, pack, 0)]


def test_a_draft_is_tried_as_if_it_had_held_from_the_first_day_on_every_day() -> None:
    pack = load_pack("gd-2018").overlaid(
        [change("award.cap.3", {"per": "service", "amount": "3 万元"}, from_on="2018-11-01")]
    )
    tried = bulk_replay.tried(pack, [change("award.cap.3", {"per": "service", "amount": "1 万元"})])
    for day in (date(2018, 10, 20), date(2018, 11, 1), date(2030, 1, 1)):
        assert tried.value("award.cap.3", day).value.amount == 1_000_000
    assert tried.value("award.cap.4", FIRST + timedelta(300)) == pack.value(
        "award.cap.4", FIRST + timedelta(300)
    )


def test_what_keeps_a_voucher_from_being_judged_is_named() -> None:
    pack = load_pack("gd-2018")
    per_device = bulk_replay.tried(pack, [change("award.cap.3", {"per": "device", "amount": "100 元"})])
    without = change("catalogue.edition", {"id": "少", "title": "少", "services": [1, 2]})
    few = bulk_replay.tried(pack, [without])
    day = date(2018, 12, 3)
    found = [
        One(0, day, "small", 0, 10**8, ((3, 10**7, 0),)),
        One(1, day, "small", 0, 10**8, ()),
        One(2, date(1999, 1, 1), "small", 0, 10**8, ((1, 10**7, 0),)),
    ]
    cases = columns(found, [0, 0, 0])
    assert bulk_replay.judged(cases, per_device).fault.tolist() == [
        bulk_replay.DEVICES_MISSING, bulk_replay.NO_LINES, bulk_replay.NO_RULES,
    ]  # fmt: skip
    assert bulk_replay.judged(cases, few).fault.tolist()[0] == bulk_replay.NOT_LISTED
