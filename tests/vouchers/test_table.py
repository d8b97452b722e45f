"""Every state × role × action of the voucher and of settlement, generated from the tables (S1, S4)."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from tests.cast import DONGGUAN, World
from yunquan.evidence.lifecycle import ALARM
from yunquan.journal.actions import move
from yunquan.journal.queries import history, log_size
from yunquan.kernel.citation import Citation
from yunquan.kernel.refusal import Refused
from yunquan.kernel.workflow import Actor, Lifecycle
from yunquan.policy.roles import Role
from yunquan.settlement.lifecycle import INSTRUCTION, OBJECTION, PAYMENT_RUN, RECOVERY, SETTLEMENT_LIST
from yunquan.vouchers.lifecycle import CEILING, COUNTED, FINAL, LIVE, VOUCHER, S
from yunquan.vouchers.models import Voucher

TABLES = (VOUCHER, SETTLEMENT_LIST, OBJECTION, PAYMENT_RUN, INSTRUCTION, RECOVERY, ALARM)
BY_NOUN = {"argvalues": TABLES, "ids": [table.noun for table in TABLES]}
NOW = datetime.fromisoformat("2018-12-03T10:00:00+08:00")
OPEN = SimpleNamespace(published_at=NOW, opens_at=NOW - timedelta(days=1), closes_at=NOW + timedelta(days=1))
OVER = SimpleNamespace(published_at=NOW, opens_at=NOW - timedelta(days=2), closes_at=NOW)
# Facts under which every check is content; what an action asks beyond them would fail here with a KeyError.
CONTENT: dict[str, Any] = {
    "now": NOW, "form_refusals": [], "enterprise_state": "registered", "eligibility": [], "standing": [],
    "supplier_state": "registered", "contract_used_by": None, "award": None, "awarded_before_fen": 0,
    "content_hash": "x", "seen_hash": "x", "recomputed_hash": "x", "person": "a", "earlier_persons": frozenset(),
    "tag_pilot": False, "supplier_is_pilot": False, "reviews_here": True, "reviews_elsewhere_note": "",
    "reasons": [{"label": "理由"}], "late": [], "late_words": "",
    "quota_left_fen": None, "face_fen": 1, "findings": [], "evidence_used": [],
    "same_content_in": (), "declared": False, "ends_missing": [], "claim_refusals": [], "holds": [],
    "declaration": [], "exceptions": [], "alarms": [], "alarm_upheld": True,
    "second_look": {"needed": False, "why": "", "looks": [], "reason": ""},
    "publicity_complete": True, "objection_upheld": True, "recovered_fen": 1, "paid_fen": 1, "count": 1,
    "reason": "理由", "decision": "inspection:1",
    "ordered": [], "publicity_ends_at": NOW, "payable_fen": 1, "listed_fen": 2, "plan_hash": "x",
    "current_plan_hash": "x", "total_fen": 1, "newly_carried": 0, "funds_left_fen": 1, "waiting": 0, "may_decline": True,
}  # fmt: skip
CLOSING = ("expire", "lapse")


def facts_for(action: str) -> dict[str, Any]:
    verdict = "not_done" if action == "mark_not_done" else "done"
    return {**CONTENT, "verdict": verdict, "window": OVER if action in CLOSING else OPEN}


def every_step(table: Lifecycle) -> Iterator[tuple[str, str, str]]:
    return itertools.product(table.states, Role, table.actions)


@pytest.mark.clause("S1")
@pytest.mark.parametrize("table", **BY_NOUN)
def test_exactly_the_tables_rows_are_allowed(table: Lifecycle) -> None:
    allowed = {(state, role, row.action) for row in table.rows for state in row.sources for role in row.roles}
    for state, role, action in every_step(table):
        decision = table.decide(action, state=state, role=role, facts=facts_for(action))
        assert (decision.row is not None) == ((state, role, action) in allowed), (state, role, action)
        if decision.row is None:
            expected = "not_from_this_state" if table.row(action, state) is None else "not_your_role"
            assert [refusal.code for refusal in decision.refusals] == [expected]


@pytest.mark.clause("S4")
@pytest.mark.parametrize("table", **BY_NOUN)
def test_final_states_have_no_way_out_and_all_others_have_one(table: Lifecycle) -> None:
    sources = {source for row in table.rows for source in row.sources}
    assert sources & table.final == set()
    assert sources | table.final >= set(table.states) - {"standing"}


@pytest.mark.clause("S4")
def test_only_recovery_leads_out_of_paid() -> None:
    assert [(row.action, row.target) for row in VOUCHER.rows if S.PAID in row.sources] == [
        ("recover", S.RECOVERED)
    ]
    assert set(FINAL) == VOUCHER.final


@pytest.mark.clause("S1")
@pytest.mark.parametrize("table", **BY_NOUN)
def test_every_state_is_reached_and_every_row_has_its_article_and_people(table: Lifecycle) -> None:
    reached, waiting = {table.initial}, deque([table.initial])
    while waiting:
        state = waiting.popleft()
        for row in table.rows:
            if state in row.sources and row.target not in reached:
                reached.add(row.target)
                waiting.append(row.target)
    assert reached == set(table.states)
    assert {row.action for row in table.rows} == set(table.actions)
    for row in table.rows:
        assert row.roles
        # A decided inspection is another decree's step on a voucher.
        wanted = "D108" if row.action == "revoke" else "D47"
        assert Citation.parse(row.article).document == wanted


@pytest.mark.clause("A2", "S1")
@pytest.mark.parametrize("table", **BY_NOUN)
def test_auditors_administrators_experts_and_the_public_take_no_step(table: Lifecycle) -> None:
    idle = {Role.AUDITOR, Role.EXPERT, Role.PUBLIC, Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN}
    assert not any(idle & set(row.roles) for row in table.rows)


@pytest.mark.clause("S3")
def test_nobody_may_take_two_steps_that_check_each_other() -> None:
    def roles(table: Lifecycle, action: str) -> set[str]:
        return {role for row in table.rows if row.action == action for role in row.roles}

    chain = [
        roles(VOUCHER, "submit"), roles(VOUCHER, "confirm"), roles(VOUCHER, "issue"),
        roles(SETTLEMENT_LIST, "publish"), roles(PAYMENT_RUN, "release"),
    ]  # fmt: skip
    assert all(not one & other for one, other in itertools.combinations(chain, 2))


def test_the_groups_of_states_agree_with_the_table() -> None:
    assert set(COUNTED) < set(CEILING) < set(LIVE) | {S.SUBMITTED}
    assert not set(FINAL) & set(LIVE) - {S.RECOVERED}


@pytest.mark.clause("S1", "L1")
def test_no_role_moves_a_voucher_from_any_state_in_the_database_but_by_a_row(world: World) -> None:
    """The engine's answer is the database's: each step off the table leaves row, version and log alone."""
    voucher = world.approved()
    tried = 0
    for state in VOUCHER.states:
        Voucher.objects.filter(pk=voucher.pk).update(state=state)
        voucher.refresh_from_db()
        before = log_size()
        for role, action in itertools.product(Role, VOUCHER.actions):
            row = VOUCHER.row(action, state)
            if row is not None and role in row.roles:
                continue
            by = Actor(person="person:9", role=role, org=f"bureau:{DONGGUAN}")
            with pytest.raises(Refused):
                move(voucher, action, by=by, facts=facts_for(action), now=NOW)
            tried += 1
        voucher.refresh_from_db()
        assert (voucher.state, log_size()) == (state, before)
    assert tried > 5000


@pytest.mark.clause("S1", "L1")
@pytest.mark.parametrize(
    ("state", "role", "action"),
    [(row.sources[0], row.roles[0], row.action) for row in VOUCHER.rows],
)
def test_each_row_moves_and_stands_in_the_log(world: World, state: str, role: str, action: str) -> None:
    voucher = world.approved()
    Voucher.objects.filter(pk=voucher.pk).update(state=state)
    voucher.refresh_from_db()
    by = Actor(person="person:9", role=role, org=f"bureau:{DONGGUAN}")
    move(voucher, action, by=by, facts=facts_for(action), now=NOW)
    last = history(voucher.journal_key)[-1]
    row = VOUCHER.row(action, state)
    assert row is not None
    assert (last["act"], last["pre"], last["post"]) == (f"voucher.{action}", state, row.target)
    assert last["why"].startswith(row.article)
    voucher.refresh_from_db()
    assert voucher.state == row.target
