"""What a check found is mended, a project accepted or its title withdrawn, and the clock says who is late."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import World, broken
from tests.demonstrations import stage
from yunquan.demonstrations import queries
from yunquan.demonstrations.actions import deciding, mending, registering
from yunquan.demonstrations.models import Project, Rectification
from yunquan.jobs.tick import tick
from yunquan.journal.models import LogEntry, Notice
from yunquan.kernel.refusal import Refused

pytestmark = pytest.mark.django_db


def fields(refused: Any) -> set[str]:
    return {one.field or one.code for one in refused.value.refusals}


def codes(refused: Any) -> set[str]:
    return {one.code for one in refused.value.refusals}


@pytest.mark.clause("D858-2.3")
def test_what_a_check_found_is_mended_with_evidence_and_checked_by_another_person(world: World) -> None:
    project = stage.registered(world)
    (report,) = stage.asked(world)
    report = stage.checked(world, stage.filed(world, report), outcome="problems")
    row = Rectification.objects.get()
    assert (row.told_in, row.due_on) == (report, stage.MEND_BY)
    clerk, officer = world["dg_enterprise"], world["province_officer"]
    with pytest.raises(Refused) as refused:
        mending.file(rectification=row, report="", files=[], by=clerk, now=stage.REVIEWED)
    assert fields(refused) == {"report", "files-0-file"}
    row = stage.mended(world, row)
    with pytest.raises(Refused) as refused:
        mending.accept(rectification=row, note="看过", by=world["dg_reviewer"], now=stage.REVIEWED)
    assert codes(refused) == {"same_person"}
    later = stage.MEND_BY + timedelta(days=10)
    row = mending.send_back(rectification=row, reason="缺照片", due_on=later, by=officer, now=stage.REVIEWED)
    row = mending.fail(
        rectification=stage.mended(world, row), reason="没有联网", by=officer, now=stage.REVIEWED
    )
    stage.reviewed(world, report)
    with pytest.raises(Refused) as refused:
        stage.proposed(world, project)
    assert codes(refused) == {"failed_rectifications"}
    anew = mending.order(
        project=project,
        problem="限期联网",
        due_on=later,
        after=row,
        by=world["dg_reviewer"],
        now=stage.REVIEWED,
    )
    with pytest.raises(Refused) as refused:
        mending.order(
            project=project, problem="再来", due_on=later, after=row, by=officer, now=stage.REVIEWED
        )
    assert codes(refused) == {"followed_before"}
    with pytest.raises(Refused) as refused:
        stage.proposed(world, project)
    assert codes(refused) == {"open_rectifications"}
    mending.accept(rectification=stage.mended(world, anew), note="现场看过", by=officer, now=stage.REVIEWED)
    assert stage.proposed(world, project).state == "acceptance_proposed"
    assert broken() == []


@pytest.mark.clause("D858-2.1")
def test_an_acceptance_is_proposed_by_one_and_decided_by_another_person(world: World) -> None:
    raw = stage.registered(world, name="什么都没有（测试）")
    with pytest.raises(Refused) as refused:
        deciding.propose_acceptance(
            project=raw, reason="", paper=None, by=world["dg_reviewer"], now=stage.REVIEWED
        )
    assert codes(refused) == {"no_reason", "missing", "unreached", "no_report"}
    registering.cancel(project=raw, reason="测试", by=world["province_officer"], now=stage.REVIEWED)
    project = stage.proposed(world, stage.ready(world))
    with pytest.raises(Refused) as refused:
        deciding.accept(project=project, by=world["province_officer"], now=stage.REVIEWED)
    assert codes(refused) == {"not_your_role"}
    approver = world["province_approver"]
    Project.objects.filter(pk=project.pk).update(proposed_by=approver.person)
    with pytest.raises(Refused) as refused:
        deciding.accept(project=project, by=approver, now=stage.REVIEWED)
    assert codes(refused) == {"same_person"}
    Project.objects.filter(pk=project.pk).update(proposed_by=world["dg_reviewer"].person)
    project = deciding.decline_acceptance(project=project, reason="缺档案", by=approver, now=stage.REVIEWED)
    assert project.state == "building"
    project = deciding.accept(project=stage.proposed(world, project), by=approver, now=stage.REVIEWED)
    assert project.state == "accepted"
    entry = LogEntry.objects.filter(act="demonstration.accept").latest("seq").entry
    assert '"why":"D858-2.1"' in entry
    assert broken() == []


@pytest.mark.clause("D858-2.3")
@pytest.mark.parametrize("is_accepted", [False, True])
def test_a_title_is_withdrawn_with_reason_by_another_person_or_kept(world: World, is_accepted: bool) -> None:
    project, approver = stage.ready(world), world["province_approver"]
    if is_accepted:
        project = deciding.accept(project=stage.proposed(world, project), by=approver, now=stage.REVIEWED)
    stood, officer = project.state, world["province_officer"]
    with pytest.raises(Refused) as refused:
        deciding.propose_withdrawal(project=project, reason=" ", by=officer, now=stage.REVIEWED)
    assert codes(refused) == {"no_reason"} and refused.value.refusals[0].article == "D858-2.3"

    def propose() -> Project:
        return deciding.propose_withdrawal(
            project=project, reason="挪用（测试）", by=officer, now=stage.REVIEWED
        )

    project = deciding.keep(project=propose(), reason="查无实据", by=approver, now=stage.REVIEWED)
    assert project.state == stood
    project = deciding.withdraw(project=propose(), reason="属实", by=approver, now=stage.REVIEWED)
    assert project.state == "withdrawn"
    assert Notice.objects.filter(org=project.holder_key, title__startswith="已撤销称号").exists()
    with pytest.raises(Refused):
        stage.asked(world, stood_on=stage.STOOD_ON + timedelta(days=3))
    assert broken() == []


@pytest.mark.clause("D858-2.1")
def test_who_has_not_filed_is_listed_and_reminded_once(world: World) -> None:
    project = stage.registered(world)
    (report,) = stage.asked(world)
    province, late = world["province_officer"], stage.ASKED + timedelta(days=12)
    assert not queries.overdue_reports(province, stage.DUE).exists()
    for _ in range(2):
        tick(stage.ASKED + timedelta(days=10))
        tick(late)
    told = Notice.objects.filter(kind="reminder", obj=report.journal_key)
    assert told.filter(org=project.holder_key).count() == 2  # One day before, and overdue.
    assert told.filter(org="bureau:441900").count() == told.filter(org="bureau:440000").count() == 1
    assert list(queries.overdue_reports(province, late.date())) == [report]
    assert not queries.overdue_reports(world["fs_reviewer"], late.date()).exists()
    stage.filed(world, report, now=late)
    assert not queries.overdue_reports(province, late.date()).exists()
    tick(stage.ASKED + timedelta(days=200))
    assert (
        Notice.objects.filter(kind="reminder", obj=project.journal_key, org=project.holder_key).count() == 1
    )
