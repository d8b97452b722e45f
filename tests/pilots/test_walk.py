"""A pilot from the call to its title and its end: who does what, and what each step refuses (D47-A2, D47-6)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import World, at, broken
from tests.pilots.conftest import APPLYING_ON, CLOSES, NAMING, RANKING, REVIEWING, Pilots
from yunquan.desks.public.frame import VISITOR
from yunquan.feedback import actions as feedback
from yunquan.jobs.tick import tick
from yunquan.kernel.refusal import Refused
from yunquan.parties import actions as parties
from yunquan.parties.models import Appointment, Bureau, Supplier
from yunquan.pilots import actions, form
from yunquan.pilots.actions.calling import Choice
from yunquan.pilots.models import Earmark, Pilot
from yunquan.pilots.progress import progress_of
from yunquan.policy.roles import Role
from yunquan.vouchers.models import Voucher

pytestmark = pytest.mark.django_db
AFTER = at("2019-04-10 09:00")


def codes(act, **arguments) -> set[str]:  # type: ignore[no-untyped-def]
    with pytest.raises(Refused) as refused:
        act(**arguments)
    return set(refused.value.codes)


@pytest.mark.clause("D47-6.2", "D47-A2")
def test_a_call_is_applied_to_judged_made_public_and_named_by_a_second_person(
    pilots: Pilots, world: World
) -> None:
    call = pilots.call()
    row = pilots.scored(call, points=82)
    other = pilots.scored(call, "other_supplier", points=70)
    officer, approver = world["province_officer"], world["province_approver"]
    choices = {row.pk: Choice(chosen=True, earmarks={"441900": 400_000_00, "440600": 200_000_00})}
    assert codes(actions.rank, call=call, choices=choices, by=officer, now=RANKING) == {"no_choice"}
    choices[other.pk] = Choice(chosen=False)
    assert codes(actions.rank, call=call, choices=choices, by=officer, now=CLOSES - timedelta(days=1)) == {
        "call_not_over"
    }
    call = actions.rank(call=call, choices=choices, by=officer, now=RANKING)
    row.refresh_from_db()
    other.refresh_from_db()
    assert (row.state, row.rank, row.score) == ("proposed", 1, 8200)
    assert (other.state, other.rank, other.score) == ("not_chosen", 2, 7000)
    call = actions.unrank(call=call, reason="请重核额度（测试）", by=approver, now=RANKING)
    assert not Earmark.objects.exists() and Pilot.objects.get(pk=other.pk).state == "reviewing"
    call = actions.rank(call=call, choices=choices, by=officer, now=RANKING)
    call = actions.publicise(call=call, by=approver, now=RANKING)
    assert codes(actions.name, pilot=row, by=approver, now=RANKING + timedelta(days=5)) == {"still_public"}
    assert codes(actions.name, pilot=row, by=officer, now=NAMING) == {"not_your_role"}
    row = pilots.name(row)
    assert row.state == "named" and Supplier.objects.get(pk=row.supplier_id).is_pilot
    assert Earmark.objects.get(pilot=row, city="441900").enterprises == 14
    assert broken() == []


@pytest.mark.clause("D47-8.5")
def test_no_title_is_given_while_an_objection_waits_for_its_answer(pilots: Pilots, world: World) -> None:
    call = pilots.call()
    row = pilots.scored(call)
    pilots.public(call, row)
    approver, officer = world["province_approver"], world["province_officer"]
    about = {"kind": "complaint", "about": "supplier", "title": "案例不实（测试）", "text": "请核查（测试）"}
    other = feedback.Written(**about, supplier="虚构别家（测试）有限公司")
    feedback.send(written=other, by=VISITOR, now=RANKING)
    objection = feedback.send(
        written=feedback.Written(**about, supplier=row.supplier.name), by=VISITOR, now=RANKING
    )
    assert codes(actions.name, pilot=row, by=approver, now=NAMING) == {"complaint_open"}
    objection = feedback.accept(message=objection, by=officer, now=NAMING)
    assert codes(actions.name, pilot=row, by=approver, now=NAMING) == {"complaint_open"}
    feedback.answer(message=objection, answer="已核查，案例属实（测试）。", by=officer, now=NAMING)
    assert pilots.name(row).state == "named"


@pytest.mark.clause("D47-A2")
def test_an_application_is_told_every_condition_at_once(pilots: Pilots, world: World) -> None:
    call = pilots.call()
    bare = pilots.draft(call, areas=[{"city": "441900", "enterprises": "19", "amount": "10"}],
                        services=[{"service": "8", "enterprises": "19", "fee": "570000.19"}],
                        schedule=[{"text": "太晚", "ends_on": "2019-04-01"}],
                        cases=[{"name": "外省", "enterprise": "某厂", "city": "长沙", "same_scene": "1", "content": "a",
                                "effect": "b", "started_on": "2017-01-01", "finished_on": "2017-02-01"}],
                        title="名" * 81, profile="字" * 501, capability="字" * 1001, proofs=[], promise="", is_legal_person="")  # fmt: skip
    Supplier.objects.filter(pk=bare.supplier_id).update(is_in_province=False)
    with pytest.raises(Refused) as refused:
        actions.submit(pilot=bare, by=world["supplier"], now=CLOSES)
    found = {refusal.field or refusal.code for refusal in refused.value.refusals}
    assert found == {
        "call_closed", "not_of_guangdong", "areas-0-enterprises", "services-0-fee", "schedule-0-ends_on",
        "cases-0-same_scene", "title", "profile", "capability", "proofs-0-file", "promise", "is_legal_person",
    }  # fmt: skip
    assert all(refusal.article for refusal in refused.value.refusals)
    bare.refresh_from_db()
    assert bare.state == "draft" and bare.typed["profile"] == "字" * 501


@pytest.mark.clause("D47-A2")
def test_the_average_fee_is_held_against_the_cap_to_the_fen(pilots: Pilots, world: World) -> None:
    call = pilots.call()
    # 供应链协同: at most 3 万元 an enterprise; twenty of them 60 万元.
    assert (
        pilots.submitted(call, services=[{"service": "8", "enterprises": "20", "fee": "600000.00"}]).promised
        == 20
    )
    row = pilots.draft(
        call, "other_supplier", services=[{"service": "8", "enterprises": "20", "fee": "600000.01"}]
    )
    assert codes(actions.submit, pilot=row, by=world["other_supplier"], now=APPLYING_ON) == {"fee_above_cap"}


@pytest.mark.clause("D47-A2")
@pytest.mark.parametrize("ends_on", ["2018-01-01", "2018-10-22"])
def test_a_plan_that_is_over_before_it_is_submitted_is_no_plan(
    pilots: Pilots, world: World, ends_on: str
) -> None:
    plan = [{"text": "早就上线", "ends_on": "2017-06-01"}, {"text": "全部上线", "ends_on": ends_on}]
    row = pilots.draft(pilots.call(), schedule=plan)
    with pytest.raises(Refused) as refused:
        actions.submit(pilot=row, by=world["supplier"], now=APPLYING_ON)
    assert [one.field for one in refused.value.refusals] == ["schedule-1-ends_on"]


def test_another_units_file_is_no_proof(pilots: Pilots, world: World) -> None:
    theirs = str(world.file(world["other_supplier"]).pk)
    row = pilots.draft(pilots.call(), proofs=[{"title": "验收报告", "file": theirs}])
    assert codes(actions.submit, pilot=row, by=world["supplier"], now=APPLYING_ON) == {"file_missing"}


@pytest.mark.clause("D47-A2")
def test_an_application_goes_back_once_with_all_reasons(pilots: Pilots, world: World) -> None:
    officer, call = world["province_officer"], pilots.call()
    row = pilots.submitted(call)
    assert codes(actions.send_back, pilot=row, reasons=[], by=officer, now=REVIEWING) == {"no_reason"}
    first = [{"code": "case_unproved", "text": ""}, {"code": "plan_unclear", "text": "家数对不上（测试）"}]
    row = actions.send_back(pilot=row, reasons=first, by=officer, now=REVIEWING)
    assert row.mend_due_on.isoformat() == "2018-11-13"
    ranked = codes(actions.rank, call=call, choices={}, by=officer, now=RANKING)
    assert ranked == {"call_not_over"}
    # The call is closed, but who was sent back may mend until the day that was named.
    row = actions.save(pilot=row, typed={"goal": "改好了（测试）"}, by=world["supplier"], now=RANKING)
    row = actions.submit(pilot=row, by=world["supplier"], now=RANKING)
    late = [{"code": "budget_unclear", "text": ""}]
    assert codes(actions.send_back, pilot=row, reasons=late, by=officer, now=RANKING) == {"reason_too_late"}
    again = [{"code": "plan_unclear", "text": "仍对不上（测试）"}]
    assert actions.send_back(pilot=row, reasons=again, by=officer, now=RANKING).state == "returned"
    assert codes(actions.submit, pilot=row, by=world["supplier"], now=at("2019-01-05 10:00")) >= {
        "call_closed"
    }


@pytest.mark.clause("D47-6.2", "D47-8.1")
def test_an_expert_with_an_interest_is_not_seated_or_stands_back(pilots: Pilots, world: World) -> None:
    call = pilots.call()
    officer = world["province_officer"]
    row = actions.accept(pilot=pilots.submitted(call), by=officer, now=APPLYING_ON)
    pilots.submitted(call, "other_supplier")
    inside, rival, *_ = pilots.people(4)
    for person, name in ((inside, "supplier"), (rival, "other_supplier")):
        Appointment.objects.create(
            person=person, role=Role.SUPPLIER, supplier=pilots.supplier(name), starts_on=APPLYING_ON.date(),
            appointed_by="test",
        )  # fmt: skip
    people = pilots.people(4)
    arguments = {"pilot": row, "mode": "defence", "by": officer, "now": APPLYING_ON}
    with pytest.raises(Refused) as refused:
        actions.ask_experts(experts=[*people, world.person(world["auditor"])], **arguments)
    assert refused.value.codes == ("not_an_expert", "conflict", "conflict", "no_time", "no_place")
    arguments |= {"held_at": REVIEWING, "place": "会议室（测试）"}
    known = {people[2].pk: "登记的利害关系（测试）"}
    assert codes(actions.ask_experts, experts=people[2:], known_ties=known, **arguments) == {"conflict"}
    row = actions.ask_experts(experts=people[2:], **arguments)
    third, fourth = (world[name] for name in pilots.experts[2:4])
    sheet = {"points": [80] * 5, "opinion": "可行（测试）"}
    assert codes(actions.score, pilot=row, by=third, now=APPLYING_ON, **sheet) == {
        "not_declared",
        "meeting_ahead",
    }
    seat = actions.declare(pilot=row, employer="虚构注塑协会(测试)", interest="", by=third, now=APPLYING_ON)
    assert seat.recused_at is not None and "联合单位" in seat.recused_why
    assert codes(actions.score, pilot=row, by=third, now=REVIEWING, **sheet) >= {"seat_closed"}
    assert codes(actions.ask_experts, experts=people[2:], **arguments) == {"conflict"}
    seat = actions.declare(pilot=row, employer="无", interest="", by=fourth, now=APPLYING_ON)
    assert seat.recused_at is None
    bad = codes(actions.score, pilot=row, points=[101, None, 3, 4], opinion=" ", by=fourth, now=REVIEWING)
    assert bad == {"no_points", "no_opinion"}
    assert actions.score(pilot=row, by=fourth, now=REVIEWING, **sheet).total == 8000
    assert codes(actions.score, pilot=row, by=fourth, now=REVIEWING, **sheet) == {"seat_closed"}
    assert broken() == []


@pytest.mark.clause("D47-6.3", "D47-6.5")
def test_a_pilot_that_is_not_finished_in_time_is_heard_and_loses_its_title_while_its_customers_are_paid(
    pilots: Pilots, world: World
) -> None:
    officer, approver, supplier = world["province_officer"], world["province_approver"], world["supplier"]
    row = pilots.named()
    finished, _waiting = pilots.tagged(2)
    pilots.tagged(1, size="large")
    claimed = world.claim(finished, "customer_441900_small_0")
    progress = progress_of([row])[row.pk]
    assert (progress.issued, progress.pending, progress.finished) == (2, 1, 0)
    assert codes(actions.hear, pilot=row, by=officer, now=at("2019-03-30 10:00")) == {"no_ground"}
    world.approve(world.verdict(world.attest(claimed)))
    tick(AFTER)
    row.refresh_from_db()
    assert (row.state, row.ground, row.hearing_by) == ("hearing", "overdue", "clock")
    tick(AFTER)
    assert codes(actions.withdraw, pilot=row, reason="逾期（测试）", by=approver, now=AFTER) == {"not_heard"}
    actions.state(pilot=row, text="客户停产（测试）", by=supplier, now=AFTER)
    assert codes(actions.keep, pilot=row, reason="留", by=approver, now=AFTER) == {"ground_stands"}
    row = actions.withdraw(pilot=row, reason="没有按期完成（测试）", by=approver, now=AFTER)
    assert row.state == "withdrawn" and not Supplier.objects.get(pk=row.supplier_id).is_pilot
    paid_on = Voucher.objects.get(pk=finished.pk)
    assert (paid_on.is_pilot, paid_on.state) == (True, "approved")
    listed = world.published()
    assert listed.lines.get(voucher=finished).is_pilot
    # No later application, in this cycle or another.
    known = form.facts(Pilot(call=row.call, supplier=row.supplier, typed={}), row.call, AFTER)[1]
    assert known["title_withdrawn"]


@pytest.mark.clause("D47-6.5", "S3")
def test_a_suspended_pilot_is_heard_and_whoever_proposed_does_not_decide(
    pilots: Pilots, world: World
) -> None:
    row = pilots.named()
    approver = world["province_approver"]
    standing = parties.suspend(
        party=row.supplier,
        reason="效果不理想（测试）",
        document=world.file(approver),
        by=approver,
        now=NAMING,
    )
    tick(NAMING)
    row.refresh_from_db()
    assert (row.state, row.ground) == ("hearing", "suspended")
    over = NAMING + timedelta(days=30)
    second = world.appoint(
        "province_second", Role.PROVINCE_APPROVER, bureau=Bureau.objects.get(code="440000")
    )
    parties.lift_standing(
        standing=standing, reason="已改善（测试）", document=world.file(second), by=second, now=over
    )
    assert codes(actions.withdraw, pilot=row, reason="取消", by=approver, now=over) == {"no_ground"}
    row = actions.keep(pilot=row, reason="已改善（测试）", by=approver, now=over)
    assert row.state == "named" and broken() == []


@pytest.mark.clause("D47-6.5")
def test_a_kept_promise_ends_the_title_with_honour(pilots: Pilots, world: World) -> None:
    row = pilots.named()
    Pilot.objects.filter(pk=row.pk).update(promised=1)
    voucher = pilots.tagged(1)[0]
    world.verdict(world.attest(world.claim(voucher, "customer_441900_small_0")))
    tick(at("2019-03-20 09:00"))
    assert Pilot.objects.get(pk=row.pk).state == "named"
    tick(AFTER)
    row.refresh_from_db()
    assert row.state == "finished" and not Supplier.objects.get(pk=row.supplier_id).is_pilot
    assert broken() == []


@pytest.mark.clause("D47-6.2")
def test_who_stands_in_public_twice_gets_one_title_at_a_time(pilots: Pilots, world: World) -> None:
    calls = [pilots.call(), pilots.call(title="2018 年度第二批试点示范申报")]
    first, second = [pilots.scored(call) for call in calls]
    for call, row in zip(calls, (first, second), strict=True):
        pilots.public(call, row, marks={"441900": 100_000_00})
    pilots.name(first)
    assert codes(pilots.name, row=second) == {"holds_title"}
    Pilot.objects.filter(pk=first.pk).update(state="withdrawn", decided_by="person:0")
    assert codes(pilots.name, row=second) == {"title_withdrawn"}


def test_a_title_without_a_decision_is_a_breach(pilots: Pilots, world: World) -> None:
    Supplier.objects.filter(pk=world.supplier.pk).update(is_pilot=True)
    assert [row.row for row in broken()] == [f"supplier:{world.supplier.pk}"]
