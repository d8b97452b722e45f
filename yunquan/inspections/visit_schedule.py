"""The schedule as bureaus read it: what waits to be appointed, and the days of a month or week with their visits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from yunquan.inspections import access
from yunquan.inspections.models import Inspection, Plan, Visit
from yunquan.inspections.visit_queries import busy_suppliers, ready_for, regime_value, schedule
from yunquan.kernel.calendar import SHANGHAI, local_date
from yunquan.kernel.workflow import Actor

MOST_PLANS = 20


@dataclass(frozen=True, slots=True)
class House:
    """One enterprise, or one supplier for the finance table, with what is to be looked at there."""

    plan: Plan
    table: str
    pk: int
    name: str
    city: str
    rows: tuple[Inspection, ...]


def waiting(actor: Actor) -> list[House]:
    """Whom the actor's bureau still has to appoint a visit with, plan by plan."""
    plans = access.plans_visible_to(actor).filter(state="drawn").order_by("-drawn_at")[:MOST_PLANS]
    return [house for plan in plans if actor.org in plan.acting_orgs for house in houses(plan)]


def houses(plan: Plan) -> list[House]:
    """The same of one plan: a house for each table that nothing was arranged for yet."""
    found = []
    for table in regime_value(plan, "tables").value:
        by_house: dict[int, list[Inspection]] = {}
        for row in ready_for(plan, table):
            firm = row.voucher.supplier if table == "finance" else row.voucher.enterprise
            if firm is not None:
                by_house.setdefault(firm.pk, []).append(row)
        for pk, rows in by_house.items():
            voucher = rows[0].voucher
            firm = voucher.supplier if table == "finance" else voucher.enterprise
            city = rows[0].city
            found.append(House(plan, table, pk, firm.name if firm else "", city, tuple(rows)))
    return sorted(found, key=lambda one: (one.table, one.city, one.name))


def house(actor: Actor, number: str, table: str, pk: int) -> House | None:
    """One of them, or None."""
    plan = access.plan_for(actor, number)
    if plan is None or plan.state != "drawn" or actor.org not in plan.acting_orgs:
        return None
    return next((one for one in houses(plan) if (one.table, one.pk) == (table, pk)), None)


def days(actor: Actor, *, on: date, is_week: bool) -> list[list[dict[str, Any]]]:
    """The weeks of the month (or the one week) around a day, each day with its visits and warnings."""
    first = on if is_week else on.replace(day=1)
    first -= timedelta(days=first.weekday())
    if is_week:
        last = first + timedelta(days=6)
    else:
        following = (on.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)
        last = following + timedelta(days=6 - following.weekday())
    visits = schedule(actor, starts=_midnight(first), ends=_midnight(last + timedelta(days=1)))
    warned = busy_suppliers(visits)
    by_day: dict[date, list[dict[str, Any]]] = {}
    for visit in visits:
        by_day.setdefault(local_date(visit.starts_at), []).append(
            {"visit": visit, "warnings": warned.get(visit.pk, [])}
        )
    count = (last - first).days + 1
    listed = [first + timedelta(days=place) for place in range(count)]
    cells = [
        {"on": day, "is_other": not is_week and day.month != on.month, "visits": by_day.get(day, [])}
        for day in listed
    ]
    return [cells[at : at + 7] for at in range(0, count, 7)]


def steps_of(on: date, *, is_week: bool) -> Sequence[date]:
    """The day to turn back to and the day to turn on to."""
    if is_week:
        return on - timedelta(days=7), on + timedelta(days=7)
    first = on.replace(day=1)
    return (first - timedelta(days=1)).replace(day=1), (first + timedelta(days=32)).replace(day=1)


def coming(actor: Actor, now: datetime) -> list[Visit]:
    """The visits of the next three months, for a calendar file."""
    return schedule(actor, starts=now - timedelta(days=1), ends=now + timedelta(days=92))


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), SHANGHAI)
