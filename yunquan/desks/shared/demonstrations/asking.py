"""The forms of the demonstration projects: what each step asks for, and the act that it leads to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yunquan.demonstrations.actions import deciding, mending, registering, reporting
from yunquan.demonstrations.outline import FUNDED, FUNDS, HOLDERS, OUTCOMES, RETURNABLE, SECTIONS
from yunquan.demonstrations.reading import day_of
from yunquan.desks.shared.typed import Ask, Blank
from yunquan.evidence import queries as evidence
from yunquan.kernel.workflow import Actor

HALF, THIRD = "col-12 col-md-6", "col-12 col-md-4"
PAPERS = ("pdf", "jpg", "png", "ofd", "docx", "xlsx")
FRESH: Mapping[str, Mapping[str, Any]] = {
    "budget": {"purpose": "", "public": "", "own": ""},
    "milestones": {"title": "", "due_on": ""},
    "reached": {"step": "", "on": ""},
    "spending": {"line": "", "fund": "", "amount": "", "paid_on": "", "document": "", "payee": ""},
    "files": {"file": ""},
}


def plan_blank(cities: list[tuple[str, str]]) -> Blank:
    """The registration of a project."""
    return Blank(
        asks=(
            Ask("name", "项目名称"),
            Ask("holder_kind", "牵头单位类别", kind="choice", choices=list(HOLDERS.items()), width=HALF),
            Ask("holder_code", "牵头单位统一社会信用代码", width=HALF, hint="须是平台上已注册的单位"),
            Ask("funded_by", "资金来源", kind="choice", choices=list(FUNDED.items()), width=HALF),
            Ask("year", "立项年度", width="col-6 col-md-3", hint="如 2019"),
            Ask("city", "地市", kind="choice", choices=cities, width="col-6 col-md-3"),
            Ask("content", "建设内容", kind="area"),
            Ask("starts_on", "开始日期", kind="day", width=HALF),
            Ask("ends_on", "计划完成日期", kind="day", width=HALF),
            Ask("public", "财政资金（元）", kind="money", width=HALF),
            Ask("own", "自筹资金（元）", kind="money", width=HALF),
        ),
        rows={
            "budget": (
                Ask("purpose", "用途", width=THIRD),
                Ask("public", "财政资金（元）", kind="money", width=THIRD),
                Ask("own", "自筹资金（元）", kind="money", width=THIRD),
            ),
            "milestones": (
                Ask("title", "建设节点", width="col-12 col-md-8"),
                Ask("due_on", "计划完成日期", kind="day", width=THIRD),
            ),
        },
    )


def report_blank(lines: list[tuple[str, str]], steps: list[tuple[str, str]]) -> Blank:
    """A report by the outline; `lines` and `steps` are the plan's, by position."""
    reached = (
        Ask("step", "建设节点", kind="choice", choices=steps, width="col-12 col-md-8", must=False),
        Ask("on", "实际完成日期", kind="day", width=THIRD, must=False),
    )
    spending = (
        Ask("line", "资金计划中的用途", kind="choice", choices=lines, width=THIRD, must=False),
        Ask("fund", "资金", kind="choice", choices=list(FUNDS.items()), width=THIRD, must=False),
        Ask("amount", "金额（元）", kind="money", width=THIRD, must=False),
        Ask("paid_on", "支付日期", kind="day", width=THIRD, must=False),
        Ask("document", "凭证号", width=THIRD, must=False),
        Ask("payee", "收款单位", width=THIRD, must=False),
    )
    return Blank(
        asks=(
            *(Ask(one.name, one.label, kind="area", hint=one.hint) for one in SECTIONS),
            Ask(
                "overrun",
                "超支原因",
                kind="area",
                must=False,
                hint="资金计划的某一行超支时填写；财政资金总额不得超过计划",
            ),
        ),
        rows={
            "reached": reached,
            "spending": spending,
            "files": (Ask("file", "附件", kind="file", kinds=PAPERS),),
        },
    )


