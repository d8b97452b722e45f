"""Scenes of the pilots 试点示范: a pilot of the 2018 cycle with tagged customers, and a call of 2019 under review."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from yunquan.demo.stage import Stage, at
from yunquan.kernel.calendar import SHANGHAI
from yunquan.pilots import actions
from yunquan.pilots.actions.calling import CallFacts, Choice
from yunquan.pilots.models import Pilot, PilotCall
from yunquan.policy.roles import Role

JUDGES = ("pilot-expert1", "pilot-expert2", "pilot-expert3")


def judges(stage: Stage) -> None:
    """Experts of the committee who review pilots; the others' time is taken by inspections."""
    for number, name in enumerate(JUDGES, 1):
        stage.official(name, f"演示评审专家{number}", Role.EXPERT)


def call(stage: Stage, cycle: str, closes_at: datetime, *, batch: str = "第一批") -> PilotCall:
    """A call, drafted by one person and published by another."""
    facts = CallFacts(
        title=f"{stage.cycles[cycle].name}{batch}试点申报（演示）",
        text="面向具体产业链、产业集聚区或垂直领域，组织批量中小工业企业上云上平台。请在平台填写申请书，纸质版一式三份另送（演示）。",
        closes_at=closes_at,
    )
    row = actions.draft_call(
        cycle=stage.cycles[cycle], facts=facts, by=stage["province"], now=stage.wait(minutes=30)
    )
    return actions.publish(call=row, by=stage["province2"], now=stage.wait(minutes=30))


def typed(stage: Stage, name: str, *, finish: str, city: str, promised: int = 20) -> dict[str, Any]:
    """A whole form of an invented pilot."""
    proof = stage.paper(stage[name], "案例验收报告", [("案例", "虚构注塑厂排产（演示）")])
    return {
        "unit_kind": "民营企业", "is_legal_person": "1", "address": "演示软件园 6 号", "founded_on": "2009-06-18",
        "leader": "演示负责人", "leader_phone": "13800000000", "contact_name": "演示联系人", "contact_post": "项目经理",
        "contact_phone": "0769-00000000", "contact_mobile": "13800000000", "contact_mail": "pilot@example.com",
        "sales": "86000000.00", "profit": "7200000.00", "tax": "4100000.00", "employees": "160",
        "profile": "成立以来专注离散制造的生产管理软件，核心团队来自制造业一线，近三年收入年均增长两成（演示）。",
        "capability": "研发人员 70 人，拥有排产算法和设备联网两项核心技术，在省内设三个实施服务点，服务企业两百余家（演示）。",
        "title": "注塑行业云排产和交期协同（演示）", "app_form": "saas", "scene_kind": "cluster",
        "scene_name": "注塑产业集聚区（演示）", "industry": "注塑制品", "segment": "生产排程", "problem": "插单频繁、换模时间长、交期不准",
        "functions": "订单评审、自动排产、换模看板、交期预警（演示）。", "delivers": "1",
        "budget_supplier": "800000.00", "budget_customer": "1200000.00",
        "effect": "平均交期缩短一成五，换模时间减少两成（演示）。",
        "needs": "集聚区内中小注塑企业订单小、品种多，靠人工排产（演示）。", "solution": "云端排产引擎加车间看板，按月订阅（演示）。",
        "route": "微服务架构，数据和工艺模型分层，接口开放（演示）。", "goal": f"服务 {promised} 家中小企业，形成可复制的实施包（演示）。",
        "path": "协会组织宣讲，样板企业先行，分批上线（演示）。", "investment": "供应商投入研发和实施，客户按年付费（演示）。",
        "ability": "本单位负责开发实施，协会负责组织（演示）。", "team": "项目组 18 人，其中实施顾问 9 人（演示）。",
        "partners": [{"name": "虚构注塑行业协会（演示）", "uscc": "", "task": "组织企业、收集需求"}],
        "areas": [{"city": city, "enterprises": str(promised), "amount": "600000.00"}],
        "services": [{"service": "8", "enterprises": str(promised), "devices": "", "fee": f"{promised * 28_000}.00"}],
        "schedule": [{"text": "样板企业上线", "ends_on": finish[:8] + "01"}, {"text": "全部企业上线并验收", "ends_on": finish}],
        "cases": [{
            "name": "虚构注塑厂排产（演示）", "enterprise": "虚构注塑（演示）有限公司", "city": city, "same_scene": "1",
            "started_on": "2017-02-06", "finished_on": "2017-09-29", "content": "两个车间上线云排产（演示）。",
            "effect": "准时交货率由八成二升到九成四（演示）。",
        }],
        "proofs": [{"title": "案例验收报告", "file": proof}], "sealed": proof, "promise": "1",
    }  # fmt: skip


