from __future__ import annotations

from datetime import date, datetime, timedelta
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from yunquan.kernel.calendar import SHANGHAI, WorkingCalendar
from yunquan.kernel.refusal import Refused
from yunquan.policy import contracts, deadlines, quota, strikes, uscc, windows
from yunquan.policy.award import AwardLine, award, bonus_fen, bonus_refusals, line_refusals
from yunquan.policy.commands import award as award_command
from yunquan.policy.commands import policy, queue
from yunquan.policy.queueing import Claim, payment_order, plan_payments
from yunquan.policy.roles import Role
from yunquan.policy.rulebook import load_pack
from yunquan.policy.settlement import claim_refusal

ON = date(2018, 10, 8)
DECREE, DRAFT = load_pack("gd-2018"), load_pack("gd-2018-draft")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def codes(refusals: list) -> list[str]:
    return [refusal.code for refusal in refusals]


@pytest.mark.clause("D47-5.20", "D47-5.21", "D0-5.16")
def test_reviews_are_due_in_working_days_of_the_pack() -> None:
    received = at("2018-09-28T23:59")
    calendar = WorkingCalendar()
    assert deadlines.review_deadline("registration", received, DECREE, calendar).due_on == date(2018, 10, 10)
    assert deadlines.review_deadline("application", received, DECREE, calendar).due_on == date(2018, 10, 17)
    assert deadlines.review_deadline("application", received, DRAFT, calendar).due_on == date(2018, 10, 10)
    assert deadlines.working_days_left(date(2018, 10, 10), date(2018, 10, 11), calendar) == -1


@pytest.mark.clause("D47-5.22")
def test_publicity_lasts_whole_days_after_the_day_of_publication() -> None:
    assert deadlines.publicity_deadline(at("2019-04-01T09:00"), DECREE).due_on == date(2019, 4, 8)
    assert deadlines.publicity_ends_at(at("2019-04-01T09:00"), DECREE) == at("2019-04-09T00:00")
    assert deadlines.publicity_deadline(at("2019-04-01T09:00"), DRAFT).due_on == date(2019, 4, 6)


@pytest.mark.clause("D47-5.18")
def test_a_closing_is_announced_thirty_days_ahead_and_never_moves_earlier() -> None:
    announced, opens = at("2018-10-01T10:00"), at("2018-10-08T09:00")
    assert windows.window_refusals(opens, at("2018-10-31T10:00"), announced, DECREE) == []
    assert codes(windows.window_refusals(opens, at("2018-10-31T09:59"), announced, DECREE)) == [
        "notice_too_short"
    ]
    assert codes(windows.window_refusals(opens, at("2018-10-08T09:00"), announced, DECREE)) == [
        "closes_before_opening",
        "notice_too_short",
    ]
    closes = at("2018-12-31T17:00")
    assert windows.change_refusals(closes, at("2019-01-15T17:00"), at("2018-12-01T00:00"), DECREE) == []
    assert codes(windows.change_refusals(closes, at("2018-12-30T17:00"), announced, DECREE)) == [
        "closing_moved_earlier"
    ]
    assert codes(windows.change_refusals(closes, at("2019-01-01T17:00"), at("2018-12-30T00:00"), DECREE)) == [
        "notice_too_short"
    ]
    assert "window_closed" in codes(windows.change_refusals(closes, at("2019-03-01T17:00"), closes, DECREE))
    assert windows.earliest_closing_on(announced, DECREE) == date(2018, 10, 31)


def test_what_arrives_at_the_closing_is_too_late() -> None:
    opens, closes = at("2018-10-08T09:00"), at("2018-12-31T17:00")
    assert windows.is_open(opens, closes, opens)
    assert windows.is_open(opens, closes, closes - timedelta(microseconds=1))
    assert not windows.is_open(opens, closes, closes)


@pytest.mark.clause("D0-5.17")
def test_the_draft_leaves_time_to_implement() -> None:
    closes = at("2018-12-31T17:00")
    assert windows.implementation_refusals(closes, at("2019-03-31T17:00"), DECREE) == []
    assert codes(windows.implementation_refusals(closes, at("2019-03-31T17:00"), DRAFT)) == [
        "implementation_too_short"
    ]
    assert codes(windows.implementation_refusals(closes, closes, DECREE)) == ["claim_closes_first"]