MENDING = Blank(
    asks=(Ask("report", "整改情况", kind="area", hint="做了什么、何时完成、由谁负责"),),
    rows={
        "files": (Ask("file", "证明材料", kind="file", kinds=PAPERS, hint="照片、截图、审计或整改报告等"),)
    },
)
ASKING = Blank(
    asks=(
        Ask("title", "报告名称", hint="如“2020 年 9 月建设情况报告”"),
        Ask("stood_on", "情况截至", kind="day", width=THIRD, hint="支出和进度说到这一天"),
        Ask("due_on", "报送期限", kind="day", width=THIRD),
        Ask("year", "只布置某一立项年度", must=False, width=THIRD, hint="留空为全部年度"),
    )
)
REASON = Ask("reason", "理由", kind="area")
Call = Callable[[Any, Mapping[str, Any], Actor, datetime], Any]


@dataclass(frozen=True, slots=True)
class Step:
    """One act of an official: what its page asks, what it says, and what it does."""

    title: str
    blank: Blank
    call: Call
    done: str
    note: str = ""
    look: str = "btn-plain"
    article: str = "D858-2.1"


def _paper(typed: Mapping[str, Any], by: Actor) -> Any:
    pk = str(typed.get("paper") or "")
    return evidence.files_by_id([int(pk)], org=by.org).get(int(pk)) if pk.isdecimal() else None


def _reasoned(act: Callable[..., Any], name: str) -> Call:
    return lambda row, typed, by, now: act(**{name: row}, reason=typed["reason"], by=by, now=now)


def _decision(
    title: str, act: Callable[..., Any], done: str, look: str, article: str, must: bool = True
) -> Step:
    blank = Blank(asks=(Ask("reason", "决定的理由" if must else "意见", kind="area", must=must),))
    note = "提出的人和决定的人须是两个人。"
    return Step(title, blank, _reasoned(act, "project"), done, note, look, article)


PROJECT_STEPS: Mapping[str, Step] = {
    "propose_acceptance": Step(
        "提请验收",
        Blank(asks=(
            Ask("reason", "验收意见", kind="area", hint="建设内容和绩效目标完成情况、资金使用、审计结论"),
            Ask("paper", "验收意见或验收证书", kind="file", kinds=PAPERS),
        )),
        lambda row, typed, by, now: deciding.propose_acceptance(
            project=row, reason=typed["reason"], paper=_paper(typed, by), by=by, now=now
        ),
        "已提请验收，由省厅审批人决定。",
        "建设节点全部完成、报告全部复核、整改全部办结后才能提请。",
        "btn-primary",
    ),
    "accept": _decision("同意验收", deciding.accept, "已通过验收。", "btn-primary", "D858-2.1", must=False),
    "decline_acceptance": _decision(
        "不同意验收", deciding.decline_acceptance, "已退回，项目继续建设。", "btn-plain", "D858-2.1"
    ),
    "withdraw": _decision("撤销称号", deciding.withdraw, "已撤销称号。", "btn-outline-danger", "D858-2.3"),
    "keep": _decision("不予撤销", deciding.keep, "已决定不予撤销。", "btn-primary", "D858-2.3"),
    "order": Step(
        "要求整改",
        Blank(asks=(Ask("problem", "要整改的问题", kind="area"), Ask("due_on", "整改期限", kind="day", width=HALF))),
        lambda row, typed, by, now: mending.order(
            project=row, problem=typed["problem"], due_on=day_of(typed["due_on"]), by=by, now=now
        ),
        "已要求整改，牵头单位会收到消息。",
        "复查由另一人办理。",
        article="D858-2.3",
    ),
    "extend": Step(
        "延期",
        Blank(asks=(Ask("ends_on", "新的计划完成日期", kind="day", width=HALF), REASON)),
        lambda row, typed, by, now: registering.extend(
            project=row, ends_on=day_of(typed["ends_on"]), reason=typed["reason"], by=by, now=now
        ),
        "已延期。",
    ),
    "propose_withdrawal": Step(
        "提出撤销称号",
        Blank(asks=(
            Ask("reason", "理由", kind="area", hint="会告知牵头单位"),
            Ask("paper", "依据（可不传）", kind="file", kinds=PAPERS, must=False),
        )),
        lambda row, typed, by, now: deciding.propose_withdrawal(
            project=row, reason=typed["reason"], paper=_paper(typed, by), by=by, now=now
        ),
        "已提出，由省厅审批人决定。",
        "由省厅审批人决定；决定前牵头单位会收到消息。",
        "btn-outline-danger",
        "D858-2.3",
    ),
    "cancel": Step(
        "作废登记",
        Blank(asks=(REASON,)),
        _reasoned(registering.cancel, "project"),
        "登记已作废。",
        "只用于登记有误、还没有布置报告的项目。",
        "btn-outline-danger",
    ),
}  # fmt: skip