def apply(stage: Stage, row: PilotCall, name: str, **facts: Any) -> Pilot:
    """A supplier fills the form in and submits it."""
    by = stage[name]
    pilot = actions.start(call=row, supplier=stage.suppliers[name], by=by, now=stage.wait(minutes=20))
    pilot = actions.save(pilot=pilot, typed=typed(stage, name, **facts), by=by, now=stage.wait(minutes=20))
    return actions.submit(pilot=pilot, by=by, now=stage.wait(minutes=10))


def review(stage: Stage, pilot: Pilot, *points: int) -> Pilot:
    """The form is in order; so many experts give their sheets."""
    pilot = actions.accept(pilot=pilot, by=stage["province"], now=stage.wait(minutes=20))
    people = [stage.accounts[name] for name in JUDGES]
    pilot = actions.ask_experts(
        pilot=pilot, experts=people, mode="paper", by=stage["province"], now=stage.wait(minutes=10)
    )
    for name, given in zip(JUDGES, points, strict=False):
        by = stage[name]
        actions.declare(
            pilot=pilot, employer="虚构研究院（演示）", interest="", by=by, now=stage.wait(minutes=30)
        )
        actions.score(
            pilot=pilot, points=[given, given + 2, given, given - 3, given], opinion="场景清楚，方案可行（演示）。",
            by=by, now=stage.wait(minutes=10),
        )  # fmt: skip
    return Pilot.objects.get(pk=pilot.pk)


def named(stage: Stage) -> None:
    """October 2018: two suppliers apply, one becomes a pilot before the applications open in earnest."""
    judges(stage)
    row = call(stage, "2018", at("2018-10-25 17:00"))
    pilot = review(stage, apply(stage, row, "ruan", finish="2019-03-15", city="441900"), 86, 82, 88)
    other = review(stage, apply(stage, row, "neng", finish="2019-03-20", city="440600"), 71, 66, 58)
    stage.until("2018-10-25 18:00")
    choices = {
        pilot.pk: Choice(chosen=True, earmarks={"441900": 600_000_00}),
        other.pk: Choice(chosen=False, reason="方案与目录服务结合不紧（演示）"),
    }
    row = actions.rank(call=row, choices=choices, by=stage["province"], now=stage.now)
    actions.publicise(call=row, by=stage["province2"], now=stage.wait(hours=1))
    stage.until("2018-11-03 09:00")
    actions.name(pilot=pilot, by=stage["province2"], now=stage.now)


def under_way(stage: Stage) -> None:
    """June 2019: two applications are put in public; to a second call one is under review, with a sheet to come."""
    closes_at = stage.now + timedelta(hours=8)
    row = call(stage, "2019", closes_at)
    first = review(stage, apply(stage, row, "zhi", finish="2020-01-20", city="440300"), 84, 79, 81)
    second = review(
        stage, apply(stage, row, "neng", finish="2020-01-10", city="440600", promised=24), 77, 80, 74
    )
    stage.now = max(stage.now, closes_at + timedelta(minutes=10))
    choices = {
        first.pk: Choice(chosen=True, earmarks={"440300": 600_000_00}),
        second.pk: Choice(chosen=True, earmarks={"440600": 500_000_00}),
    }
    row = actions.rank(call=row, choices=choices, by=stage["province"], now=stage.now)
    actions.publicise(call=row, by=stage["province2"], now=stage.wait(minutes=20))
    later = call(stage, "2019", at("2019-07-15 17:00"), batch="第二批")
    review(stage, apply(stage, later, "yun", finish="2020-01-15", city="441900"), 83, 85)


def after_publicity(stage: Stage) -> None:
    """The publicity is over: one title is given, the other waits for the second person."""
    pilot = Pilot.objects.select_related("call").get(supplier=stage.suppliers["zhi"])
    assert pilot.call.publicity_ends_at is not None
    stage.until("2019-06-15 09:00")
    stage.now = max(stage.now, pilot.call.publicity_ends_at.astimezone(SHANGHAI))
    actions.name(pilot=pilot, by=stage["province2"], now=stage.now)


def speaks(stage: Stage) -> None:
    """April 2019: the pilot of 2018 has not served as many as it promised, and says why."""
    pilot = Pilot.objects.get(supplier=stage.suppliers["ruan"])
    actions.state(
        pilot=pilot,
        text="部分客户停产检修，其余客户已签合同，计划年内完成（演示）。",
        by=stage["ruan"],
        now=stage.wait(hours=2),
    )
