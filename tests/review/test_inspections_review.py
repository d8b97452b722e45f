"""What a hostile outsider and a meticulous auditor found in the inspections."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.cast import DONGGUAN, FOSHAN, World
from tests.inspections import results, stage, visits
from yunquan.inspections import access
from yunquan.inspections.actions import appointing, deciding, drawing, planning, rectifying, visiting
from yunquan.inspections.actions.panels import panel_for
from yunquan.inspections.models import Attendance, Inspection, Rectification, Tie
from yunquan.inspections.plan_scope import failed_suppliers
from yunquan.kernel.refusal import Refused
from yunquan.parties.access import actor_of
from yunquan.parties.models import Appointment, Bureau, Supplier
from yunquan.policy.roles import Role
from yunquan.vouchers.holding import open_holds
from yunquan.vouchers.models import Voucher

pytestmark = pytest.mark.django_db


def codes(refused: Any) -> set[str]:
    return {one.code for one in refused.value.refusals}


def test_a_city_sees_and_runs_its_own_visit_at_a_supplier_of_another_city(world: World) -> None:
    Supplier.objects.filter(pk=world.supplier.pk).update(city=FOSHAN)
    rows = stage.drawn(world, regime="d108", city=DONGGUAN, vouchers=[world.approved()])
    by, starts = world["dg_reviewer"], visits.VISITING["d108"]
    visit = appointing.appoint(
        plan=rows[0].plan, inspections=rows, table="finance", mode="on_site", place="佛山", starts_at=starts,
        ends_at=starts + timedelta(hours=2), experts=stage.experts(world, 2, "finance"), by=by,
        now=starts - timedelta(days=6),
    )  # fmt: skip
    assert access.visit_for(by, visit.pk) is not None
    appointing.announce(visit=visit, by=by, now=starts - timedelta(days=5))


def test_the_bureau_of_the_suppliers_city_takes_no_step_of_another_citys_visit(world: World) -> None:
    Supplier.objects.filter(pk=world.supplier.pk).update(city=FOSHAN)
    rows = stage.drawn(world, regime="d108", city=DONGGUAN, vouchers=[world.approved()])
    starts = visits.VISITING["d108"]
    visit = appointing.appoint(
        plan=rows[0].plan, inspections=rows, table="finance", mode="on_site", place="佛山", starts_at=starts,
        ends_at=starts + timedelta(hours=2), experts=stage.experts(world, 2, "finance"),
        by=world["dg_reviewer"], now=starts - timedelta(days=6),
    )  # fmt: skip
    with pytest.raises(Refused):
        appointing.cancel(
            visit=visit, reason="不查了", by=world["fs_reviewer"], now=starts - timedelta(days=5)
        )


def test_a_city_does_not_cancel_a_visit_of_the_provinces_plan(world: World) -> None:
    visit = visits.announced(world)
    with pytest.raises(Refused):
        appointing.cancel(
            visit=visit, reason="企业忙", by=world["dg_reviewer"], now=visit.starts_at - timedelta(days=1)
        )


def test_a_supplier_reads_no_sheet_of_another_supplier(world: World, client: Any) -> None:
    mine = world.approved()
    other = Supplier.objects.get(pk=int(world["other_supplier"].org.partition(":")[2]))
    theirs = world.approved()
    visit = visits.closed(world, vouchers=[mine, theirs])
    Voucher.objects.filter(pk=theirs.pk).update(supplier=other)  # Such a visit is no longer appointed.
    client.force_login(
        world.person(world["other_supplier"]), backend="django.contrib.auth.backends.ModelBackend"
    )
    page = client.get(f"/supplier/inspections/visits/{visit.pk}/")
    assert page.status_code == 200
    assert theirs.number in page.content.decode()
    assert mine.number not in page.content.decode()


def test_one_supplier_does_not_sign_for_another(world: World) -> None:
    mine, theirs = world.approved(), world.approved()
    other = Supplier.objects.get(pk=int(world["other_supplier"].org.partition(":")[2]))
    Voucher.objects.filter(pk=theirs.pk).update(supplier=other)
    with pytest.raises(Refused) as refused:
        visits.appointed(world, vouchers=[mine, Voucher.objects.get(pk=theirs.pk)])
    assert codes(refused) == {"several_suppliers"}


def test_a_panel_out_of_the_order_of_the_draw_is_refused(world: World) -> None:
    """Order, frozen conflicts, load and training bind a panel that an officer ticks as well (D2, D108-3.1)."""
    people = stage.experts(world, 3)
    tie = Tie.objects.create(
        expert=people[0], uscc=world.supplier.uscc, firm=world.supplier.name, kind="adviser",
        declared_by="x", declared_at=stage.DRAFTED,
    )  # fmt: skip
    rows = stage.drawn(world, vouchers=[world.approved()])
    now = visits.VISITING["d108"] - timedelta(days=6)
    Tie.objects.filter(pk=tie.pk).update(ended_at=now)  # The expert ends his own tie once the draw is known.
    assert people[0] not in panel_for(rows[0], "technical", 2)
    with pytest.raises(Refused):
        appointing.appoint(
            plan=rows[0].plan, inspections=rows, table="on_site", mode="on_site", place="x",
            starts_at=visits.VISITING["d108"], ends_at=visits.VISITING["d108"] + timedelta(hours=2),
            experts=[people[0]], by=world["province_officer"], now=now,
        )  # fmt: skip


def test_an_untrained_expert_is_not_ticked_onto_a_panel_that_asks_for_training(world: World) -> None:
    people = stage.experts(world, 3)
    assert not Attendance.objects.exists()
    rows = stage.drawn(world, regime="d26", city=DONGGUAN, vouchers=[world.approved()])
    starts = visits.VISITING["d26"]
    with pytest.raises(Refused):
        appointing.appoint(
            plan=rows[0].plan, inspections=rows, table="on_site", mode="on_site", place="x", starts_at=starts,
            ends_at=starts + timedelta(hours=2), experts=people[:1], by=world["dg_reviewer"],
            now=starts - timedelta(days=6),
        )  # fmt: skip


def test_nobody_is_entered_as_absent_from_a_hearing_that_nobody_was_asked_to(world: World) -> None:
    row = results.answer(world, results.informed(world, "fraud"))
    with pytest.raises(Refused):
        results.hear(world, row, parties={"supplier": "absent", "enterprise": "absent"})


def test_an_accepted_plan_that_can_no_longer_be_published_has_a_way_out(world: World) -> None:
    crowd = stage.crowd(world, 6, cities=[DONGGUAN])
    plan = stage.draft(world, city=DONGGUAN, mandatory={crowd[0].number: "重点"})
    plan = planning.file(plan=plan, by=world["dg_approver"], now=stage.DRAFTED)
    plan = planning.accept(plan=plan, by=world["province_officer"], now=stage.DRAFTED)
    Voucher.objects.filter(pk=crowd[0].pk).update(state="lapsed")
    with pytest.raises(Refused) as refused:
        planning.publish(plan=plan, by=world["dg_approver"], now=stage.DRAFTED)
    assert codes(refused) == {"not_in_scope"}
    done = []
    for verb, name, rest in (
        (planning.abort, "dg_approver", {"reason": "重做"}),
        (planning.send_back, "province_officer", {"reason": "重做"}),
        (planning.abort, "province_approver", {"reason": "重做"}),
    ):
        try:
            verb(plan=plan, by=world[name], now=stage.DRAFTED, **rest)  # type: ignore[operator]
            done.append(name)
        except Refused:
            pass
    assert done


def test_what_the_experts_are_looking_at_is_not_swapped_for_the_reserve(world: World) -> None:
    stage.crowd(world, 12, cities=[DONGGUAN])
    plan = stage.draw(world, stage.frozen(world, stage.publish(world, stage.draft(world))))
    row = Inspection.objects.filter(plan=plan).order_by("pk")[0]
    starts = visits.VISITING["d108"]
    visit = appointing.appoint(
        plan=plan, inspections=[row], table="on_site", mode="on_site", place="x", starts_at=starts,
        ends_at=starts + timedelta(hours=2), experts=stage.experts(world, 2), by=world["province_officer"],
        now=starts - timedelta(days=6),
    )  # fmt: skip
    appointing.announce(visit=visit, by=world["province_officer"], now=starts - timedelta(days=5))
    type(visit).objects.filter(pk=visit.pk).update(state="under_way", begun_at=starts)
    with pytest.raises(Refused):
        planning.replace(inspection=row, reason="停业", by=world["province_approver"], now=starts)


def test_a_city_does_not_replace_what_the_province_drew(world: World) -> None:
    stage.crowd(world, 12, cities=[DONGGUAN])
    plan = stage.draw(world, stage.frozen(world, stage.publish(world, stage.draft(world))))
    row = Inspection.objects.filter(plan=plan).order_by("pk")[0]
    with pytest.raises(Refused):
        planning.replace(
            inspection=row, reason="企业忙", by=world["dg_approver"], now=stage.DRAWN + timedelta(days=1)
        )


def test_the_grounds_that_are_published_are_those_that_were_decided(world: World) -> None:
    row = results.answer(world, results.informed(world, "qualified"))
    results.hear(world, row)
    row = results.propose(world, row, "fraud")
    row = results.decide(world, row)
    assert row.grounds


def test_a_custodian_is_no_drawer_through_another_appointment(world: World) -> None:
    person = world.person(world["hz_reviewer"])
    Appointment.objects.create(
        person=person, role=Role.PROVINCE_OFFICER, starts_on=date(2018, 1, 1), appointed_by="test",
        bureau=Bureau.objects.get(code="440000"),
    )  # fmt: skip
    stage.crowd(world, 12, cities=[DONGGUAN])
    with pytest.raises(Refused) as refused:
        stage.draft(world)
    assert "custodian_is_drawer" in codes(refused)


def test_a_custodian_who_is_appointed_to_the_drawers_bureau_later_neither_freezes_nor_draws(
    world: World,
) -> None:
    stage.crowd(world, 12, cities=[DONGGUAN])
    plan = stage.publish(world, stage.draft(world))
    person = world.person(world["hz_reviewer"])
    second = Appointment.objects.create(
        person=person, role=Role.PROVINCE_OFFICER, starts_on=date(2018, 1, 1), appointed_by="test",
        bureau=Bureau.objects.get(code="440000"),
    )  # fmt: skip
    stage.commit(world, plan)
    with pytest.raises(Refused):
        drawing.freeze(plan=plan, by=actor_of(person, second), now=stage.DRAFTED + timedelta(days=2))


def test_what_the_bank_has_in_hand_is_checked_first_when_it_comes_back(world: World) -> None:
    mine, other = world.approved(), world.approved()
    row = results.proposed(world, "violation", regime="d26", city=DONGGUAN, vouchers=[mine])
    Voucher.objects.filter(pk=other.pk).update(state="ordered")
    results.decide(world, row)
    assert [one.kind for one in open_holds(Voucher.objects.get(pk=other.pk))] == ["checked_first"]


def test_a_failed_rectification_leads_to_another_decision(world: World) -> None:
    """The bureau is told to propose anew (D858-2.3), and can."""
    (mine,) = stage.paid(world)
    row = results.decided(world, "rectify", regime="d858", vouchers=[mine])
    order = Rectification.objects.get()
    rectifying.fail(
        rectification=order, reason="没有整改", by=world["province_officer"], now=results.day(row, 60)
    )
    row = deciding.reopen(
        inspection=row, reason="没有整改", by=world["province_officer"], now=results.day(row, 61)
    )
    offered = {one.action for one in row.lifecycle.offers(row.state, Role.PROVINCE_OFFICER)}
    assert "propose" in offered


def test_a_result_that_the_province_reviewed_counts_as_failed(world: World) -> None:
    row = results.decided(world, "fraud", city=DONGGUAN)
    assert row.state == "reviewed" and failed_suppliers() == {world.supplier.pk}


def test_nobody_obstructs_a_visit_before_its_day(world: World) -> None:
    visit = visits.announced(world)
    with pytest.raises(Refused):
        visiting.obstruct(
            visit=visit,
            reason="不接电话",
            by=visits.lead(world, visit),
            now=visit.starts_at - timedelta(days=2),
        )
