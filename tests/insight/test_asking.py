"""Who may ask for a replay and see it, what is refused, and how a report goes with a change."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import World, at
from tests.insight.conftest import NOW, Drafting, Replaying
from yunquan.insight import access, actions, queries
from yunquan.insight.models import Replay, ReplayWork
from yunquan.journal.models import LogEntry, LogPayload
from yunquan.kernel.refusal import Refused
from yunquan.programme import actions as programme

CAP = {"per": "service", "amount": "2 万元"}


@pytest.mark.clause("D47-4.4.1", "A1")
def test_only_the_province_sees_and_asks_for_replays(
    world: World, drafted: Drafting, replayed: Replaying
) -> None:
    change = drafted("award.cap.8", CAP)
    report = replayed(change)
    for name in ("province_officer", "province_approver", "auditor"):
        assert access.replay_for(world[name], report.replay_id) == report.replay
    for name in ("dg_reviewer", "dg_enterprise", "supplier", "expert", "system_admin"):
        assert access.replay_for(world[name], report.replay_id) is None
        assert not queries.replays(world[name])
    for name in ("auditor", "dg_reviewer"):
        with pytest.raises(Refused) as refused:
            actions.ask(changes=[change], cycles=[world.cycle], by=world[name], now=NOW)
        assert [one.code for one in refused.value.refusals] == ["not_your_role"]


def test_every_reason_against_a_replay_is_told_at_once(world: World, drafted: Drafting) -> None:
    other = drafted("award.cap.8", CAP, pack="gd-2018-draft", article="D0-4.4")
    twice = [drafted("award.cap.8", CAP), drafted("award.cap.8", CAP)]
    published = drafted("award.cap.3", CAP)
    by = world["province_officer"]
    programme.withdraw_rule_change(change=published, by=by, now=NOW)
    published.refresh_from_db()
    with pytest.raises(Refused) as refused:
        actions.ask(changes=[other, *twice, published], cycles=[], by=by, now=NOW)
    assert {one.code for one in refused.value.refusals} == {
        "no_cycle", "several_packs", "rule_twice", "not_a_draft",
    }  # fmt: skip
    assert {one.field for one in refused.value.refusals} == {"changes", "cycles"}
    with pytest.raises(Refused) as refused:
        actions.ask(changes=[drafted("goals.enterprises", 3)], cycles=[world.cycle], by=by, now=NOW)
    assert [one.code for one in refused.value.refusals] == ["nothing_replayed"]
    with pytest.raises(Refused) as refused:
        actions.ask(changes=[other], cycles=[world.cycle], by=by, now=NOW)
    assert [one.code for one in refused.value.refusals] == ["other_pack"]
    with pytest.raises(Refused) as refused:
        actions.ask(changes=[drafted("award.cap.8", "很多")], cycles=[world.cycle], by=by, now=NOW)
    assert {one.code for one in refused.value.refusals} == {"rule_value"}
    assert Replay.objects.count() == 0


def test_a_replay_is_worked_on_once_and_a_killed_one_is_begun_again(world: World, drafted: Drafting) -> None:
    by = world["province_officer"]
    row = actions.ask(changes=[drafted("award.cap.8", CAP)], cycles=[world.cycle], by=by, now=NOW)
    assert [one.pk for one in actions.waiting()] == [row.pk] and actions.is_small(row)
    ReplayWork.objects.filter(replay=row).update(begun_at=NOW)
    assert actions.run(row=row, by=by, now=NOW + timedelta(minutes=5)) is None
    assert actions.run(row=row, by=by, now=NOW + timedelta(minutes=31)) is not None
    assert actions.waiting() == []
    assert actions.run(row=row, by=by, now=NOW + timedelta(hours=9)) is None


@pytest.mark.clause("D47-4.4.1", "S3", "L1")
def test_a_report_goes_with_its_change_to_the_second_person_and_into_the_log(
    world: World, drafted: Drafting, replayed: Replaying
) -> None:
    officer, approver = world["province_officer"], world["province_approver"]
    change = drafted("award.cap.8", CAP)
    report = replayed(change)
    assert queries.reports_for(change) == [report]
    actions.attach(change=change, report=report, by=officer, now=NOW)
    assert queries.attached_to(change) == report
    said = queries.attached_payload(change)
    assert said == {"report": report.replay.journal_key, "report_hash": report.content_hash}
    sent = programme.submit_rule_change(change=change, attached=said, by=officer, now=NOW)
    programme.publish_rule_change(change=sent, attached=said, by=approver, now=NOW)
    for act in ("attach_report", "submit", "publish"):
        seq = LogEntry.objects.get(act=f"rule_change.{act}", obj=change.journal_key).seq
        assert report.content_hash in LogPayload.objects.get(seq=seq).payload, act


def test_a_report_of_other_content_does_not_go_with_a_change(
    world: World, drafted: Drafting, replayed: Replaying
) -> None:
    by = world["province_officer"]
    change = drafted("award.cap.8", CAP)
    report = replayed(change)
    actions.attach(change=change, report=report, by=by, now=NOW)
    edited = programme.edit_rule_change(
        change=change, value={**CAP, "amount": "1 万元"}, from_on=change.from_on, article="D47-4.4.2",
        meaning="又改了。", by=by, now=at("2019-06-04 09:00"),
    )  # fmt: skip
    # What went with it before it was edited goes no longer, and can't be attached again.
    assert queries.attached_to(edited) is None and queries.attached_payload(edited) == {}
    with pytest.raises(Refused) as refused:
        actions.attach(change=edited, report=report, by=by, now=NOW)
    assert [one.code for one in refused.value.refusals] == ["other_content"]
    sent = programme.submit_rule_change(change=edited, by=by, now=NOW)
    with pytest.raises(Refused) as refused:
        actions.attach(change=sent, report=replayed(sent), by=by, now=NOW)
    assert [one.code for one in refused.value.refusals] == ["not_a_draft"]


def test_two_reports_stand_side_by_side(world: World, drafted: Drafting, replayed: Replaying) -> None:
    world.apply()
    one = queries.report_of(replayed(drafted("award.cap.8", CAP)))
    other = queries.report_of(replayed(drafted("award.cap.8", {**CAP, "amount": "1 万元"})))
    pairs = queries.compared(one, other)
    assert pairs["合计"][0].apart_fen == -1_000_000
    assert [pair.apart_fen for pair in pairs["按应用服务"]] == [0, -1_000_000]


@pytest.mark.parametrize(
    ("was", "now", "told"),
    [(0, 0, "0.0 %"), (0, 1, "—"), (1000, 1000, "0.0 %"), (3, 2, "-33.3 %"), (200, 401, "+100.5 %")],
)
def test_percentages_are_rounded_in_whole_numbers(was: int, now: int, told: str) -> None:
    assert queries.percent(was, now) == told