REPORT_STEPS: Mapping[str, Step] = {
    "check": Step(
        "登记检查结果",
        Blank(asks=(
            Ask("outcome", "检查结果", kind="radio", choices=list(OUTCOMES.items())),
            Ask("findings", "检查情况", kind="area", hint="看了什么、见了谁、核对了哪些凭证，结论如何"),
            Ask("problem", "要整改的问题", kind="area", must=False, hint="存在问题的填写，会要求牵头单位限期整改"),
            Ask("due_on", "整改期限", kind="day", must=False, width=HALF),
        )),
        lambda row, typed, by, now: reporting.check(
            report=row, outcome=typed["outcome"], findings=typed["findings"], problem=typed["problem"],
            due_on=day_of(typed["due_on"]), by=by, now=now,
        ),
        "检查结果已登记，交省厅复核。",
        "登记后交省厅复核。",
        "btn-primary",
    ),
    "review": Step(
        "复核同意",
        Blank(asks=(Ask("note", "复核意见", kind="area", must=False),)),
        lambda row, typed, by, now: reporting.review(report=row, note=typed["note"], by=by, now=now),
        "已复核同意。",
        look="btn-primary",
    ),
    "check_again": Step(
        "退回地市重新检查", Blank(asks=(REASON,)), _reasoned(reporting.check_again, "report"), "已退回地市。",
        "已要求的整改继续有效。",
    ),
    "send_back": Step(
        "退回补正",
        Blank(asks=(
            *(Ask(name, f"{label}：要补正什么", must=False) for name, label in RETURNABLE.items()),
            Ask("due_on", "新的报送期限", kind="day", width=HALF),
        )),
        lambda row, typed, by, now: reporting.send_back(
            report=row, reasons={name: typed[name] for name in RETURNABLE}, due_on=day_of(typed["due_on"]),
            by=by, now=now,
        ),
        "已退回，牵头单位会收到全部理由。",
        "请一次性告知全部需要补正的内容：再次退回时，只能就上次指出的或此后改动的部分提出。",
        article="D47-5.21",
    ),
}  # fmt: skip

MENDING_STEPS: Mapping[str, Step] = {
    "pass": Step(
        "复查通过",
        Blank(asks=(Ask("note", "复查情况", kind="area", hint="怎样复查、看到什么"),)),
        lambda row, typed, by, now: mending.accept(rectification=row, note=typed["note"], by=by, now=now),
        "复查通过。",
        "复查人不能是要求整改的人。",
        "btn-primary",
        "D858-2.3",
    ),
    "send_back": Step(
        "退回再整改",
        Blank(asks=(REASON, Ask("due_on", "新的整改期限", kind="day", width=HALF))),
        lambda row, typed, by, now: mending.send_back(
            rectification=row, reason=typed["reason"], due_on=day_of(typed["due_on"]), by=by, now=now
        ),
        "已退回再整改。",
        "复查人不能是要求整改的人。",
        article="D858-2.3",
    ),
    "fail": Step(
        "整改不到位",
        Blank(asks=(REASON,)),
        _reasoned(mending.fail, "rectification"),
        "已登记整改不到位，请再次要求整改或提出撤销称号。",
        "复查人不能是要求整改的人。",
        "btn-outline-danger",
        "D858-2.3",
    ),
    "order_again": Step(
        "再次要求整改",
        Blank(asks=(Ask("problem", "要整改的问题", kind="area"), Ask("due_on", "整改期限", kind="day", width=HALF))),
        lambda row, typed, by, now: mending.order(
            project=row.project, problem=typed["problem"], due_on=day_of(typed["due_on"]), after=row, by=by, now=now
        ),
        "已再次要求整改。",
        article="D858-2.3",
    ),
}  # fmt: skip
