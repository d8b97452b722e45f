"""The right of reply: a supplier says what is wrong with its figures, and the province answers (D47-8.3)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from yunquan.evidence.models import StoredFile
from yunquan.insight.checks import ARTICLE
from yunquan.insight.lifecycle import EVALUATION, OFFICERS
from yunquan.insight.models import Evaluation, EvaluationReply, ReplyAnswer
from yunquan.journal.actions import audited, notify, record
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties.checks import role_allows
from yunquan.policy.roles import Role

MOST_LETTERS = 5000


@audited("evaluation.reply", about="evaluation")
def reply(
    *, evaluation: Evaluation, text: str, file: StoredFile | None, by: Actor, now: datetime
) -> EvaluationReply:
    """A supplier says what it has to say to its own figures, once, within the time."""
    row, today = _locked(evaluation), local_date(now)
    line = row.lines.select_related("supplier").filter(supplier_id=_supplier_key(by)).first()
    faults = [fault for fault in [role_allows(by.role, (Role.SUPPLIER,), "提交意见")] if fault is not None]
    if line is None:
        faults.append(_fault("not_your_case", "这一年度的评价中没有本单位。"))
    elif EvaluationReply.objects.filter(line=line).exists():
        faults.append(_fault("replied", "本单位已经提交过意见。", "补充材料请联系省厅。"))
    if row.state != "sent":
        faults.append(_fault("not_from_this_state", f"评价{EVALUATION.states[row.state]}，不能提交意见。"))
    elif row.due_on is None or today > row.due_on:
        faults.append(_fault("too_late", f"提交意见的期限是 {row.due_on}，已经过了。"))
    if not text.strip():
        faults.append(_fault("no_text", "请写明哪一项不对、应当是多少、依据是什么。", field="text"))
    elif len(text.strip()) > MOST_LETTERS:
        faults.append(_fault("too_long", f"意见请不超过 {MOST_LETTERS} 字。", field="text"))
    if file is not None and file.org != by.org:
        faults.append(_fault("file", "没有收到材料，请重新上传。", field="file"))
    if faults:
        raise Refused(faults)
    assert line is not None
    made = EvaluationReply.objects.create(
        line=line, text=text.strip(), file=file, filed_by=by.person, filed_at=now
    )
    record(
        "evaluation.reply",
        by=by,
        obj=row.journal_key,
        now=now,
        why=ARTICLE,
        payload={"line": str(line.pk), "text": made.text},
    )
    notify(
        org="bureau:440000",
        obj=row.journal_key,
        kind="evaluation_reply",
        title=f"{line.supplier.name}对 {row.year} 年度评价提交了意见，请答复",
        key=f"{row.journal_key}:reply:{made.pk}",
        link=f"/province/evaluations/{row.pk}/lines/{line.pk}/",
        now=now,
    )
    return made


@audited("evaluation.answer", about="evaluation")
def answer(
    *, evaluation: Evaluation, reply: EvaluationReply, outcome: str, text: str, by: Actor, now: datetime
) -> ReplyAnswer:
    """Answer a supplier's reply: the figures stand, or they were wrong and this edition must be discarded."""
    row = _locked(evaluation)
    faults = [fault for fault in [role_allows(by.role, OFFICERS, "答复意见")] if fault is not None]
    if row.state != "sent":
        faults.append(_fault("not_from_this_state", f"评价{EVALUATION.states[row.state]}，不能答复意见。"))
    if reply.line.evaluation_id != row.pk:
        faults.append(_fault("other", "这份意见属于另一版评价。"))
    if ReplyAnswer.objects.filter(reply=reply).exists():
        faults.append(_fault("answered", "这份意见已经答复。"))
    if outcome not in ReplyAnswer.Outcome.values:
        faults.append(_fault("no_outcome", "请选择处理结果。", field="outcome"))
    if not text.strip():
        faults.append(_fault("no_text", "请填写答复。", field="text"))
    if faults:
        raise Refused(faults)
    made = ReplyAnswer.objects.create(
        reply=reply, outcome=outcome, text=text.strip()[:MOST_LETTERS], answered_by=by.person, answered_at=now
    )
    record(
        "evaluation.answer",
        by=by,
        obj=row.journal_key,
        now=now,
        why=ARTICLE,
        payload={"reply": str(reply.pk), "outcome": outcome, "text": made.text},
    )
    notify(
        org=f"supplier:{reply.line.supplier_id}",
        obj=row.journal_key,
        kind="evaluation",
        title=f"本单位对 {row.year} 年度评价的意见已答复：{made.get_outcome_display()}",
        key=f"{row.journal_key}:answer:{made.pk}",
        link=f"/supplier/evaluation/{row.pk}/",
        now=now,
    )
    return made


def reply_facts(row: Evaluation, today: date) -> dict[str, Any]:
    """What the replies to an edition say about going on."""
    replies = list(
        EvaluationReply.objects.filter(line__evaluation=row)
        .select_related("line__supplier", "answer")
        .order_by("pk")
    )
    return {
        "today": today,
        "due_on": row.due_on or today,
        "unanswered": [one.line.supplier.name for one in replies if not hasattr(one, "answer")],
        "found_wrong": [
            one.line.supplier.name
            for one in replies
            if hasattr(one, "answer") and one.answer.outcome == ReplyAnswer.Outcome.WRONG
        ],
    }


def _supplier_key(by: Actor) -> int:
    kind, _, key = by.org.partition(":")
    return int(key) if kind == "supplier" and key.isdecimal() else 0


def _locked(evaluation: Evaluation) -> Evaluation:
    return Evaluation.objects.select_for_update(of=("self",)).get(pk=evaluation.pk)


def _fault(code: str, message: str, mend: str = "", field: str = "") -> Refusal:
    return Refusal(code, message, ARTICLE, mend, field)
