"""Every state × role × action of the registrations, cycles, rule changes and products (S1)."""

from __future__ import annotations

import itertools

import pytest

from yunquan.catalogue.lifecycle import PRODUCT
from yunquan.kernel.citation import Citation
from yunquan.parties.lifecycle import ENTERPRISE, SUPPLIER
from yunquan.policy.roles import Role
from yunquan.programme.lifecycle import CYCLE, RULE_CHANGE

TABLES = [ENTERPRISE, SUPPLIER, CYCLE, RULE_CHANGE, PRODUCT]


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.noun)
def test_nobody_takes_a_step_that_the_table_does_not_name(table):
    for state, role, action in itertools.product(table.states, Role, table.actions):
        row = table.row(action, state)
        codes = {refusal.code for refusal in table.decide(action, state=state, role=role, facts={}).refusals}
        if row is None:
            assert codes == {"not_from_this_state"}
        elif role not in row.roles:
            assert codes == {"not_your_role"}
        else:
            assert not codes & {"not_from_this_state", "not_your_role"}


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.noun)
def test_every_state_is_reached_and_every_row_cites_an_article(table):
    reached = {table.initial} | {row.target for row in table.rows}
    assert reached == set(table.states)
    assert {row.action for row in table.rows} == set(table.actions)
    for row in table.rows:
        assert Citation.parse(row.article).document in ("D47", "D26", "D0")


@pytest.mark.parametrize("table", TABLES, ids=lambda table: table.noun)
def test_auditors_experts_clocks_and_the_public_change_nothing_but_opinions(table):
    acting = {
        (role, row.action)
        for row in table.rows
        for role in row.roles
        if role in (Role.AUDITOR, Role.EXPERT, Role.PUBLIC, Role.CLOCK, Role.SYSTEM_ADMIN, Role.AUDIT_ADMIN)
    }
    assert acting <= {(Role.EXPERT, "give_opinion")}
