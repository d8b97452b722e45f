"""What the tests of the demonstration projects stand on: a project of 东莞 with its plan, and steps of its life."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from tests.cast import DONGGUAN, World, at
from yunquan.demonstrations.actions import deciding, mending, registering, reporting
from yunquan.demonstrations.models import Project, Rectification, Report
from yunquan.demonstrations.outline import SECTIONS
from yunquan.parties.models import Enterprise, Supplier

REGISTERED, ASKED = at("2019-03-01 09:00"), at("2020-09-07 09:00")
FILED, CHECKED, REVIEWED = at("2020-09-16 09:00"), at("2020-09-18 09:00"), at("2020-09-21 09:00")
DUE, STOOD_ON, MEND_BY = date(2020, 9, 18), date(2020, 8, 31), date(2020, 10, 30)


def typed_plan(holder: Enterprise | Supplier, **changes: Any) -> dict[str, Any]:
    """A plan over 3,000,000 yuan: 1,000,000 of public and 2,000,000 of own money on two lines, two milestones."""
    form = {
        "name": "虚构五金工业互联网标杆示范（测试）",
        "holder_kind": "enterprise" if isinstance(holder, Enterprise) else "supplier",
        "holder_code": holder.uscc,
        "funded_by": "province",
        "year": "2019",
        "city": DONGGUAN,
        "content": "设备联网、能耗监测和质量追溯（测试）",
        "starts_on": "2019-03-01",
        "ends_on": "2020-12-31",
        "public": "1,000,000.00",
        "own": "2000000",
        "budget": [
            {"purpose": "平台建设", "public": "700000", "own": "1500000"},
            {"purpose": "设备联网", "public": "300000", "own": "500000"},
        ],
        "milestones": [
            {"title": "平台上线", "due_on": "2019-12-31"},
            {"title": "设备联网完成", "due_on": "2020-08-31"},
        ],
    }
    return {**form, **changes}


def payment(
    place: int, amount: str, *, line: str = "1", fund: str = "public", **changes: str
) -> dict[str, str]:
    """One row of the payments of a report."""
    row = {
        "line": line, "fund": fund, "amount": amount, "paid_on": "2020-06-30",
        "document": f"PZ-{place:04d}", "payee": "虚构软件（测试）有限公司",
    }  # fmt: skip
    return {**row, **changes}


def typed_report(world: World, **changes: Any) -> dict[str, Any]:
    """A whole report: both milestones reached, 500,000 of public and 800,000 of own money spent."""
    form = {
        **{one.name: f"{one.label}已说明（测试）" for one in SECTIONS},
        "reached": [{"step": "1", "on": "2019-12-20"}, {"step": "2", "on": "2020-08-30"}],
        "spending": [payment(1, "500000"), payment(2, "800000", fund="own")],
        "files": [{"file": str(world.file(world["dg_enterprise"]).pk)}],
        "overrun": "",
    }
    return {**form, **changes}


def registered(world: World, **changes: Any) -> Project:
    """A project of the enterprise of 东莞, entered by the province."""
    typed = typed_plan(world.enterprise, **changes)
    return registering.register(typed=typed, by=world["province_officer"], now=REGISTERED)


def asked(
    world: World, *, stood_on: date = STOOD_ON, due_on: date = DUE, now: datetime = ASKED
) -> list[Report]:
    """Reports asked for by the province."""
    return reporting.ask(
        title="2020 年 9 月建设情况报告",
        stood_on=stood_on,
        due_on=due_on,
        by=world["province_officer"],
        now=now,
    )


def filed(world: World, report: Report, *, now: datetime = FILED, **changes: Any) -> Report:
    """A report filed by the holder."""
    typed = typed_report(world, **changes)
    return reporting.file(report=report, typed=typed, by=world["dg_enterprise"], now=now)


def checked(world: World, report: Report, *, outcome: str = "sound") -> Report:
    """The city's result on a filed report."""
    return reporting.check(
        report=report,
        outcome=outcome,
        findings="现场看过（测试）",
        problem="第二条产线没有联网（测试）" if outcome == "problems" else "",
        due_on=MEND_BY if outcome == "problems" else None,
        by=world["dg_reviewer"],
        now=CHECKED,
    )


def reviewed(world: World, report: Report) -> Report:
    """The province's agreement."""
    return reporting.review(report=report, note="", by=world["province_officer"], now=REVIEWED)


def mended(world: World, row: Rectification, *, now: datetime = REVIEWED) -> Rectification:
    """What the holder reports of a rectification."""
    return mending.file(
        rectification=row,
        report="已联网（测试）",
        files=[world.file(world["dg_enterprise"]).pk],
        by=world["dg_enterprise"],
        now=now,
    )


def ready(world: World) -> Project:
    """A project of which one whole report was reviewed."""
    project = registered(world)
    (report,) = asked(world)
    reviewed(world, checked(world, filed(world, report)))
    project.refresh_from_db()
    return project


def proposed(world: World, project: Project) -> Project:
    """The acceptance of a project, proposed by its city."""
    by = world["dg_reviewer"]
    return deciding.propose_acceptance(
        project=project, reason="建成并运行（测试）", paper=world.file(by), by=by, now=REVIEWED
    )
