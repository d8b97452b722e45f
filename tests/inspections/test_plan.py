"""Plans: who can be drawn with which weight, who can't and why; filing with the province; two persons; one draw."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import DONGGUAN, FOSHAN, HUIZHOU, World, at
from tests.inspections import stage
from yunquan.feedback.models import Message
from yunquan.inspections import access
from yunquan.inspections.actions import planning
from yunquan.inspections.models import Inspection, Plan
from yunquan.inspections.plan_population import population_of
from yunquan.inspections.plan_queries import waiting_count
from yunquan.inspections.plan_scope import in_words
from yunquan.journal.models import LogEntry
from yunquan.kernel.refusal import Refused
from yunquan.usage.models import Verdict
from yunquan.vouchers import actions as vouchers

NOW = stage.DRAFTED


def codes(refused: pytest.ExceptionInfo[Refused]) -> set[str]:
    return {one.code for one in refused.value.refusals}


@pytest.mark.clause("D108-1")
def test_a_scope_is_a_query_on_vouchers_by_region_kind_amount_and_signal(world: World) -> None:
    crowd = stage.crowd(world, 30)
    Verdict.objects.create(
        voucher=crowd[0].number, outcome="done", source="computed", signal_kinds=2, recorded_by="t", at=NOW
    )
    for scope, expected in (
        ({}, 30),
        ({"cities": [DONGGUAN]}, 10),
        ({"services": [8]}, 10),
        ({"least_fen": 1_000_000 + 10_000 * 20}, 10),
        ({"signals": "any"}, 1),
        ({"states": ["paid"]}, None),
        ({"suppliers": [crowd[1].supplier_id]}, 15),
        ({"cycles": ["2018"]}, 30),
        ({"cycles": ["2019"]}, 0),
        ({"numbers": [crowd[3].number, crowd[4].number]}, 2),
        ({"earlier": "never"}, 30),
        ({"earlier": "failed"}, 0),
        ({"pilots": True}, 0),
    ):
        if expected is None:
            with pytest.raises(Refused) as refused:
                stage.draft(world, scope=scope, purpose=str(scope))
            assert codes(refused) == {"wrong_states"}
            continue
        plan = stage.draft(world, scope=scope, purpose=str(scope))
        population = population_of(plan)
        assert population.count + len(population.excluded) == expected, scope
        assert in_words(plan.scope, stage="before_payment", on=plan.in_force_on)


@pytest.mark.clause("D108-1")
def test_everything_that_is_wrong_in_a_plan_is_said_at_once(world: World) -> None:
    with pytest.raises(Refused) as refused:
        stage.draft(
            world, title=" ", share=(0, 5), sources=[], custodians=["province_approver", "supplier", "nobody"],
            scope={"states": ["draft"]}, ends_on=NOW.date() - timedelta(days=1), mandatory={"X": " "},
        )  # fmt: skip
    assert codes(refused) == {
        "missing", "wrong_share", "no_source", "custodian_is_drawer", "wrong_custodian", "wrong_states",
        "wrong_days", "no_reason",
    }  # fmt: skip
    assert not Plan.objects.exists()
    assert LogEntry.objects.filter(act="plan.draft").count() == 1  # The refused attempt (L1).


@pytest.mark.clause("D858-2.2")
def test_less_than_a_fifth_is_refused_where_the_regime_asks_for_a_fifth(world: World) -> None:
    with pytest.raises(Refused) as refused:
        stage.draft(world, regime="d858", share=(19, 100))
    (one,) = refused.value.refusals
    assert (one.code, one.article) == ("share_too_small", "D858-2.2") and "20 %" in one.message
    assert stage.draft(world, regime="d858", share=(1, 5)).share_den == 5


@pytest.mark.clause("D858-1")
def test_after_payment_the_scope_is_what_was_paid(world: World) -> None:
    stage.crowd(world, 4)
    paid = stage.crowd(world, 3, state="paid")
    stage.crowd(world, 2, state="refused")
    plan = stage.draft(world, regime="d858")
    assert {one.number for one in population_of(plan).candidates} == {one.number for one in paid}


@pytest.mark.clause("D108-1", "D858-1")
def test_weights_are_computed_and_each_names_its_reasons(world: World) -> None:
    crowd = stage.crowd(world, 40)
    Verdict.objects.create(
        voucher=crowd[5].number, outcome="done", source="computed", signal_kinds=3, recorded_by="t", at=NOW
    )
    crowd[7].lines.update(fee_fen=90_000_000)
    plan = stage.draft(world)
    by = {one.number: one for one in population_of(plan).candidates}
    assert dict(by[crowd[5].number].reasons) == {"从未抽查": 1, "行为数据异常（每项）": 3}
    assert by[crowd[5].number].weight == 5
    assert ("合同价格明显偏离", 1) in by[crowd[7].number].reasons
    heavy = {one.number for one in by.values() if ("奖补金额居前十分之一", 2) in one.reasons}
    assert heavy == {one.number for one in crowd[36:]}


@pytest.mark.clause("D858-1")
def test_a_complaint_that_a_bureau_took_up_weighs_until_it_is_settled(world: World) -> None:
    crowd = stage.crowd(world, 12)
    for state, voucher in (("handling", crowd[0]), ("received", crowd[1]), ("answered", crowd[2])):
        Message.objects.create(
            code=f"M{state}", kind="complaint", about="supplier", voucher=voucher, bureau="440000", title="投诉",
            text="测试", state=state, sent_at=NOW, due_on=NOW.date(),
        )  # fmt: skip
    plan = stage.draft(world)
    heavy = {
        one.number for one in population_of(plan).candidates if "有未办结的投诉举报" in dict(one.reasons)
    }
    assert heavy == {crowd[0].number}


@pytest.mark.clause("D858-1")
def test_a_supplier_that_failed_before_weighs_more_and_an_inspected_voucher_less(world: World) -> None:
    inspected, other = stage.crowd(world, 2, state="approved"), stage.crowd(world, 20)
    (first, _second) = stage.drawn(world, vouchers=inspected)
    Inspection.objects.filter(pk=first.pk).update(state="published", outcome="fraud")
    Inspection.objects.exclude(pk=first.pk).update(state="published", outcome="qualified")
    Plan.objects.update(state="closed")
    plan = stage.draft(world, purpose="第二批")
    by = {one.pk: dict(one.reasons) for one in population_of(plan).candidates}
    assert "从未抽查" not in by[first.voucher_id]
    failed = first.voucher.supplier_id
    assert all(("供应商此前有不合格项目" in by[one.pk]) == (one.supplier_id == failed) for one in other)


@pytest.mark.clause("D858-2.2")
def test_a_stratum_of_one_is_refused_until_merged_or_picked_with_a_reason(world: World) -> None:
    stage.crowd(world, 4, cities=[DONGGUAN])
    (alone,) = stage.crowd(world, 1, cities=[HUIZHOU])
    plan = stage.draft(world)
    (fault,) = population_of(plan).faults
    assert fault.code == "alone" and "惠州" in fault.message
    with pytest.raises(Refused) as refused:
        planning.publish(plan=plan, by=world["province_approver"], now=NOW)
    assert codes(refused) == {"alone"}
    officer = world["province_officer"]
    merged = planning.pick(
        plan=plan, mandatory={}, left_out={}, merged={"惠州市": "东莞市"}, by=officer, now=NOW
    )
    assert [(one.name, one.count) for one in population_of(merged).strata] == [("东莞市", 5)]
    picked = planning.pick(
        plan=merged, mandatory={alone.number: "有举报"}, left_out={}, merged={}, by=officer, now=NOW
    )
    assert not population_of(picked).faults


@pytest.mark.clause("D108-2.2")
def test_a_city_files_its_list_first_and_the_province_accepts_or_sends_back(world: World) -> None:
    stage.crowd(world, 6, cities=[DONGGUAN])
    plan = stage.draft(world, city=DONGGUAN)
    assert plan.number.startswith("CC2019-441900-")
    with pytest.raises(Refused) as refused:
        planning.publish(plan=plan, by=world["dg_approver"], now=NOW)
    assert codes(refused) == {"not_filed"} and refused.value.refusals[0].article == "D108-2.2"
    plan = planning.file(plan=plan, by=world["dg_approver"], now=NOW)
    plan = planning.send_back(plan=plan, reason="请写明比例的依据", by=world["province_officer"], now=NOW)
    assert (plan.state, plan.note) == ("drafted", "请写明比例的依据")
    assert (waiting_count(world["dg_approver"]), waiting_count(world["province_officer"])) == (1, 0)
    plan = planning.file(plan=plan, by=world["dg_approver"], now=NOW)
    assert (waiting_count(world["dg_approver"]), waiting_count(world["province_officer"])) == (0, 1)
    assert waiting_count(world["fs_approver"]) == 0
    with pytest.raises(Refused):
        planning.accept(plan=plan, by=world["dg_reviewer"], now=NOW)
    plan = planning.accept(plan=plan, by=world["province_officer"], now=NOW)
    with pytest.raises(Refused) as refused:
        planning.publish(plan=plan, by=world["province_approver"], now=NOW)
    assert codes(refused) == {"not_your_plan"}
    assert planning.publish(plan=plan, by=world["dg_approver"], now=NOW).state == "published"


@pytest.mark.clause("D108-2.2")
def test_what_another_plan_names_is_excluded_with_its_number_and_cannot_be_picked(world: World) -> None:
    crowd = stage.crowd(world, 9)
    city = stage.draft(world, city=DONGGUAN)
    city = planning.file(plan=city, by=world["dg_approver"], now=NOW)
    province = stage.draft(world)
    population = population_of(province)
    ours = {one.number for one in crowd if one.city == DONGGUAN}
    assert {one.number for one in population.excluded} == ours
    assert {one.reason for one in population.excluded} == {f"已列入计划 {city.number}"}
    assert not {one.number for one in population_of(city).excluded}
    officer = world["province_officer"]
    picked = planning.pick(
        plan=province, mandatory={min(ours): "重点"}, left_out={}, merged={}, by=officer, now=NOW
    )
    with pytest.raises(Refused) as refused:
        planning.publish(plan=picked, by=world["province_approver"], now=NOW)
    assert codes(refused) == {"picked_elsewhere"} and city.number in refused.value.refusals[0].message
    again = stage.draft(world, city=DONGGUAN, purpose="另一次")
    with pytest.raises(Refused) as refused:
        planning.file(plan=again, by=world["dg_approver"], now=NOW + timedelta(hours=1))
    assert codes(refused) == {"empty"}


@pytest.mark.clause("D858-2.2")
def test_the_same_scope_period_and_purpose_is_planned_once(world: World) -> None:
    stage.crowd(world, 6)
    plan = stage.draft(world)
    with pytest.raises(Refused) as refused:
        stage.draft(world)
    assert codes(refused) == {"same_scope"} and plan.number in refused.value.refusals[0].message
    plan = planning.publish(plan=plan, by=world["province_approver"], now=NOW)
    plan = planning.abort(plan=plan, reason="随机源停开", by=world["province_approver"], now=NOW)
    assert access.public_plan(plan.number) is not None  # An aborted one stays visible.
    assert stage.draft(world).state == "drafted"


def test_whoever_drafted_a_plan_does_not_publish_it(world: World) -> None:
    stage.crowd(world, 6)
    plan = stage.draft(world)
    Plan.objects.filter(pk=plan.pk).update(drafted_by=world["province_approver"].person)
    with pytest.raises(Refused) as refused:
        planning.publish(plan=plan, by=world["province_approver"], now=NOW)
    assert codes(refused) == {"same_person"}


@pytest.mark.clause("D26-1")
def test_cities_run_the_second_regime_by_their_own_list_and_file_it(world: World) -> None:
    crowd = stage.crowd(world, 6, cities=[DONGGUAN])
    with pytest.raises(Refused) as refused:
        planning.draft(
            facts=stage.facts(world, regime="d26"), by=world["province_officer"], now=at("2020-04-01 09:00")
        )
    assert "run_by_city" in codes(refused)
    own = [one.number for one in crowd[:4]]
    plan = stage.draft(world, regime="d26", scope={"numbers": own}, strata=[])
    assert (plan.run_by, plan.city) == ("city", DONGGUAN)
    published = stage.publish(world, plan)
    assert (published.state, published.accepted_by) == ("published", world["province_officer"].person)
    assert {one.number for one in population_of(published).candidates} == set(own)


@pytest.mark.clause("D26-5.3")
def test_a_plan_with_the_help_of_a_third_party_has_its_own_list(world: World) -> None:
    crowd = stage.crowd(world, 8, cities=[DONGGUAN])
    pilots = crowd[:4]
    for one in pilots:
        one.is_pilot = True
        one.save()
    plan = stage.draft(
        world, regime="d26", scope={"pilots": True}, strata=[], operator="虚构评估中心（测试）",
        purpose="试点产业集群",
    )  # fmt: skip
    assert plan.operator == "虚构评估中心（测试）"
    assert {one.number for one in population_of(plan).candidates} == {one.number for one in pilots}
    planning.file(plan=plan, by=world["dg_approver"], now=stage.DRAFTED_AT["d26"])
    other = stage.draft(world, regime="d26", strata=[], purpose="其余项目")
    assert {one.number for one in population_of(other).candidates} == {one.number for one in crowd[4:]}


def test_a_plan_under_a_rule_not_yet_in_force_is_refused(world: World) -> None:
    with pytest.raises(Refused) as refused:
        stage.draft(world, starts_on=at("2019-01-05 09:00").date())
    assert "no_regime" in codes(refused)


def test_strangers_see_no_plan_and_write_none(world: World) -> None:
    stage.crowd(world, 6)
    plan = stage.draft(world, city=DONGGUAN)
    assert access.plan_for(world["fs_reviewer"], plan.number) is None
    assert access.plan_for(world["supplier"], plan.number) is None
    assert access.plan_for(world["province_officer"], plan.number) == plan
    for name in ("supplier", "dg_enterprise", "dg_cashier", "expert", "auditor"):
        with pytest.raises(Refused) as refused:
            planning.draft(facts=stage.facts(world, purpose=name), by=world[name], now=NOW)
        assert codes(refused) == {"not_your_role"}
    with pytest.raises(Refused) as refused:
        planning.revise(plan=plan, facts=stage.facts(world, city=DONGGUAN), by=world["fs_reviewer"], now=NOW)
    assert codes(refused) == {"not_your_plan"}


def test_the_number_of_queries_does_not_grow_with_the_vouchers(
    world: World, django_assert_max_num_queries: object
) -> None:
    stage.crowd(world, 12)
    plan = stage.draft(world)
    with django_assert_max_num_queries(16) as first:  # type: ignore[operator]
        population_of(plan)
    stage.crowd(world, 300)
    with django_assert_max_num_queries(len(first)) as _second:  # type: ignore[operator]
        assert population_of(plan).count == 312


def test_a_city_outside_is_refused(world: World) -> None:
    with pytest.raises(Refused) as refused:
        stage.draft(world, city=DONGGUAN, scope={"cities": [FOSHAN]})
    assert codes(refused) == {"wrong_city"}


@pytest.mark.clause("D26-4")
def test_other_vouchers_of_a_supplier_with_a_violation_weigh_most(world: World) -> None:
    crowd = stage.crowd(world, 8)
    vouchers.hold_all(
        vouchers=crowd[:2], kind="checked_first", source="inspection:1", reason="测试", article="D26-4",
        by=world["dg_approver"], now=NOW,
    )  # fmt: skip
    plan = stage.draft(world, regime="d26")
    heavy = {
        one.pk
        for one in population_of(plan).candidates
        if ("供应商有违规项目，须先重点核查", 16) in one.reasons
    }
    assert heavy == {one.pk for one in crowd[:2] if one.city == plan.city}
    assert heavy
