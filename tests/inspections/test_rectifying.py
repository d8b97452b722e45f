"""Rectification 整改 with its second check, and the lists of those to be fostered 培育对象 (D858-2.3)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest

from tests.cast import World, at, broken
from tests.inspections import stage
from yunquan.inspections import rectify_queries
from yunquan.inspections.actions import rectifying
from yunquan.inspections.models import Candidate, Inspection, Rectification
from yunquan.journal.actions import notify_all
from yunquan.journal.models import Notice
from yunquan.journal.queries import history
from yunquan.kernel.refusal import Refused
from yunquan.policy.roles import Role

ORDERING = at("2020-10-14 10:00")
REPORTING = at("2020-10-26 10:00")
CHECKING = at("2020-10-28 10:00")


@pytest.fixture
def inspection(world: World) -> Inspection:
    (row,) = stage.drawn(world, regime="d858", now=ORDERING)
    return row


def ordered(world: World, inspection: Inspection, **changes: Any) -> Rectification:
    facts = {"problem": "排产模块闲置（测试）", "by": world["province_approver"], "now": ORDERING}
    return rectifying.order(inspection=inspection, **{**facts, **changes})


def reported(
    world: World, row: Rectification, name: str = "supplier", now: datetime = REPORTING
) -> Rectification:
    papers = [world.file(world[name]).pk]
    return rectifying.file(
        rectification=row, report="已培训并恢复使用（测试）", files=papers, by=world[name], now=now
    )


def codes(refused: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [one.code for one in refused.value.refusals]


def orgs(kind: str, word: str) -> set[str]:
    return set(Notice.objects.filter(kind=kind, title__contains=word).values_list("org", flat=True))


@pytest.mark.clause("D858-2.3")
def test_what_is_found_is_ordered_mended_shown_and_checked_by_another_person(
    world: World, inspection: Inspection
) -> None:
    row = ordered(world, inspection)
    # Fifteen working days of the regime after 14 October 2020.
    assert row.due_on == date(2020, 11, 4)
    parties = {f"supplier:{world.supplier.pk}", f"enterprise:{world.enterprise.pk}"}
    assert orgs("rectification", "整改并报送") == parties
    row = reported(world, row)
    assert row.state == "filed"
    assert orgs("rectification", "待复查") == {"bureau:441900", "bureau:440000"}
    row = rectifying.accept(
        rectification=row, note="现场看过，已恢复使用", by=world["province_officer"], now=CHECKING
    )
    assert (row.state, row.check_note) == ("done", "现场看过，已恢复使用")
    acts = [one["act"] for one in history(row.journal_key)]
    assert acts == ["rectification.order", "rectification.file", "rectification.pass"]
    assert [one for one in broken() if one.row.startswith("rectification")] == []


def test_an_order_is_given_once(world: World, inspection: Inspection) -> None:
    assert ordered(world, inspection).pk == ordered(world, inspection, problem="另一个").pk
    assert Rectification.objects.count() == 1


def test_an_order_names_the_problem_and_a_day_and_comes_from_the_bureau(
    world: World, inspection: Inspection
) -> None:
    with pytest.raises(Refused) as refused:
        ordered(world, inspection, problem=" ", due_on=date(2020, 10, 14), by=world["supplier"])
    assert codes(refused) == ["missing", "due_on", "not_your_role"]
    with pytest.raises(Refused) as foreign:
        ordered(world, inspection, by=world["fs_approver"])
    assert codes(foreign) == ["not_your_case"]


def test_a_regime_without_days_asks_for_one(world: World) -> None:
    (row,) = stage.drawn(world, regime="d108")
    with pytest.raises(Refused) as refused:
        ordered(world, row, now=at("2019-05-06 10:00"))
    assert codes(refused) == ["due_on"]
    assert ordered(world, row, now=at("2019-05-06 10:00"), due_on=date(2019, 5, 30)).due_on == date(
        2019, 5, 30
    )


@pytest.mark.clause("D858-2.3")
def test_a_report_says_what_was_done_and_shows_it_with_files_of_its_own(
    world: World, inspection: Inspection
) -> None:
    row = ordered(world, inspection)
    foreign = world.file(world["other_supplier"]).pk
    with pytest.raises(Refused) as nothing:
        rectifying.file(rectification=row, report=" ", files=[], by=world["supplier"], now=REPORTING)
    assert [one.field for one in nothing.value.refusals] == ["report", "files"]
    with pytest.raises(Refused) as stolen:
        rectifying.file(
            rectification=row, report="好了", files=[foreign], by=world["supplier"], now=REPORTING
        )
    assert codes(stolen) == ["file_unknown"]
    with pytest.raises(Refused) as stranger:
        reported(world, row, "other_supplier")
    assert codes(stranger) == ["not_your_case"]
    row.refresh_from_db()
    assert row.state == "ordered" and not row.files.exists()


@pytest.mark.clause("S3", "D858-2.3")
def test_who_ordered_it_does_not_check_it(world: World, inspection: Inspection) -> None:
    row = reported(world, ordered(world, inspection, by=world["province_officer"]))
    person, now = world["province_officer"], CHECKING
    for act, words in (
        (rectifying.accept, {"note": "好"}),
        (rectifying.fail, {"reason": "不好"}),
        (rectifying.send_back, {"reason": "不全", "due_on": date(2020, 11, 30)}),
    ):
        with pytest.raises(Refused) as same:
            act(rectification=row, by=person, now=now, **words)
        assert codes(same) == ["same_person"]
    colleague = world.appoint("province_colleague", Role.PROVINCE_OFFICER, bureau=_bureau())
    assert rectifying.accept(rectification=row, note="好", by=colleague, now=now).state == "done"


def _bureau() -> Any:
    from yunquan.parties.models import Bureau

    return Bureau.objects.get(code="440000")


@pytest.mark.clause("D858-2.3")
def test_what_is_not_enough_goes_back_with_a_day_and_comes_again(
    world: World, inspection: Inspection
) -> None:
    row = reported(world, ordered(world, inspection))
    with pytest.raises(Refused) as bare:
        rectifying.send_back(rectification=row, reason="", due_on=None, by=world["dg_reviewer"], now=CHECKING)
    assert codes(bare) == ["missing", "due_on"]
    row = rectifying.send_back(
        rectification=row,
        reason="缺少使用截图",
        due_on=date(2020, 11, 20),
        by=world["dg_reviewer"],
        now=CHECKING,
    )
    assert (row.state, row.due_on) == ("ordered", date(2020, 11, 20))
    row = reported(world, row, "dg_enterprise", at("2020-11-10 10:00"))
    assert row.files.count() == 2


@pytest.mark.clause("D858-2.3")
def test_what_was_not_mended_leads_to_another_decision(world: World, inspection: Inspection) -> None:
    row = ordered(world, inspection)
    with pytest.raises(Refused) as bare:
        rectifying.fail(rectification=row, reason="", by=world["province_officer"], now=CHECKING)
    assert codes(bare) == ["missing"]
    # Who reports nothing fails just as well.
    row = rectifying.fail(rectification=row, reason="逾期未整改", by=world["province_officer"], now=CHECKING)
    assert row.state == "failed"
    assert orgs("rectification", "提出新的处理意见") == {"bureau:441900", "bureau:440000"}
    with pytest.raises(Refused):
        reported(world, row)


def test_reminders_come_once_and_the_late_are_told_of(world: World, inspection: Inspection) -> None:
    row = ordered(world, inspection)

    def sent(moment: str) -> set[str]:
        before = set(Notice.objects.values_list("pk", flat=True))
        for _ in range(2):
            notify_all(rectifying.reminders(at(moment)))
        return {one.org for one in Notice.objects.exclude(pk__in=before)}

    parties = {f"supplier:{world.supplier.pk}", f"enterprise:{world.enterprise.pk}"}
    assert sent("2020-10-31 06:00") == set()
    assert sent("2020-11-01 06:00") == parties
    assert sent("2020-11-03 06:00") == parties
    assert sent("2020-11-05 06:00") == {*parties, "bureau:441900", "bureau:440000"}
    assert sent("2020-11-06 06:00") == set()
    assert list(rectify_queries.overdue(world["dg_reviewer"], date(2020, 11, 5))) == [row]
    reported(world, row)
    assert not rectify_queries.overdue(world["dg_reviewer"], date(2020, 11, 5)).exists()


@pytest.mark.clause("A1")
def test_strangers_see_no_rectification_and_none_of_its_papers(world: World, inspection: Inspection) -> None:
    row = reported(world, ordered(world, inspection))
    (paper,) = rectify_queries.files_of(row)
    for name in ("supplier", "dg_enterprise", "dg_reviewer", "province_officer", "auditor"):
        assert rectify_queries.rectification_for(world[name], row.pk) == row, name
        assert rectify_queries.file_for(world[name], paper.pk) == paper, name
    for name in ("other_supplier", "fs_enterprise", "fs_reviewer", "hc_reviewer", "expert", "system_admin"):
        assert rectify_queries.rectification_for(world[name], row.pk) is None, name
        assert rectify_queries.file_for(world[name], paper.pk) is None, name


@pytest.mark.clause("D858-2.3")
def test_good_ones_are_candidates_once_and_public_when_another_person_publishes(
    world: World, inspection: Inspection
) -> None:
    officer, approver = world["province_officer"], world["province_approver"]
    for _ in range(2):
        for kind in rectifying.KINDS:
            rectifying.name_candidate(inspection=inspection, kind=kind, by=officer, now=ORDERING)
    benchmark, excellent = Candidate.objects.order_by("pk")
    assert (benchmark.enterprise, benchmark.supplier) == (world.enterprise, None)
    assert (excellent.enterprise, excellent.supplier) == (None, world.supplier)
    assert not rectify_queries.public_candidates().exists()
    count = rectifying.publish_candidates(kind=benchmark.kind, pks=[benchmark.pk], by=approver, now=CHECKING)
    assert count == 1
    assert list(rectify_queries.public_candidates()) == [benchmark]
    for name in ("supplier", "dg_enterprise", "fs_reviewer", "expert"):
        assert not rectify_queries.candidates(world[name]).exists(), name
    assert rectify_queries.candidates(world["dg_reviewer"]).count() == 2


def test_a_list_is_published_whole_by_the_one_who_may_or_not_at_all(
    world: World, inspection: Inspection
) -> None:
    approver, kind = world["province_approver"], "benchmark_candidate"
    row = rectifying.name_candidate(inspection=inspection, kind=kind, by=approver, now=ORDERING)
    with pytest.raises(Refused) as same:
        rectifying.publish_candidates(kind=kind, pks=[row.pk], by=approver, now=CHECKING)
    assert codes(same) == ["same_person"]
    with pytest.raises(Refused) as unknown:
        rectifying.publish_candidates(kind=kind, pks=[row.pk, 999], by=world["dg_approver"], now=CHECKING)
    assert codes(unknown) == ["not_your_role", "missing"]
    with pytest.raises(Refused) as other:
        rectifying.name_candidate(inspection=inspection, kind="best_of_all", by=approver, now=CHECKING)
    assert codes(other) == ["unknown"]
    row.refresh_from_db()
    assert row.published_at is None
