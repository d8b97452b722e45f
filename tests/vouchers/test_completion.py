"""The completion table: frozen, hashed, sent to the city once; it moves the claims (D47-5.13)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.utils import DatabaseError
from django.test.utils import CaptureQueriesContext

from tests.cast import CLAIMING, DONGGUAN, FOSHAN, World, broken
from tests.usage.judging import attested, compute
from tests.vouchers.refusing import codes
from yunquan.journal.models import Notice
from yunquan.journal.queries import history
from yunquan.usage import queries as usage
from yunquan.usage.access import table_for, tables_visible_to
from yunquan.usage.completion import table_hash
from yunquan.usage.models import CompletionLine, CompletionTable
from yunquan.vouchers.actions import completion
from yunquan.vouchers.models import Voucher

NOW = CLAIMING + timedelta(days=10)
PERIOD = {"from_on": date(2019, 2, 1), "to_on": date(2019, 2, 28)}


def draft(world: World, **changes: Any) -> CompletionTable:
    asked = {"cycle": world.cycle, "city": DONGGUAN, "by": world["province_officer"], "now": NOW, **PERIOD}
    return completion.draft(**{**asked, **changes})


def send(world: World, table: CompletionTable, **changes: Any) -> CompletionTable:
    return completion.send(**{"table": table, "by": world["province_officer"], "now": NOW, **changes})


def three(world: World) -> list[Voucher]:
    """Three claims: done, not done, not enough data."""
    for name in ("second", "third"):
        world.add_enterprise(name)
    rows = [attested(world), attested(world, "second"), attested(world, "third")]
    compute(rows[0], "done")
    compute(rows[1], "done", "not_done")
    compute(rows[2], "done", "not_enough_data")
    return rows


@pytest.mark.clause("D47-5.13")
def test_sending_moves_each_claim_by_its_outcome(world: World) -> None:
    done, not_done, missing = three(world)
    table = send(world, draft(world))
    for row in (done, not_done, missing):
        row.refresh_from_db()
    assert (done.state, not_done.state, missing.state) == ("verified", "claim_returned", "attested")
    assert done.due_on is not None
    said = " ".join(reason["label"] for reason in not_done.return_reasons)
    assert "供应链协同" in said and "活跃天数 3 天，要求不少于 20 天" in said
    assert {reason["article"] for reason in not_done.return_reasons} == {"D47-5.13"}
    last = history(done.journal_key)[-1]
    assert (last["act"], last["payload"]["source"]) == ("voucher.mark_done", "table")
    assert table.state == "sent" and table.sent_by == world["province_officer"].person
    told = {
        (row.org, row.kind) for row in Notice.objects.filter(kind__in=("completion_table", "usage_missing"))
    }
    assert told == {(f"bureau:{DONGGUAN}", "completion_table"), (missing.supplier.key, "usage_missing")}
    assert "没有送达运营商连接记录" in Notice.objects.get(kind="usage_missing").text
    assert broken() == []


@pytest.mark.clause("D47-5.13")
def test_a_table_is_frozen_under_its_hash_and_no_line_can_be_changed(world: World) -> None:
    three(world)
    table = draft(world)
    lines = usage.table_lines(table)
    assert (table.count, len(lines), [line.position for line in lines]) == (3, 6, [1, 2, 3, 4, 5, 6])
    assert usage.table_is_unchanged(CompletionTable.objects.get(pk=table.pk), lines)
    lines[0].outcome = "not_done"
    assert table_hash(table, lines) != table.content_hash
    with pytest.raises(DatabaseError):
        CompletionLine.objects.filter(table=table).update(outcome="done")


@pytest.mark.clause("D47-5.13", "S1")
def test_a_second_send_is_refused_and_moves_nothing(world: World) -> None:
    rows = three(world)
    table = draft(world)
    send(world, table)
    states = [Voucher.objects.get(pk=row.pk).version for row in rows]
    assert codes(completion.send, table=table, by=world["province_officer"], now=NOW) == {
        "not_from_this_state"
    }
    assert [Voucher.objects.get(pk=row.pk).version for row in rows] == states


@pytest.mark.clause("D47-5.13", "A1")
def test_only_the_province_drafts_and_sends(world: World) -> None:
    three(world)
    asked = {"cycle": world.cycle, "city": DONGGUAN, "now": NOW, **PERIOD}
    for name in ("dg_reviewer", "supplier", "dg_enterprise", "auditor", "province_approver"):
        assert codes(completion.draft, by=world[name], **asked) == {"not_your_role"}
    table = draft(world)
    for name in ("dg_reviewer", "supplier", "dg_enterprise", "auditor", "province_approver"):
        assert codes(completion.send, table=table, by=world[name], now=NOW) == {"not_your_role"}


@pytest.mark.clause("D47-5.13", "A1")
def test_a_city_sees_its_own_table_once_it_was_sent(world: World) -> None:
    three(world)
    table = draft(world)
    names = ("province_officer", "dg_reviewer", "fs_reviewer", "hc_reviewer", "supplier", "dg_enterprise")
    assert [bool(table_for(world[name], table.pk)) for name in names] == [True] + [False] * 5
    send(world, table)
    assert [bool(table_for(world[name], table.pk)) for name in names] == [True, True] + [False] * 4
    assert tables_visible_to(world["auditor"]).count() == 1
    assert tables_visible_to(world["expert"]).count() == 0


@pytest.mark.clause("D47-5.13")
def test_a_draft_is_outdated_once_a_verdict_changes(world: World) -> None:
    done, *_rest = three(world)
    table = draft(world)
    compute(done, "not_done", now=NOW)
    assert codes(completion.send, table=table, by=world["province_officer"], now=NOW) == {"draft_outdated"}
    assert codes(
        completion.draft, cycle=world.cycle, city=DONGGUAN, by=world["province_officer"], now=NOW, **PERIOD
    ) == {"draft_waiting"}
    completion.withdraw(table=table, by=world["province_officer"], now=NOW)
    again = draft(world)
    assert (again.batch, again.edition) == (1, 2)
    send(world, again)
    done.refresh_from_db()
    assert done.state == "claim_returned"
    assert broken() == []


@pytest.mark.clause("D47-5.13")
def test_a_later_change_is_a_new_edition_with_its_difference(world: World) -> None:
    done, _not_done, missing = three(world)
    first = send(world, draft(world))
    asked = {"cycle": world.cycle, "city": DONGGUAN, "by": world["province_officer"], "now": NOW, **PERIOD}
    assert codes(completion.draft, **asked) == {"nothing_new"}
    compute(missing, "done", now=NOW + timedelta(days=1))
    second = send(world, draft(world, now=NOW + timedelta(days=1)))
    assert (first.batch, first.edition, second.batch, second.edition) == (1, 1, 1, 2)
    assert usage.edition_before(second) == first
    [change] = usage.changes_since(second, usage.table_lines(second))
    assert (change.voucher, change.service, change.before, change.after) == (
        missing.number, 8, "数据不足", "完成",
    )  # fmt: skip
    missing.refresh_from_db()
    done.refresh_from_db()
    assert (missing.state, done.state) == ("verified", "verified")
    assert broken() == []


@pytest.mark.clause("D47-5.13")
def test_what_was_never_judged_stands_as_not_enough_data(world: World) -> None:
    row = attested(world)
    table = send(world, draft(world))
    lines = usage.table_lines(table)
    assert {line.outcome for line in lines} == {"not_enough_data"}
    assert lines[0].reasons[0]["code"] == "not_judged"
    row.refresh_from_db()
    assert row.state == "attested"


@pytest.mark.clause("D47-5.13")
def test_a_verdict_by_hand_stands_in_the_table_as_by_hand_and_over_what_is_computed_later(
    world: World,
) -> None:
    row = attested(world)
    compute(row, "not_enough_data")
    by = world["province_officer"]
    completed = completion_by_hand(world, row)
    assert completed.reasons[-1]["code"] == "corrects_computed"
    assert "数据不足" in completed.reasons[-1]["label"]
    compute(row, "not_done", now=NOW + timedelta(days=30), watching=True)
    assert usage.latest_outcome(row.number) == "done"
    row.refresh_from_db()
    assert row.state == "verified"
    world.add_enterprise("second")
    attested(world, "second")
    table = draft(world, by=by)
    sources = {line.voucher: line.verdict.source for line in usage.table_lines(table) if line.verdict}
    assert sources == {}  # A claim that has gone on by hand before any table is not named in one.


def completion_by_hand(world: World, row: Voucher) -> Any:
    world.verdict(row)
    verdict = usage.latest_verdict(row.number)
    assert verdict is not None
    return verdict


@pytest.mark.clause("D47-5.13")
def test_bad_periods_and_empty_ones_are_refused_in_words(world: World) -> None:
    attested(world)
    asked = {"cycle": world.cycle, "city": DONGGUAN, "by": world["province_officer"], "now": NOW}
    backwards = {"from_on": date(2019, 2, 28), "to_on": date(2019, 2, 1)}
    assert codes(completion.draft, **asked, **backwards) == {"period_backwards"}
    ahead = {"from_on": date(2019, 2, 1), "to_on": date(2030, 2, 1)}
    assert codes(completion.draft, **asked, **ahead) == {"period_open"}
    assert codes(completion.draft, **{**asked, "city": FOSHAN}, **PERIOD) == {"nothing_waits"}
    earlier = {"from_on": date(2019, 1, 1), "to_on": date(2019, 1, 31)}
    assert codes(completion.draft, **asked, **earlier) == {"nothing_waits"}
    send(world, draft(world))
    crossing = {"from_on": date(2019, 2, 10), "to_on": date(2019, 2, 27)}
    assert codes(completion.draft, **asked, **crossing) == {"period_overlaps"}


@pytest.mark.clause("D47-5.13")
def test_the_number_of_statements_of_a_send_does_not_grow_with_its_claims(world: World) -> None:
    def count(names: list[str], first: date) -> int:
        for name in names:
            world.add_enterprise(name)
            compute(attested(world, name), "done")
        table = draft(world, from_on=first, to_on=date(2019, 2, 28))
        with CaptureQueriesContext(
            connection,
        ) as seen:
            send(world, table)
        return len([one for one in seen.captured_queries if one["sql"].startswith(("SELECT", "INSERT"))])

    few = count(["a1"], date(2019, 2, 1))
    many = count(["b1", "b2", "b3", "b4"], date(2019, 2, 1))
    assert many <= few + 2
