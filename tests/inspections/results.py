"""An inspection walked from its visit to the published result, by the verbs of the platform."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from tests.cast import World
from tests.inspections import stage, visits
from yunquan.inspections.actions import answering, appointing, concluding, deciding
from yunquan.inspections.models import Inspection
from yunquan.inspections.result_facts import others_asked, outcome_of, to_review
from yunquan.kernel.workflow import Actor
from yunquan.vouchers.models import Voucher

SHORT = {"441900": "dg", "440600": "fs", "441300": "hz", "": "province"}


def officer(world: World, row: Inspection) -> Actor:
    """The officer of the bureau that runs the plan."""
    return world["province_officer" if not row.plan.city else f"{SHORT[row.plan.city]}_reviewer"]


def approver(world: World, row: Inspection) -> Actor:
    return world[f"{SHORT[row.plan.city]}_approver"]


def day(row: Inspection, days: int, hours: int = 9) -> datetime:
    """So many days after the visit."""
    return visits.VISITING[row.plan.regime] + timedelta(days=days, hours=hours - 9)


def visited(
    world: World, *, regime: str = "d108", vouchers: Sequence[Voucher] = (), city: str = "", hours: int = 0
) -> list[Inspection]:
    """Inspections whose on-site visit was announced: one visit, of one enterprise's vouchers."""
    rows = stage.drawn(world, regime=regime, vouchers=vouchers, city=city)
    by, starts = stage.drawer(world, regime, city), visits.VISITING[regime] + timedelta(hours=hours)
    visit = appointing.appoint(
        plan=rows[0].plan, inspections=rows, table="on_site", mode="on_site", place="测试路 1 号",
        starts_at=starts, ends_at=starts + timedelta(hours=3), prepare="", departs="测试选定的专家",
        experts=stage.train(world, stage.experts(world, 2), regime), by=by, now=starts - timedelta(days=6),
    )  # fmt: skip
    appointing.announce(visit=visit, by=by, now=starts - timedelta(days=5))
    return list(Inspection.objects.filter(plan=rows[0].plan).order_by("pk"))


def expert(world: World, row: Inspection) -> Actor:
    """The lead of the panel."""
    return visits.lead(world, row.visits.get())


def conclude(world: World, row: Inspection, outcome: str = "qualified") -> Inspection:
    row = Inspection.objects.select_related("plan").get(pk=row.pk)
    found = outcome_of(row, outcome)
    assert found is not None
    return concluding.conclude(
        inspection=row, outcome=outcome, grounds=found.grounds[:1], opinion="专家意见（测试）",
        by=expert(world, row), now=day(row, 0, 15),
    )  # fmt: skip


def concluded(world: World, outcome: str = "qualified", **where: Any) -> Inspection:
    return conclude(world, visited(world, **where)[0], outcome)


def informed(world: World, outcome: str = "qualified", **where: Any) -> Inspection:
    row = concluded(world, outcome, **where)
    return answering.inform(inspection=row, by=officer(world, row), now=day(row, 2))


def answer(world: World, row: Inspection, *, accepts: bool = False, names: Sequence[str] = ()) -> Inspection:
    for name in names or ("supplier", "dg_enterprise"):
        row = answering.answer(
            inspection=row, accepts=accepts, text="我们的意见（测试）", by=world[name], now=day(row, 3)
        )
    return row


def summon(world: World, row: Inspection, **changes: Any) -> Inspection:
    """Both sides are asked to the hearing of the sixth day."""
    told = {"held_at": day(row, 6), "place": "会议室（测试）", "now": day(row, 4), **changes}
    return answering.summon(inspection=row, by=officer(world, row), **told)


def hear(world: World, row: Inspection, **changes: Any) -> Any:
    told = {
        "held_at": day(row, 6), "mode": "现场", "parties": {"supplier": "attended", "enterprise": "attended"},
        "summary": "供应商陈述（测试）", "finding": "维持专家结论（测试）",
        "now": day(row, 7),
    }  # fmt: skip
    return answering.hear(inspection=row, by=officer(world, row), **{**told, **changes})


def propose(world: World, row: Inspection, outcome: str) -> Inspection:
    found = outcome_of(row, outcome)
    assert found is not None
    return deciding.propose(
        inspection=row, outcome=outcome, grounds=found.grounds[:1], reason="事实清楚（测试）",
        by=officer(world, row), now=day(row, 8),
    )  # fmt: skip


def proposed(world: World, outcome: str = "qualified", **where: Any) -> Inspection:
    row = answer(world, informed(world, outcome, **where), accepts=outcome == "qualified")
    if others_asked(row):
        summon(world, row)
    hear(world, row)
    return propose(world, row, outcome)


def decide(world: World, row: Inspection, **changes: Any) -> Inspection:
    by = changes.pop("by", approver(world, row))
    told = {"document": world.file(by), "now": day(row, 9), **changes}
    return deciding.decide(inspection=row, by=by, **told)


def decided(world: World, outcome: str = "qualified", **where: Any) -> Inspection:
    """Decided, and reviewed by the province where the regime asks for that."""
    row = decide(world, proposed(world, outcome, **where))
    if to_review(row):
        row = deciding.review(inspection=row, by=world["province_approver"], now=day(row, 10))
    return row


def published(world: World, outcome: str = "qualified", **where: Any) -> Inspection:
    row = decided(world, outcome, **where)
    by = world["province_officer"] if not row.plan.city or to_review(row) else officer(world, row)
    return deciding.publish(inspections=[row], by=by, now=day(row, 12))[0]
