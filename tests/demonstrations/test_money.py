"""The money of a demonstration project, whatever is typed: plans add up, public money never goes past its plan."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yunquan.demonstrations import checks
from yunquan.demonstrations.outline import SECTIONS
from yunquan.demonstrations.reading import Told, read_plan, read_report
from yunquan.kernel.money import yuan_plain

FEN = st.integers(min_value=0, max_value=10_000_000_00)
PLANS = st.lists(st.tuples(FEN, FEN), min_size=1, max_size=6)
UNTIL = date(2020, 8, 31)


def typed_plan(lines: list[tuple[int, int]], *, public: int, own: int) -> dict[str, Any]:
    return {
        "name": "项目", "holder_kind": "supplier", "holder_code": "X", "funded_by": "province", "year": "2019",
        "city": "441900", "content": "内容", "starts_on": "2019-01-01", "ends_on": "2020-12-31",
        "public": yuan_plain(public), "own": yuan_plain(own),
        "budget": [
            {"purpose": f"用途{place}", "public": yuan_plain(one), "own": yuan_plain(other)}
            for place, (one, other) in enumerate(lines)
        ],
        "milestones": [{"title": "上线", "due_on": "2019-12-31"}],
    }  # fmt: skip


@given(PLANS, st.sampled_from([0, 1, -1, 100]))
def test_a_plan_is_read_to_the_fen_and_only_where_its_lines_add_up(lines: Any, off: int) -> None:
    public, own = sum(one for one, _ in lines), sum(other for _, other in lines)
    if public + off < 0:
        return
    plan, refusals = read_plan(typed_plan(lines, public=public + off, own=own), cities=["441900"])
    assert (plan is not None) == (off == 0)
    assert {one.code for one in refusals} == (set() if off == 0 else {"sums_differ"})
    if plan is not None:
        assert [(one.public_fen, one.own_fen) for one in plan.budget] == list(lines)


def told_of(payments: list[tuple[int, str, int]]) -> Told:
    typed = {
        **{one.name: "说明" for one in SECTIONS},
        "spending": [
            {"line": str(line), "fund": fund, "amount": yuan_plain(fen), "paid_on": "2020-01-01",
             "document": f"PZ{place}", "payee": "收款单位"}
            for place, (line, fund, fen) in enumerate(payments)
        ],
        "files": [{"file": "1"}],
    }  # fmt: skip
    return read_report(typed, lines=[1, 2, 3], steps={}, until=UNTIL, files=[1])


PAYMENTS = st.lists(
    st.tuples(st.integers(1, 3), st.sampled_from(["public", "own"]), st.integers(1, 5_000_000_00)), max_size=8
)
KEYS = [(line, fund) for line in (1, 2, 3) for fund in ("public", "own")]
SUMS = st.fixed_dictionaries(dict.fromkeys(KEYS, FEN))


def judged(plan: Any, earlier: Any, told: Told, overrun: str = "") -> set[str]:
    facts = {
        "plan": plan,
        "earlier": earlier,
        "now": told.sums(),
        "overrun": overrun,
        "purposes": {1: "一", 2: "二", 3: "三"},
    }
    return {one.code for one in checks.within_plan(facts)}


# A machine that does other work besides is no fault of the money.
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(SUMS, SUMS, PAYMENTS)
def test_public_money_is_refused_exactly_where_it_goes_past_the_plan(
    plan: Any, earlier: Any, payments: Any
) -> None:
    told = told_of(payments)
    assert told.faults == ()
    assert sum(told.sums().values()) == sum(fen for *_rest, fen in payments)
    spent = sum(fen for (_, fund), fen in earlier.items() if fund == "public")
    spent += sum(fen for _, fund, fen in payments if fund == "public")
    is_over = spent > sum(fen for (_, fund), fen in plan.items() if fund == "public")
    # No explanation makes too much public money right; own money past its line needs one.
    assert ("over_public" in judged(plan, earlier, told, "有原因")) == is_over
    assert "over_line" not in judged(plan, earlier, told, "有原因")
    lines = {(line, fund) for line, fund, _ in payments}
    past = any(earlier[key] + told.sums()[key] > plan[key] for key in lines)
    assert ("over_line" in judged(plan, earlier, told)) == past


def test_a_sum_that_forgot_what_was_spent_before_would_be_seen() -> None:
    """The negative control: the same payments within the plan alone, and past it with what was spent before."""
    plan, nothing = dict.fromkeys(KEYS, 100_00), dict.fromkeys(KEYS, 0)
    told = told_of([(1, "public", 300_00)])
    assert "over_public" not in judged(plan, nothing, told, "有原因")
    assert "over_public" in judged(plan, {**nothing, (3, "public"): 1}, told, "有原因")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.dictionaries(
        st.text(max_size=12), st.recursive(st.text(max_size=20), st.lists, max_leaves=8), max_size=8
    )
)
def test_whatever_is_typed_is_read_or_refused_in_words(typed: Any) -> None:
    plan, refusals = read_plan(typed, cities=["441900"])
    assert plan is None and all(one.message and one.field for one in refusals)
    rows = {
        name: [typed, {"amount": "1e9", "line": "1"}] for name in ("spending", "reached", "files", "budget")
    }
    assert read_report({**typed, **rows}, lines=[1], steps={1: "上线"}, until=UNTIL, files=[]).faults
    assert read_plan({**typed, **rows}, cities=[])[1]
