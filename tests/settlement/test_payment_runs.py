"""Payment runs: queue order under the funds, a second person releases, the rest carries over (D47-8.2b, F2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import CLOCK, DONGGUAN, PAYING, World, at, broken
from tests.settlement.making import add_funds, leave_funds, object_to, outcomes, several
from tests.vouchers.refusing import codes
from yunquan.kernel.workflow import Actor
from yunquan.ledger.queries import balance_fen
from yunquan.parties.models import Enterprise
from yunquan.programme import accounts
from yunquan.programme import actions as programme
from yunquan.programme.models import Cycle
from yunquan.settlement import actions as settlement
from yunquan.settlement.models import PaymentInstruction, PaymentRun, SettlementList
from yunquan.settlement.queries import next_plan
from yunquan.vouchers.models import Voucher

LATER = PAYING + timedelta(hours=1)


def prepared(world: World) -> PaymentRun:
    return settlement.prepare_run(cycle=world.cycle, city=DONGGUAN, by=world["dg_reviewer"], now=PAYING)


@pytest.mark.clause("D47-8.2b", "D47-6.4", "F2")
def test_pilots_come_first_then_the_time_of_the_claim(world: World) -> None:
    vouchers = several(world, 3)
    Voucher.objects.filter(pk=vouchers[2].pk).update(is_pilot=True)
    world.standing()
    first, second, third = (voucher.number for voucher in vouchers)
    assert outcomes(prepared(world)) == [(third, "pay"), (first, "pay"), (second, "pay")]


@pytest.mark.clause("D47-8.2b", "F2")
def test_the_first_not_covered_stops_the_run_though_a_later_one_would_fit(world: World) -> None:
    first, second = several(world, 2)
    [small] = several(world, 1, lines=[{"service": "8", "fee": "130000.00"}])
    leave_funds(world, first.face_fen + 50_000_00)
    world.standing()
    run = prepared(world)
    assert outcomes(run) == [(first.number, "pay"), (second.number, "carry"), (small.number, "carry")]
    assert (small.face_fen, run.total_fen) == (30_000_00, first.face_fen)


@pytest.mark.clause("D47-8.2b", "F3", "D26-5.4")
def test_what_carried_over_comes_first_in_the_next_run_in_its_old_order(world: World) -> None:
    vouchers = several(world, 3)
    leave_funds(world, vouchers[0].face_fen)
    world.standing()
    run = world.released()
    world.pay_all(run)
    carried = Voucher.objects.exclude(carried_at=None)
    assert {voucher.pk for voucher in carried} == {vouchers[1].pk, vouchers[2].pk}
    [pilot] = several(world, 1)
    Voucher.objects.filter(pk=pilot.pk).update(is_pilot=True)
    add_funds(world, 1_000_000_00)
    world.standing()
    numbers = [number for number, _outcome in outcomes(prepared(world))]
    assert numbers == [vouchers[1].number, vouchers[2].number, pilot.number]
    assert broken() == []


@pytest.mark.clause("D47-5.15", "M8", "P2")
def test_a_release_commits_the_money_and_writes_an_instruction_each(world: World) -> None:
    vouchers = several(world, 2)
    world.standing()
    run = world.released()
    instructions = PaymentInstruction.objects.order_by("number")
    assert [row.amount_fen for row in instructions] == [voucher.face_fen for voucher in vouchers]
    assert balance_fen(accounts.committed("2018", DONGGUAN)) == run.total_fen == 220_000_00
    assert {voucher.state for voucher in Voucher.objects.all()} == {"ordered"}
    assert broken() == []


@pytest.mark.clause("F2", "D47-8.2b")
def test_a_plan_that_is_out_of_date_is_not_released(world: World) -> None:
    first, second = several(world, 2)
    shown = world.published()
    raised = object_to(world, shown, first)
    settlement.close(settlement_list=shown, by=CLOCK, now=shown.publicity_ends_at)
    run = prepared(world)
    assert outcomes(run) == [(first.number, "held"), (second.number, "pay")]
    settlement.dismiss(objection=raised, reason="属实", by=world["dg_approver"], now=PAYING)
    by = world["dg_cashier"]
    assert codes(settlement.release, run=run, by=by, now=LATER) == {"plan_outdated"}
    assert codes(
        settlement.prepare_run, cycle=world.cycle, city=DONGGUAN, by=world["dg_reviewer"], now=LATER
    ) == {"run_waiting"}
    settlement.cancel(run=run, by=by, now=LATER)
    fresh = prepared(world)
    assert outcomes(fresh) == [(first.number, "pay"), (second.number, "pay")]
    assert fresh.number == run.number + 1
    settlement.release(run=fresh, by=by, now=LATER)
    assert broken() == []


@pytest.mark.clause("F2", "M8")
def test_money_that_went_away_after_the_plan_stops_the_release(world: World) -> None:
    several(world, 1)
    world.standing()
    run = prepared(world)
    leave_funds(world, 1_00)
    assert codes(settlement.release, run=run, by=world["dg_cashier"], now=LATER) == {
        "plan_outdated",
        "no_funds",
    }
    assert not PaymentInstruction.objects.exists()


@pytest.mark.clause("S3", "D47-5.15")
def test_nobody_releases_what_he_prepared_approved_or_reviewed(world: World) -> None:
    several(world, 1)
    world.standing()
    run = prepared(world)
    for name in ("dg_reviewer", "dg_approver", "supplier"):
        by = Actor(person=world[name].person, role="city_cashier", org=f"bureau:{DONGGUAN}")
        assert codes(settlement.release, run=run, by=by, now=LATER) == {"same_person"}
    assert codes(settlement.release, run=run, by=world["dg_approver"], now=LATER) == {"not_your_role"}


@pytest.mark.clause("P1")
def test_a_run_stops_when_a_list_no_longer_has_its_hash(world: World) -> None:
    several(world, 1)
    standing = world.standing()
    run = prepared(world)
    SettlementList.objects.filter(pk=standing.pk).update(content_hash="0" * 64)
    assert codes(settlement.release, run=run, by=world["dg_cashier"], now=LATER) == {"content_changed"}


@pytest.mark.clause("D47-5.22", "P1")
def test_nothing_is_paid_while_the_list_is_still_in_public(world: World) -> None:
    several(world, 1)
    world.published()
    by = world["dg_reviewer"]
    now = at("2019-04-15 23:59")
    assert codes(settlement.prepare_run, cycle=world.cycle, city=DONGGUAN, by=by, now=now) == {
        "nothing_waiting"
    }


@pytest.mark.clause("D47-8.2b")
def test_a_run_with_nothing_to_pay_is_not_released(world: World) -> None:
    several(world, 1)
    Enterprise.objects.update(bank_account="")
    world.standing()
    run = prepared(world)
    assert run.plan[0]["reason"] == "未登记收款账户"
    assert codes(settlement.release, run=run, by=world["dg_cashier"], now=LATER) == {"nothing_to_pay"}


@pytest.mark.clause("D47-5.15", "S1")
def test_only_the_citys_reviewer_prepares_a_run(world: World) -> None:
    several(world, 1)
    world.standing()
    for name in ("supplier", "dg_enterprise", "auditor", "dg_cashier", "province_officer"):
        said = codes(settlement.prepare_run, cycle=world.cycle, city=DONGGUAN, by=world[name], now=PAYING)
        assert said == {"not_your_role"}
    assert not PaymentRun.objects.exists()


@pytest.mark.clause("M9")
def test_a_run_is_finished_when_every_result_is_in(world: World) -> None:
    several(world, 2)
    world.standing()
    run = world.released()
    by = world["dg_cashier"]
    settlement.take_result(run=run, columns=world.result(run), by=by, now=LATER)
    assert codes(settlement.finish, run=run, by=by, now=LATER) == {"results_missing"}
    world.pay_all(run)
    assert settlement.finish(run=run, by=by, now=LATER).state == "done"
    assert codes(settlement.release, run=run, by=by, now=LATER) >= {"not_from_this_state"}


@pytest.mark.clause("D47-8.2b", "F3")
def test_what_the_money_did_not_reach_is_paid_first_from_the_next_cycles_funds(world: World) -> None:
    first, second = several(world, 2)
    leave_funds(world, first.face_fen)
    world.standing()
    world.pay_all(world.released())
    officer = world["province_officer"]
    world.cycle = programme.create_cycle(
        code="2019", name="2019 年度", pack="gd-2018", year=2019, by=officer, now=PAYING
    )
    add_funds(world, 500_000_00)
    run = prepared(world)
    assert outcomes(run) == [(second.number, "pay")]
    run = settlement.release(run=run, by=world["dg_cashier"], now=LATER)
    world.pay_all(run)
    second.refresh_from_db()
    assert second.state == "paid"
    assert broken() == []


@pytest.mark.clause("D47-8.2b", "F2")
def test_a_carried_voucher_that_its_own_cycle_can_pay_stands_in_that_plan_alone(world: World) -> None:
    first, second = several(world, 2)
    leave_funds(world, first.face_fen)
    world.standing()
    world.pay_all(world.released())
    old = world.cycle
    new = programme.create_cycle(
        code="2019", name="2019 年度", pack="gd-2018", year=2019, by=world["province_officer"], now=PAYING
    )

    def planned(cycle: Cycle) -> list[tuple[str, str]]:
        plan = next_plan(cycle, DONGGUAN, LATER).as_json()
        return [(row["voucher"], row["outcome"]) for row in plan]

    world.cycle = new
    add_funds(world, 500_000_00)
    assert planned(new) == [(second.number, "pay")]
    world.cycle = old
    add_funds(world, 500_000_00)
    assert (planned(new), planned(old)) == ([], [(second.number, "pay")])


@pytest.mark.clause("D47-8.2b", "F3")
def test_claims_that_stand_when_the_money_is_already_gone_carry_over_too(world: World) -> None:
    [first] = several(world, 1)
    leave_funds(world, first.face_fen)
    world.standing()
    world.pay_all(world.released())
    [second] = several(world, 1)
    world.standing()
    run = prepared(world)
    assert (outcomes(run), run.total_fen) == ([(second.number, "carry")], 0)
    run = settlement.release(run=run, by=world["dg_cashier"], now=LATER)
    assert settlement.finish(run=run, by=world["dg_cashier"], now=LATER).state == "done"
    second.refresh_from_db()
    assert second.carried_at == LATER
    again = prepared(world)
    assert codes(settlement.release, run=again, by=world["dg_cashier"], now=LATER) == {"nothing_to_pay"}
    officer = world["province_officer"]
    world.cycle = programme.create_cycle(
        code="2019", name="2019 年度", pack="gd-2018", year=2019, by=officer, now=PAYING
    )
    add_funds(world, 500_000_00)
    assert outcomes(prepared(world)) == [(second.number, "pay")]
    assert broken() == []
