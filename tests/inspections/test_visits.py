"""A visit is appointed in time and without clashes, announced, moved, cancelled, held with the right people."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import World
from tests.inspections import stage, visits
from yunquan.desks.shared.registers import past_acts
from yunquan.inspections.actions import appointing, visiting
from yunquan.inspections.actions.panels import able_in_order
from yunquan.inspections.models import Tie, Visit
from yunquan.journal.models import LogEntry, LogPayload, Notice
from yunquan.kernel.refusal import Refused
from yunquan.parties.models import Supplier
from yunquan.vouchers.models import Voucher

pytestmark = pytest.mark.django_db


def in_foshan(world: World) -> Voucher:
    return world.issue(world.confirm(world.apply("fs_enterprise")), reviewer="fs_reviewer")


def codes(refused: Any) -> set[str]:
    return {one.code for one in refused.value.refusals}


@pytest.mark.clause("D108-3.2")
@pytest.mark.clause("D108-3.3")
def test_a_visit_is_appointed_and_announced_to_everybody_concerned(world: World) -> None:
    visit = visits.announced(world)
    assert visit.state == "noticed" and visits.inspection_of(visit).state == "appointed"
    told = {notice.org: notice for notice in Notice.objects.filter(kind="visit")}
    expert = visits.lead(world, visit)
    assert {world["dg_enterprise"].org, world["supplier"].org, "bureau:441900", expert.person} <= set(told)
    assert "合同、发票、转账记录等资料" in told[world["dg_enterprise"].org].text
    sheet = visit.sheets.get()
    assert [row["code"] for row in sheet.rows] == ["genuine", "catalogue", "contract", "amount", "conclusion"]
    assert {one["number"] for one in sheet.rows[1]["services"]} == {2, 8}
    assert "功能模块" not in str(sheet.prefilled["head"]) and sheet.prefilled["parts"]["contract"]


@pytest.mark.clause("D108-3.3")
@pytest.mark.parametrize(("days", "refused"), [(1, True), (2, False)])
def test_a_visit_is_announced_at_least_two_days_before(world: World, days: int, refused: bool) -> None:
    now = visits.VISITING["d108"] - timedelta(days=days)
    if not refused:
        assert visits.appointed(world, now=now).state == "planned"
        return
    with pytest.raises(Refused) as raised:
        visits.appointed(world, now=now)
    assert codes(raised) == {"too_late"}


@pytest.mark.clause("D108-3.3")
def test_what_was_planned_in_time_but_announced_late_is_refused(world: World) -> None:
    visit = visits.appointed(world)
    with pytest.raises(Refused) as raised:
        appointing.announce(
            visit=visit, by=world["province_officer"], now=visit.starts_at - timedelta(days=1)
        )
    assert codes(raised) == {"too_late"}


@pytest.mark.clause("D26-5.2")
def test_a_remote_visit_is_a_mode_of_the_regime_that_has_it(world: World) -> None:
    assert visits.appointed(world, regime="d26", mode="remote").mode == "remote"
    with pytest.raises(Refused) as raised:
        visits.appointed(world, mode="remote")
    assert "mode_not_allowed" in codes(raised)


@pytest.mark.clause("D26-5.2")
def test_a_supplier_is_not_asked_for_in_two_cities_at_once(world: World) -> None:
    one, other = world.approved(), in_foshan(world)
    experts = stage.experts(world, 4)
    first = visits.announced(world, regime="d26", vouchers=[one], experts=experts[:2])
    with pytest.raises(Refused) as raised:
        visits.announced(world, regime="d26", vouchers=[other], experts=experts[2:])
    assert codes(raised) == {"supplier_busy"}
    later = visits.VISITING["d26"] + timedelta(hours=3)
    free = visits.appointed(
        world, regime="d26", vouchers=[in_foshan(world)], experts=experts[2:], starts_at=later
    )
    assert first.pk != free.pk


@pytest.mark.clause("D26-5.2")
def test_where_the_supplier_stays_away_its_other_visits_are_no_clash(world: World) -> None:
    experts = stage.experts(world, 4)
    visits.announced(world, regime="d858", vouchers=[world.approved()], experts=experts[:2])
    other = in_foshan(world)
    assert visits.appointed(world, regime="d858", vouchers=[other], experts=experts[2:]).pk


def test_an_expert_and_an_enterprise_are_in_one_place_at_a_time(world: World) -> None:
    experts = stage.experts(world, 3)
    visits.appointed(world, vouchers=[world.approved()], experts=experts[:2])
    with pytest.raises(Refused) as raised:
        visits.appointed(world, vouchers=[world.approved()], experts=experts[1:])
    assert codes(raised) == {"expert_busy", "enterprise_busy"}


@pytest.mark.clause("D108-3.1")
def test_an_expert_with_an_interest_is_refused(world: World) -> None:
    own, tied = stage.experts(world, 2)
    type(own).objects.filter(pk=own.pk).update(employer_uscc=world.supplier.uscc)
    own.refresh_from_db()
    Tie.objects.create(
        expert=tied, uscc=world.enterprise.uscc, firm=world.enterprise.name, kind="adviser",
        declared_by="x", declared_at=stage.DRAFTED,
    )  # fmt: skip
    with pytest.raises(Refused) as raised:
        visits.appointed(world, experts=[own, tied])
    assert len(raised.value.refusals) == 2 and codes(raised) == {"expert_not_free"}


@pytest.mark.clause("D108-3.1")
def test_a_panel_out_of_the_order_of_the_draw_needs_a_reason_that_is_logged(world: World) -> None:
    stage.experts(world, 4)
    rows = stage.drawn(world)
    order = able_in_order(rows[0], "technical")
    starts, officer = visits.VISITING["d108"], world["province_officer"]
    form: dict[str, Any] = {
        "plan": rows[0].plan, "inspections": rows, "table": "on_site", "mode": "on_site", "place": "会议室",
        "starts_at": starts, "ends_at": starts + timedelta(hours=2), "by": officer,
        "now": starts - timedelta(days=6),
    }  # fmt: skip
    with pytest.raises(Refused) as raised:
        appointing.appoint(**form, experts=[order[0], order[2]], departs=" ")
    assert codes(raised) == {"out_of_order"} and order[1].code in raised.value.refusals[0].message
    visit = appointing.appoint(**form, experts=[order[0], order[2]], departs="第二位专家出差")
    entry = LogEntry.objects.get(obj=visit.journal_key)
    told = str(LogPayload.objects.get(seq=entry.seq).payload)
    assert "第二位专家出差" in told and "passed_over" in told
    assert "第二位专家出差" in str(past_acts(visit.journal_key))
    # Who withdraws is followed by the next in the order, or by another with a reason, never by a choice of their own.
    recused = {
        "visit": visit,
        "expert": order[2],
        "reason": "同学",
        "successor": order[3],
        "now": form["now"],
    }
    with pytest.raises(Refused) as raised:
        appointing.recuse(**recused, by=officer)
    assert codes(raised) == {"out_of_order"}
    with pytest.raises(Refused) as raised:
        appointing.recuse(**recused, by=world[order[2].person.username], departs="我推荐")
    assert codes(raised) == {"not_your_case"}
    seat = appointing.recuse(**recused, by=officer, departs="第二位专家出差")
    assert seat is not None and seat.expert == order[3]


@pytest.mark.clause("D108-3.1")
def test_who_follows_the_order_gives_no_reason(world: World) -> None:
    stage.experts(world, 4)
    rows = stage.drawn(world)
    starts = visits.VISITING["d108"]
    visit = appointing.appoint(
        plan=rows[0].plan, inspections=rows, table="on_site", mode="on_site", place="会议室", starts_at=starts,
        ends_at=starts + timedelta(hours=2), experts=able_in_order(rows[0], "technical")[:2],
        by=world["province_officer"], now=starts - timedelta(days=6),
    )  # fmt: skip
    assert visit.panelists.count() == 2


@pytest.mark.clause("D108-6")
def test_the_bureau_may_tell_of_a_refusal_before_the_day(world: World) -> None:
    visit = visits.announced(world)
    early = visit.starts_at - timedelta(days=2)
    with pytest.raises(Refused) as raised:
        visiting.obstruct(visit=visit, reason="不接电话", by=visits.lead(world, visit), now=early)
    assert codes(raised) == {"not_yet"}
    visit = visiting.obstruct(visit=visit, reason="来函拒绝抽查", by=world["province_officer"], now=early)
    assert visit.state == "obstructed"


@pytest.mark.clause("D108-3.3")
def test_a_supplier_is_told_of_its_own_vouchers_alone(world: World) -> None:
    mine, theirs = world.approved(), world.approved()
    visit = visits.appointed(world, vouchers=[mine, theirs])
    other = Supplier.objects.exclude(pk=world.supplier.pk).order_by("pk")[0]
    Voucher.objects.filter(pk=theirs.pk).update(supplier=other)
    appointing.announce(visit=visit, by=world["province_officer"], now=visit.starts_at - timedelta(days=5))
    told = Notice.objects.get(kind="visit", org=f"supplier:{other.pk}")
    assert theirs.number in told.text and mine.number not in told.text


def test_a_finance_table_needs_a_finance_expert(world: World) -> None:
    with pytest.raises(Refused) as raised:
        visits.appointed(world, table="finance", experts=stage.experts(world, 1))
    assert codes(raised) == {"expert_not_free"}


def test_another_city_appoints_nothing_in_a_plan_of_the_province(world: World) -> None:
    with pytest.raises(Refused) as raised:
        visits.appointed(world, by="fs_reviewer")
    assert codes(raised) == {"not_your_case"}


def test_a_visit_is_moved_with_a_reason_and_announced_anew(world: World) -> None:
    visit = visits.announced(world)
    officer, now = world["province_officer"], visit.starts_at - timedelta(days=4)
    later = visit.starts_at + timedelta(days=3)
    with pytest.raises(Refused) as raised:
        appointing.move_visit(
            visit=visit, starts_at=later, ends_at=later + timedelta(hours=2), reason=" ", by=officer, now=now
        )
    assert codes(raised) == {"missing"}
    moved = appointing.move_visit(
        visit=visit, starts_at=later, ends_at=later + timedelta(hours=2), reason="企业停产检修", by=officer, now=now
    )  # fmt: skip
    assert (moved.state, moved.noticed_at, moved.starts_at) == ("planned", None, later)
    assert appointing.announce(visit=moved, by=officer, now=now).state == "noticed"
    assert Notice.objects.filter(kind="visit", title__startswith="抽查改期").exists()


def test_a_cancelled_visit_leaves_its_inspections_to_be_appointed_again(world: World) -> None:
    visit = visits.announced(world)
    officer, now = world["province_officer"], visit.starts_at - timedelta(days=4)
    appointing.cancel(visit=visit, reason="专家生病", by=officer, now=now)
    again = appointing.appoint(
        plan=visit.plan, inspections=list(visit.inspections.all()), table="on_site", mode="on_site", place="同前",
        starts_at=visit.starts_at, ends_at=visit.ends_at, experts=stage.experts(world, 2), by=officer, now=now,
    )  # fmt: skip
    assert again.state == "planned"
    with pytest.raises(Refused) as raised:
        appointing.appoint(
            plan=visit.plan, inspections=list(visit.inspections.all()), table="on_site", mode="on_site", place="x",
            starts_at=visit.starts_at, ends_at=visit.ends_at, experts=stage.experts(world, 4)[2:], by=officer, now=now,
        )  # fmt: skip
    assert "appointed_already" in codes(raised)


@pytest.mark.clause("D108-3.1")
def test_who_withdraws_stays_visible_and_the_successor_is_told(world: World) -> None:
    experts = stage.experts(world, 3)
    visit = visits.announced(world, experts=experts[:2])
    seat = appointing.recuse(
        visit=visit, expert=experts[0], reason="与企业负责人是同学", successor=experts[2],
        by=visits.lead(world, visit), now=visit.starts_at - timedelta(days=3),
    )  # fmt: skip
    assert seat is not None and seat.expert == experts[2]
    old = visit.panelists.get(expert=experts[0])
    assert old.recused_reason == "与企业负责人是同学" and not old.is_lead
    assert visit.panelists.get(expert=experts[1]).is_lead
    assert Notice.objects.filter(org=experts[2].person.key, kind="visit").exists()
    with pytest.raises(Refused):
        visits.present(world, visit, "enterprise", by=world["expert-technical-1"])


@pytest.mark.clause("D108-3.3")
def test_a_visit_does_not_begin_without_those_who_have_to_be_there(world: World) -> None:
    visit = visits.announced(world)
    visits.present(world, visit, "technical_expert")
    with pytest.raises(Refused) as raised:
        visiting.begin(visit=visit, by=visits.lead(world, visit), now=visit.starts_at)
    assert codes(raised) == {"party_missing"} and "工业企业" in str(raised.value.refusals[0].message)
    visits.present(world, visit, "enterprise")
    # The supplier may stay away: it then accepts the result.
    assert visiting.begin(visit=visit, by=visits.lead(world, visit), now=visit.starts_at).state == "under_way"


@pytest.mark.clause("D108-3.2")
def test_the_finance_table_begins_with_a_finance_expert(world: World) -> None:
    visit = visits.announced(world, table="finance")
    assert visit.supplier == world.supplier and visit.enterprise is None
    with pytest.raises(Refused) as raised:
        visiting.begin(visit=visit, by=visits.lead(world, visit), now=visit.starts_at)
    assert "财务专家" in raised.value.refusals[0].message
    assert visits.inspection_of(visit).visits.count() == 1


def test_a_visit_does_not_begin_before_its_day(world: World) -> None:
    visit = visits.announced(world)
    visits.present(world, visit, "technical_expert", "enterprise")
    with pytest.raises(Refused) as raised:
        visiting.begin(visit=visit, by=visits.lead(world, visit), now=visit.starts_at - timedelta(days=1))
    assert codes(raised) == {"not_yet"}


@pytest.mark.clause("D858-3")
@pytest.mark.parametrize("party", ["supplier", "third_party"])
def test_who_must_not_be_there_is_named_until_they_have_left(world: World, party: str) -> None:
    visit = visits.announced(world, regime="d858")
    expert = visits.lead(world, visit)
    visits.present(world, visit, "technical_expert", "enterprise")
    visiting.enter_presence(visit=visit, key="guest", party=party, name="某", by=expert, now=visit.starts_at)
    visiting.confirm_conduct(visit=visit, lines=range(5), name="测试", by=expert, now=visit.starts_at)
    with pytest.raises(Refused) as raised:
        visiting.begin(visit=visit, by=expert, now=visit.starts_at)
    assert codes(raised) == {"party_forbidden"}
    visiting.leave(visit=visit, key="guest", by=expert, now=visit.starts_at)
    assert visiting.begin(visit=visit, by=expert, now=visit.starts_at).state == "under_way"
    assert visit.presences.get(key="guest").left_at is not None


@pytest.mark.clause("D858-3")
def test_the_rules_of_conduct_are_confirmed_line_by_line_before_the_visit_begins(world: World) -> None:
    visit = visits.announced(world, regime="d858")
    expert = visits.lead(world, visit)
    visits.present(world, visit, "technical_expert", "enterprise")
    with pytest.raises(Refused) as raised:
        visiting.begin(visit=visit, by=expert, now=visit.starts_at)
    assert codes(raised) == {"conduct_open"}
    with pytest.raises(Refused) as raised:
        visiting.confirm_conduct(visit=visit, lines=[0, 1], name="", by=expert, now=visit.starts_at)
    assert len(raised.value.refusals) == 4  # Three lines and the name, all at once.
    visiting.confirm_conduct(visit=visit, lines=range(5), name="测试", by=expert, now=visit.starts_at)
    assert visiting.begin(visit=visit, by=expert, now=visit.starts_at).state == "under_way"


@pytest.mark.clause("D858-3")
def test_a_supplier_that_must_stay_away_is_not_told_of_the_day(world: World) -> None:
    visits.announced(world, regime="d858")
    assert not Notice.objects.filter(kind="visit", org=world["supplier"].org).exists()
    assert Notice.objects.filter(kind="visit", org=world["dg_enterprise"].org).exists()


@pytest.mark.clause("D108-6")
def test_obstruction_counts_as_not_passed(world: World, concluded: list[dict[str, Any]]) -> None:
    visit = visits.announced(world)
    with pytest.raises(Refused):
        visiting.obstruct(visit=visit, reason="", by=visits.lead(world, visit), now=visit.starts_at)
    visit = visiting.obstruct(
        visit=visit, reason="拒绝进入车间", by=visits.lead(world, visit), now=visit.starts_at
    )  # fmt: skip
    assert (visit.state, visit.obstruction) == ("obstructed", "拒绝进入车间")
    assert [one["outcome"] for one in concluded] == ["terms_unmet"]


@pytest.mark.clause("D108-6")
def test_disputes_are_written_down_on_the_spot_once_each(world: World) -> None:
    visit = visits.begun(world)
    expert = visits.lead(world, visit)
    two = "企业要求补充说明\n\n并留下照片"
    for text in ("供应商对金额有异议", "供应商对金额有异议", two, two.replace("\n", "\r\n"), "并留下照片"):
        visiting.note_dispute(visit=visit, text=text, by=expert, now=visit.starts_at)
    assert Visit.objects.get(pk=visit.pk).dispute == f"供应商对金额有异议\n\n{two}"


def test_the_log_tells_of_a_visit_without_names(world: World) -> None:
    visit = visits.begun(world)
    said = "".join(LogEntry.objects.filter(obj=visit.journal_key).values_list("entry", flat=True))
    seqs = LogEntry.objects.filter(obj=visit.journal_key).values("seq")
    said += "".join(LogPayload.objects.filter(seq__in=seqs).values_list("payload", flat=True))
    assert "visit.presence" in said and "测试enterprise" not in said


def test_an_expert_of_another_panel_enters_nothing(world: World) -> None:
    visit = visits.announced(world, experts=stage.experts(world, 3)[:2])
    with pytest.raises(Refused) as raised:
        visits.present(world, visit, "enterprise", by=world["expert-technical-3"])
    assert codes(raised) == {"not_your_case"}