@pytest.mark.clause("D47-8.2a")
def test_a_quota_lies_between_target_and_twice_the_target_and_above_what_is_issued() -> None:
    assert quota.quota_bounds(1000, DECREE, ON) == (1000, 2000)
    assert quota.quota_bounds(1001, DRAFT, ON) == (1501, 1501)
    assert quota.usual_quota(1001, DECREE, ON) == 1501
    assert quota.usual_quota(1000, DECREE, ON, Fraction(2)) == 2000
    assert quota.quota_refusals(1000, 2000, 2000, DECREE, ON) == []
    assert codes(quota.quota_refusals(1000, 2001, 0, DECREE, ON)) == ["quota_outside_factor"]
    assert codes(quota.quota_refusals(1000, 1500, 1501, DECREE, ON)) == ["quota_below_issued"]
    assert codes(quota.quota_refusals(0, 0, 0, DECREE, ON)) == ["target_not_positive"]
    assert quota.issue_refusal(500, 1500, 1000, DECREE, ON) is None
    assert quota.issue_refusal(501, 1500, 1000, DECREE, ON) is not None


@pytest.mark.clause("D47-5.19")
def test_two_lapses_suspend_the_next_batch_and_three_bar() -> None:
    assert [strikes.strike_for(count, DECREE, ON).value for count in range(5)] == [
        "none",
        "none",
        "suspended",
        "barred",
        "barred",
    ]
    assert strikes.strike_refusals([1], 2, DECREE, ON) == []
    assert codes(strikes.strike_refusals([1, 2], 3, DECREE, ON)) == ["suspended_by_lapses"]
    assert strikes.strike_refusals([1, 2], 4, DECREE, ON) == []
    assert codes(strikes.strike_refusals([1, 2, 2], 9, DECREE, ON)) == ["barred_by_lapses"]
    assert strikes.strike_refusals([1, 1, 1], 2, DRAFT, ON) == []


@pytest.mark.clause("D47-4.4.5")
def test_the_bonus_is_for_the_certified_once() -> None:
    assert bonus_fen(DECREE, ON) == 20_000_000
    assert bonus_fen(DRAFT, ON) == 0
    facts = {"is_certified": True, "had_provincial_award": False, "had_bonus": False}
    assert bonus_refusals(DECREE, ON, **facts) == []
    turned = {name: not stated for name, stated in facts.items()}
    assert codes(bonus_refusals(DECREE, ON, **turned)) == [
        "not_certified",
        "awarded_elsewhere",
        "bonus_given",
    ]
    assert codes(bonus_refusals(DRAFT, ON, **facts)) == ["no_bonus"]


@pytest.mark.clause("D47-A1.3")
def test_wrong_lines_are_refused_with_every_reason() -> None:
    lines = [
        AwardLine(1, 0),
        AwardLine("研发管理协同", 5),
        AwardLine(2, 5),
        AwardLine(3, 5, 4),
        AwardLine(99, -1),
    ]
    assert codes(line_refusals(lines, DECREE, ON)) == [
        "fee_not_positive",
        "service_twice",
        "devices_missing",
        "devices_not_counted",
        "fee_not_positive",
        "unknown_service",
    ]
    assert codes(line_refusals([], DECREE, ON)) == ["no_lines"]
    assert codes(line_refusals(lines, DECREE, date(2017, 1, 1))) == ["not_in_force"]
    with pytest.raises(Refused):
        award(lines, DECREE, ON)


@given(st.integers(1, 10**9), st.integers(0, 10**8), st.integers(1, 500))
def test_no_award_passes_any_of_its_ceilings(fee: int, already: int, devices: int) -> None:
    judged = award([AwardLine(2, fee, devices), AwardLine(3, fee)], DECREE, ON, already)
    assert 0 <= judged.award_fen <= max(0, 50_000_000 - already)
    assert judged.award_fen <= judged.sum_fen
    for line in judged.lines:
        assert line.award_fen == min(ceiling.amount_fen for ceiling in line.ceilings)


@pytest.mark.clause("D47-4.2")
def test_less_paid_than_the_voucher_is_no_claim() -> None:
    assert claim_refusal(100, 100, DECREE, ON) is None
    refusal = claim_refusal(100, 99, DECREE, ON)
    assert refusal is not None
    assert refusal.article == "D47-4.2"


