"""Drafts of rules tried on the vouchers there are: awards, refusals, payments, quota and money."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.cast import APPLYING, DONGGUAN, World
from tests.insight.conftest import NOW, Drafting, Replaying
from yunquan.insight import actions, queries
from yunquan.insight.facts import read
from yunquan.insight.models import ReplayReport
from yunquan.parties.models import Enterprise
from yunquan.vouchers.models import Voucher

CAP = {"per": "service", "amount": "2 万元"}


def table(report: ReplayReport, name: str) -> dict[str, dict[str, Any]]:
    return dict(report.rows.filter(table=name).order_by("position").values_list("key", "figures"))


@pytest.mark.clause("D47-4.4.1", "M4")
def test_a_lower_cap_shows_in_every_table(world: World, drafted: Drafting, replayed: Replaying) -> None:
    world.issued()
    world.apply("fs_enterprise", now=APPLYING + timedelta(days=1))
    report = replayed(drafted("award.cap.8", CAP))
    total = table(report, "total")[""]
    # 供应链协同 falls from its 3 万元 to 2 万元 in both.
    faces = list(Voucher.objects.order_by("pk").values_list("face_fen", flat=True))
    was = table(report, "service")["8"]["base_fen"] // 2
    assert (total["count"], total["base_fen"]) == (2, sum(faces))
    assert total["tried_fen"] == sum(faces) - 2 * (was - 2_000_000)
    assert (total["less"], total["more"], total["refused"], total["apart"]) == (2, 0, 0, 0)
    cities = table(report, "city")
    assert set(cities) == {DONGGUAN, "440600"}
    assert sum(one["tried_fen"] for one in cities.values()) == total["tried_fen"]
    assert table(report, "size")["small"]["count"] == 2
    assert table(report, "service")["2"]["base_fen"] == table(report, "service")["2"]["tried_fen"]
    assert table(report, "service")["8"]["tried_fen"] == 4_000_000
    cases = table(report, "case")
    assert set(cases) == set(Voucher.objects.values_list("number", flat=True))
    assert {one["was"].split("，")[0] for one in cases.values()} == {"11 万元"}
    assert {one["would"].split("，")[0] for one in cases.values()} == {"10 万元"}


def test_a_draft_that_says_what_holds_changes_nothing(
    world: World, drafted: Drafting, replayed: Replaying
) -> None:
    world.approved()
    from yunquan.programme.rules import rulebook

    held = rulebook("gd-2018").describe("award.cap.8").entries[-1].raw
    report = replayed(drafted("award.cap.8", held))
    assert queries.report_of(report).changes_nothing
    assert table(report, "case") == {}


@pytest.mark.clause("D47-4.4.3")
def test_an_earlier_award_leaves_more_room_to_a_later_one(
    world: World, drafted: Drafting, replayed: Replaying
) -> None:
    lines = [{"service": "3", "fee": "450000.00"}, {"service": "8", "fee": "50000.00"}]
    big = {"lines": lines, "total": "500000.00", "cloud_fee": "500000.00"}
    first = world.apply(**big)
    second = world.apply(now=APPLYING + timedelta(hours=1))
    assert second.awarded_before_fen == first.face_fen
    report = replayed(drafted("award.cap.3", {"per": "service", "amount": "1 万元"}))
    total = table(report, "total")[""]
    again = table(report, "case")
    assert again[first.number]["tried_fen"] < again[first.number]["base_fen"] == first.face_fen
    assert again[second.number]["tried_fen"] > again[second.number]["base_fen"] == second.face_fen
    assert total["more"] == total["less"] == 1


def test_a_voucher_that_does_not_come_to_its_face_is_listed_and_counted_apart(
    world: World, drafted: Drafting, replayed: Replaying
) -> None:
    fine, wrong = world.apply(), world.apply("fs_enterprise")
    Voucher.objects.filter(pk=wrong.pk).update(face_fen=wrong.face_fen + 1)
    report = replayed(drafted("award.cap.8", CAP))
    total = table(report, "total")[""]
    assert (total["count"], total["apart"], total["apart_fen"]) == (1, 1, wrong.face_fen + 1)
    assert total["base_fen"] == fine.face_fen
    assert table(report, "apart") == {"differs": {"count": 1, "fen": wrong.face_fen + 1}}
    told = table(report, "set_apart")[wrong.number]
    assert (told["face_fen"], told["again_fen"]) == (wrong.face_fen + 1, wrong.face_fen)


@pytest.mark.clause("D47-4.1")
def test_reasons_that_would_newly_apply_are_counted_with_the_vouchers_they_bar(
    world: World, drafted: Drafting, replayed: Replaying
) -> None:
    world.apply()
    small = world.apply("fs_enterprise")
    Enterprise.objects.filter(pk=small.enterprise_id).update(revenue_fen=1500_0000_00)
    report = replayed(drafted("eligibility.least_revenue", "2000 万元", article="D47-4.1"))
    assert table(report, "refused") == {"revenue_too_low": {"count": 1, "fen": small.face_fen}}
    assert table(report, "city")["440600"]["tried_fen"] == 0
    assert table(report, "case")[small.number]["reasons"] == ["revenue_too_low"]


def test_an_enterprise_that_changed_since_is_set_apart_not_blamed_on_the_draft(
    world: World, drafted: Drafting, replayed: Replaying
) -> None:
    voucher = world.apply()
    Enterprise.objects.filter(pk=voucher.enterprise_id).update(revenue_fen=1)
    report = replayed(drafted("eligibility.least_revenue", "2000 万元", article="D47-4.1"))
    assert table(report, "apart") == {"facts_changed": {"count": 1, "fen": voucher.face_fen}}
    assert table(report, "refused") == {}


def test_an_edition_without_a_service_refuses_its_contracts(
    world: World, drafted: Drafting, replayed: Replaying
) -> None:
    voucher = world.apply()
    edition = {"id": "试", "title": "试用目录", "services": [1, 2, 3, 4, 5, 6, 7]}
    report = replayed(drafted("catalogue.edition", edition))
    assert table(report, "refused") == {"service_not_listed": {"count": 1, "fen": voucher.face_fen}}


@pytest.mark.clause("D47-5.14", "M6")
def test_a_stricter_settlement_refuses_claims_and_pays_nothing_for_them(
    world: World, drafted: Drafting, replayed: Replaying
) -> None:
    world.approved()
    world.standing()
    world.pay_all(world.released())
    kept = replayed(drafted("settlement.paid_contract_ratio", "100 %"))
    total = table(kept, "total")[""]
    assert total["paid"] == 1 and total["paid_base_fen"] == total["paid_tried_fen"] > 0
    Voucher.objects.get().contract.__class__.objects.update(total_fen=150_000_01)  # type: ignore[union-attr]
    report = replayed(drafted("settlement.paid_contract_ratio", "100 %"))
    total = table(report, "total")[""]
    assert table(report, "claim_refused")["paid_share_of_contract"]["count"] == total["claims_refused"] == 1
    assert total["paid_tried_fen"] == 0 < total["paid_base_fen"]


@pytest.mark.clause("D47-8.2a", "D47-8.2b")
def test_higher_awards_use_up_quota_and_money_in_order(
    world: World, drafted: Drafting, replayed: Replaying
) -> None:
    first = world.approved()
    world.add_enterprise("dg_second")
    second = world.approved("dg_second")
    from yunquan.programme.models import CityTarget

    held = first.face_fen + second.face_fen
    report = replayed(drafted("award.cap.8", {"per": "service", "amount": "1000 万元"}))
    quota, funds = table(report, "quota")[f"2018:{DONGGUAN}"], table(report, "funds")[f"2018:{DONGGUAN}"]
    assert quota["given_fen"] == CityTarget.objects.get(city=DONGGUAN).quota_fen
    assert (quota["base_count"], quota["base_fen"], quota["tried_short"]) == (2, held, 0)
    assert (funds["base_count"], funds["base_short"]) == (2, 0)


def test_what_the_quota_and_the_money_do_not_reach_is_told_by_city() -> None:
    import numpy as np

    from yunquan.insight.replaying import _within

    fen = np.array([50, 60, 40, 10, 1], dtype=np.int64)
    assert _within(fen, 100).tolist() == [True, False, True, True, False]
    assert _within(fen, 161).tolist() == [True, True, True, True, True]
    assert _within(fen, 0).tolist() == [False] * 5


def test_reading_takes_the_same_number_of_queries_however_many_vouchers(world: World) -> None:
    world.apply()
    with CaptureQueriesContext(connection) as few:
        assert len(read([world.cycle.pk])) == 1
    for n in range(4):
        world.add_enterprise(f"more{n}")
        world.apply(f"more{n}")
    with CaptureQueriesContext(connection) as many:
        assert len(read([world.cycle.pk])) == 5
    assert len(few.captured_queries) == len(many.captured_queries) <= 8


def test_a_wrong_cap_in_the_columns_shows(
    world: World, drafted: Drafting, replayed: Replaying, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The negative control: caps that are off by a fen are never told as if they were the rules'."""
    from yunquan.insight.tables import Disagreement
    from yunquan.policy import bulk_replay

    world.apply()
    right, change = bulk_replay.judged, drafted("award.cap.8", CAP)

    def off(cases: Any, rules: Any, *, only_tried: bool) -> Any:
        found = right(cases, rules)
        if not only_tried or rules.value("award.cap.8", APPLYING.date()).value.amount == 2_000_000:
            found.sum_fen -= 1
        return found

    monkeypatch.setattr(bulk_replay, "judged", lambda cases, rules: off(cases, rules, only_tried=False))
    assert table(replayed(change), "apart")["differs"]["count"] == 1
    monkeypatch.setattr(bulk_replay, "judged", lambda cases, rules: off(cases, rules, only_tried=True))
    with pytest.raises(Disagreement):
        replayed(change)
    assert actions.waiting()[0].work.fault == "Disagreement"


@pytest.mark.clause("L1", "M3")
def test_a_report_is_frozen_hashed_and_logged(world: World, drafted: Drafting, replayed: Replaying) -> None:
    from django.db import DatabaseError, transaction

    from yunquan.insight.invariants import breaches
    from yunquan.journal.models import LogEntry

    world.apply()
    report = replayed(drafted("award.cap.8", CAP))
    assert LogEntry.objects.filter(act="replay.freeze", obj=report.replay.journal_key).count() == 1
    assert list(breaches()) == []
    for row in (report, report.rows.first(), report.replay):
        with pytest.raises(DatabaseError), transaction.atomic():
            type(row).objects.filter(pk=row.pk).delete()
    # The negative control: a report that tells another thing than was frozen is found.
    forged = ReplayReport(
        replay=actions.ask(
            changes=[drafted("award.cap.8", CAP)],
            cycles=[world.cycle], by=world["province_officer"], now=NOW,
        ),
        rules_before="0" * 64, rules_tried="0" * 64, log_seq=1, content_hash="0" * 64, made_at=NOW,
    )  # fmt: skip
    forged.save()
    assert {row.row for row in breaches()} == {forged.replay.journal_key}
