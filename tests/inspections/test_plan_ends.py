"""A plan that can't go on ends, one in the drawer's hand stays unknown, and chance is never known beforehand."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from typing import Any

import pytest

from tests.cast import DONGGUAN, World
from tests.inspections import stage
from yunquan.inspections import plan_queries as queries
from yunquan.inspections.actions import appointing, drawing, planning
from yunquan.inspections.models import Inspection, Plan
from yunquan.inspections.plan_population import population_of
from yunquan.kernel.refusal import Refused
from yunquan.parties.access import actor_of
from yunquan.parties.models import Appointment, Bureau
from yunquan.policy.roles import Role

pytestmark = pytest.mark.django_db
NOW, DAY = stage.DRAFTED, timedelta(days=1)
SPARE = "drand:9"


def codes(refused: Any) -> set[str]:
    return {one.code for one in refused.value.refusals}


def noticed(world: World, plan: Plan, rows: list[Inspection]) -> Any:
    starts = NOW + 21 * DAY
    visit = appointing.appoint(
        plan=plan, inspections=rows, table="finance", mode="on_site", place="x", starts_at=starts,
        ends_at=starts + timedelta(hours=2), experts=stage.experts(world, 2, "finance"),
        by=world["province_officer"], now=starts - 6 * DAY,
    )  # fmt: skip
    return appointing.announce(visit=visit, by=world["province_officer"], now=starts - 5 * DAY)


@pytest.mark.clause("D858-2.2")
def test_what_is_replaced_leaves_its_visits_and_an_empty_visit_is_cancelled(world: World) -> None:
    stage.crowd(world, 20, cities=[DONGGUAN])
    plan = stage.draw(world, stage.frozen(world, stage.publish(world, stage.draft(world))))
    rows = list(Inspection.objects.filter(plan=plan).select_related("voucher").order_by("pk"))
    # Of at least four that were drawn, two or more are of one of the two suppliers.
    ((supplier, _count),) = Counter(row.voucher.supplier_id for row in rows).most_common(1)
    rows = [row for row in rows if row.voucher.supplier_id == supplier][:2]
    assert len(rows) == 2
    visit, approver = noticed(world, plan, rows), world["province_approver"]
    for place, state in enumerate(("noticed", "cancelled")):
        planning.replace(inspection=rows[place], reason="停业", by=approver, now=NOW + 17 * DAY)
        visit.refresh_from_db()
        assert visit.state == state
        assert rows[0] not in visit.inspections.all()


def test_an_enterprise_learns_its_reference_with_the_notice(world: World) -> None:
    stage.crowd(world, 20, cities=[DONGGUAN])
    plan = stage.frozen(world, stage.publish(world, stage.draft(world)))
    assert queries.own_items(world["dg_enterprise"]) == []
    plan = stage.draw(world, plan)
    assert queries.own_items(world["dg_enterprise"]) == []
    row = Inspection.objects.filter(plan=plan).order_by("pk")[0]
    noticed(world, plan, [row])
    assert queries.own_items(world["dg_enterprise"]) == [row.item]


@pytest.mark.clause("D108-2.2")
def test_a_plan_that_is_over_without_a_draw_keeps_nothing_from_others_and_the_province_ends_it(
    world: World,
) -> None:
    stage.crowd(world, 6, cities=[DONGGUAN])
    first = stage.publish(world, stage.draft(world, city=DONGGUAN))
    second = stage.draft(world)
    last = first.ends_on
    assert population_of(second, today=last).count == 0
    assert population_of(second, today=last + DAY).count == 6
    approver = world["province_approver"]
    with pytest.raises(Refused) as refused:
        planning.abort(plan=first, reason="到期", by=approver, now=NOW)
    assert codes(refused) == {"not_your_plan"}
    with pytest.raises(Refused):
        planning.abort(plan=first, reason="到期", by=world["fs_approver"], now=NOW + 90 * DAY)
    assert planning.abort(plan=first, reason="到期", by=approver, now=NOW + 90 * DAY).state == "aborted"


def test_an_accepted_plan_goes_back_and_comes_again(world: World) -> None:
    stage.crowd(world, 6, cities=[DONGGUAN])
    plan = planning.file(plan=stage.draft(world, city=DONGGUAN), by=world["dg_approver"], now=NOW)
    plan = planning.accept(plan=plan, by=world["province_officer"], now=NOW)
    plan = planning.send_back(plan=plan, reason="名单有误", by=world["province_officer"], now=NOW)
    assert (plan.state, plan.accepted_by, plan.entered_at) == ("drafted", "", None)
    assert stage.publish(world, plan).state == "published"


@pytest.mark.clause("D858-2.2")
def test_a_custodian_takes_no_step_of_the_plan_and_a_drawer_none_of_the_custody(world: World) -> None:
    stage.crowd(world, 6, cities=[DONGGUAN])
    plan = stage.draft(world)
    person = world.person(world["hz_reviewer"])
    actors = {}
    for role in (Role.PROVINCE_OFFICER, Role.PROVINCE_APPROVER):
        row = Appointment.objects.create(
            person=person, role=role, starts_on=date(2018, 1, 1), appointed_by="test",
            bureau=Bureau.objects.get(code="440000"),
        )  # fmt: skip
        actors[role] = actor_of(person, row)
    with pytest.raises(Refused) as refused:
        planning.publish(plan=plan, by=actors[Role.PROVINCE_APPROVER], now=NOW)
    assert codes(refused) == {"custodian_is_drawer"}
    plan = stage.publish(world, plan)
    with pytest.raises(Refused) as refused:
        drawing.commit(plan=plan, commitment="00" * 32, by=actors[Role.PROVINCE_OFFICER], now=NOW)
    assert codes(refused) == {"custodian_is_drawer"}
    plan = stage.frozen(world, plan, revealed=False)
    with pytest.raises(Refused) as refused:
        drawing.reveal(plan=plan, secret="40" * 32, by=actors[Role.PROVINCE_OFFICER], now=NOW + 3 * DAY)
    assert codes(refused) == {"custodian_is_drawer"}


@pytest.mark.clause("D858-2.2")
def test_no_public_value_may_be_known_before_the_secrets_are(world: World) -> None:
    stage.crowd(world, 6, cities=[DONGGUAN])
    with pytest.raises(Refused) as refused:
        stage.draft(world, due={})
    assert codes(refused) == {"no_due_time"}
    with pytest.raises(Refused) as refused:
        stage.draft(world, due={stage.SOURCE: NOW + 10 * DAY})
    assert codes(refused) == {"due_too_early"}
    plan = stage.publish(world, stage.draft(world, due={stage.SOURCE: NOW + 11 * DAY}))
    stage.commit(world, plan)
    with pytest.raises(Refused) as refused:
        drawing.freeze(plan=plan, by=world["province_officer"], now=NOW + DAY, reveals_end_at=NOW + 11 * DAY)
    assert codes(refused) == {"due_too_early"}


@pytest.mark.clause("D858-2.2")
def test_a_value_comes_in_its_time_and_a_spare_one_only_for_a_source_that_stayed_silent(
    world: World,
) -> None:
    stage.crowd(world, 6, cities=[DONGGUAN])
    due = {stage.SOURCE: NOW + 11 * DAY, SPARE: NOW + 12 * DAY}
    plan = stage.frozen(
        world, stage.publish(world, stage.draft(world, fallback={stage.SOURCE: SPARE}, due=due))
    )
    officer = world["province_officer"]
    proof = stage.proof(world, officer)
    with pytest.raises(Refused) as refused:
        drawing.draw(plan=plan, entropy={stage.SOURCE: "1"}, proof=proof, by=officer, now=NOW + 10.5 * DAY)
    assert codes(refused) == {"not_due"}
    spare = {"plan": plan, "entropy": {SPARE: "2"}, "proof": proof, "by": officer}
    with pytest.raises(Refused) as refused:
        drawing.draw(**spare, silent={stage.SOURCE: "停开"}, now=NOW + 10.5 * DAY)
    assert codes(refused) == {"not_due"}
    with pytest.raises(Refused) as refused:
        drawing.draw(**spare, now=NOW + 13 * DAY)
    assert codes(refused) == {"no_silence_shown"}
    plan = drawing.draw(**spare, silent={stage.SOURCE: "停开公告（测试）"}, now=NOW + 13 * DAY)
    assert (plan.state, plan.silent) == ("drawn", {stage.SOURCE: "停开公告（测试）"})
