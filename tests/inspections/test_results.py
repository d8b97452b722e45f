"""From the conclusion to the published result: deadlines, answers, hearing, another person, the province (D108)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.cast import CLOCK, DONGGUAN, World, at, broken
from tests.inspections import results
from yunquan.inspections import result_queries
from yunquan.inspections.actions import answering, concluding, deciding
from yunquan.inspections.models import Effect, Inspection, Ruling
from yunquan.journal.models import Notice
from yunquan.kernel.refusal import Refused
from yunquan.settlement import actions as settlement


def codes(refused: Any) -> set[str]:
    return {one.code for one in refused.value.refusals}


@pytest.mark.clause("D108-3.4")
def test_a_good_inspection_goes_from_its_visit_to_the_published_result(world: World) -> None:
    row = results.published(world)
    assert row.state == "published"
    assert [one.pk for one in result_queries.public_results()] == [row.pk]
    assert [one.code for one in Effect.objects.all()] == ["advice"]
    steps = list(Ruling.objects.order_by("pk").values_list("step", flat=True))
    assert steps == ["concluded", "proposed", "decided"]
    assert not broken()


@pytest.mark.clause("D108-3.4")
def test_the_result_is_due_within_five_working_days_and_the_answer_too(world: World) -> None:
    row = results.concluded(world)
    # The visit was on Wednesday the 24th; Sunday the 28th is worked, the 1st to the 4th of May are free.
    assert row.due_on == date(2019, 4, 30)
    row = answering.inform(inspection=row, by=world["province_officer"], now=at("2019-04-26 09:00"))
    assert row.due_on == date(2019, 5, 6)
    for org in (world["supplier"].org, world["dg_enterprise"].org):
        told = Notice.objects.filter(org=org, kind="inspection.informed").get()
        assert "专家意见（测试）" in told.text and "2019-05-06" in told.text


@pytest.mark.clause("D108-3.4")
def test_a_late_result_is_given_and_stays_late(world: World) -> None:
    row = results.concluded(world)
    answering.inform(inspection=row, by=world["province_officer"], now=at("2019-05-10 09:00"))
    from yunquan.journal.models import LogEntry, LogPayload

    seq = LogEntry.objects.get(act="inspection.inform").seq
    assert '"late":true' in LogPayload.objects.get(seq=seq).payload


@pytest.mark.clause("D108-A2")
def test_an_amount_in_doubt_is_explained_within_three_working_days_and_thought_about_again(
    world: World,
) -> None:
    row = results.concluded(world, "fraud")
    expert, supplier = results.expert(world, row), world["supplier"]
    with pytest.raises(Refused) as refused:
        concluding.reconsider(
            inspection=row, outcome="qualified", grounds=[], opinion="好", reason="改了", by=expert,
            now=at("2019-04-24 16:00"),
        )  # fmt: skip
    assert codes(refused) == {"not_asked"}
    row = concluding.ask(inspection=row, doubt="金额高于同类", by=expert, now=at("2019-04-24 16:00"))
    assert (row.state, row.due_on) == ("explaining", date(2019, 4, 28))
    with pytest.raises(Refused):
        concluding.explain(inspection=row, text=" ", by=supplier, now=at("2019-04-25 09:00"))
    stolen = world.file(world["fs_enterprise"])
    with pytest.raises(Refused) as refused:
        concluding.explain(
            inspection=row, text="见附件", files=[stolen.pk], by=supplier, now=at("2019-04-25 09:00")
        )
    assert codes(refused) == {"file_unknown"}
    own = world.file(supplier)
    row = concluding.explain(
        inspection=row, text="同类合同见附件（测试）", files=[own.pk], by=supplier, now=at("2019-04-25 09:00")
    )
    assert row.state == "concluded" and row.opinions.get().files.get().pk == own.pk
    row = concluding.reconsider(
        inspection=row, outcome="qualified", grounds=[], opinion="金额合理（测试）", reason="同类合同相符",
        by=expert, now=at("2019-04-26 09:00"),
    )  # fmt: skip
    assert row.outcome == "qualified"
    assert list(Ruling.objects.order_by("pk").values_list("outcome", flat=True)) == ["fraud", "qualified"]
    with pytest.raises(Refused) as refused:
        concluding.ask(inspection=row, doubt="再问", by=expert, now=at("2019-04-26 10:00"))
    assert codes(refused) == {"asked_before"}
    assert not broken()


@pytest.mark.clause("D108-A2")
def test_the_clock_goes_on_when_no_explanation_comes(world: World) -> None:
    row = results.concluded(world, "fraud")
    row = concluding.ask(
        inspection=row, doubt="金额高", by=results.expert(world, row), now=at("2019-04-24 16:00")
    )
    with pytest.raises(Refused) as refused:
        concluding.explain_late(inspection=row, by=CLOCK, now=at("2019-04-28 23:00"))
    assert codes(refused) == {"time_left"}
    assert [one.pk for one in result_queries.late(date(2019, 4, 29))] == [row.pk]
    assert concluding.explain_late(inspection=row, by=CLOCK, now=at("2019-04-29 00:10")).state == "concluded"


@pytest.mark.clause("D108-3.4")
def test_nobody_proposes_before_both_sides_answered_or_their_time_is_over(world: World) -> None:
    row = results.informed(world, "terms_unmet")
    row = results.answer(world, row, names=["supplier"])
    by = world["province_officer"]
    told = {"outcome": "terms_unmet", "grounds": ["不满足"], "reason": "测试", "by": by}
    with pytest.raises(Refused) as refused:
        deciding.propose(inspection=row, now=at("2019-05-05 09:00"), **told)
    assert codes(refused) == {"answers_awaited"} and "企业" in str(refused.value.refusals[0].message)
    assert deciding.propose(inspection=row, now=at("2019-05-07 09:00"), **told).state == "proposed"


@pytest.mark.clause("D108-3.4")
def test_silence_ends_with_the_answering_time(world: World) -> None:
    row = results.informed(world)
    with pytest.raises(Refused):
        answering.answer_late(inspection=row, by=CLOCK, now=at("2019-05-06 20:00"))
    row = answering.answer_late(inspection=row, by=CLOCK, now=at("2019-05-07 00:10"))
    assert row.state == "answered"
    # Who is late is heard all the same, until an outcome is proposed.
    row = answering.answer(
        inspection=row, accepts=True, text="", by=world["supplier"], now=at("2019-05-08 09:00")
    )
    assert row.state == "answered"
    assert not broken()


def test_a_party_answers_once_and_says_why_not(world: World) -> None:
    row = results.informed(world)
    now, by = at("2019-04-27 09:00"), world["supplier"]
    for accepts, text, code in ((None, "", "no_choice"), (False, " ", "no_text")):
        with pytest.raises(Refused) as refused:
            answering.answer(inspection=row, accepts=accepts, text=text, by=by, now=now)
        assert codes(refused) == {code}
    row = answering.answer(inspection=row, accepts=True, text="", by=by, now=now)
    with pytest.raises(Refused) as refused:
        answering.answer(inspection=row, accepts=False, text="改了", by=by, now=now)
    assert codes(refused) == {"answered_before"}


@pytest.mark.clause("D108-4", "D47-8.4")
def test_nobody_is_sanctioned_unheard(world: World) -> None:
    row = results.answer(world, results.informed(world, "fraud"))
    with pytest.raises(Refused) as refused:
        results.propose(world, row, "fraud")
    assert codes(refused) == {"not_heard"}
    answering.summon(
        inspection=row, held_at=results.day(row, 6), place="会议室", by=world["province_officer"],
        now=results.day(row, 4),
    )  # fmt: skip
    assert Notice.objects.filter(org=world["supplier"].org, title__contains="陈述申辩").exists()
    with pytest.raises(Refused) as refused:
        results.hear(world, row, held_at=results.day(row, 99), mode="", summary="", finding="", parties={})
    assert {one.field for one in refused.value.refusals} == {
        "held_at", "mode", "summary", "finding", "parties",
    }  # fmt: skip
    results.hear(world, row, parties={"enterprise": "attended"})
    with pytest.raises(Refused) as refused:
        results.propose(world, row, "fraud")
    assert "供应商" in refused.value.refusals[0].message
    results.hear(world, row, parties={"supplier": "absent"})
    assert results.propose(world, row, "fraud").state == "proposed"


@pytest.mark.clause("S3")
def test_another_person_decides(world: World) -> None:
    row = results.proposed(world)
    officer = world["province_officer"]
    from dataclasses import replace

    same = replace(world["province_approver"], person=officer.person)
    with pytest.raises(Refused) as refused:
        results.decide(world, row, by=same)
    assert codes(refused) == {"same_person"}
    assert Inspection.objects.get(pk=row.pk).state == "proposed" and not Effect.objects.exists()


def test_a_sanction_needs_its_document(world: World) -> None:
    row = results.proposed(world, "fraud")
    with pytest.raises(Refused) as refused:
        results.decide(world, row, document=None)
    assert codes(refused) == {"no_document"}


def test_a_proposal_goes_back_with_a_reason_and_comes_again(world: World) -> None:
    row = results.proposed(world, "fraud")
    by = world["province_approver"]
    with pytest.raises(Refused):
        deciding.send_back(inspection=row, reason="", by=by, now=results.day(row, 9))
    row = deciding.send_back(inspection=row, reason="证据不足（测试）", by=by, now=results.day(row, 9))
    assert row.state == "answered"
    row = results.propose(world, row, "terms_unmet")
    row = results.decide(world, row)
    assert row.outcome == "terms_unmet"
    assert not broken()


@pytest.mark.clause("D108-2.2")
def test_a_citys_result_counts_with_the_provinces_review_and_is_published_by_it(world: World) -> None:
    row = results.decide(world, results.proposed(world, "terms_unmet", city=DONGGUAN))
    assert row.state == "decided" and not Effect.objects.exists()
    row.voucher.refresh_from_db()
    assert row.voucher.state == "approved"
    late = results.day(row, 12)
    for by in ("dg_reviewer", "province_officer"):
        with pytest.raises(Refused) as refused:
            deciding.publish(inspections=[row], by=world[by], now=late)
        assert "review_awaited" in codes(refused)
    row = deciding.review(inspection=row, by=world["province_approver"], now=results.day(row, 10))
    assert row.state == "reviewed" and Effect.objects.exists()
    own = results.decided(world, vouchers=[world.approved()], hours=4)
    with pytest.raises(Refused) as refused:
        deciding.publish(inspections=[row], by=world["dg_reviewer"], now=late)
    assert codes(refused) == {"published_elsewhere"}
    both = deciding.publish(inspections=[row, own], by=world["province_officer"], now=late)
    assert {one.published_at for one in both} == {late}
    assert not broken()


@pytest.mark.clause("D108-2.2")
def test_the_province_sends_a_citys_decision_back_before_it_counts(world: World) -> None:
    row = results.decide(world, results.proposed(world, "terms_unmet", city=DONGGUAN))
    by = world["province_approver"]
    row = deciding.send_back(inspection=row, reason="请补充依据（测试）", by=by, now=results.day(row, 10))
    assert row.state == "answered" and not Effect.objects.exists()
    assert not broken()


@pytest.mark.clause("D26-1")
def test_a_city_publishes_its_own_results_where_no_review_is_asked(world: World) -> None:
    row = results.published(world, "unqualified", regime="d26", city=DONGGUAN)
    assert row.state == "published"
    assert not broken()


@pytest.mark.clause("A1")
def test_strangers_take_no_step_on_a_result(world: World) -> None:
    row = results.concluded(world)
    for name in ("fs_reviewer", "dg_reviewer"):
        with pytest.raises(Refused):
            answering.inform(inspection=row, by=world[name], now=results.day(row, 1))
    row = answering.inform(inspection=row, by=world["province_officer"], now=results.day(row, 1))
    for name in ("fs_enterprise", "other_supplier"):
        with pytest.raises(Refused):
            answering.answer(inspection=row, accepts=True, text="", by=world[name], now=results.day(row, 2))
    seen = {
        name for name, actor in world.people.items() if result_queries.result_for(actor, row.pk) is not None
    }
    assert {"supplier", "dg_enterprise", "province_officer", "dg_approver", "auditor"} <= seen
    assert not seen & {"fs_reviewer", "fs_enterprise", "other_supplier", "expert", "system_admin"}


@pytest.mark.clause("D108-3.1")
def test_an_expert_of_another_panel_concludes_nothing(world: World) -> None:
    row = results.visited(world)[0]
    with pytest.raises(Refused) as refused:
        concluding.conclude(
            inspection=row, outcome="qualified", grounds=[], opinion="", by=world["expert"],
            now=results.day(row, 0, 15),
        )  # fmt: skip
    assert codes(refused) == {"not_on_panel"}


@pytest.mark.parametrize(
    ("outcome", "grounds", "code"), [("best", ["x"], "unknown_outcome"), ("fraud", [" "], "no_grounds")]
)
def test_a_conclusion_is_one_that_the_regime_knows_with_its_grounds(
    world: World, outcome: str, grounds: list[str], code: str
) -> None:
    row = results.visited(world)[0]
    with pytest.raises(Refused) as refused:
        concluding.conclude(
            inspection=row, outcome=outcome, grounds=grounds, opinion="", by=results.expert(world, row),
            now=results.day(row, 0, 15),
        )  # fmt: skip
    assert codes(refused) == {code}


@pytest.mark.clause("D108-3.4")
def test_a_party_sees_its_result_and_no_proposal(world: World) -> None:
    row = results.proposed(world, "fraud")
    seen = result_queries.result_view(row, for_party=True)
    assert (seen["rulings"], seen["proposed"], seen["effects"]) == ([], "", [])
    assert seen["outcome"] == "不合格供应商"
    assert result_queries.result_view(row, for_party=False)["proposed"] == "不合格供应商"


@pytest.mark.clause("D47-5.22")
def test_an_escalated_objection_is_answered_by_the_on_site_finding(world: World) -> None:
    voucher = world.approved()
    listed = world.published()
    line = listed.lines.get()
    now = listed.published_at + timedelta(hours=1)
    objection = settlement.raise_objection(
        line=line, raised_by="某单位（测试）", contact="测试", grounds="系统没有使用（测试）", file=None,
        by=world["dg_reviewer"], now=now,
    )  # fmt: skip
    objection = settlement.escalate(
        objection=objection, reason="请省厅核查（测试）", by=world["dg_reviewer"], now=now
    )
    row = results.concluded(world, "terms_unmet", vouchers=[voucher])
    objection = deciding.report_objection(
        inspection=row, objection=objection, by=world["province_officer"], now=results.day(row, 1)
    )
    assert objection.state == "raised" and "未履行关键条款" in objection.findings
    assert not broken()


def test_what_waits_is_each_roles_own(world: World) -> None:
    row = results.proposed(world)
    waits = {name for name, actor in world.people.items() if result_queries.waiting_results(actor).exists()}
    assert waits == {"province_approver"}
    results.decide(world, row)
    assert result_queries.waiting_results(world["province_officer"]).exists()


@pytest.mark.clause("D108-A2", "D108-3.4")
def test_the_daily_run_reminds_and_ends_what_nobody_answered(world: World) -> None:
    from yunquan.jobs.tick import tick

    row = results.concluded(world)
    tick(at("2019-04-29 08:00"))
    told = Notice.objects.filter(kind="reminder", obj=row.journal_key)
    assert [one.org for one in told] == [row.plan.org]
    tick(at("2019-05-07 08:00"))
    assert told.filter(title__contains="已逾期").count() == 1
    row = answering.inform(inspection=row, by=world["province_officer"], now=at("2019-05-07 09:00"))
    tick(at("2019-05-15 00:10"))
    row.refresh_from_db()
    assert row.state == "answered"
    size = told.count()
    tick(at("2019-05-15 00:20"))
    assert told.count() == size
    assert not broken()
