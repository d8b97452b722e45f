"""A year's evaluation of suppliers, from its frozen figures to the title and its end (D47-5.17, D47-8.3)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from tests.cast import CLAIMING, World, at, broken
from yunquan.desks.public.frame import VISITOR
from yunquan.feedback import actions as feedback
from yunquan.insight import evaluation_actions as actions
from yunquan.insight import evaluation_queries as queries
from yunquan.insight import evaluation_replies as replies
from yunquan.insight import title_actions as titles
from yunquan.insight.evaluation_facts import Period, counted
from yunquan.insight.models import Evaluation, EvaluationLine, ExcellentTitle
from yunquan.jobs.tick import tick
from yunquan.journal.models import Notice
from yunquan.kernel.refusal import Refused
from yunquan.parties.actions import standing
from yunquan.parties.models import Standing
from yunquan.policy.evaluating import SupplierMethod
from yunquan.programme import actions as programme
from yunquan.programme.rules import working_calendar
from yunquan.vouchers import actions as vouchers

pytestmark = pytest.mark.django_db
DRAFTED = at("2019-06-03 09:00")
PERIOD = {"from_on": date(2018, 10, 1), "until_on": date(2019, 5, 31)}


def draft(world: World, **changes: Any) -> Evaluation:
    facts = {"year": 2018, **PERIOD, "by": world["province_officer"], "now": DRAFTED}
    return actions.draft(**{**facts, **changes})


def codes(refused: Any) -> set[str]:
    return {one.code for one in refused.value.refusals}


def let_few_be_ranked(world: World) -> None:
    """A published change of the method: one voucher is enough to be ranked, and full."""
    from yunquan.programme.rules import current_rulebook

    said = current_rulebook().value("evaluation.suppliers", DRAFTED.date()).value
    value = said.model_dump(mode="json") | {
        "complaint_share": "100 %", "least_weight": "20 %", "least_vouchers": 1, "full_vouchers": 1,
    }  # fmt: skip
    change = programme.draft_rule_change(
        pack="gd-2018", rule="evaluation.suppliers", value=value, from_on=date(2019, 5, 1), article="D47-8.3",
        meaning="试用（测试）。", by=world["province_officer"], now=at("2019-04-01 09:00"),
    )  # fmt: skip
    programme.submit_rule_change(change=change, by=world["province_officer"], now=at("2019-04-01 09:10"))
    programme.publish_rule_change(change=change, by=world["province_approver"], now=at("2019-04-01 10:00"))


def sent(world: World) -> Evaluation:
    let_few_be_ranked(world)
    world.approved()
    return actions.send(evaluation=draft(world), by=world["province_officer"], now=DRAFTED)


def after(row: Evaluation, days: int = 1) -> Any:
    assert row.due_on is not None
    return at(f"{row.due_on + timedelta(days=days)} 09:00")


@pytest.mark.clause("D47-8.3", "D47-5.17")
def test_a_supplier_is_evaluated_may_reply_and_gets_the_title_that_ends(world: World) -> None:
    row = sent(world)
    line = row.lines.get()
    figures = {one.key: (one.good, one.cases, one.points) for one in queries.figures_of(line, row)}
    assert figures["vouchers"] == (1, 1, "100.00")
    assert figures["completion"] == (1, 1, "100.00")
    assert figures["complaints"] == (0, 1, "100.00")
    assert figures["answering"][1] == 2
    assert figures["inspection"] == (0, 0, "") and figures["usage"] == (0, 0, "")
    assert line.rank == 1 and line.score == 10_000
    assert row.due_on == date(2019, 6, 18)  # Ten working days; 7 June is a holiday.
    assert Notice.objects.filter(org=world.supplier.key, kind="evaluation").exists()

    clerk, officer, approver = world["supplier"], world["province_officer"], world["province_approver"]
    said = replies.reply(
        evaluation=row, text="第二项少计一张。", file=None, by=clerk, now=DRAFTED + timedelta(days=1)
    )
    chosen = {"evaluation": row, "suppliers": [world.supplier.pk], "note": ""}
    with pytest.raises(Refused) as refused:
        actions.propose(**chosen, by=officer, now=DRAFTED + timedelta(days=2))
    assert codes(refused) == {"reply_time_runs", "unanswered"}
    replies.answer(
        evaluation=row, reply=said, outcome="kept", text="已核对，数量无误。", by=officer,
        now=DRAFTED + timedelta(days=3),
    )  # fmt: skip
    row = actions.propose(**chosen, by=officer, now=after(row))
    with pytest.raises(Refused) as refused:
        titles.decide(evaluation=row, by=officer, now=after(row))
    assert codes(refused) == {"not_your_role"}
    row = titles.decide(evaluation=row, by=approver, now=after(row))
    assert row.publicity_ends_on is not None and not queries.excellent_suppliers(row.publicity_ends_on)
    with pytest.raises(Refused) as refused:
        titles.close(evaluation=row, by=officer, now=after(row))
    assert codes(refused) == {"publicity_runs"}
    published = at(f"{row.publicity_ends_on + timedelta(days=1)} 09:00")
    tick(published)
    row.refresh_from_db()
    title = ExcellentTitle.objects.get()
    assert (row.state, title.state) == ("published", "granted")
    assert title.from_on == published.date() and title.until_on == published.date() + timedelta(days=365)
    assert queries.excellent_suppliers(title.until_on)[world.supplier.pk] == title
    assert not queries.excellent_suppliers(title.until_on + timedelta(days=1))
    tick(at(f"{title.until_on + timedelta(days=1)} 09:00"))
    title.refresh_from_db()
    assert title.state == "expired"
    assert broken() == []
    Evaluation.objects.update(
        content_hash="0" * 64
    )  # The negative control: what was frozen no longer agrees.
    assert [one.row for one in broken()] == [row.journal_key]


@pytest.mark.clause("D47-8.3")
def test_a_claim_that_is_revoked_while_it_waits_is_no_late_answer(world: World) -> None:
    voucher = world.claim(world.issued())
    period = Period(**PERIOD)

    def answering() -> tuple[int, int]:
        told = counted(
            period, answer_working_days=5, calendar=working_calendar(), by=world["province_officer"]
        )
        tally = told[world.supplier.pk]["answering"]
        return tally.good, tally.cases

    assert answering() == (1, 2)
    vouchers.revoke_all(
        vouchers=[voucher], source="inspection:1", reason="测试", article="D108-4", by=world["dg_approver"],
        now=CLAIMING + timedelta(days=30),
    )  # fmt: skip
    assert answering() == (1, 1)


@pytest.mark.clause("D47-8.3", "D47-8.4")
def test_a_ban_takes_the_title_away_at_once(world: World) -> None:
    row = sent(world)
    facts = {"evaluation": row, "by": world["province_officer"], "now": after(row)}
    actions.propose(suppliers=[world.supplier.pk], note="", **facts)
    row = titles.decide(evaluation=row, by=world["province_approver"], now=after(row))
    granted = at(f"{row.publicity_ends_on + timedelta(days=1)} 09:00")
    tick(granted)
    standing.impose(
        kind="barred", party=world.supplier, years=5, reason="骗补（测试）", article="D26-4", source="test:1",
        by=world["province_approver"], now=granted + timedelta(hours=1),
    )  # fmt: skip
    assert not queries.excellent_suppliers(granted.date()), "the public sees it no more, clock or not"
    tick(granted + timedelta(days=1))
    title = ExcellentTitle.objects.get()
    assert title.state == "withdrawn" and "不得申请" in title.ended_reason
    assert broken() == []


def test_a_title_that_was_not_granted_at_the_close_does_not_hang_when_the_ban_ends(world: World) -> None:
    row = sent(world)
    facts = {"evaluation": row, "by": world["province_officer"], "now": after(row)}
    actions.propose(suppliers=[world.supplier.pk], note="", **facts)
    row = titles.decide(evaluation=row, by=world["province_approver"], now=after(row))
    day = at(f"{row.publicity_ends_on + timedelta(days=1)} 09:00")
    standing.impose(
        kind="barred", party=world.supplier, years=5, reason="骗补（测试）", article="D26-4", source="test:2",
        by=world["province_approver"], now=day,
    )  # fmt: skip
    titles.close(evaluation=row, by=world["province_officer"], now=day)
    Standing.objects.update(state="lifted")
    assert [reason for _title, reason in titles.barred(day.date())] == ["公示期满时受到资格处理，没有授予"]


@pytest.mark.clause("D47-8.3")
def test_who_has_few_cases_is_not_ranked_and_gets_no_title(world: World) -> None:
    world.approved()
    row = actions.send(evaluation=draft(world), by=world["province_officer"], now=DRAFTED)
    line = row.lines.get()
    assert line.rank is None and line.unranked == "发券 1 张，不足 5 张"
    facts = {"evaluation": row, "by": world["province_officer"], "now": after(row)}
    with pytest.raises(Refused) as refused:
        actions.propose(suppliers=[world.supplier.pk], note="", **facts)
    assert codes(refused) == {"not_ranked"}
    with pytest.raises(Refused) as refused:
        actions.propose(suppliers=[], note=" ", **facts)
    assert codes(refused) == {"no_reason"}
    assert actions.propose(suppliers=[], note="本年度案例不足。", **facts).state == "proposed"


def test_a_complaint_counts_once_it_is_taken_up_and_nobody_reads_who_sent_it(world: World) -> None:
    let_few_be_ranked(world)
    voucher = world.approved()
    wrote = feedback.Written(
        kind="complaint", about="supplier", title="没有安装（测试）", text="测试", voucher=voucher.number,
        sender="测试留言人",
    )  # fmt: skip
    for _ in range(2):
        message = feedback.send(written=wrote, by=VISITOR, now=at("2019-03-01 09:00"))
    feedback.accept(message=message, by=world["dg_reviewer"], now=at("2019-03-02 09:00"))
    line = draft(world).lines.get()
    assert line.figures["complaints"] == {"good": 1, "cases": 1, "weight": 10, "points": 0}
    assert "测试留言人" not in str(line.figures)


def test_every_fault_of_a_draft_is_told_at_once_and_a_year_has_one_living_edition(world: World) -> None:
    with pytest.raises(Refused) as refused:
        draft(world, year=1999, from_on=date(2019, 7, 1), until_on=date(2019, 6, 30), by=world["dg_reviewer"])
    assert codes(refused) == {"not_your_role", "year", "period", "not_over"}
    with pytest.raises(Refused) as refused:
        draft(world, from_on=date(1, 1, 1), until_on=date(1, 6, 30))
    assert codes(refused) == {"period"}
    world.approved()
    row = draft(world)
    with pytest.raises(Refused) as refused:
        draft(world)
    assert codes(refused) == {"already"}
    actions.discard(evaluation=row, reason="评价期填错。", by=world["province_officer"], now=DRAFTED)
    again = draft(world)
    assert (again.edition, again.lines.count()) == (2, 1)
    assert again.content_hash != row.content_hash


def test_a_reply_that_is_right_stops_the_edition(world: World) -> None:
    row = sent(world)
    officer, now = world["province_officer"], DRAFTED + timedelta(days=1)
    with pytest.raises(Refused) as refused:
        replies.reply(evaluation=row, text=" ", file=None, by=world["dg_enterprise"], now=now)
    assert codes(refused) == {"not_your_role", "not_your_case", "no_text"}
    said = replies.reply(evaluation=row, text="有误。", file=None, by=world["supplier"], now=now)
    with pytest.raises(Refused) as refused:
        replies.reply(evaluation=row, text="再说。", file=None, by=world["supplier"], now=after(row))
    assert codes(refused) == {"replied", "too_late"}
    replies.answer(evaluation=row, reply=said, outcome="wrong", text="确实有误。", by=officer, now=now)
    with pytest.raises(Refused) as refused:
        actions.propose(evaluation=row, suppliers=[world.supplier.pk], note="", by=officer, now=after(row))
    assert codes(refused) == {"found_wrong"}
    actions.discard(evaluation=row, reason="更正后重新测算。", by=officer, now=after(row))
    assert Notice.objects.filter(org=world.supplier.key, title__contains="已作废").exists()
    assert broken() == []


@pytest.mark.clause("A1")
def test_a_supplier_sees_its_own_line_once_it_was_sent_and_nobody_else_anything(world: World) -> None:
    let_few_be_ranked(world)
    world.approved()
    row = draft(world)
    assert queries.evaluation_for(world["supplier"], row.pk) is None
    actions.send(evaluation=row, by=world["province_officer"], now=DRAFTED)
    assert queries.evaluation_for(world["supplier"], row.pk) == row
    assert queries.own_line(world["supplier"], row) == row.lines.get()
    for name in ("dg_reviewer", "dg_enterprise", "expert", "system_admin"):
        assert queries.evaluation_for(world[name], row.pk) is None
    assert queries.evaluation_for(world["auditor"], row.pk) == row
    with pytest.raises(Exception, match=r"(?i)append"):
        EvaluationLine.objects.update(score=1)


def test_weights_that_are_no_hundred_are_refused() -> None:
    from yunquan.policy.rulebook import load_pack

    said = load_pack("gd-2018").value("evaluation.suppliers", date(2019, 1, 1)).value.model_dump(mode="json")
    said["weights"]["price"] = 11
    with pytest.raises(ValueError, match="合计应为 100"):
        SupplierMethod.model_validate(said)
