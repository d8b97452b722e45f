"""Many at once on real connections: one outcome, the others told so, the log without a gap (Q1, Q3, U1 to U3, F1)."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection

from tests.campaigns.racing import race
from tests.cast import APPLYING, CLAIMING, CLOCK, DONGGUAN, FOSHAN, PAYING, World, at, broken
from tests.settlement.making import object_to, several
from tests.vouchers.test_completion import draft, three
from tests.vouchers.test_issue import small_quota
from yunquan.jobs.tick import tick
from yunquan.journal.models import LogEntry
from yunquan.journal.queries import log_size, verify_log
from yunquan.kernel.refusal import Refused
from yunquan.ledger.actions import Posting
from yunquan.ledger.models import Account, Transfer
from yunquan.ledger.queries import balance_fen
from yunquan.parties.models import Bureau, Strike
from yunquan.programme import accounts
from yunquan.programme import actions as programme
from yunquan.settlement import actions as settlement
from yunquan.settlement.models import BankResult, PaymentInstruction, PaymentRun, SettlementList
from yunquan.usage.models import CompletionTable
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.actions import completion, reviewing
from yunquan.vouchers.models import Voucher

FACE = 110_000_00
NOW = APPLYING + timedelta(days=3)
LATER = PAYING + timedelta(hours=1)


def sound() -> None:
    """Whatever raced: the log has no gap and every invariant holds."""
    assert list(LogEntry.objects.order_by("seq").values_list("seq", flat=True)) == list(range(log_size()))
    assert verify_log() is None
    assert broken() == []


def confirmed(world: World, count: int) -> list[Voucher]:
    """As many confirmed applications, four an enterprise so that no ceiling is reached."""
    made = []
    for number in range(count):
        name = f"racer{number // 4}"
        if name not in world.people:
            world.add_enterprise(name)
        made.append(world.confirm(world.apply(name)))
    return made


def issues(world: World, rows: Iterable[Voucher]) -> list[Any]:
    by = world["dg_reviewer"]
    return [partial(vouchers.issue, voucher=row, seen_hash=row.content_hash, by=by, now=NOW) for row in rows]


def neither_oversold_nor_undersold(quota_fen: int, answers: list[Any]) -> None:
    """Q1 and Q3: what is issued fits the quota, and what was refused would not have fitted."""
    issued = sum(Voucher.objects.filter(state="issued").values_list("face_fen", flat=True))
    assert issued <= quota_fen, f"oversold: {issued} of {quota_fen}"
    assert issued + FACE > quota_fen, f"undersold: {issued} of {quota_fen}"
    assert balance_fen(accounts.quota("2018", DONGGUAN)) == quota_fen - issued
    assert {answer for answer in answers if isinstance(answer, tuple)} == {("no_quota",)}


@pytest.mark.clause("D47-8.2a", "Q1", "Q3", "L2")
def test_twelve_issues_at_once_never_oversell_nor_undersell_a_small_quota(lasting_world: World) -> None:
    rows = confirmed(lasting_world, 12)
    quota = 5 * FACE + FACE - 1
    small_quota(lasting_world, quota)
    answers = race(issues(lasting_world, rows))
    neither_oversold_nor_undersold(quota, answers)
    assert sum(isinstance(answer, Voucher) for answer in answers) == 5
    sound()


def careless_transfer(postings: Iterable[Posting], *, book: str, **told: Any) -> None:
    """The ledger with its guard switched off: it reads a balance, thinks, and writes what it thought."""
    for posting in postings:
        balances = {key: Account.objects.get(key=key).balance_fen for key in (posting.credit, posting.debit)}
        if balances[posting.credit] < posting.amount_fen:
            raise Refused([])
        time.sleep(0.2)
        Account.objects.filter(key=posting.credit).update(
            balance_fen=balances[posting.credit] - posting.amount_fen
        )
        Account.objects.filter(key=posting.debit).update(
            balance_fen=balances[posting.debit] + posting.amount_fen
        )
        Transfer.objects.create(
            book=book, credit=posting.credit, debit=posting.debit, amount_fen=posting.amount_fen, kind=told["kind"],
            subject=posting.subject, article=told["article"], at=told["now"],
        )  # fmt: skip


@pytest.mark.clause("Q1")
def test_with_the_guard_switched_off_the_same_race_oversells(
    lasting_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite takes the write lock when a transaction begins, so no two acts overlap")
    rows = confirmed(lasting_world, 12)
    quota = 5 * FACE + FACE - 1
    small_quota(lasting_world, quota)
    monkeypatch.setattr(reviewing, "transfer", careless_transfer)
    answers = race(issues(lasting_world, rows))
    with pytest.raises(AssertionError, match="oversold"):
        neither_oversold_nor_undersold(quota, answers)
    assert any(breach.invariant in ("M1", "Q1") for breach in broken())


@pytest.mark.clause("S1", "L1")
def test_of_two_reviewers_at_once_one_decides_and_the_other_is_told(lasting_world: World) -> None:
    world = lasting_world
    [row] = confirmed(world, 1)
    second = world.appoint("dg_reviewer_2", "city_reviewer", bureau=Bureau.objects.get(code=DONGGUAN))
    reasons = [{"label": "测试"}]
    answers = race(
        [
            *issues(world, [row]),
            partial(vouchers.send_back, voucher=row, reasons=reasons, by=second, now=NOW),
            partial(vouchers.reject, voucher=row, reasons=reasons, by=second, now=NOW),
        ]
    )
    won = [answer for answer in answers if isinstance(answer, Voucher)]
    told = [answer for answer in answers if not isinstance(answer, Voucher)]
    assert len(won) == 1
    assert set(told) <= {("not_from_this_state",), ("changed_meanwhile",)}
    row.refresh_from_db()
    assert row.state == won[0].state
    sound()


@pytest.mark.clause("U1", "D47-5.8")
def test_of_two_applications_for_one_contract_at_once_one_wins(lasting_world: World) -> None:
    world = lasting_world
    drafts = [world.start(), world.start()]
    by = world["dg_enterprise"]
    numbers = ("HT-2018-77", "ht 2018—77")
    typed = [world.typed(contract_number=number) for number in numbers]
    answers = race(
        [
            partial(vouchers.submit, voucher=row, typed=form, by=by, now=APPLYING)
            for row, form in zip(drafts, typed, strict=True)
        ]
    )
    assert Counter(type(answer) for answer in answers) == {Voucher: 1, tuple: 1}
    assert ("contract_used",) in answers
    sound()


@pytest.mark.clause("M5", "D47-4.4.3")
def test_applications_at_once_never_exceed_the_ceiling_of_their_enterprise(lasting_world: World) -> None:
    world = lasting_world
    drafts = [(world.start(), world.typed()) for _ in range(6)]
    by = world["dg_enterprise"]
    answers = race(
        [partial(vouchers.submit, voucher=row, typed=form, by=by, now=APPLYING) for row, form in drafts]
    )
    faces = sorted(answer.face_fen for answer in answers if isinstance(answer, Voucher))
    assert faces == [500_000_00 - 4 * FACE, FACE, FACE, FACE, FACE]
    assert answers.count(("ceiling_reached",)) == 1
    sound()


@pytest.mark.clause("F1", "T2")
def test_claims_at_once_get_places_without_gap_or_tie(lasting_world: World) -> None:
    world = lasting_world
    acts = []
    for number in range(6):
        name = f"claimant{number}"
        world.add_enterprise(name)
        row = world.issued(name)
        typed = world.typed_claim(row, name)
        acts.append(partial(vouchers.claim, voucher=row, typed=typed, by=world[name], now=CLAIMING))
    answers = race(acts)
    assert sorted(answer.claim_seq for answer in answers) == [1, 2, 3, 4, 5, 6]
    sound()


@pytest.mark.clause("U2", "U3")
def test_of_two_claims_with_one_invoice_at_once_one_wins(lasting_world: World) -> None:
    world = lasting_world
    acts = []
    for number in range(2):
        name = f"claimant{number}"
        world.add_enterprise(name)
        row = world.issued(name)
        typed = world.typed_claim(row, name)
        typed["invoices"][0]["number"] = "00000077"
        acts.append(partial(vouchers.claim, voucher=row, typed=typed, by=world[name], now=CLAIMING))
    answers = race(acts)
    assert Counter(type(answer) for answer in answers) == {Voucher: 1, tuple: 1}
    assert ("invoice_used",) in answers
    sound()


@pytest.mark.clause("M7", "M9", "S1")
def test_lists_runs_and_results_at_once_happen_once(lasting_world: World) -> None:
    world = lasting_world
    several(world, 2)
    by, now = world["dg_reviewer"], at("2019-04-08 09:00")
    city = {"cycle": world.cycle, "city": DONGGUAN, "by": by}
    answers = race([partial(settlement.draw_up, now=now, **city)] * 2)
    assert ("nothing_approved",) in answers
    drawn = SettlementList.objects.get()
    shown = settlement.publish(settlement_list=drawn, by=world["dg_approver"], now=now)
    settlement.close(settlement_list=shown, by=CLOCK, now=shown.publicity_ends_at)
    answers = race([partial(settlement.prepare_run, now=PAYING, **city)] * 3)
    assert answers.count(("run_waiting",)) == 2
    run = PaymentRun.objects.get()
    second = world.appoint("dg_cashier_2", "city_cashier", bureau=Bureau.objects.get(code=DONGGUAN))
    answers = race(
        [partial(settlement.release, run=run, by=who, now=LATER) for who in (world["dg_cashier"], second)]
    )
    assert sum(isinstance(answer, PaymentRun) for answer in answers) == 1
    refused = next(answer for answer in answers if isinstance(answer, tuple))
    assert refused in (("not_from_this_state",), ("changed_meanwhile",))
    assert PaymentInstruction.objects.count() == 2
    line = world.result(run)
    answers = race(
        [partial(settlement.take_result, run=run, columns=line, by=world["dg_cashier"], now=LATER)] * 3
    )
    assert sorted(answers) == ["known", "known", "taken"]
    assert BankResult.objects.count() == 1
    sound()


@pytest.mark.clause("D47-5.22", "Q1", "P1")
def test_objections_withdrawals_and_issues_at_once_never_block_one_another(lasting_world: World) -> None:
    """Each takes its locks in the one order; taken otherwise, PostgreSQL would end one of them as a deadlock."""
    world = lasting_world
    listed = several(world, 3)
    shown = world.published()
    raised = [object_to(world, shown, row) for row in listed]
    rows = confirmed(world, 4)
    by, now = world["dg_approver"], at("2019-04-11 09:00")
    upholds = [partial(settlement.uphold, objection=one, reason="属实", by=by, now=now) for one in raised[:2]]
    withdraw = partial(settlement.withdraw, settlement_list=shown, reason="测试", by=by, now=now)
    answers = race([*upholds, withdraw, *issues(world, rows)])
    assert all(not isinstance(answer, tuple) for answer in answers[3:])
    for answer in answers[:3]:
        assert not isinstance(answer, tuple) or set(answer) <= {"not_from_this_state", "changed_meanwhile"}
    sound()


@pytest.mark.clause("D47-5.13", "S1")
def test_of_two_officers_who_send_a_table_at_once_one_sends_and_claims_move_once(
    lasting_world: World,
) -> None:
    world = lasting_world
    rows = three(world)
    second = world.appoint("officer_2", "province_officer", bureau=Bureau.objects.get(code="440000"))
    table = draft(world)
    send = partial(completion.send, table=table, now=LATER)
    hand = partial(world.verdict, rows[0])
    answers = race([partial(send, by=world["province_officer"]), partial(send, by=second), hand])
    sent = [answer for answer in answers[:2] if isinstance(answer, CompletionTable)]
    assert len(sent) <= 1
    told = {answer for answer in answers if isinstance(answer, tuple)}
    assert told <= {("not_from_this_state",), ("changed_meanwhile",), ("draft_outdated",)}
    moved = LogEntry.objects.filter(
        act__in=("voucher.mark_done", "voucher.mark_not_done"), entry__contains='"res":"ok"'
    )
    assert moved.filter(obj=rows[0].journal_key).count() == 1
    if sent:
        states = [Voucher.objects.get(pk=row.pk).state for row in rows]
        assert states == ["verified", "claim_returned", "attested"]
    sound()


@pytest.mark.clause("D47-5.13")
def test_two_drafts_of_one_city_at_once_make_one_table(lasting_world: World) -> None:
    three(lasting_world)
    answers = race([partial(draft, lasting_world)] * 3)
    assert sum(isinstance(answer, CompletionTable) for answer in answers) == 1
    assert {answer for answer in answers if isinstance(answer, tuple)} == {("draft_waiting",)}
    sound()


@pytest.mark.clause("D47-5.19", "Q4")
def test_two_clocks_at_once_lapse_each_voucher_once(lasting_world: World) -> None:
    world = lasting_world
    rows = [world.issued() for _ in range(3)]
    race([partial(tick, at("2019-03-31 17:00"))] * 2)
    assert set(Voucher.objects.values_list("state", flat=True)) == {"lapsed"}
    assert Strike.objects.count() == len(rows)
    assert Transfer.objects.filter(kind="release").count() == len(rows)
    sound()


@pytest.mark.clause("Q1", "Q2")
def test_quota_moved_between_cities_while_it_is_issued_stays_whole(lasting_world: World) -> None:
    world = lasting_world
    rows = confirmed(world, 4)
    there = {"cycle": world.cycle, "by": world["province_officer"], "now": NOW, "amount_fen": 100_0000_00}
    answers = race(
        [
            *issues(world, rows),
            partial(programme.reallocate, from_city=DONGGUAN, to_city=FOSHAN, **there),
            partial(programme.reallocate, from_city=FOSHAN, to_city=DONGGUAN, **there),
        ]
    )
    assert all(isinstance(answer, Voucher) for answer in answers[:4])
    sound()
