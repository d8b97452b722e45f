"""Anyone writes; a bureau answers in time; who is complained of never learns who wrote (D47-8.5)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.cast import World, at, broken
from tests.inspections import stage
from yunquan.desks.public.frame import VISITOR
from yunquan.feedback import access, actions, queries
from yunquan.feedback.models import Message
from yunquan.inspections.plan_population import population_of
from yunquan.jobs.tick import CLOCK, tick
from yunquan.journal.models import LogEntry, LogPayload, Notice
from yunquan.kernel.refusal import Refused

pytestmark = pytest.mark.django_db
NOW = at("2018-10-08 10:00")


def written(**changes: Any) -> actions.Written:
    facts = {
        "kind": "complaint",
        "about": "supplier",
        "title": "验收走过场（测试）",
        "text": "现场没有安装系统（测试）",
        "city": "441900",
        "sender": "测试留言人",
        "contact": "测试联系方式",
    }
    return actions.Written(**{**facts, **changes})


def send(**changes: Any) -> Message:
    return actions.send(written=written(**changes), by=VISITOR, now=NOW)


def codes(refused: Any) -> set[str]:
    return {refusal.field or refusal.code for refusal in refused.value.refusals}


@pytest.mark.clause("D47-8.5")
def test_a_message_is_answered_and_followed_by_its_code(world: World) -> None:
    row = send()
    assert row.bureau == "441900"
    assert (row.due_on - NOW.date()).days == 14  # Ten working days, two week-ends.
    assert Notice.objects.filter(org="bureau:441900", obj=row.journal_key).exists()
    reviewer = world["dg_reviewer"]
    actions.accept(message=row, by=reviewer, now=NOW)
    actions.answer(message=row, answer="已到现场核实。", by=reviewer, now=NOW)
    found = access.message_by_code(row.code.lower())
    assert found is not None and found.answer == "已到现场核实。"
    actions.rate(message=row, rating=4, note="", by=VISITOR, now=NOW)
    row.refresh_from_db()
    assert (row.state, row.rating) == ("closed", 4)
    assert broken() == []


def test_a_message_may_come_without_a_name_and_everything_wrong_is_said_at_once(world: World) -> None:
    assert send(kind="report", sender="", contact="").state == "received"
    with pytest.raises(Refused) as refused:
        send(kind="", about="else", title=" ", text="", city="110000")
    assert codes(refused) == {"kind", "about", "title", "text", "city"}


def test_a_complaint_about_a_bureau_is_the_provinces_and_never_seen_by_the_bureau(world: World) -> None:
    row = send(about="bureau")
    assert row.bureau == "440000"
    assert access.message_for(world["dg_reviewer"], row.pk) is None
    assert access.message_for(world["province_officer"], row.pk) is not None
    actions.transfer(message=row, to="441900", reason="转办", by=world["province_officer"], now=NOW)
    row.refresh_from_db()
    assert access.message_for(world["dg_reviewer"], row.pk) is None
    with pytest.raises(Refused) as refused:
        actions.accept(message=row, by=world["dg_reviewer"], now=NOW)
    assert codes(refused) == {"about_oneself"}


@pytest.mark.parametrize("who", ["supplier", "dg_enterprise", "fs_reviewer", "expert"])
def test_nobody_else_sees_a_message(world: World, who: str) -> None:
    row = send()
    actor = world[who]
    assert access.message_for(actor, row.pk) is None
    assert not access.messages_visible_to(actor).exists()


def test_the_log_holds_no_word_of_the_sender(world: World) -> None:
    send()
    told = " ".join(LogEntry.objects.values_list("entry", flat=True))
    told += " ".join(LogPayload.objects.values_list("payload", flat=True))
    for secret in ("测试留言人", "测试联系方式", "现场没有安装"):
        assert secret not in told


@pytest.mark.clause("D858-1")
def test_a_complaint_weighs_only_while_a_bureau_has_taken_it_up(world: World) -> None:
    voucher = world.issued()
    row = send(voucher=voucher.number)
    assert row.voucher == voucher
    assert queries.open_complaints() == queries.Complained(frozenset(), frozenset())
    actions.accept(message=row, by=world["dg_reviewer"], now=NOW)
    open_now = queries.open_complaints()
    assert open_now.vouchers == {voucher.pk}
    assert open_now.suppliers == {voucher.supplier_id}
    actions.answer(message=row, answer="不属实。", by=world["dg_reviewer"], now=NOW)
    assert queries.open_complaints().vouchers == frozenset()


def test_an_opinion_weighs_nothing(world: World) -> None:
    row = send(kind="opinion", voucher=world.issued().number)
    actions.accept(message=row, by=world["dg_reviewer"], now=NOW)
    assert queries.open_complaints().vouchers == frozenset()


def test_what_was_typed_and_not_found_stays_in_the_text(world: World) -> None:
    row = send(voucher="GD2018-NONE", supplier="没有这家")
    assert row.voucher is None and row.supplier is None
    assert "GD2018-NONE" in row.text and "没有这家" in row.text


def test_an_answer_is_published_only_as_allowed_and_in_the_bureaus_own_words(world: World) -> None:
    reviewer = world["dg_reviewer"]
    row = send()
    actions.accept(message=row, by=reviewer, now=NOW)
    with pytest.raises(Refused) as refused:
        actions.answer(message=row, answer="好", is_published=True, public_text="摘要", by=reviewer, now=NOW)
    assert codes(refused) == {"is_published"}
    other = send(publication_allowed=True)
    actions.accept(message=other, by=reviewer, now=NOW)
    with pytest.raises(Refused) as refused:
        actions.answer(message=other, answer="", is_published=True, public_text=" ", by=reviewer, now=NOW)
    assert codes(refused) == {"answer", "public_text"}
    actions.answer(message=other, answer="好", is_published=True, public_text="摘要", by=reviewer, now=NOW)
    assert [one.public_text for one in access.published()] == ["摘要"]


def test_one_more_question_takes_the_answer_down_and_counts_days_anew(world: World) -> None:
    reviewer, later = world["dg_reviewer"], NOW + timedelta(days=20)
    row = send(publication_allowed=True)
    actions.accept(message=row, by=reviewer, now=NOW)
    actions.answer(message=row, answer="好", is_published=True, public_text="摘要", by=reviewer, now=NOW)
    actions.ask_again(message=row, reason="没有答复清楚", by=VISITOR, now=later)
    row.refresh_from_db()
    assert row.state == "handling" and row.due_on > later.date()
    assert not access.published().exists()
    actions.answer(message=row, answer="再答复", by=reviewer, now=later)
    with pytest.raises(Refused) as refused:
        actions.ask_again(message=row, reason="还是不清楚", by=VISITOR, now=later)
    assert codes(refused) == {"asked_twice"}


def test_the_clock_reminds_escalates_and_closes_once(world: World) -> None:
    row = send()
    late = NOW + timedelta(days=15)
    for _ in range(2):
        tick(late)
    assert Notice.objects.filter(obj=row.journal_key, kind="reminder", org="bureau:441900").count() == 1
    assert Notice.objects.filter(obj=row.journal_key, kind="reminder", org="bureau:440000").count() == 1
    actions.accept(message=row, by=world["dg_reviewer"], now=late)
    actions.answer(message=row, answer="好", by=world["dg_reviewer"], now=late)
    with pytest.raises(Refused):
        actions.close(message=row, by=CLOCK, now=late + timedelta(days=10))
    tick(late + timedelta(days=32))
    row.refresh_from_db()
    assert row.state == "closed"


@pytest.mark.clause("D858-1")
def test_a_complaint_taken_up_raises_the_weight_of_its_supplier_in_a_draw(world: World) -> None:
    crowd = stage.crowd(world, 8)
    plan = stage.draft(world)
    row = send(voucher=crowd[3].number)
    told = ("有未办结的投诉举报", 2)
    assert all(told not in one.reasons for one in population_of(plan).candidates)
    actions.accept(message=row, by=world["dg_reviewer"], now=NOW)
    weighed = {one.pk for one in population_of(plan).candidates if told in one.reasons}
    assert weighed == {one.pk for one in crowd if one.supplier_id == crowd[3].supplier_id}
