"""资格处理: nobody under a standing registers, applies, confirms, attests, lists or is paid; appeal and lifting."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, transaction

from tests.cast import CLOCK, DONGGUAN, PAYING, World, at, broken
from yunquan.catalogue import actions as catalogue
from yunquan.catalogue.models import Product
from yunquan.kernel.refusal import Refused
from yunquan.parties import actions as parties
from yunquan.parties import standings
from yunquan.parties.actions.standing import last_day
from yunquan.parties.models import Enterprise, Standing, Strike, Supplier
from yunquan.programme.rules import rulebook, working_calendar
from yunquan.settlement import actions as settlement
from yunquan.settlement.planning import plan_run
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import Voucher

# Before the first step of the cast, so that each of them meets it.
IMPOSED = at("2018-10-20 09:00")


def impose(world: World, party: Any, kind: str = "barred", years: int = 5, **changes: Any) -> Standing:
    told = {
        "kind": kind,
        "party": party,
        "years": years,
        "reason": "测试：经抽查认定存在骗补行为",
        "article": "D26-4",
        "regime": "d26",
        "source": "inspection:1",
        "by": world["province_approver"],
        "now": IMPOSED,
    }
    return parties.impose(**{**told, **changes})


def codes(refused: Any) -> set[str]:
    return {one.code for one in refused.value.refusals}


def submits(world: World) -> None:
    world.apply()


def confirms(world: World) -> None:
    world.confirm(Voucher.objects.get())


def issues(world: World) -> None:
    world.issue(Voucher.objects.get())


def claims(world: World) -> None:
    world.claim(Voucher.objects.get())


def attests(world: World) -> None:
    world.attest(Voucher.objects.get())


def approves(world: World) -> None:
    world.approve(Voucher.objects.get())


def enters_list(world: World) -> None:
    vouchers.enter_list(voucher=Voucher.objects.get(), by=world["dg_reviewer"], now=PAYING)


def orders(world: World) -> None:
    facts = {"publicity_complete": True, "holds": []}
    vouchers.order(voucher=Voucher.objects.get(), facts=facts, by=world["dg_cashier"], now=PAYING)


def to_nothing(world: World) -> None:
    """Nothing has happened yet."""


BEFORE: dict[str, tuple[Callable[[World], Any], Callable[[World], None], bool, bool]] = {
    # step: what goes before, the step, barred for the enterprise, barred for the supplier
    "submit": (to_nothing, submits, True, True),
    "confirm": (lambda world: world.apply(), confirms, True, True),
    "issue": (lambda world: world.confirm(world.apply()), issues, True, True),
    "claim": (lambda world: world.issued(), claims, True, False),
    "attest": (lambda world: world.claim(world.issued()), attests, False, True),
    "approve": (
        lambda world: world.verdict(world.attest(world.claim(world.issued()))),
        approves,
        True,
        False,
    ),
    "list": (lambda world: world.approved(), enters_list, True, False),
    "order": (lambda world: (world.approved(), world.standing()), orders, True, False),
}


@pytest.mark.clause("D47-8.4", "D26-4", "D108-4")
@pytest.mark.parametrize("side", ["enterprise", "supplier"])
@pytest.mark.parametrize("step", sorted(BEFORE))
def test_a_barred_party_takes_no_step_that_moves_a_voucher_on(world: World, step: str, side: str) -> None:
    before, act, stops_enterprise, stops_supplier = BEFORE[step]
    before(world)
    impose(world, getattr(world, side))
    if not {"enterprise": stops_enterprise, "supplier": stops_supplier}[side]:
        act(world)
        return
    with pytest.raises(Refused) as refused:
        act(world)
    mine = [one for one in refused.value.refusals if one.code == "under_standing"]
    assert mine and all(one.article == "D26-4" and "申诉" in one.mend for one in mine)


@pytest.mark.parametrize("step", sorted(BEFORE))
def test_every_one_of_these_steps_is_taken_where_nothing_stands(world: World, step: str) -> None:
    before, act, _enterprise, _supplier = BEFORE[step]
    before(world)
    act(world)
    assert not broken()


@pytest.mark.clause("D26-4")
def test_a_term_bars_to_its_last_day_and_not_a_day_longer(world: World) -> None:
    row = impose(world, world.enterprise, years=1, now=at("2018-01-10 09:00"))
    assert row.until_on == date(2019, 1, 9)
    on = {"enterprise": world.enterprise}
    assert standings.refusals_for(**on, on=date(2019, 1, 9))
    assert not standings.refusals_for(**on, on=date(2019, 1, 10))
    assert not standings.refusals_for(**on, on=date(2018, 1, 9))


def test_a_leap_day_has_an_end_too() -> None:
    assert last_day(date(2020, 2, 29), 5) == date(2025, 2, 28)
    assert last_day(date(2020, 2, 29), 4) == date(2024, 2, 28)
    assert last_day(date(2020, 5, 1), 0) is None


@pytest.mark.clause("D108-4")
def test_a_cancelled_supplier_stays_out_for_good_and_the_same_firm_may_apply_as_enterprise(
    world: World,
) -> None:
    impose(world, world.supplier, kind="supplier_cancelled", years=0)
    firm = Enterprise(uscc=world.supplier.uscc, name="同一家单位")
    far = date(2099, 1, 1)
    assert standings.refusals_for(supplier=world.supplier, on=far)
    assert not standings.refusals_for(enterprise=firm, on=far)


@pytest.mark.clause("D26-4")
def test_a_bar_follows_the_firm_in_both_guises(world: World) -> None:
    impose(world, world.supplier)
    firm = Enterprise(uscc=world.supplier.uscc, name="同一家单位")
    assert standings.refusals_for(enterprise=firm, on=date(2018, 12, 1))


@pytest.mark.clause("D47-8.4")
def test_nobody_under_a_standing_registers_or_lists_products(world: World) -> None:
    rules, calendar = rulebook("gd-2018"), working_calendar()
    now = at("2018-12-03 10:00")
    impose(world, world.enterprise)
    impose(world, world.supplier, kind="supplier_cancelled", years=0)
    Enterprise.objects.filter(pk=world.enterprise.pk).update(state="draft")
    with pytest.raises(Refused) as refused:
        parties.submit_enterprise(
            enterprise=world.enterprise, by=world["dg_enterprise"], now=now, rules=rules, calendar=calendar
        )
    assert "under_standing" in codes(refused)
    Product.objects.filter(supplier=world.supplier, service=2).update(state="submitted")
    with pytest.raises(Refused) as refused:
        catalogue.list_product(
            product=Product.objects.get(supplier=world.supplier, service=2),
            by=world["province_officer"],
            now=now,
        )
    assert codes(refused) == {"under_standing"}
    Supplier.objects.filter(pk=world.supplier.pk).update(state="draft")
    with pytest.raises(Refused) as refused:
        parties.submit_supplier(
            supplier=world.supplier, by=world["supplier"], now=now, rules=rules, calendar=calendar
        )
    assert "under_standing" in codes(refused)


@pytest.mark.clause("D47-8.4")
def test_a_barred_enterprise_is_left_out_of_the_list_and_of_the_run(world: World) -> None:
    barred = world.approved()
    world.add_enterprise("dg_other", title="虚构塑胶（测试）有限公司")
    free = world.approved("dg_other")
    late = impose(world, world.enterprise, now=at("2019-04-01 09:00"))
    drawn = settlement.draw_up(
        cycle=world.cycle, city=DONGGUAN, by=world["dg_reviewer"], now=at("2019-04-08 09:00")
    )
    assert [line.voucher_id for line in drawn.lines.all()] == [free.pk]
    assert Voucher.objects.get(pk=barred.pk).state == S.APPROVED
    assert late.state == "stands" and not broken()


@pytest.mark.clause("D47-8.4")
def test_a_bar_after_the_publicity_holds_the_payment_with_its_reason(world: World) -> None:
    row = world.approved()
    world.standing()
    impose(world, world.enterprise, now=at("2019-05-01 09:00"))
    plan = plan_run(cycle=world.cycle, city=DONGGUAN, now=PAYING)
    assert [one.outcome for one in plan.payments] != ["pay"]
    assert "限期不得申请财政扶持" in str(plan.as_json())
    assert Voucher.objects.get(pk=row.pk).state == S.LISTED


def test_the_same_decision_lays_the_same_standing_once(world: World) -> None:
    first = impose(world, world.enterprise)
    assert impose(world, world.enterprise).pk == first.pk
    assert impose(world, world.enterprise, source="inspection:2").pk != first.pk


@pytest.mark.clause("A1")
@pytest.mark.parametrize("by", ["province_officer", "dg_reviewer", "dg_enterprise", "expert", "auditor"])
def test_only_approvers_impose(world: World, by: str) -> None:
    with pytest.raises(Refused):
        impose(world, world.enterprise, by=world[by])
    assert not Standing.objects.exists()


def test_an_enterprise_is_not_cancelled_as_a_supplier(world: World) -> None:
    with pytest.raises(Refused) as refused:
        impose(world, world.enterprise, kind="supplier_cancelled")
    assert codes(refused) == {"not_a_supplier"}


@pytest.mark.clause("D47-8.4")
def test_poor_results_suspend_until_they_are_mended(world: World) -> None:
    by = world["dg_approver"]
    row = parties.suspend(
        party=world.enterprise, reason="实施效果不理想（测试）", document=world.file(by), by=by, now=IMPOSED
    )
    assert row.kind == "suspended" and row.until_on is None
    with pytest.raises(Refused) as refused:
        world.apply()
    assert "under_standing" in codes(refused)
    other = world["province_approver"]
    with pytest.raises(Refused) as refused:
        parties.lift_standing(standing=row, reason="", document=None, by=by, now=IMPOSED)
    assert codes(refused) == {"no_reason", "no_document", "same_person"}
    parties.lift_standing(
        standing=row, reason="已改善（测试）", document=world.file(other), by=other, now=IMPOSED
    )
    assert world.apply().state == S.SUBMITTED
    assert not broken()


def test_a_city_suspends_nobody_of_another_city(world: World) -> None:
    by = world["fs_approver"]
    with pytest.raises(Refused) as refused:
        parties.suspend(party=world.enterprise, reason="测试", document=world.file(by), by=by, now=IMPOSED)
    assert "not_your_case" in codes(refused)


@pytest.mark.clause("D26-4")
def test_the_clock_closes_a_term_after_its_last_day(world: World) -> None:
    row = impose(world, world.enterprise, years=1, now=at("2018-01-10 09:00"))
    with pytest.raises(Refused):
        parties.expire(standing=row, by=CLOCK, now=at("2019-01-09 23:00"))
    assert parties.expire(standing=row, by=CLOCK, now=at("2019-01-10 00:10")).state == "expired"
    forever = impose(world, world.supplier, kind="supplier_cancelled", years=0)
    with pytest.raises(Refused):
        parties.expire(standing=forever, by=CLOCK, now=at("2199-01-10 00:10"))
    assert not broken()


@pytest.mark.clause("S3")
def test_an_appeal_is_decided_by_another_person_and_lifts_what_stands(world: World) -> None:
    row = impose(world, world.enterprise)
    clerk, second = (
        world["dg_enterprise"],
        world.appoint("province_approver2", "province_approver", bureau=world_bureau()),
    )
    filed = parties.appeal(
        standing=row, text="合同真实（测试）", files=[world.file(clerk)], by=clerk, now=IMPOSED
    )
    with pytest.raises(Refused) as refused:
        parties.appeal(standing=row, text="再申诉", by=clerk, now=IMPOSED)
    assert codes(refused) == {"appeal_open"}
    with pytest.raises(Refused) as refused:
        parties.decide_appeal(
            appeal=filed, upheld=True, reason="成立", document=world.file(clerk),
            by=world["province_approver"], now=IMPOSED,
        )  # fmt: skip
    assert codes(refused) == {"same_person"}
    with pytest.raises(Refused) as refused:
        parties.decide_appeal(appeal=filed, upheld=True, reason="成立", by=second, now=IMPOSED)
    assert codes(refused) == {"no_document"}
    decided = parties.decide_appeal(
        appeal=filed, upheld=True, reason="成立（测试）", document=world.file(second), by=second, now=IMPOSED
    )
    assert decided.state == "upheld"
    assert Standing.objects.get().state == "lifted"
    assert world.apply().state == S.SUBMITTED
    assert not broken()


def test_a_dismissed_appeal_leaves_what_stands(world: World) -> None:
    row = impose(world, world.enterprise, by=world["dg_approver"])
    clerk = world["dg_enterprise"]
    filed = parties.appeal(standing=row, text="不服（测试）", by=clerk, now=IMPOSED)
    parties.decide_appeal(
        appeal=filed, upheld=False, reason="证据充分（测试）", by=world["province_approver"], now=IMPOSED
    )
    assert Standing.objects.get().state == "stands"
    with pytest.raises(Refused):
        world.apply()


@pytest.mark.clause("A1")
def test_only_the_party_appeals_and_strangers_see_nothing(world: World) -> None:
    row = impose(world, world.enterprise, by=world["dg_approver"])
    with pytest.raises(Refused) as refused:
        parties.appeal(standing=row, text="测试", by=world["fs_enterprise"], now=IMPOSED)
    assert "not_your_case" in codes(refused)
    seen = {name for name, actor in world.people.items() if standings.standing_for(actor, row.pk) is not None}
    assert {"dg_enterprise", "dg_approver", "province_officer", "auditor"} <= seen
    assert not seen & {"fs_enterprise", "fs_reviewer", "hc_reviewer", "supplier", "expert", "system_admin"}


@pytest.mark.clause("D47-5.19")
def test_the_history_shows_strikes_beside_decisions(world: World) -> None:
    Strike.objects.create(enterprise=world.enterprise, voucher="V1", cycle="2018", at=IMPOSED)
    impose(world, world.enterprise, now=IMPOSED + timedelta(days=1))
    told = [row["what"] for row in standings.history(world.enterprise)]
    assert told == ["被限期不得申请财政扶持", "第 1 次未兑现"]


def test_the_public_sees_it_once_its_result_is_published(world: World) -> None:
    impose(world, world.supplier, kind="supplier_cancelled", years=0)
    on = date(2019, 1, 1)
    assert not standings.published(on=on)
    parties.publish_standings(source="inspection:1", by=world["province_officer"], now=IMPOSED)
    assert [row.supplier_id for row in standings.published(on=on)] == [world.supplier.pk]


def test_what_a_standing_says_is_never_changed(world: World) -> None:
    row = impose(world, world.enterprise)
    for change in ({"until_on": date(2018, 10, 21)}, {"reason": "改"}, {"article": "D0"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            Standing.objects.filter(pk=row.pk).update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        Standing.objects.filter(pk=row.pk).delete()


def test_asking_of_many_firms_takes_one_query(world: World, django_assert_num_queries: Any) -> None:
    impose(world, world.enterprise)
    firms = [world.enterprise.uscc, world.supplier.uscc]
    with django_assert_num_queries(1):
        known = standings.against(firms, on=date(2018, 12, 1))
        assert standings.refusals_for(
            enterprise=world.enterprise, supplier=world.supplier, on=date(2018, 12, 1), known=known
        )


def world_bureau() -> Any:
    from yunquan.parties.models import Bureau

    return Bureau.objects.get(code="440000")


@pytest.mark.clause("S5")
@pytest.mark.parametrize("side", ["enterprise", "supplier"])
def test_the_doctor_finds_who_acted_under_a_standing(
    world: World, side: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    voucher = world.apply()
    impose(world, getattr(world, side))
    assert not broken()
    # Past the checks: as if the verb had not asked.
    monkeypatch.setattr("yunquan.vouchers.actions.confirming.refusals_for", lambda **_facts: [])
    world.confirm(voucher)
    assert {one.invariant for one in broken()} == {"S5"}


@pytest.mark.clause("D26-4")
def test_the_daily_run_closes_terms_and_opens_the_way(world: World) -> None:
    from yunquan.jobs.tick import tick

    impose(world, world.enterprise, years=1, now=at("2017-12-01 09:00"))
    report = tick(at("2018-12-02 00:10"))
    assert report.done["standings_expired"] == 1
    assert "standings_expired" not in tick(at("2018-12-02 00:20")).done
    assert world.apply().state == S.SUBMITTED
