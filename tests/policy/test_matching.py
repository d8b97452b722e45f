"""What a city adds: exact, never over a limit, rounded down once, worked out again to the same fen (D47-4.4.6)."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yunquan.policy import matching
from yunquan.policy.matching import Award, Service, Terms, due_back_fen, work_out

FEN = st.integers(0, 500_000_00)
AWARDS = st.builds(
    Award,
    award_fen=FEN,
    bonus_fen=st.sampled_from([0, 200_000_00]),
    services=st.lists(
        st.builds(Service, st.integers(1, 18), st.just("服务"), st.integers(1, 900_000_00)),
        min_size=1,
        max_size=4,
        unique_by=lambda one: one.number,
    ),
    earlier_fen=FEN,
)
TERMS = st.builds(
    Terms,
    basis=st.sampled_from(["ratio", "fixed"]),
    ratio=st.integers(1, 20_000),
    fixed=st.dictionaries(st.integers(1, 18), st.integers(1, 50_000_00), max_size=6),
    ceiling_fen=st.integers(1, 900_000_00),
    counts_bonus=st.booleans(),
    within_fee=st.booleans(),
    rounding=st.sampled_from(["fen", "yuan"]),
)


def lawful(award: Award, terms: Terms) -> None:
    """The amount is the rule's own value, less than one unit below it, and within every limit."""
    worked = work_out(award, terms)
    unit = 100 if terms.rounding == "yuan" else 1
    base = award.award_fen + (award.bonus_fen if terms.counts_bonus else 0)
    if terms.basis == "ratio":
        due = Fraction(base) * terms.ratio / 10_000
    else:
        due = Fraction(
            sum(terms.fixed.get(one.number, 0) for one in award.services) if award.award_fen else 0
        )
    limits = [max(0, terms.ceiling_fen - award.earlier_fen)]
    if terms.within_fee:
        limits.append(max(0, sum(one.fee_fen for one in award.services) - award.award_fen))
    due = min([due, *limits])
    assert 0 <= worked.amount_fen <= due < worked.amount_fen + unit
    assert worked.amount_fen % unit == 0
    assert worked.steps[-1].after_fen == worked.amount_fen
    assert work_out(Award.from_json(award.as_json()), terms) == worked


@pytest.mark.clause("D47-4.4.6", "M4")
@given(AWARDS, TERMS)
def test_the_amount_is_the_rules_own_value_rounded_down_once(award: Award, terms: Terms) -> None:
    lawful(award, terms)


@pytest.mark.clause("D47-4.4.6")
def test_rounding_up_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: a reckoning that rounds to the next yuan gives money that nobody decided on."""

    class Generous(int):
        def __floordiv__(self, unit: int) -> int:  # type: ignore[override]
            return -(-int(self) // unit)

    monkeypatch.setattr(matching, "int", Generous, raising=False)
    award = Award(100_30, 0, [Service(1, "服务", 900_00)])
    with pytest.raises(AssertionError):
        lawful(award, Terms("ratio", ratio=5000, ceiling_fen=1_000_00))


@pytest.mark.clause("D47-4.4.6", "M10")
@given(st.integers(1, 10**9), st.integers(1, 10**9), st.integers(0, 10**9))
def test_what_is_asked_back_is_the_provinces_share_and_never_more_than_was_paid(
    paid: int, award: int, back: int
) -> None:
    due = due_back_fen(paid, award, back)
    assert 0 <= due <= paid
    assert due >= Fraction(paid) * min(back, award) / award
    assert due_back_fen(paid, award, award) == paid and due_back_fen(paid, award, 0) == 0
