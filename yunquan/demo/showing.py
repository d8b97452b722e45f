"""Scenes of the demonstration projects 标杆示范: registered in 2018, two rounds of reports, one acceptance proposed."""

from __future__ import annotations

from datetime import date
from typing import Any

from yunquan.demo.stage import Stage
from yunquan.demonstrations.actions import deciding, registering, reporting
from yunquan.demonstrations.models import Project, Report
from yunquan.demonstrations.outline import SECTIONS
from yunquan.evidence.models import StoredFile

# Clerk, city, name, who supports it: the first two have logins that are printed.
PROJECTS = (
    ("qy10", "441900", "虚构五金设备联网标杆示范（演示）", "province"),
    ("yun", "441900", "虚构云平台能耗优化标杆示范（演示）", "province"),
    ("qy01", "440600", "虚构陶瓷质量追溯标杆示范（演示）", "province"),
    ("qy02", "440300", "虚构电子协同制造标杆示范（演示）", "province"),
    ("qy04", "440100", "虚构装备预测性维护示范（演示）", "ministry"),
)
BUDGET = (
    ("平台建设", "600000", "900000"),
    ("设备联网", "300000", "700000"),
    ("培训和推广", "100000", "200000"),
)
MILESTONES = (("平台上线", "2019-03-31"), ("设备联网完成", "2019-06-30"))


def register(stage: Stage) -> None:
    """The province enters the projects with their plans."""
    for clerk, city, name, funded_by in PROJECTS:
        party: Any = stage.enterprises.get(clerk) or stage.suppliers[clerk]
        ends_on = "2019-05-31" if clerk == "qy01" else "2019-12-31"
        typed = {
            "name": name, "holder_kind": "enterprise" if clerk in stage.enterprises else "supplier",
            "holder_code": party.uscc, "funded_by": funded_by, "year": "2018", "city": city,
            "content": "工业设备联网、数据采集和平台应用，形成可推广的样板（演示）。", "starts_on": "2018-10-01",
            "ends_on": ends_on, "public": "1000000", "own": "1800000",
            "budget": [{"purpose": one, "public": public, "own": own} for one, public, own in BUDGET],
            "milestones": [{"title": one, "due_on": min(on, ends_on)} for one, on in MILESTONES],
        }  # fmt: skip
        registering.register(typed=typed, by=stage["province"], now=stage.wait(minutes=10))


def _ask(stage: Stage, title: str, stood_on: date, due_on: date) -> dict[str, Report]:
    made = reporting.ask(
        title=title, stood_on=stood_on, due_on=due_on, by=stage["province"], now=stage.wait(minutes=20)
    )
    names = {name: clerk for clerk, _city, name, _by in PROJECTS}
    return {names[one.project.name]: one for one in made}


def _file(stage: Stage, clerk: str, report: Report, *, reached: Any, spending: Any, **texts: str) -> Report:
    by = stage[clerk]
    paper = stage.paper(by, "建设情况报告", [("项目", report.project.name)])
    typed = {
        **{one.name: f"{one.label}：按计划进行（演示）。" for one in SECTIONS},
        "problems": "无",
        "rectification": "无",
        **texts,
        "reached": [{"step": step, "on": on} for step, on in reached],
        "spending": [
            {"line": line, "fund": fund, "amount": amount, "paid_on": paid_on, "document": f"演示凭证-{paid_on}-{line}",
             "payee": "虚构集成服务（演示）有限公司"}
            for line, fund, amount, paid_on in spending
        ],
        "files": [{"file": paper}],
        "overrun": "",
    }  # fmt: skip
    return reporting.file(report=report, typed=typed, by=by, now=stage.wait(hours=1))


def _check(stage: Stage, report: Report, letters: str, problem: str = "") -> None:
    reporting.check(
        report=report, outcome="problems" if problem else "sound", findings="现场查看设备和凭证（演示）。",
        problem=problem, due_on=date(2019, 6, 21) if problem else None, by=stage[f"{letters}-review"],
        now=stage.wait(hours=2),
    )  # fmt: skip
    reporting.review(report=report, note="", by=stage["province"], now=stage.wait(hours=1))


def first_round(stage: Stage) -> None:
    """The reports of the first quarter: filed, checked and reviewed; one holder has to mend something."""
    stage.until("2019-04-01 09:00")
    asked = _ask(stage, "2019 年第一季度建设情况报告", date(2019, 3, 31), date(2019, 4, 4))
    spent = (("1", "public", "300000", "2019-01-20"), ("2", "own", "400000", "2019-02-15"))
    for clerk, letters in (("qy10", "dg"), ("yun", "dg"), ("qy01", "fs"), ("qy02", "sz")):
        report = _file(stage, clerk, asked[clerk], reached=[("1", "2019-03-20")], spending=spent)
        _check(
            stage,
            report,
            letters,
            "两条产线的设备尚未接入平台，请补接并提供截图（演示）。" if clerk == "qy10" else "",
        )


def second_round(stage: Stage) -> None:
    """The reports until the end of May are asked for; who files is told by the next scene."""
    stage.until("2019-06-05 14:00")
    _ask(stage, "2019 年 5 月建设情况报告", date(2019, 5, 31), date(2019, 6, 14))


def as_they_stand(stage: Stage) -> None:
    """One report was sent back, one waits for its city, one is overdue, one project is ready to be accepted."""
    asked = {one.project.name: one for one in Report.objects.filter(state="asked").select_related("project")}
    by_clerk = {clerk: asked[name] for clerk, _city, name, _by in PROJECTS if name in asked}
    more = (("1", "public", "250000", "2019-05-10"), ("2", "own", "260000", "2019-05-16"))
    returned = _file(stage, "qy10", by_clerk["qy10"], reached=[], spending=more, audit="未开展")
    reporting.send_back(
        report=returned, reasons={"audit": "请写明审计的计划时间。", "spending": "设备联网的支出请附合同。"},
        due_on=date(2019, 6, 24), by=stage["dg-review"], now=stage.wait(hours=2),
    )  # fmt: skip
    _file(stage, "yun", by_clerk["yun"], reached=[("2", "2019-05-25")], spending=more)
    done = _file(stage, "qy02", by_clerk["qy02"], reached=[("2", "2019-05-28")], spending=more)
    _check(stage, done, "sz")
    by = stage["sz-review"]
    paper = StoredFile.objects.get(pk=int(stage.paper(by, "验收意见", [("结论", "通过（演示）")])))
    project = Project.objects.get(pk=done.project_id)
    deciding.propose_acceptance(
        project=project,
        reason="建设内容全部完成，资金使用合规（演示）。",
        paper=paper,
        by=by,
        now=stage.wait(hours=1),
    )
