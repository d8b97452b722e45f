"""The year 2018 is evaluated, a supplier replies and a title is granted; the next split waits to be decided."""

from __future__ import annotations

from datetime import date

from yunquan.demo.stage import Stage
from yunquan.insight import evaluation_actions as evaluations
from yunquan.insight import evaluation_queries as queries
from yunquan.insight import evaluation_replies as replies
from yunquan.insight import splitting_actions as splits
from yunquan.insight import title_actions as titles
from yunquan.insight.models import Evaluation
from yunquan.parties import regions

SOURCE = "演示数据，不是统计数字"
# Invented, in 万元; the first is the largest.
LARGEST, STEP = 60_000_000, 2_500_000


def measure(stage: Stage) -> Evaluation:
    """Count 2018 and send every supplier its figures; one of them asks about its own and is answered."""
    stage.until("2019-04-02 09:00")
    officer = stage["province"]
    row = evaluations.draft(
        year=2018, from_on=date(2018, 9, 3), until_on=date(2019, 3, 31), by=officer, now=stage.now
    )
    row = evaluations.send(evaluation=row, by=officer, now=stage.wait(hours=2))
    said = replies.reply(
        evaluation=row, text="“兑付后使用”一项没有案例，请核实是否漏计（演示）。", file=None, by=stage["zhi"],
        now=stage.wait(hours=20),
    )  # fmt: skip
    replies.answer(
        evaluation=row, reply=said, outcome="kept", text="评价期内还没有兑付，确无案例，这一项不计分（演示）。", by=officer,
        now=stage.wait(hours=4),
    )  # fmt: skip
    return row


def award(stage: Stage, row: Evaluation) -> None:
    """Propose who reaches the points; the approver decides, and the clock grants after the time in public."""
    officer = stage["province"]
    stage.until("2019-05-22 09:00")
    least = titles.method_of(row).least_points * 100
    chosen = [
        line.supplier_id for line in queries.lines_of(row) if line.rank is not None and line.score >= least
    ]
    note = "" if chosen else "本年度没有达到分数的供应商（演示）。"
    row = evaluations.propose(
        evaluation=row, suppliers=chosen[:2], note=note or "演示只提名前两家。", by=officer, now=stage.now
    )
    titles.decide(evaluation=row, by=stage["province2"], now=stage.wait(hours=3))


def split(stage: Stage) -> None:
    """Sizes of industry, the formula, one change by hand; it waits for the approver."""
    officer = stage["province"]
    sizes = {city.code: LARGEST - place * STEP for place, city in enumerate(regions.cities())}
    splits.enter_sizes(year=2018, sizes=sizes, source=SOURCE, by=officer, now=stage.wait(minutes=10))
    plan = splits.draft(
        cycle=stage.cycles["2019"], base=stage.cycles["2018"], industry_year=2018,
        total_fen=210_000_000_00, factor_percent=150, by=officer, now=stage.wait(minutes=10),
    )  # fmt: skip
    held = splits.amounts_of(plan)
    moved = {"441900": held["441900"] + 1_000_000_00, "440300": held["440300"] - 1_000_000_00}
    splits.adjust(
        plan=plan, amounts=moved, reason="东莞新增产业集群（演示）。", by=officer, now=stage.wait(minutes=10)
    )
