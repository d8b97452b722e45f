"""地方配套 in the demonstration: 东莞 adds half of the award from its own funds and uses them up; 佛山 gives fixed sums."""

from __future__ import annotations

from datetime import date
from typing import Any

from yunquan.demo.stage import VISITOR, Stage, at
from yunquan.jobs.tick import tick
from yunquan.kernel.money import yuan_plain
from yunquan.matching import actions as matching
from yunquan.matching.models import MatchingLine, MatchingRun

OURS: dict[str, Any] = {
    "clause": "第三条", "rounding": "yuan", "from_on": date(2019, 1, 1), "within_fee": False,
}  # fmt: skip


def schemes(stage: Stage) -> None:
    """Two cities adopt schemes of their own for the cycle 2018, before the province's money is paid."""
    cycle = stage.cycles["2018"]
    half = {"basis": "ratio", "ratio": 5000, "ceiling_fen": 100_000_00, "total_fen": 80_000_00}
    fixed = {"basis": "fixed", "fixed": {3: 20_000_00, 8: 5_000_00}, "ceiling_fen": 30_000_00,
             "total_fen": 200_000_00, "within_fee": True}  # fmt: skip
    for city, letters, name, values in (("441900", "dg", "东莞", half), ("440600", "fs", "佛山", fixed)):
        row = matching.propose(
            cycle=cycle, city=city, title=f"{name}市推动工业企业上云上平台配套办法（演示）", document="演配〔2019〕1号",
            by=stage[f"{letters}-review"], now=stage.wait(minutes=20), **{**OURS, **values},
        )  # fmt: skip
        matching.adopt(scheme=row, by=stage[f"{letters}-approve"], now=stage.wait(minutes=20))


def published(stage: Stage) -> None:
    """Both cities list what they add; an objection in 东莞 is decided, one in 佛山 still waits."""
    cycle = stage.cycles["2018"]
    for city, letters in (("441900", "dg"), ("440600", "fs")):
        drawn = matching.draw_up(
            cycle=cycle, city=city, by=stage[f"{letters}-review"], now=stage.wait(minutes=20)
        )
        shown = matching.publish(
            matching_list=drawn, by=stage[f"{letters}-approve"], now=stage.wait(minutes=20)
        )
        raised = matching.raise_objection(
            line=shown.lines.order_by("position").first(), raised_by="演示异议人", contact="演示联系方式",
            grounds="请核查是否重复享受（演示）。", file=None, by=VISITOR, now=stage.wait(hours=1),
        )  # fmt: skip
        if city == "441900":
            matching.dismiss(
                objection=raised,
                reason="核实无重复（演示）。",
                by=stage["dg-approve"],
                now=stage.wait(hours=1),
            )


def pay(stage: Stage) -> None:
    """东莞 pays until its own funds are used up and one payment comes back; a change for the next months waits."""
    tick(stage.now)
    cycle, cashier = stage.cycles["2018"], stage["dg-cash"]
    run = matching.prepare_run(cycle=cycle, city="441900", by=stage["dg-review"], now=stage.wait(minutes=20))
    run = matching.release(run=run, by=cashier, now=stage.wait(minutes=20))
    rows = list(enumerate(_bank(run, stage.now), 2))
    matching.take_results(run=run, rows=rows, by=cashier, now=stage.wait(hours=2))
    matching.finish(run=run, by=cashier, now=stage.wait(minutes=10))
    more = {"basis": "ratio", "ratio": 3000, "ceiling_fen": 100_000_00, "total_fen": 150_000_00}
    matching.propose(
        cycle=cycle, city="441900", title="东莞市推动工业企业上云上平台配套办法（演示）", document="演配〔2019〕6号",
        note="追加资金，比例调整为 30%（演示）。", by=stage["dg-review"], now=stage.wait(minutes=20),
        **{**OURS, **more, "from_on": date(2019, 7, 1)},
    )  # fmt: skip


def _bank(run: MatchingRun, now: Any) -> list[dict[str, str]]:
    """What the bank says: the last payment comes back where there are several."""
    found = list(run.instructions.order_by("number"))
    lines = []
    for place, row in enumerate(found, 1):
        bounced = place == len(found) > 1
        lines.append(
            {
                "instruction": row.number, "amount": yuan_plain(row.amount_fen),
                "outcome": "失败" if bounced else "成功", "bank_reference": "" if bounced else f"DEMO-{row.number}",
                "settled_on": f"{now:%Y-%m-%d}", "reason": "账户已销户（演示）" if bounced else "",
            }
        )  # fmt: skip
    return lines


def show(stage: Stage) -> None:
    """The city's own subsidy between the province's payment and mid June."""
    stage.until("2019-05-24 09:00")
    schemes(stage)
    published(stage)


def finish(stage: Stage) -> None:
    """When the publicity is over."""
    stage.now = max(stage.now, at("2019-06-04 09:00"))
    if MatchingLine.objects.exists():
        pay(stage)
