"""Quotas: target × factor, never below what is issued, moved between cities (D47-8.2a, Q1, Q2)."""

from __future__ import annotations

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.parties.making import APPROVER, AUDITOR, OFFICER, PUBLIC, REVIEWER, STRANGER
from tests.programme.making import DONGGUAN, FOSHAN, NOW, WAN, issue, made, target
from yunquan.kernel.refusal import Refused
from yunquan.ledger.queries import balance_fen
from yunquan.programme import access, accounts, actions, invariants, queries
from yunquan.programme.models import CityTarget

pytestmark = [pytest.mark.django_db, pytest.mark.clause("D47-8.2a")]


def move(cycle, amount_fen, from_city=DONGGUAN, to_city=FOSHAN, by=OFFICER):
    return actions.reallocate(
        cycle=cycle, from_city=from_city, to_city=to_city, amount_fen=amount_fen, by=by, now=NOW
    )


@pytest.mark.clause("D47-5.1")
def test_a_city_gets_its_target_times_the_usual_factor():
    cycle = made()
    row = target(cycle)
    assert (row.quota_fen, row.factor_percent) == (1500 * WAN, 150)
    assert balance_fen(accounts.quota("2018", DONGGUAN)) == 1500 * WAN
    assert balance_fen(accounts.province("2018")) == -1500 * WAN
    assert list(invariants.breaches()) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"factor_percent": 99}, "factor_outside"),
        ({"factor_percent": 201}, "factor_outside"),
        ({"quota_fen": 999 * WAN}, "quota_outside_factor"),
        ({"quota_fen": 2001 * WAN}, "quota_outside_factor"),
        ({"quota_fen": 1600 * WAN, "factor_percent": 150}, "quota_above_factor"),
        ({"target_fen": 0}, "target_not_positive"),
        ({"city": "310000"}, "unknown_city"),
    ],
)
def test_a_quota_outside_the_factor_is_refused(changes, code):
    with pytest.raises(Refused) as refused:
        target(made(), **changes)
    assert code in refused.value.codes
    assert not CityTarget.objects.exists()


@pytest.mark.parametrize("percent", [100, 137, 200])
def test_both_ends_of_the_factor_are_allowed(percent):
    assert target(made(), factor_percent=percent).quota_fen == 10 * percent * WAN


@pytest.mark.parametrize("by", [REVIEWER, AUDITOR, PUBLIC])
def test_only_the_province_splits_the_quota(by):
    cycle = made()
    target(cycle)
    target(cycle, FOSHAN)
    with pytest.raises(Refused) as refused:
        actions.set_target(cycle=cycle, city=DONGGUAN, target_fen=WAN, by=by, now=NOW)
    assert refused.value.codes == ("not_your_role",)
    with pytest.raises(Refused) as refused:
        move(cycle, WAN, by=by)
    assert refused.value.codes == ("not_your_role",)


def test_raising_and_lowering_post_the_difference_only():
    cycle = made()
    for fen in (1000 * WAN, 1200 * WAN, 300 * WAN):
        row = target(cycle, target_fen=fen)
        assert balance_fen(accounts.quota("2018", DONGGUAN)) == row.quota_fen == fen * 3 // 2
    assert list(invariants.breaches()) == []


def test_lowering_never_goes_below_what_is_issued():
    cycle = made()
    target(cycle)
    issue(cycle, DONGGUAN, 700 * WAN)
    with pytest.raises(Refused) as refused:
        target(cycle, target_fen=400 * WAN)
    assert refused.value.codes == ("quota_below_issued",)
    assert "700 万元" in refused.value.refusals[0].message
    assert target(cycle, target_fen=400 * WAN, factor_percent=175).quota_fen == 700 * WAN
    assert balance_fen(accounts.quota("2018", DONGGUAN)) == 0


def test_the_ledger_refuses_even_when_the_check_saw_an_older_figure(monkeypatch):
    from yunquan.programme.actions import quotas

    cycle = made()
    target(cycle)
    issue(cycle, DONGGUAN, 700 * WAN)
    figures = iter([0, 700 * WAN])
    monkeypatch.setattr(quotas, "issued_fen", lambda _cycle, _city: next(figures))
    with pytest.raises(Refused) as refused:
        target(cycle, target_fen=400 * WAN)
    assert refused.value.codes == ("quota_below_issued",)
    assert CityTarget.objects.get().quota_fen == 1500 * WAN
    assert list(invariants.breaches()) == []


@pytest.mark.clause("D47-5.1")
def test_quota_moves_between_cities_within_both_factors():
    cycle = made()
    target(cycle)
    target(cycle, FOSHAN)
    giver, taker = move(cycle, 500 * WAN)
    assert (giver.quota_fen, giver.factor_percent) == (1000 * WAN, 150)
    assert (taker.quota_fen, taker.factor_percent) == (2000 * WAN, 200)
    for amount, codes in (
        (1, ("quota_outside_factor", "quota_outside_factor")),
        (0, ("amount_not_positive",)),
    ):
        with pytest.raises(Refused) as refused:
            move(cycle, amount)
        assert refused.value.codes == codes
    assert list(invariants.breaches()) == []


