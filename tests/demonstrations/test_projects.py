"""A demonstration project is registered, reported on by outline, checked, mended, accepted or loses its title."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import World, broken
from tests.demonstrations import stage
from yunquan.demonstrations import access, queries
from yunquan.demonstrations.actions import registering, reporting
from yunquan.demonstrations.models import Milestone, Project, Rectification, Report, Spending
from yunquan.journal.models import LogEntry, Notice
from yunquan.kernel.refusal import Refused
from yunquan.policy.uscc import make_uscc

pytestmark = pytest.mark.django_db


def fields(refused: Any) -> set[str]:
    return {one.field or one.code for one in refused.value.refusals}


def codes(refused: Any) -> set[str]:
    return {one.code for one in refused.value.refusals}


@pytest.mark.clause("D858-2.1")
def test_a_project_is_registered_with_its_plan_of_building_and_spending(world: World) -> None:
    row = stage.registered(world)
    assert row.number == f"SF2019-{row.pk:04d}" and row.holder_key == world["dg_enterprise"].org
    assert (row.public_fen, row.own_fen) == (1000000_00, 2000000_00)
    assert [one.public_fen for one in queries.budget_of(row)] == [700000_00, 300000_00]
    assert len(queries.milestones_of(row)) == 2
    assert Notice.objects.filter(org=row.holder_key, obj=row.journal_key).count() == 1
    assert broken() == []


def test_everything_wrong_with_a_registration_is_said_at_once(world: World) -> None:
    wrong = {
        "name": " ", "holder_code": "NOPE", "funded_by": "", "year": "19", "city": "110000", "content": "",
        "starts_on": "2020-01-01", "ends_on": "2019-01-01", "public": "12.345", "own": "",
        "budget": [{"purpose": "", "public": "x", "own": "0"}], "milestones": [],
    }  # fmt: skip
    with pytest.raises(Refused) as refused:
        stage.registered(world, **wrong)
    assert fields(refused) >= {
        "name", "holder_code", "funded_by", "year", "city", "content", "ends_on", "public", "own",
        "budget-0-purpose", "budget-0-public", "milestones-0-title",
    }  # fmt: skip
    assert all(one.article == "D858-2.1" for one in refused.value.refusals)
    with pytest.raises(Refused) as refused:
        stage.registered(world, public="1000000.01")
    assert codes(refused) == {"sums_differ"}
    # Nothing lies between days that are turned round, so that is all that is said.
    with pytest.raises(Refused) as refused:
        stage.registered(world, starts_on="2019-08-01", ends_on="2019-07-01")
    assert codes(refused) == {"days_turned"} and fields(refused) == {"ends_on"}
    stage.registered(world)
    with pytest.raises(Refused) as refused:
        stage.registered(world)
    assert codes(refused) == {"registered_before"}
    with pytest.raises(Refused) as refused:
        stage.registered(world, holder_kind="", holder_code="123", public="12.345")
    assert [one.field for one in refused.value.refusals].count("holder_code") == 1
    assert fields(refused) == {"holder_kind", "holder_code", "public", "name"}
    with pytest.raises(Refused) as refused:
        stage.registered(world, name="另一个项目（测试）", holder_code=make_uscc(29000))
    assert codes(refused) == {"holder_unknown"}


def test_a_city_registers_its_own_and_nobody_else_any(world: World) -> None:
    typed = stage.typed_plan(world.supplier, name="供应商的项目（测试）")
    made = registering.register(typed=typed, by=world["dg_reviewer"], now=stage.REGISTERED)
    assert made.holder_key == world["supplier"].org
    for name in ("fs_reviewer", "dg_enterprise", "dg_cashier", "province_approver"):
        with pytest.raises(Refused) as refused:
            registering.register(typed=typed, by=world[name], now=stage.REGISTERED)
        assert codes(refused) & {"other_city", "not_your_role"}, name


def test_a_wrong_registration_is_undone_and_a_day_put_off_with_reasons(world: World) -> None:
    row, officer = stage.registered(world), world["province_officer"]
    with pytest.raises(Refused) as refused:
        registering.extend(project=row, ends_on=row.ends_on, reason="", by=officer, now=stage.ASKED)
    assert codes(refused) == {"no_reason", "day_not_later"}
    later = row.ends_on + timedelta(days=90)
    row = registering.extend(project=row, ends_on=later, reason="疫情（测试）", by=officer, now=stage.ASKED)
    assert row.ends_on == later
    row = registering.cancel(project=row, reason="重复（测试）", by=officer, now=stage.ASKED)
    assert row.state == "cancelled" and not access.published().exists()
    again = stage.registered(world)
    stage.asked(world)
    with pytest.raises(Refused) as refused:
        registering.cancel(project=again, reason="重复", by=officer, now=stage.ASKED)
    assert codes(refused) == {"has_reports"}
    assert broken() == []


@pytest.mark.clause("D858-2.1")
def test_only_those_still_building_with_provincial_money_are_asked_once_for_a_day(world: World) -> None:
    ours = stage.registered(world)
    stage.registered(world, name="部里支持的（测试）", funded_by="ministry")
    over = stage.registered(world, name="到期未验收（测试）", ends_on="2020-01-31",
                            milestones=[{"title": "上线", "due_on": "2019-12-31"}])  # fmt: skip
    assert {one.project_id for one in stage.asked(world)} == {ours.pk, over.pk}
    with pytest.raises(Refused) as refused:
        stage.asked(world)
    assert codes(refused) == {"nothing_to_ask"}
    with pytest.raises(Refused) as refused:
        reporting.ask(
            title="", stood_on=None, due_on=stage.ASKED.date(), by=world["dg_reviewer"], now=stage.ASKED
        )
    assert fields(refused) == {"title", "stood_on", "due_on"}
    assert Notice.objects.filter(org=ours.holder_key, title__startswith="请于 2020-09-18 前报送").count() == 2


@pytest.mark.clause("D858-2.1")
def test_a_report_is_saved_as_typed_and_filed_by_the_outline(world: World) -> None:
    project = stage.registered(world)
    (report,) = stage.asked(world)
    clerk = world["dg_enterprise"]
    reporting.save(report=report, typed={"building": "写到一半"}, by=clerk, now=stage.FILED)
    report.refresh_from_db()
    assert report.typed == {"building": "写到一半"}
    with pytest.raises(Refused) as refused:
        reporting.file(report=report, typed={"building": "写到一半"}, by=clerk, now=stage.FILED)
    assert fields(refused) == {
        "public_money", "own_money", "mid_term", "performance", "audit", "problems", "rectification",
        "next_steps", "files-0-file",
    }  # fmt: skip
    report = stage.filed(world, report)
    assert report.state == "filed" and report.content["audit"] and len(report.content_hash) == 64
    assert [one.amount_fen for one in queries.payments_of(report)] == [500000_00, 800000_00]
    assert [one.reached_on.isoformat() for one in queries.milestones_of(project)] == [
        "2019-12-20",
        "2020-08-30",
    ]
    assert Notice.objects.filter(org="bureau:441900", title__startswith="示范项目报告待检查").exists()
    (row,) = queries.listed(world["province_officer"])
    assert (row.public_spent_fen, row.own_spent_fen, row.has_unfiled) == (500000_00, 800000_00, False)
    with pytest.raises(Refused):
        reporting.save(report=report, typed={}, by=clerk, now=stage.FILED)
    assert broken() == []


def test_wrong_lines_of_a_report_are_named_one_by_one(world: World) -> None:
    stage.registered(world)
    (report,) = stage.asked(world)
    foreign = world.file(world["supplier"])
    with pytest.raises(Refused) as refused:
        stage.filed(
            world,
            report,
            reached=[{"step": "1", "on": "2020-09-01"}, {"step": "9", "on": "x"}, {"step": "1", "on": "2019-12-01"}],
            spending=[
                stage.payment(1, "0"),
                stage.payment(2, "1.5", line="7", fund="other", paid_on="2020-09-01", document="", payee=""),
                stage.payment(3, "5"), stage.payment(3, "6"),
            ],
            files=[{"file": str(foreign.pk)}],
        )  # fmt: skip
    assert fields(refused) == {
        "reached-0-on", "reached-1-step", "reached-1-on", "spending-0-amount", "spending-1-line",
        "spending-1-fund", "spending-1-paid_on", "spending-1-document", "spending-1-payee",
        "spending-3-document", "files-0-file",
    }  # fmt: skip
    assert not Spending.objects.exists() and not Milestone.objects.exclude(reached_on=None).exists()


@pytest.mark.clause("D858-2.1")
def test_public_money_is_never_over_the_plan_and_an_overspent_line_is_explained(world: World) -> None:
    project = stage.registered(world)
    (first,) = stage.asked(world)
    with pytest.raises(Refused) as refused:
        stage.filed(
            world, first, spending=[stage.payment(1, "700000.01"), stage.payment(2, "300000", line="2")]
        )
    assert codes(refused) == {"over_public", "over_line"}
    said = next(one for one in refused.value.refusals if one.code == "over_public")
    assert "1,000,000.01" in said.message and "超出 0.01 元" in said.message
    with pytest.raises(Refused) as refused:
        stage.filed(world, first, overrun="有原因", spending=[stage.payment(1, "1000000.01")])
    assert codes(refused) == {"over_public"}
    with pytest.raises(Refused) as refused:
        stage.filed(world, first, spending=[stage.payment(1, "900000")])
    assert codes(refused) == {"over_line"} and fields(refused) == {"overrun"}
    stage.filed(world, first, spending=[stage.payment(1, "900000")], overrun="平台扩容（测试）")
    (second,) = stage.asked(world, stood_on=stage.STOOD_ON + timedelta(days=5))
    # What was spent and listed before counts on: of public money one hundred thousand is left.
    with pytest.raises(Refused) as refused:
        stage.filed(world, second, reached=[], spending=[stage.payment(1, "100000.01", line="2")])
    assert codes(refused) == {"over_public", "document_twice"}
    stage.filed(world, second, reached=[], spending=[stage.payment(8, "100000", line="2")])
    by_line = queries.spending_by_line(project)
    assert [(one.public_spent_fen, one.is_over) for one in by_line] == [(900000_00, True), (100000_00, False)]
    assert broken() == []


def test_the_doctor_finds_money_that_went_past_the_plan(world: World) -> None:
    stage.registered(world)
    (report,) = stage.asked(world)
    report = stage.filed(world, report)
    assert broken() == []
    Spending.objects.filter(report=report, fund="public").update(amount_fen=1000000_01)
    told = " ".join(one.message for one in broken())
    assert "超过计划的" in told and "支出明细与报送的内容不一致" in told
    Project.objects.update(public_fen=1)
    assert any("合计与总额不一致" in one.message for one in broken())


@pytest.mark.clause("D858-2.1")
def test_a_return_names_all_sections_at_once_and_a_second_one_nothing_new(world: World) -> None:
    project = stage.registered(world)
    (report,) = stage.asked(world)
    report = stage.filed(world, report)
    reviewer, later = world["dg_reviewer"], stage.DUE + timedelta(days=10)
    with pytest.raises(Refused) as refused:
        reporting.send_back(
            report=report, reasons={"audit": " "}, due_on=None, by=reviewer, now=stage.CHECKED
        )
    assert codes(refused) == {"no_reason", "due_on"}
    reasons = {"audit": "请附审计报告（测试）", "spending": "请列明细（测试）"}
    report = reporting.send_back(report=report, reasons=reasons, due_on=later, by=reviewer, now=stage.CHECKED)
    assert (report.state, report.due_on) == ("returned", later)
    # A returned report counts nothing: neither its money nor what it says was reached.
    assert sum(one.public_spent_fen for one in queries.spending_by_line(project)) == 0
    assert all(one.reached_on is None for one in queries.milestones_of(project))
    # The holder changes the audit and the next steps, and files again.
    report = stage.filed(world, report, audit="已审计（测试）", next_steps="改了（测试）",
                         spending=[stage.payment(5, "400000")])  # fmt: skip
    assert sum(one.public_spent_fen for one in queries.spending_by_line(project)) == 400000_00
    late = {"audit": "还缺页", "spending": "仍不清楚", "next_steps": "改得不对", "building": "当时没有提"}
    with pytest.raises(Refused) as refused:
        reporting.send_back(report=report, reasons=late, due_on=later, by=reviewer, now=stage.CHECKED)
    assert {(one.code, one.field) for one in refused.value.refusals} == {("raised_late", "building")}
    del late["building"]
    reporting.send_back(report=report, reasons=late, due_on=later, by=reviewer, now=stage.CHECKED)
    assert broken() == []


@pytest.mark.clause("D858-2.1")
def test_a_check_of_the_city_is_reviewed_by_the_province_or_given_back(world: World) -> None:
    stage.registered(world)
    (report,) = stage.asked(world)
    report = stage.filed(world, report)
    with pytest.raises(Refused) as refused:
        reporting.check(report=report, outcome="", findings=" ", by=world["dg_reviewer"], now=stage.CHECKED)
    assert fields(refused) == {"outcome", "findings"}
    with pytest.raises(Refused) as refused:
        reporting.check(
            report=report, outcome="problems", findings="看过", by=world["dg_reviewer"], now=stage.CHECKED
        )
    assert fields(refused) == {"problem", "due_on"}
    with pytest.raises(Refused):
        reporting.check(
            report=report, outcome="sound", findings="看过", by=world["fs_reviewer"], now=stage.CHECKED
        )
    report = stage.checked(world, report)
    officer = world["province_officer"]
    report = reporting.check_again(report=report, reason="请补充现场情况", by=officer, now=stage.REVIEWED)
    assert (report.state, report.outcome) == ("filed", "")
    report = stage.reviewed(world, stage.checked(world, report))
    assert report.state == "reviewed"
    why = {one.entry for one in LogEntry.objects.filter(act="demonstration_report.check")}
    assert all('"why":"D858-2.1"' in one for one in why if '"res":"ok"' in one)
    assert broken() == []


@pytest.mark.clause("A1")
def test_strangers_see_nothing_of_a_project(world: World) -> None:
    project = stage.registered(world)
    (report,) = stage.asked(world)
    report = stage.checked(world, stage.filed(world, report), outcome="problems")
    mended = Rectification.objects.get()
    paper = queries.files_of(report)[0]
    for name in ("fs_enterprise", "supplier", "fs_reviewer", "hc_reviewer", "expert", "system_admin"):
        actor = world[name]
        assert access.project_for(actor, project.pk) is None, name
        assert access.report_for(actor, report.pk) is None
        assert access.rectification_for(actor, mended.pk) is None
        assert access.file_for(actor, paper.pk) is None
        assert queries.waiting_count(actor) == 0
    for name in ("dg_enterprise", "dg_reviewer", "province_officer", "auditor"):
        assert access.report_for(world[name], report.pk) == report, name
        assert access.file_for(world[name], paper.pk) == paper


def test_what_waits_is_counted_for_each_side(world: World) -> None:
    def counts() -> tuple[int, int, int]:
        return tuple(
            queries.waiting_count(world[name])
            for name in ("dg_enterprise", "dg_reviewer", "province_officer")
        )  # type: ignore[return-value]

    stage.registered(world)
    assert counts() == (0, 0, 0)
    (report,) = stage.asked(world)
    assert counts() == (1, 0, 0)
    report = stage.filed(world, report)
    assert counts() == (0, 1, 0)
    report = stage.checked(world, report, outcome="problems")
    assert counts() == (1, 0, 1)
    stage.reviewed(world, report)
    stage.mended(world, Rectification.objects.get())
    assert counts() == (0, 0, 1)  # Who ordered it does not check it.
    assert Report.objects.get().state == "reviewed"
