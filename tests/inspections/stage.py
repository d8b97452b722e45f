"""Plans that were drawn and experts on the register, for every test of the inspections.

`experts(world)` puts people on the register, `plan(world, vouchers=[…])` gives a published plan over these vouchers,
`drawn(world, …)` the inspections that it picked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from tests.cast import World, at
from yunquan.inspections.models import Expert, Inspection, Plan, PlanItem
from yunquan.parties.models import Person
from yunquan.policy.regimes import load_regime
from yunquan.policy.roles import Role
from yunquan.vouchers.models import Voucher

# The day on which a plan of each regime is drafted, within the time in which the regime holds.
DAYS = {"d108": date(2019, 4, 1), "d26": date(2020, 4, 1), "d858": date(2020, 10, 12)}
DRAFTED = at("2019-04-01 09:00")
DRAWN = at("2019-04-15 10:00")


def experts(world: World, count: int = 4, speciality: str = "technical") -> list[Expert]:
    """So many people on the register, each with a login `expert-technical-1` … and an employer of its own."""
    made = []
    for place in range(1, count + 1):
        name = f"expert-{speciality}-{place}"
        if name not in world.people:
            world.appoint(name, Role.EXPERT)
        person: Person = world.person(world[name])
        row, _ = Expert.objects.get_or_create(
            person=person,
            defaults={
                "code": f"{speciality[0].upper()}{place:03d}", "speciality": speciality,
                "employer": f"虚构研究院（测试）{place}", "is_front_line": place % 2 == 1,
                "added_by": world["province_officer"].person, "added_at": DRAFTED,
            },
        )  # fmt: skip
        made.append(row)
    return made


def plan(
    world: World, *, regime: str = "d108", vouchers: Sequence[Voucher] = (), city: str = "", **changes: Any
) -> Plan:
    """A published plan over these vouchers, nothing frozen yet."""
    number = f"TEST-{next(world.serial):03d}"
    on = DAYS[regime]
    rules = load_regime(regime)
    scope = {"vouchers": sorted(one.number for one in vouchers)}
    row = Plan.objects.create(
        number=number, title="测试抽查计划", regime=regime, regime_version=rules.version, in_force_on=on,
        run_by=rules.value("run_by", on).value, city=city, purpose="测试", starts_on=on,
        ends_on=on.replace(month=on.month + 1), scope=scope,
        scope_key=hashlib.sha256(number.encode()).hexdigest(), sources=["ssq:2019040"], state="published",
        drafted_by=world["province_officer"].person, drafted_at=DRAFTED,
        published_by=world["province_approver"].person, published_at=DRAFTED,
        **changes,
    )  # fmt: skip
    for place, voucher in enumerate(vouchers):
        PlanItem.objects.create(
            plan=row, voucher=voucher, ref=f"REF{place:017d}", salt="00" * 16, stratum=voucher.city
        )
    return row


def drawn(
    world: World,
    *,
    regime: str = "d108",
    vouchers: Sequence[Voucher] = (),
    now: datetime = DRAWN,
    **changes: Any,
) -> list[Inspection]:
    """The inspections of a plan that picked all these vouchers (a new approved one where none is given)."""
    chosen = list(vouchers) or [world.approved()]
    row = plan(world, regime=regime, vouchers=chosen, **changes)
    Plan.objects.filter(pk=row.pk).update(
        state="drawn", seed="ab" * 32, frozen_at=now, drawn_at=now, frozen_by=row.drafted_by
    )
    row.refresh_from_db()
    for rank, item in enumerate(row.items.order_by("pk"), 1):
        PlanItem.objects.filter(pk=item.pk).update(outcome="drawn", rank=rank)
        Inspection.objects.create(
            item=item, plan=row, voucher=item.voucher, city=item.voucher.city, selected_at=now
        )
    return list(Inspection.objects.filter(plan=row).order_by("pk"))