def test_a_city_keeps_what_is_issued():
    cycle = made()
    target(cycle)
    target(cycle, FOSHAN)
    issue(cycle, DONGGUAN, 1400 * WAN)
    with pytest.raises(Refused) as refused:
        move(cycle, 200 * WAN)
    assert refused.value.codes == ("quota_below_issued",)


def test_a_move_names_every_fault_at_once():
    with pytest.raises(Refused) as refused:
        move(made(), -1, to_city=DONGGUAN)
    assert set(refused.value.codes) == {"same_city", "amount_not_positive", "no_target"}


MOVES = st.lists(
    st.tuples(
        st.sampled_from(["target", "move", "issue"]),
        st.sampled_from([DONGGUAN, FOSHAN]),
        st.integers(1, 2500),
        st.integers(100, 200),
    ),
    max_size=8,
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(MOVES)
def test_no_order_of_acts_breaks_quota_or_ledger(steps):
    with transaction.atomic():
        cycle = made()
        target(cycle)
        target(cycle, FOSHAN)
        for kind, city, wan, percent in steps:
            other = FOSHAN if city == DONGGUAN else DONGGUAN
            try:
                if kind == "target":
                    target(cycle, city, wan * WAN, factor_percent=percent)
                elif kind == "move":
                    move(cycle, wan * WAN // 3 + 1, city, other)
                else:
                    with transaction.atomic():
                        issue(cycle, city, wan * WAN // 7 + 1)
            except Refused:
                pass
            assert [b for b in invariants.breaches() if b.invariant in ("Q1", "Q2", "M2")] == []
        transaction.set_rollback(True)


def test_the_monitor_sees_a_quota_changed_past_the_ledger():
    cycle = made()
    target(cycle)
    CityTarget.objects.update(quota_fen=1400 * WAN)
    assert {b.invariant for b in invariants.breaches()} == {"Q1"}


def test_the_database_itself_refuses_a_quota_outside_the_factor():
    from django.db import IntegrityError

    target(made())
    for quota_fen in (999 * WAN, 1501 * WAN):
        with pytest.raises(IntegrityError), transaction.atomic():
            CityTarget.objects.update(quota_fen=quota_fen)


@pytest.mark.clause("D47-5.2")
def test_the_table_shows_each_city_in_a_constant_number_of_queries(django_assert_num_queries):
    cycle = made()
    target(cycle)
    issue(cycle, DONGGUAN, 300 * WAN)
    actions.appropriate_funds(cycle=cycle, city=DONGGUAN, amount_fen=800 * WAN, by=APPROVER, now=NOW)
    actions.withdraw_funds(cycle=cycle, city=DONGGUAN, amount_fen=100 * WAN, by=APPROVER, now=NOW)
    with django_assert_num_queries(4):
        (row,) = queries.quota_table(cycle)
    assert (row.issued_fen, row.remaining_fen, row.issued_percent) == (300 * WAN, 1200 * WAN, 20)
    assert (row.appropriated_fen, row.fund_left_fen, row.paid_fen) == (700 * WAN, 700 * WAN, 0)
    target(cycle, FOSHAN)
    with django_assert_num_queries(4):
        table = queries.quota_table(cycle)
    assert [row.city for row in table] == [FOSHAN, DONGGUAN]
    assert queries.total_row(table)["quota_fen"] == 3000 * WAN


def test_a_city_sees_its_own_line_and_the_province_all():
    cycle = made()
    mine, other = target(cycle), target(cycle, FOSHAN)
    seen = [
        [row.city for row in queries.quota_table(cycle, actor=actor)]
        for actor in (REVIEWER, STRANGER, OFFICER, AUDITOR, PUBLIC)
    ]
    assert seen == [[DONGGUAN], [FOSHAN], [FOSHAN, DONGGUAN], [FOSHAN, DONGGUAN], []]
    assert access.target_for(REVIEWER, mine.pk) == mine
    assert access.target_for(REVIEWER, other.pk) is None


@pytest.mark.clause("D47-8.2b")
def test_money_that_is_not_there_cannot_be_taken_back():
    cycle = made()
    actions.appropriate_funds(cycle=cycle, city=DONGGUAN, amount_fen=100, by=OFFICER, now=NOW)
    with pytest.raises(Refused) as refused:
        actions.withdraw_funds(cycle=cycle, city=DONGGUAN, amount_fen=101, by=OFFICER, now=NOW)
    assert refused.value.codes == ("funds_short",)
    for amount, by, code in ((0, OFFICER, "amount_not_positive"), (1, REVIEWER, "not_your_role")):
        with pytest.raises(Refused) as refused:
            actions.appropriate_funds(cycle=cycle, city=DONGGUAN, amount_fen=amount, by=by, now=NOW)
        assert refused.value.codes == (code,)
