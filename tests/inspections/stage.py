"""Plans that were drawn and experts on the register, for every test of the inspections.

`experts(world)` puts people on the register, `plan(world, vouchers=[…])` gives a published plan over these vouchers,
`frozen` one whose list stands and whose secrets are revealed, `drawn(world, …)` the inspections that it picked.
All go through the actions, but for vouchers that the regime's stage doesn't admit (d858 looks at paid ones alone):
these get bare rows.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

from tests.cast import APPLYING, CLAIMING, DONGGUAN, FOSHAN, HUIZHOU, World, at
from tests.laying import once
from yunquan.evidence.models import Contract, StoredFile
from yunquan.inspections.actions import drawing, planning
from yunquan.inspections.actions.planning import PlanFacts
from yunquan.inspections.models import Attendance, Expert, Inspection, Plan, PlanItem, Training
from yunquan.inspections.plan_checks import STATES
from yunquan.kernel.workflow import Actor
from yunquan.parties.models import Person, Supplier
from yunquan.policy.regimes import load_regime
from yunquan.policy.roles import Role
from yunquan.vouchers.models import ServiceLine, Voucher

# When a plan of each regime is drafted, and when it is drawn, within the time in which the regime holds.
DRAFTED_AT = {
    "d108": at("2019-04-01 09:00"),
    "d26": at("2020-04-01 09:00"),
    "d858": at("2020-10-12 09:00"),
}
DRAFTED = DRAFTED_AT["d108"]
DRAWN = DRAFTED + timedelta(days=14)
SOURCE = "ssq:2019040"
SECRETS = {"fs_reviewer": "20" * 32, "hz_reviewer": "40" * 32, "auditor": "60" * 32}


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


def train(world: World, people: Sequence[Expert], regime: str) -> Sequence[Expert]:
    """The same experts, each of whom was at a training where the regime asks for one (D26-3)."""
    asked = load_regime(regime).find("training", DRAFTED_AT[regime].date())
    if asked is not None and asked.value:
        by = world["province_officer"].person
        held = Training.objects.create(
            title="抽查培训（测试）", regime=regime, held_at=DRAFTED_AT[regime], entered_by=by
        )
        for one in people:
            Attendance.objects.create(training=held, expert=one, entered_by=by, entered_at=DRAFTED_AT[regime])
    return people


def drawer(world: World, regime: str, city: str = "") -> Actor:
    """Who drafts a plan: the province's officer, or a city's where the regime or the test says so."""
    if city or load_regime(regime).value("run_by", DRAFTED_AT[regime].date()).value == "city":
        return world[{"441900": "dg", "440600": "fs", "441300": "hz"}[city or "441900"] + "_reviewer"]
    return world["province_officer"]


def custodians(world: World, by: Actor) -> list[str]:
    """Three names of custodians that are of other bodies than the drawer's."""
    return [name for name in SECRETS if world[name].org != by.org or name == "auditor"]


def facts(world: World, *, regime: str = "d108", city: str = "", **changes: Any) -> PlanFacts:
    """A plan as an officer writes it down, sound in every field."""
    by = drawer(world, regime, city)
    starts = DRAFTED_AT[regime].date()
    form: dict[str, Any] = {
        "title": "测试抽查计划", "regime": regime, "purpose": "测试", "starts_on": starts,
        "ends_on": starts + timedelta(days=60), "scope": {}, "share": (1, 5), "sources": [SOURCE],
        "custodians": custodians(world, by), "reveals_end_at": DRAFTED_AT[regime] + timedelta(days=10),
    }  # fmt: skip
    form |= changes
    until = form["reveals_end_at"] or DRAFTED_AT[regime] + timedelta(days=10)
    named = (*form["sources"], *form.get("fallback", {}).values())
    form.setdefault("due", {one: until + timedelta(hours=1) for one in named})
    return PlanFacts(**form)


def draft(world: World, *, regime: str = "d108", city: str = "", **changes: Any) -> Plan:
    """A drafted plan over what `scope` names."""
    by = drawer(world, regime, city)
    written = facts(world, regime=regime, city=city, **changes)
    return planning.draft(facts=written, by=by, now=DRAFTED_AT[regime])


def publish(world: World, row: Plan) -> Plan:
    """The plan in public: a city's by way of the province where its regime asks for that."""
    now = DRAFTED_AT[row.regime]
    if not row.city:
        return planning.publish(plan=row, by=world["province_approver"], now=now + timedelta(hours=1))
    short = {"441900": "dg", "440600": "fs", "441300": "hz"}[row.city]
    approver = world[f"{short}_approver"]
    if load_regime(row.regime).value("filed_first", row.in_force_on).value:
        row = planning.file(plan=row, by=approver, now=now + timedelta(hours=1))
        row = planning.accept(plan=row, by=world["province_officer"], now=now + timedelta(hours=2))
    return planning.publish(plan=row, by=approver, now=now + timedelta(hours=3))


def plan(
    world: World, *, regime: str = "d108", vouchers: Sequence[Voucher] = (), city: str = "", **changes: Any
) -> Plan:
    """A published plan over these vouchers, nothing frozen yet; it draws all of them."""
    numbers = sorted(one.number for one in vouchers)
    alone = {numbers[0]: "只有一张券（测试）"} if len(numbers) == 1 else {}
    wanted = {"scope": {"numbers": numbers}, "share": (1, 1), "strata": [], "mandatory": alone, **changes}
    wanted.setdefault("purpose", f"测试 {next(world.serial)}")
    return publish(world, draft(world, regime=regime, city=city, **wanted))


