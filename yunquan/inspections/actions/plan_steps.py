"""What every step of a plan begins with: the plan under lock, and the facts that its checks ask."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from yunquan.inspections.models import Plan
from yunquan.inspections.plan_population import regime_of
from yunquan.kernel.calendar import local_date
from yunquan.kernel.workflow import Actor


def locked(plan: Plan) -> Plan:
    """The plan as it stands now, locked until the transaction ends."""
    return Plan.objects.select_for_update().get(pk=plan.pk)


def step_facts(plan: Plan, *, by: Actor, now: datetime) -> dict[str, Any]:
    """What the checks of a plan's steps ask."""
    filed = regime_of(plan).value("filed_first", plan.in_force_on)
    return {
        "now": now,
        "state": plan.state,
        "org": by.org,
        "plan_org": plan.org,
        "person": by.person,
        "earlier_persons": frozenset((plan.drafted_by,)),
        "custodian_keys": frozenset(
            f"person:{pk}" for pk in plan.custodians.values_list("person_id", flat=True)
        ),
        "overdue": plan.drawn_at is None and local_date(now) > plan.ends_on,
        "must_file": bool(plan.city) and filed.value,
        "filed_article": filed.article,
    }
