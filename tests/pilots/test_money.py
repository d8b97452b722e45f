"""Money and quota of pilots: exact, never above a ceiling, never touching the ledger (D47-6.4, D0-6.3, Q1)."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cast import World, broken
from tests.pilots.conftest import NAMING, Pilots
from yunquan.kernel.refusal import Refused
from yunquan.ledger.models import Transfer
from yunquan.pilots import earmarks, lead, scoring
from yunquan.programme import accounts
from yunquan.programme import actions as programme

FEN = st.integers(0, 10**12)
SHARES = st.fractions(0, 1, max_denominator=20)
LEADS = st.lists(
    st.builds(
        lead.Lead,
        key=st.integers(1, 9),
        name=st.just("虚构（测试）"),
        city=st.sampled_from(["441900", "440600", ""]),
        enterprises=st.integers(0, 60),
        local=st.integers(0, 60),
        award_fen=FEN,
    ),
    max_size=8,
)


def overspent(shares: list[lead.LeadShare], funds: dict[str, int], share: Fraction) -> list[str]:
    """The cities whose pilots get more than their part of the money, to the fen."""
    paid: dict[str, int] = {}
    for one in shares:
        paid[one.lead.city] = paid.get(one.lead.city, 0) + one.payable_fen
    return [
        city for city, fen in paid.items() if fen * share.denominator > funds.get(city, 0) * share.numerator
    ]


@pytest.mark.clause("D0-6.3")
@settings(max_examples=200, deadline=None)
@given(LEADS, st.fixed_dictionaries({"441900": FEN, "440600": FEN}), SHARES, SHARES)
def test_lead_suppliers_together_never_get_more_than_the_share(
    leads: list[lead.Lead], funds: dict[str, int], share: Fraction, local: Fraction
) -> None:
    found = lead.lead_shares(leads, funds_fen=funds, share=share, local=local)
    assert overspent(found, funds, share) == []
    for one in found:
        assert 0 <= one.payable_fen <= min(one.lead.award_fen, one.ceiling_fen)
        assert not (one.refusals and one.payable_fen)
        if one.payable_fen:
            assert Fraction(one.lead.local, one.lead.enterprises) >= local


@pytest.mark.clause("D0-6.3")
def test_half_of_the_enterprises_are_local_and_half_of_the_money_is_the_most() -> None:
    half = Fraction(1, 2)
    leads = [
        lead.Lead(1, "一", "441900", 20, 10, 300_00),
        lead.Lead(2, "二", "441900", 21, 10, 100_00),
        lead.Lead(3, "三", "441900", 20, 20, 300_00),
        lead.Lead(4, "四", "441900", 20, 20, 1),
        lead.Lead(5, "五", "", 0, 0, 1),
    ]
    found = lead.lead_shares(leads, funds_fen={"441900": 1000_01}, share=half, local=half)
    assert [one.payable_fen for one in found] == [300_00, 0, 200_00, 0, 0]
    assert [[refusal.code for refusal in one.refusals] for one in found] == [
        [], ["not_local_enough"], [], ["ceiling_spent"], ["no_home_city", "no_enterprises"],
    ]  # fmt: skip


def test_the_property_finds_a_reckoning_that_rounds_up() -> None:
    """Negative control: a ceiling rounded up by one fen is seen."""
    one = lead.Lead(1, "一", "441900", 1, 1, 10**9)
    (right,) = lead.lead_shares([one], funds_fen={"441900": 101}, share=Fraction(1, 2), local=Fraction(1, 2))
    wrong = lead.LeadShare(one, right.ceiling_fen + 1, right.room_fen + 1, right.payable_fen + 1, (), ())
    assert overspent([right], {"441900": 101}, Fraction(1, 2)) == []
    assert overspent([wrong], {"441900": 101}, Fraction(1, 2)) == ["441900"]


@pytest.mark.clause("Q1", "D47-6.2")
@settings(max_examples=200, deadline=None)
@given(st.integers(0, 10**9), st.lists(st.tuples(st.integers(1, 10**9), st.integers(0, 10**9)), max_size=8))
def test_pilots_never_expect_more_than_is_left(left: int, wanted: list[tuple[int, int]]) -> None:
    """Named one after the other, some of them having drawn a part before: what all still expect is there."""
    expected = 0
    for amount, used in wanted:
        still = earmarks.unused_fen(amount, used)
        if not earmarks.too_large({"441900": still}, left={"441900": left}, others={"441900": expected}):
            expected += still
    assert expected <= left
    # Negative control: without regard to the others the same sequence runs over as soon as two ask for everything.
    if left:
        assert not earmarks.too_large({"441900": left}, left={"441900": left}, others={})
        assert earmarks.too_large({"441900": left}, left={"441900": left}, others={"441900": 1})


@settings(max_examples=200, deadline=None)
@given(st.lists(st.lists(st.integers(0, 100), min_size=5, max_size=5), min_size=1, max_size=7))
def test_totals_and_means_stay_within_a_hundred_points(sheets: list[list[int]]) -> None:
    totals = [scoring.total(points, scoring.usual_sheet()) for points in sheets]
    assert all(
        100 * min(points) <= total <= 100 * max(points) for points, total in zip(sheets, totals, strict=True)
    )
    assert abs(Fraction(sum(totals), len(totals)) - scoring.mean(totals)) <= Fraction(1, 2)
    assert min(totals) <= scoring.mean(totals) <= max(totals)


@pytest.mark.django_db
@pytest.mark.clause("Q1", "D47-6.2")
def test_an_earmark_lies_within_what_the_quota_has_left_and_moves_nothing(
    pilots: Pilots, world: World
) -> None:
    call = pilots.call()
    row, other = pilots.scored(call), pilots.scored(call, "other_supplier", points=75)
    quota = 1500_0000_00
    pilots.public(call, row, other, marks={"441900": quota - 10_0000_00})
    before = Transfer.objects.count()
    row = pilots.name(row)
    assert Transfer.objects.count() == before
    with pytest.raises(Refused) as refused:
        pilots.name(other)
    assert refused.value.codes == ("earmark_above_quota",)
    # Vouchers of the pilot draw on the same quota, and count against its earmark, not beside it.
    pilots.tagged(1)
    (told,) = earmarks.table(world.cycle)
    assert told["earmarked_fen"] == quota - 10_0000_00
    assert told["used_fen"] > 0 and not told["is_short"]
    assert told["expected_fen"] == quota - 10_0000_00 - told["used_fen"]
    assert (
        told["left_fen"]
        == earmarks.left_by_city(world.cycle, ["441900"])["441900"]
        == quota - told["used_fen"]
    )
    # Quota taken away by the province's own act leaves the plan short, and says so; no invariant breaks.
    arguments: dict[str, Any] = {
        "cycle": world.cycle,
        "city": "441900",
        "factor_percent": 100,
        "target_fen": 1000_0000_00,
    }
    programme.set_target(**arguments, by=world["province_officer"], now=NAMING)
    assert earmarks.table(world.cycle)[0]["is_short"] is True
    assert accounts.quota(world.cycle.code, "441900") and broken() == []