def commit(world: World, row: Plan) -> None:
    """Every custodian publishes a commitment."""
    for one in row.custodians.select_related("person"):
        secret = SECRETS[one.person.username]
        value = drawing.commitment_of(row, one.name, secret)
        drawing.commit(
            plan=row, commitment=value, by=world[one.person.username],
            now=DRAFTED_AT[row.regime] + timedelta(days=1),
        )  # fmt: skip


def frozen(world: World, row: Plan, *, revealed: bool = True) -> Plan:
    """The plan with its list frozen and its secrets revealed."""
    first = DRAFTED_AT[row.regime]
    commit(world, row)
    by = drawer(world, row.regime, row.city)
    row = drawing.freeze(plan=row, by=by, now=first + timedelta(days=2))
    for one in row.custodians.select_related("person") if revealed else ():
        name = one.person.username
        drawing.reveal(plan=row, secret=SECRETS[name], by=world[name], now=first + timedelta(days=3))
    return row


def proof(world: World, by: Actor) -> StoredFile:
    """The evidence of a public value."""
    return world.file(by)


def draw(
    world: World, row: Plan, *, now: datetime | None = None, value: str = "02,05,11,17,25,33+08"
) -> Plan:
    """The frozen plan drawn."""
    by = drawer(world, row.regime, row.city)
    moment = now or DRAFTED_AT[row.regime] + timedelta(days=14)
    return drawing.draw(plan=row, entropy={SOURCE: value}, proof=proof(world, by), by=by, now=moment)


@once
def drawn(
    world: World, *, regime: str = "d108", vouchers: Sequence[Voucher] = (), city: str = "", **changes: Any
) -> list[Inspection]:
    """The inspections of a plan that picked all these vouchers (a new approved one where none is given)."""
    chosen = list(vouchers) or [world.approved()]
    now: datetime = changes.pop("now", DRAFTED_AT[regime] + timedelta(days=14))
    stage = load_regime(regime).value("stage", DRAFTED_AT[regime].date()).value
    if any(one.state not in STATES[stage] for one in chosen):
        return _bare(world, regime, chosen, city, now)
    row = draw(
        world, frozen(world, plan(world, regime=regime, vouchers=chosen, city=city, **changes)), now=now
    )
    return list(Inspection.objects.filter(plan=row).order_by("pk"))


def _bare(
    world: World, regime: str, vouchers: Sequence[Voucher], city: str, now: datetime
) -> list[Inspection]:
    number, rules = f"TEST-{next(world.serial):03d}", load_regime(regime)
    on: date = DRAFTED_AT[regime].date()
    row = Plan.objects.create(
        number=number, title="测试抽查计划", regime=regime, regime_version=rules.version, in_force_on=on,
        run_by=rules.value("run_by", on).value, city=city, purpose="测试", starts_on=on,
        ends_on=on + timedelta(days=60), scope={}, scope_key=hashlib.sha256(number.encode()).hexdigest(),
        sources=[SOURCE], state="drawn", seed="ab" * 32, drafted_by=world["province_officer"].person,
        drafted_at=now, published_by=world["province_approver"].person, published_at=now, frozen_at=now,
        frozen_by=world["province_officer"].person, drawn_at=now,
    )  # fmt: skip
    for rank, voucher in enumerate(vouchers, 1):
        item = PlanItem.objects.create(
            plan=row, voucher=voucher, ref=f"REF{rank:017d}", salt="00" * 16, stratum="全部",
            outcome="drawn", rank=rank,
        )  # fmt: skip
        Inspection.objects.create(item=item, plan=row, voucher=voucher, city=voucher.city, selected_at=now)
    return list(Inspection.objects.filter(plan=row).order_by("pk"))


def paid(world: World, count: int = 1) -> list[Voucher]:
    """Vouchers that the bank paid."""
    made = [world.approved() for _ in range(count)]
    world.standing()
    world.pay_all(world.released())
    return [Voucher.objects.get(pk=one.pk) for one in made]


def crowd(
    world: World, count: int, *, cities: Sequence[str] = (DONGGUAN, FOSHAN, HUIZHOU), state: str = "approved"
) -> list[Voucher]:
    """So many claimed vouchers laid down as bare rows, over cities, two suppliers and three services in turn."""
    suppliers = list(Supplier.objects.order_by("pk"))
    shared = world.file(world["dg_enterprise"])
    start = Voucher.objects.count()
    contracts = Contract.objects.bulk_create(
        Contract(
            enterprise=world.enterprise, supplier=suppliers[place % len(suppliers)], number=f"C-{place:06d}",
            number_key=f"C{start + place:06d}", signed_on=date(2018, 11, 1), total_fen=20_000_000,
            cloud_fee_fen=8_000_000, file=shared,
        )
        for place in range(count)
    )  # fmt: skip
    made = Voucher.objects.bulk_create(
        Voucher(
            cycle=world.cycle, enterprise=world.enterprise, supplier_id=contract.supplier_id, contract=contract,
            number=f"GD2018-CROWD-{start + place:06d}", city=cities[place % len(cities)], state=state,
            face_fen=1_000_000 + 10_000 * (place % 97), created_at=APPLYING, claimed_at=CLAIMING,
            is_related_party=place % 11 == 0,
        )
        for place, contract in enumerate(contracts)
    )  # fmt: skip
    ServiceLine.objects.bulk_create(
        ServiceLine(
            voucher=voucher, position=1, service=(8, 9, 10)[place % 3], service_name=f"服务 {place % 3}",
            fee_fen=8_000_000 + 1000 * (place % 50), award_fen=voucher.face_fen, binding="fee",
        )
        for place, voucher in enumerate(made)
    )  # fmt: skip
    return made
