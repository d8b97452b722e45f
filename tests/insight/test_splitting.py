"""The next cycle's split over the cities: exact to the fen, worked out in the open, decided by another (D47-5.17)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.cast import World, at, broken
from yunquan.insight import splitting_actions as actions
from yunquan.insight import splitting_facts
from yunquan.insight.models import IndustrySize, SplitAdjustment, SplitLine, SplitPlan
from yunquan.insight.splitting_formula import effective_weights, largest_remainder, split
from yunquan.kernel.refusal import Refused
from yunquan.parties import regions
from yunquan.policy.rulebook import load_pack
from yunquan.programme import actions as programme
from yunquan.programme.models import CityTarget, Cycle

NOW = at("2019-06-03 09:00")
CITIES = [city.code for city in regions.cities()]
TOTAL = 100_000_001_00
SHARES = st.dictionaries(st.sampled_from(CITIES), st.integers(0, 10**13), min_size=1)


# The first draw reads the whole house for constants, which takes a busy machine its time.
@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(total=st.integers(0, 10**13), shares=SHARES)
@example(total=1, shares={"440100": 1, "440200": 1})
@pytest.mark.clause("D47-5.17")
def test_the_parts_are_together_the_total_to_the_fen_and_nobody_is_off_by_a_fen(
    total: int, shares: dict[str, int]
) -> None:
    whole = sum(shares.values())
    if not whole:
        with pytest.raises(ValueError, match="nobody"):
            largest_remainder(total, {key: Fraction(one) for key, one in shares.items()})
        return
    fen = largest_remainder(total, {key: Fraction(one) for key, one in shares.items()})
    assert sum(fen.values()) == total
    assert all(abs(fen[key] - Fraction(total * one, whole)) < 1 for key, one in shares.items())
    assert all(fen[key] == 0 for key, one in shares.items() if not one)


def test_rounding_each_alone_would_lose_fen() -> None:
    """The negative control: what the property above would find in a simpler way of splitting."""
    shares = {"a": Fraction(1), "b": Fraction(1), "c": Fraction(1)}
    assert sum(int(100 * one / 3) for one in shares.values()) == 99
    assert sum(largest_remainder(100, shares).values()) == 100


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    total=st.integers(1, 10**12),
    figures=st.dictionaries(
        st.sampled_from(CITIES),
        st.fixed_dictionaries(
            {key: st.integers(0, 10**9) for key in ("industry", "result", "early", "queue")}
        ),
        min_size=1,
    ),
)
def test_the_formula_gives_out_all_of_it_and_the_working_adds_up(
    total: int, figures: dict[str, dict[str, int]]
) -> None:
    weights = {"industry": 50, "result": 20, "early": 15, "queue": 15}
    if not any(any(one.values()) for one in figures.values()):
        with pytest.raises(ValueError, match="no ground"):
            split(total, figures, weights)
        return
    parts = split(total, figures, weights)
    assert sum(part.fen for part in parts.values()) == total
    assert sum(sum(part.by_ground.values()) for part in parts.values()) == total
    assert all(abs(part.fen - sum(part.by_ground.values())) < 1 for part in parts.values())


def test_a_ground_in_which_nobody_has_anything_gives_its_weight_to_the_others() -> None:
    figures = {"a": {"industry": 3, "early": 0}, "b": {"industry": 1, "early": 0}}
    assert effective_weights(figures, {"industry": 50, "early": 50}) == {"industry": 1, "early": 0}
    assert {city: part.fen for city, part in split(100, figures, {"industry": 50, "early": 50}).items()} == {
        "a": 75, "b": 25,
    }  # fmt: skip


def entered(world: World, **changes: Any) -> None:
    sizes = {city: 1000 + 10 * place for place, city in enumerate(CITIES)}
    facts = {
        "year": 2018,
        "sizes": sizes,
        "source": "统计年鉴（测试）",
        "by": world["province_officer"],
        "now": NOW,
    }
    actions.enter_sizes(**{**facts, **changes})


def coming(world: World) -> Cycle:
    return programme.create_cycle(
        code="2019", name="2019 年度", pack="gd-2018", year=2019, by=world["province_officer"], now=NOW
    )


def draft(world: World, cycle: Cycle, **changes: Any) -> SplitPlan:
    facts = {
        "cycle": cycle, "base": world.cycle, "industry_year": 2018, "total_fen": TOTAL, "factor_percent": 150,
        "by": world["province_officer"], "now": NOW,
    }  # fmt: skip
    return actions.draft(**{**facts, **changes})


def codes(refused: Any) -> set[str]:
    return {one.code for one in refused.value.refusals}


@pytest.mark.django_db
@pytest.mark.clause("D47-5.17", "D47-5.1", "D47-8.2a")
def test_a_split_is_computed_changed_with_a_reason_decided_by_another_and_becomes_the_quota(
    world: World,
) -> None:
    entered(world)
    plan = draft(world, coming(world))
    amounts = actions.amounts_of(plan)
    assert len(amounts) == 21 and sum(amounts.values()) == TOTAL
    by, approver = world["province_officer"], world["province_approver"]
    with pytest.raises(Refused) as refused:
        actions.adjust(plan=plan, amounts={CITIES[0]: amounts[CITIES[0]] + 1}, reason="", by=by, now=NOW)
    assert codes(refused) == {"no_reason", "sum_differs"}
    moved = {CITIES[0]: amounts[CITIES[0]] + 500, CITIES[1]: amounts[CITIES[1]] - 500}
    actions.adjust(plan=plan, amounts=moved, reason="新增产业园（测试）。", by=by, now=NOW)
    assert SplitAdjustment.objects.count() == 2 and actions.amounts_of(plan) == {**amounts, **moved}
    actions.propose(plan=plan, by=by, now=NOW)
    for who, code in ((by, "not_your_role"), (world["dg_reviewer"], "not_your_role")):
        with pytest.raises(Refused) as refused:
            actions.decide(plan=plan, by=who, now=NOW)
        assert codes(refused) == {code}
    plan = actions.decide(plan=plan, by=approver, now=NOW)
    rows = {row.city: row for row in CityTarget.objects.filter(cycle=plan.cycle)}
    assert {city: row.target_fen for city, row in rows.items()} == {**amounts, **moved}
    assert rows[CITIES[0]].quota_fen == moved[CITIES[0]] * 150 // 100
    assert plan.state == "decided" and broken() == []
    SplitPlan.objects.update(total_fen=TOTAL - 1)  # The negative control: what was frozen no longer agrees.
    assert {one.row for one in broken()} == {plan.journal_key}


@pytest.mark.django_db
@pytest.mark.clause("S3")
def test_the_approver_who_changed_an_amount_does_not_decide(world: World) -> None:
    entered(world)
    plan = draft(world, coming(world))
    amounts, approver = actions.amounts_of(plan), world["province_approver"]
    moved = {CITIES[0]: amounts[CITIES[0]] + 1, CITIES[1]: amounts[CITIES[1]] - 1}
    actions.adjust(plan=plan, amounts=moved, reason="取整（测试）。", by=approver, now=NOW)
    actions.propose(plan=plan, by=world["province_officer"], now=NOW)
    with pytest.raises(Refused) as refused:
        actions.decide(plan=plan, by=approver, now=NOW)
    assert codes(refused) == {"same_person"}
    assert {one.article for one in refused.value.refusals} == {"D47-5.17"}
    assert not CityTarget.objects.filter(cycle=plan.cycle).exists()
    actions.send_back(plan=plan, reason="再议。", by=approver, now=NOW)
    plan = actions.discard(plan=plan, reason="另行测算。", by=approver, now=NOW)
    assert plan.state == "discarded" and draft(world, plan.cycle).state == "drafted"


@pytest.mark.django_db
def test_every_fault_of_a_draft_and_of_sizes_is_told_at_once(world: World) -> None:
    cycle = coming(world)
    with pytest.raises(Refused) as refused:
        draft(world, cycle, base=cycle, total_fen=0, factor_percent=900, by=world["dg_reviewer"])
    assert codes(refused) == {"not_your_role", "not_earlier", "total", "factor_outside", "no_sizes"}
    with pytest.raises(Refused) as refused:
        draft(world, cycle, total_fen=10**19, industry_year=10**30)
    assert codes(refused) == {"total", "year", "no_sizes"}
    with pytest.raises(Refused) as refused:
        entered(world, year=1900, sizes={"110000": 1, CITIES[0]: -1}, source=" ")
    assert codes(refused) == {"year", "no_source", "unknown_city", "size"}
    entered(world)
    entered(world, sizes={CITIES[0]: 7})
    assert splitting_facts.industry_sizes(2018)[CITIES[0]] == 7 and IndustrySize.objects.count() == 22
    draft(world, cycle)
    with pytest.raises(Refused) as refused:
        draft(world, cycle)
    assert codes(refused) == {"already"}
    with pytest.raises(Exception, match=r"(?i)append"):
        SplitLine.objects.update(formula_fen=1)


@pytest.mark.django_db
def test_sizes_that_are_all_zero_split_nothing_and_are_told(world: World) -> None:
    entered(world, sizes=dict.fromkeys(CITIES, 0))
    with pytest.raises(Refused) as refused:
        draft(world, coming(world))
    assert codes(refused) == {"no_figures"}


@pytest.mark.django_db
@pytest.mark.clause("D47-8.2c", "D47-5.17")
def test_who_reached_its_target_early_and_has_many_waiting_is_favoured(world: World) -> None:
    shipped = load_pack("gd-2018").value("evaluation.split", NOW.date()).value
    method = shipped.model_copy(update={"early_days": 10})
    voucher = world.approved()
    CityTarget.objects.filter(cycle=world.cycle, city=voucher.city).update(
        target_fen=voucher.face_fen, quota_fen=voucher.face_fen
    )
    few = splitting_facts.figures(world.cycle, {}, method)[voucher.city]
    assert few["is_early"] == 1 and few["waiting"] == 1 and few["early"] == 0
    enough = method.model_copy(update={"least_waiting": 1})
    found = splitting_facts.figures(world.cycle, {}, enough)
    assert found[voucher.city]["early"] == voucher.face_fen == found[voucher.city]["queue"]
    late = splitting_facts.figures(world.cycle, {}, enough.model_copy(update={"early_days": 300}))
    assert late[voucher.city]["is_early"] == 0 and late[voucher.city]["early"] == 0


def test_the_day_of_the_target_is_the_first_day_that_reaches_it() -> None:
    days = {date(2019, 1, 3): 1, date(2019, 1, 1): 4, date(2019, 1, 2): 5}
    assert splitting_facts.reached_on(days, 9) == date(2019, 1, 2)
    assert splitting_facts.reached_on(days, 11) is None and splitting_facts.reached_on(days, 0) is None
