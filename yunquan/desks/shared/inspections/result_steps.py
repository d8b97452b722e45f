"""Each step of a result as a page takes it: its form, its words, and the verb behind it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yunquan.desks.shared.inspections import result_forms as f
from yunquan.inspections import result_queries as queries
from yunquan.inspections.actions import answering, concluding, deciding
from yunquan.kernel.workflow import Actor

Act = Callable[[Any, Any, Actor, datetime], Any]


@dataclass(frozen=True, slots=True)
class StepPage:
    """One step: the class of its form, what the page says, what it does."""

    form: type[f.StepForm]
    title: str
    done: str
    act: Act
    button: str = ""
    hint: str = ""
    article: str = "D108-4"


def _ask(row: Any, form: Any, by: Actor, now: datetime) -> Any:
    return concluding.ask(inspection=row, doubt=form.facts["doubt"], by=by, now=now)


def _explain(row: Any, form: Any, by: Actor, now: datetime) -> Any:
    files = f.taken_all(form, by, now)
    return concluding.explain(inspection=row, text=form.facts["text"], files=files, by=by, now=now)


def _reconsider(row: Any, form: Any, by: Actor, now: datetime) -> Any:
    told = form.facts
    return concluding.reconsider(
        inspection=row, outcome=told["outcome"], grounds=f.lines(told["grounds"]), opinion=told["opinion"],
        reason=told["reason"], by=by, now=now,
    )  # fmt: skip


def _inform(row: Any, form: Any, by: Actor, now: datetime) -> Any:
    return answering.inform(inspection=row, by=by, now=now)


def _answer(row: Any, form: Any, by: Actor, now: datetime) -> Any:
    accepts = {"yes": True, "no": False}.get(form.facts["accepts"])
    files = f.taken_all(form, by, now)
    return answering.answer(
        inspection=row, accepts=accepts, text=form.facts["text"], files=files, by=by, now=now
    )


def _summon(row: Any, form: Any, by: Actor, now: datetime) -> Any:
    held_at = form.facts["held_at"] or now
    return answering.summon(inspection=row, held_at=held_at, place=form.facts["place"], by=by, now=now)


def _hear(row: Any, form: Any, by: Actor, now: datetime) -> Any:
    told = form.facts
    return answering.hear(
        inspection=row, held_at=told["held_at"], mode=told["mode"], summary=told["summary"],
        parties={side: told[side] for side in ("supplier", "enterprise")}, finding=told["finding"],
        file=f.taken(told["file1"], by, now), by=by, now=now,
    )  # fmt: skip


def _propose(row: Any, form: Any, by: Actor, now: datetime) -> Any:
    told = form.facts
    return deciding.propose(
        inspection=row, outcome=told["outcome"], grounds=f.lines(told["grounds"]), reason=told["reason"],
        by=by, now=now,
    )  # fmt: skip


def _send_back(row: Any, form: Any, by: Actor, now: datetime) -> Any:
    return deciding.send_back(inspection=row, reason=form.facts["reason"], by=by, now=now)


def _decide(row: Any, form: Any, by: Actor, now: datetime) -> Any:
    document = f.taken(form.facts["file1"], by, now)
    return deciding.decide(inspection=row, document=document, text=form.facts["text"], by=by, now=now)


def _review(row: Any, form: Any, by: Actor, now: datetime) -> Any:
    return deciding.review(inspection=row, text=form.facts["text"], by=by, now=now)


def _reopen(row: Any, form: Any, by: Actor, now: datetime) -> Any:
    return deciding.reopen(inspection=row, reason=form.facts["reason"], by=by, now=now)


STEPS: dict[str, StepPage] = {
    "inform": StepPage(
        f.PlainForm,
        "反馈结果",
        "结果和专家意见已反馈给供应商和企业。",
        _inform,
        "反馈给供应商和企业",
        "供应商、企业将收到结论和专家意见，并在期限内提交书面意见。",
        "D108-3.4",
    ),
    "ask": StepPage(f.AskForm, "要求说明金额", "已要求说明。", _ask, article="D108-A2"),
    "reconsider": StepPage(
        f.ReconsiderForm, "说明后重新给出结论", "已重新给出结论。", _reconsider, article="D108-A2"
    ),
    "explain": StepPage(
        f.ExplainForm,
        "说明合同金额",
        "说明已提交。",
        _explain,
        hint="供应商、企业任一方提交即可。",
        article="D108-A2",
    ),
    "answer": StepPage(
        f.AnswerForm, "书面意见", "书面意见已提交。", _answer, hint="每家只能提交一次。", article="D108-3.4"
    ),
    "propose": StepPage(f.ProposeForm, "提出处理意见", "处理意见已提交审批。", _propose, "提交审批"),
    "summon": StepPage(
        f.SummonForm,
        "通知陈述申辩",
        "已通知供应商和企业。",
        _summon,
        "发出通知",
        "拟取消资格、限期不得申请或追回的，须先听取陈述申辩。",
    ),
    "hear": StepPage(
        f.HearForm,
        "登记陈述申辩",
        "陈述申辩已登记。",
        _hear,
        "登记",
        "登记缺席的，须已通知其参加当天的陈述申辩；没有通知的，请先发出通知。",
    ),
    "decide": StepPage(
        f.DecideForm,
        "批准处理",
        "处理已批准。",
        _decide,
        "批准",
        "批准后各项措施一次全部生效；须省厅复核的，复核后生效。",
    ),
    "review": StepPage(
        f.ReviewForm,
        "复核地市结果",
        "已复核，各项措施生效。",
        _review,
        "复核同意",
        "复核同意后各项措施一次全部生效。",
        "D108-2.2",
    ),
    "reopen": StepPage(
        f.ReopenForm,
        "重新处理",
        "已重新开始处理，请听取陈述申辩后提出处理意见。",
        _reopen,
        "重新处理",
        "整改复查不通过的，重新提出处理意见；原来的处理和记录都保留。",
        "D858-2.3",
    ),
    "send_back": StepPage(f.SendBackForm, "退回重议", "已退回重议。", _send_back, "退回"),
}


def form_of(action: str, row: Any, data: Any = None, files: Any = None) -> f.StepForm:
    """The form of a step, with the regime's outcomes to choose from; its ids are its own on the page."""
    form = STEPS[action].form(data, files, auto_id=f"id_{action}_%s")
    if "outcome" in form.fields:
        choices = [("", "请选择"), *((one["code"], one["label"]) for one in queries.outcome_choices(row))]
        form.fields["outcome"].choices = choices  # type: ignore[attr-defined]
        if data is None:
            form.fields["outcome"].initial = row.outcome
            form.fields["grounds"].initial = "\n".join(row.grounds)
            if "opinion" in form.fields:
                form.fields["opinion"].initial = row.opinion
    if action == "hear" and data is None:
        called = queries.last_summons(row)
        form.fields["held_at"].initial = called.held_at if called is not None else None
    return form
