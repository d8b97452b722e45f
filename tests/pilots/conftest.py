"""What the tests of the pilots stand on: a call of the 2018 cycle, a whole form, and the steps up to a title."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from tests.cast import World, at
from tests.desks.officials import enter, loud_templates, moment  # noqa: F401
from yunquan.parties.models import Person, Supplier
from yunquan.pilots import actions
from yunquan.pilots.actions.calling import CallFacts, Choice
from yunquan.pilots.models import Pilot, PilotCall
from yunquan.policy.roles import Role

CALLING, APPLYING_ON, CLOSES = at("2018-10-16 09:00"), at("2018-10-22 10:00"), at("2018-11-05 17:00")
REVIEWING, RANKING, NAMING = at("2018-11-06 10:00"), at("2018-11-12 10:00"), at("2018-11-21 10:00")


class Pilots:
    """The world with pilots in it; each verb gives back the fresh row."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.experts: list[str] = []

    def call(self, **changes: Any) -> PilotCall:
        written = CallFacts(**{
            "title": "2018 年度试点示范申报", "text": "请按附件 2 申报（测试）。", "closes_at": CLOSES, **changes,
        })  # fmt: skip
        row = actions.draft_call(
            cycle=self.world.cycle, facts=written, by=self.world["province_officer"], now=CALLING
        )
        return actions.publish(call=row, by=self.world["province_approver"], now=CALLING + timedelta(hours=1))

    def typed(self, name: str = "supplier", **changes: Any) -> dict[str, Any]:
        """A form in which nothing is missing."""
        file = str(self.world.file(self.world[name]).pk)
        form: dict[str, Any] = {
            "unit_kind": "民营企业", "is_legal_person": "1", "address": "东莞市测试路 2 号", "founded_on": "2010-05-01",
            "leader": "测试负责人", "leader_phone": "13800000000", "contact_name": "测试联系人", "contact_post": "经理",
            "contact_phone": "0769-12345678", "contact_mobile": "13800000001", "contact_mail": "pilot@example.com",
            "sales": "50000000", "profit": "-120000.50", "tax": "3000000", "employees": "120",
            "profile": "经营情况（测试）", "capability": "能力情况（测试）",
            "title": "注塑行业云排产（测试）", "scene_kind": "cluster", "scene_name": "东莞注塑集聚区", "industry": "注塑",
            "segment": "生产排程", "problem": "插单多、换模慢", "app_form": "saas", "delivers": "1",
            "functions": "排产、看板", "budget_supplier": "800000", "budget_customer": "1200000", "effect": "交期缩短",
            "needs": "需求", "solution": "方案", "route": "路线", "goal": "目标", "path": "路径", "investment": "预算",
            "ability": "能力", "team": "团队", "promise": "1",
            "partners": [{"name": "虚构注塑协会（测试）", "task": "组织企业"}],
            "services": [{"service": "8", "enterprises": "20", "fee": "600000.00"}],
            "areas": [
                {"city": "441900", "enterprises": "14", "amount": "400000"},
                {"city": "440600", "enterprises": "6", "amount": "200000"},
            ],
            "schedule": [
                {"text": "样板企业上线", "ends_on": "2018-12-15"}, {"text": "全部上线", "ends_on": "2019-03-15"},
            ],
            "cases": [{
                "name": "某注塑厂排产（测试）", "enterprise": "虚构注塑（测试）有限公司", "city": "441900", "same_scene": "1",
                "started_on": "2017-01-05", "finished_on": "2017-06-30", "content": "排产", "effect": "见效",
            }],
            "proofs": [{"title": "验收报告", "file": file}],
        }  # fmt: skip
        return {**form, **changes}

    def supplier(self, name: str) -> Supplier:
        return Supplier.objects.get(pk=int(self.world[name].org.partition(":")[2]))

    def draft(self, call: PilotCall, name: str = "supplier", **changes: Any) -> Pilot:
        by = self.world[name]
        row = actions.start(call=call, supplier=self.supplier(name), by=by, now=APPLYING_ON)
        return actions.save(pilot=row, typed=self.typed(name, **changes), by=by, now=APPLYING_ON)

    def submitted(self, call: PilotCall, name: str = "supplier", **changes: Any) -> Pilot:
        row = self.draft(call, name, **changes)
        return actions.submit(pilot=row, by=self.world[name], now=APPLYING_ON + timedelta(hours=2))

    def people(self, count: int = 3) -> list[Person]:
        while len(self.experts) < count:
            name = f"pilot_expert{len(self.experts) + 1}"
            self.world.appoint(name, Role.EXPERT)
            self.experts.append(name)
        return [self.world.person(self.world[name]) for name in self.experts[:count]]

    def reviewing(self, call: PilotCall, name: str = "supplier", **changes: Any) -> Pilot:
        row = self.submitted(call, name, **changes)
        row = actions.accept(
            pilot=row, by=self.world["province_officer"], now=APPLYING_ON + timedelta(days=1)
        )
        return actions.ask_experts(
            pilot=row, experts=self.people(), mode="paper", by=self.world["province_officer"],
            now=APPLYING_ON + timedelta(days=1),
        )  # fmt: skip

    def scored(self, call: PilotCall, name: str = "supplier", points: int = 80, **changes: Any) -> Pilot:
        row = self.reviewing(call, name, **changes)
        for expert in self.experts[:3]:
            by = self.world[expert]
            actions.declare(pilot=row, employer="虚构研究院（测试）", interest="", by=by, now=REVIEWING)
            actions.score(pilot=row, points=[points] * 5, opinion="可行（测试）", by=by, now=REVIEWING)
        return Pilot.objects.get(pk=row.pk)

    def public(self, call: PilotCall, *rows: Pilot, marks: dict[str, int] | None = None) -> PilotCall:
        chosen = {row.pk: Choice(chosen=True, earmarks=marks or {"441900": 400_000_00}) for row in rows}
        ranked = actions.rank(call=call, choices=chosen, by=self.world["province_officer"], now=RANKING)
        return actions.publicise(call=ranked, by=self.world["province_approver"], now=RANKING)

    def named(self, name: str = "supplier", **changes: Any) -> Pilot:
        call = self.call()
        row = self.scored(call, name, **changes)
        self.public(call, row)
        return self.name(row)

    def name(self, row: Pilot, now: datetime = NAMING) -> Pilot:
        return actions.name(pilot=row, by=self.world["province_approver"], now=now)

    def tagged(self, count: int, *, city: str = "441900", size: str = "small") -> list[Any]:
        """So many new enterprises whose applications the supplier confirmed as its pilot's and the city issued."""
        found = []
        short = {"441900": "dg", "440600": "fs"}[city]
        for number in range(count):
            clerk = f"customer_{city}_{size}_{number}"
            self.world.add_enterprise(clerk, city=city, size=size)
            voucher = self.world.confirm(self.world.apply(clerk, implementation_city=city), tag_pilot=True)
            found.append(self.world.issue(voucher, reviewer=f"{short}_reviewer"))
        return found


@pytest.fixture
def pilots(world: World) -> Pilots:
    return Pilots(world)


Make = Callable[..., Pilot]