def test_carried_claims_come_first_then_pilots_then_by_arrival_and_number() -> None:
    early, late = at("2019-01-01T00:00"), at("2019-01-02T00:00")
    claims = [
        Claim("d", 1, early),
        Claim("c", 1, early),
        Claim("b", 1, late, is_pilot=True),
        Claim("z", 1, late, is_pilot=True, is_carried=True),
        Claim("a", 1, early, is_carried=True),
    ]
    assert [one.claim_no for one in payment_order(claims)] == ["a", "z", "b", "c", "d"]
    assert [one.claim_no for one in payment_order(claims, ("pilot", "carried"))] == ["b", "z", "a", "c", "d"]


def test_the_first_claim_that_money_does_not_cover_stops_the_run_and_held_ones_keep_their_place() -> None:
    day = at("2019-01-01T00:00")
    claims = [
        Claim("1", 60, day),
        Claim("2", 90, day, is_held=True),
        Claim("3", 50, day),
        Claim("4", 10, day),
        Claim("5", 1, day, is_held=True),
    ]
    planned = plan_payments(claims, 100)
    assert [one.outcome for one in planned] == ["pay", "held", "carry", "carry", "held"]
    assert [one.position for one in planned] == [1, 2, 3, 4, 5]


@pytest.mark.clause("D47-5.7a")
def test_a_social_credit_code_is_checked_with_letters_in_its_first_places_too() -> None:
    assert uscc.validate_uscc(" 91110000600037341l ") == "91110000600037341L"
    lettered = "N2441900MADEM0001"
    from stdnum.cn import uscc as oracle

    assert uscc.is_valid_uscc(lettered + oracle.calc_check_digit(lettered))
    for wrong in ("", "9111", "91110000600037341M", "9111000060003734IL", "91A10000600037341L"):
        assert not uscc.is_valid_uscc(wrong)


@given(st.integers(0, 29_000), st.sampled_from(["440100", "441900", "445300"]))
def test_made_codes_are_valid_and_known_at_sight(serial: int, region: str) -> None:
    code = uscc.make_uscc(serial, region)
    assert uscc.validate_uscc(code) == code
    assert code[2:8] == region
    assert "MADEM" in code


@pytest.mark.clause("D47-5.8")
def test_looks_do_not_make_another_contract() -> None:
    same = {
        contracts.normalise_contract_number(text)
        for text in ("DG-2018-001", "dg 2018/001", "ＤＧ２０１８—００１")
    }
    assert same == {"DG2018001"}
    assert contracts.contract_key("a-1", "9144 1900", "x") == contracts.contract_key("A1", "91441900", "X")


def test_every_role_has_a_chinese_label() -> None:
    assert len({role.label for role in Role}) == len(Role) == 15
    assert Role("clock") is Role.CLOCK


def test_the_commands_leave_with_two_and_name_the_faults(tmp_path: Path) -> None:
    runner, out = CliRunner(), tmp_path / "out.csv"
    lines, funds = tmp_path / "lines.csv", tmp_path / "funds.csv"
    lines.write_text(
        "contract_no,enterprise,applied_at,service,cloud_fee,devices\nA,甲,2018-10-08T09:00:00Z,1,0,\n"
    )
    funds.write_text("city,amount\n东莞,x\n")
    wrong = runner.invoke(award_command, [str(lines), "--out", str(out)])
    assert (wrong.exit_code, out.exists()) == (2, False)
    assert "lines.csv:2: cloud_fee" in wrong.stderr
    assert runner.invoke(award_command, [str(lines), "--pack", "gd-1999", "--out", str(out)]).exit_code == 2
    assert runner.invoke(queue, [str(lines), "--funds", str(funds), "--out", str(out)]).exit_code == 2
    lines.write_text(
        "contract_no,enterprise,applied_at,service,cloud_fee,devices\nA,甲,2018-10-08T09:00:00Z,1,9,\n"
    )
    assert runner.invoke(award_command, [str(lines), "--out", str(out)]).exit_code == 0
    assert out.exists()
    assert runner.invoke(policy, ["check", "gd-2018"]).exit_code == 0
    bad = runner.invoke(policy, ["check", str(tmp_path)])
    assert bad.exit_code == 2
    assert "sources.yaml:1" in bad.stderr
