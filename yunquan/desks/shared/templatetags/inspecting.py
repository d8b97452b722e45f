"""What of the inspections waits for the person on the first page of a desk: secrets to keep, plans to take further."""

from __future__ import annotations

from typing import Any

from django import template

from yunquan.desks.shared.desk import HOME
from yunquan.inspections import plan_queries
from yunquan.journal import clock
from yunquan.policy.roles import Role

register = template.Library()
PLANNERS = (Role.CITY_REVIEWER, Role.CITY_APPROVER, Role.PROVINCE_OFFICER, Role.PROVINCE_APPROVER)


@register.inclusion_tag("shared/inspections/waits.html", takes_context=True)
def inspections_wait(context: Any) -> dict[str, Any]:
    """A card with the steps of custodians and drawers; nothing where there is none."""
    actor, now = context["request"].actor, clock.read()
    plans = plan_queries.waiting_plans(actor, now) if actor.role in PLANNERS else []
    return {
        "custodies": [one for one in plan_queries.custodies(actor) if plan_queries.waits(one)],
        "plans": [{"plan": one, "next": plan_queries.next_words(one, now=now)} for one in plans],
        "base": f"{HOME.get(actor.role, '/')}inspections/plans/",
    }
