"""The inspections of pilot clusters with the help of a third party: what it may do was delegated, and no more."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.cast import DONGGUAN, World
from tests.inspections import stage
from yunquan.inspections.actions import planning
from yunquan.inspections.plan_population import population_of
from yunquan.journal.models import LogEntry
from yunquan.kernel.refusal import Refused
from yunquan.parties import access, actions
from yunquan.parties.models import Person
from yunquan.policy.uscc import make_uscc

pytestmark = pytest.mark.django_db
NAME = "虚构产业联盟（测试）"
NOW = stage.DRAFTED_AT["d26"]


@pytest.mark.clause("D26-5.3")
@pytest.mark.clause("D47-7")
def test_a_third_party_draws_up_the_plan_of_the_pilots_and_the_bureau_decides(world: World) -> None:
    crowd = stage.crowd(world, 8, cities=[DONGGUAN])
    pilots = crowd[:4]
    for one in pilots:
        one.is_pilot = True
        one.save()
    helper = Person.objects.create(username="alliance-1", name="测试受托人", joined_at=NOW, password="!")
    appointment = actions.delegate(
        username=helper.username, operator=NAME, uscc=make_uscc(991), works=["inspection"], starts_on=NOW.date(),
        ends_on=NOW.date() + timedelta(days=90), by=world["dg_approver"], now=NOW,
    )  # fmt: skip
    by = access.actor_of(helper, appointment)
    facts = stage.facts(
        world, regime="d26", scope={"pilots": True}, strata=[], operator=NAME, purpose="试点产业集群"
    )
    plan = planning.draft(facts=facts, by=by, now=NOW)
    # Its own plan, its own list, and every act told as done for the bureau.
    assert (plan.city, plan.operator) == (DONGGUAN, NAME)
    assert {one.number for one in population_of(plan).candidates} == {one.number for one in pilots}
    entry = LogEntry.objects.filter(act="plan.draft").latest("seq").entry
    assert f"{helper.key};operator={NAME}" in entry and '"org":"bureau:441900"' in entry
    # It files and publishes nothing: that is the bureau's.
    for act in (planning.file, planning.publish):
        with pytest.raises(Refused) as refused:
            act(plan=plan, by=by, now=NOW)
        assert refused.value.codes == ("not_delegated",)
    planning.file(plan=plan, by=world["dg_approver"], now=NOW)
    # Another city's pilots are none of its business, and the end of the delegation ends it at once.
    with pytest.raises(Refused):
        planning.draft(facts=stage.facts(world, regime="d26", scope={"cities": ["440600"]}), by=by, now=NOW)
    actions.end_delegation(
        appointment=appointment,
        reason="抽查结束（测试）",
        by=world["dg_approver"],
        now=NOW + timedelta(days=1),
    )
    assert not access.appointments_of(helper, NOW.date() + timedelta(days=2))
