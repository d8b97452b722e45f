"""反馈与答复: the result goes to both sides within its days, they answer in writing and are heard (D108-3.4, D108-4)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from yunquan.evidence.models import StoredFile
from yunquan.inspections.lifecycle import OFFICERS
from yunquan.inspections.models import Hearing, Inspection, Opinion, Summons
from yunquan.inspections.result_checks import PARTIES, hearing_told
from yunquan.inspections.result_facts import (
    due,
    heard_since,
    locked,
    others_asked,
    outcome_label,
    outcomes_of,
    own_files,
    place_facts,
    sides_of,
    tell,
    tell_parties,
    uncalled,
)
from yunquan.journal.actions import audited, move, record
from yunquan.kernel.calendar import SHANGHAI, local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties.checks import role_allows

ARTICLE = "D108-4"


@audited("inspection.inform", about="inspection")
def inform(*, inspection: Inspection, by: Actor, now: datetime) -> Inspection:
    """Give result and experts' opinion to supplier and enterprise; their time to answer begins (D108-3.4).

    It should be done within the regime's working days after the visit; a late one is done all the same and stays
    visible as late.
    """
    row = locked(inspection)
    answer_by = due(row, "answer_working_days", local_date(now))
    late = row.due_on is not None and local_date(now) > row.due_on
    changes = {"informed_at": now, "due_on": answer_by}
    payload = {"outcome": row.outcome, "late": late, "answer_by": str(answer_by)}
    move(row, "inform", by=by, facts=place_facts(row, by), now=now, changes=changes, payload=payload)
    title = f"抽查结果：{row.voucher.number} {outcome_label(row, row.outcome)}"
    term = f"请在 {answer_by} 前提交书面意见。" if answer_by else "请提交书面意见。"
    tell_parties(row, "informed", title, f"{row.opinion}\n{term}".strip(), now)
    return row


@audited("inspection.answer", about="inspection")
def answer(
    *,
    inspection: Inspection,
    accepts: bool | None,
    text: str,
    files: Sequence[int] = (),
    by: Actor,
    now: datetime,
) -> Inspection:
    """A party answers in writing, once: whether it accepts the result, and why not (D108-3.4)."""
    row = locked(inspection)
    rows, all_own = own_files(files, by)
    before = Opinion.objects.filter(inspection=row, kind="answer", org=by.org)
    facts = {
        "accepts": accepts,
        "text": text,
        "files_own": all_own,
        "answered_before": before.exists(),
    }
    shown = [one.sha256 for one in rows]
    payload = {"accepts": accepts is True, "text": text.strip(), "files": shown}
    move(row, "answer", by=by, facts=facts, now=now, payload=payload)
    filed = Opinion.objects.create(
        inspection=row,
        kind="answer",
        org=by.org,
        accepts=accepts,
        text=text.strip(),
        filed_by=by.person,
        filed_at=now,
    )
    filed.files.set(rows)
    word = "认可" if accepts else "不认可"
    tell(
        row,
        row.plan.org,
        "answered",
        f"收到书面意见（{word}）：{row.voucher.number}",
        text.strip()[:500],
        now,
    )
    return row


@audited("inspection.answer_late", about="inspection")
def answer_late(*, inspection: Inspection, by: Actor, now: datetime) -> Inspection:
    """The clock: nobody answered in time, the result goes on (D108-3.4)."""
    row = locked(inspection)
    facts = {"due_on": row.due_on, "today": local_date(now)}
    move(row, "answer_late", by=by, facts=facts, now=now)
    title = f"答复期限已过，没有收到书面意见：{row.voucher.number}"
    tell(row, row.plan.org, "answer_late", title, "可以提出处理意见。", now)
    return row


@audited("inspection.summon", about="inspection")
def summon(*, inspection: Inspection, held_at: datetime, place: str, by: Actor, now: datetime) -> Inspection:
    """Ask both sides to a hearing before a sanction: when and where, a row for each (D108-4)."""
    row = locked(inspection)
    _may_hear(row, by)
    if held_at <= now or not place.strip():
        raise Refused(
            [Refusal("no_time", "请填写将来的时间和地点（或会议号）。", ARTICLE, "须提前通知。", "held_at")]
        )
    moment = f"{held_at.astimezone(SHANGHAI):%Y-%m-%d %H:%M}"
    others = others_asked(row) if _asks_others(row) else {}
    Summons.objects.bulk_create(
        Summons(
            inspection=row,
            org=org,
            held_at=held_at,
            place=place.strip()[:200],
            summoned_by=by.person,
            summoned_at=now,
        )
        for org in (*sides_of(row).values(), *others)
        if not org.endswith(":None")
    )
    payload = {"held_at": held_at.isoformat(), "place": place.strip()}
    record(
        "inspection.summon", by=by, obj=row.journal_key, now=now, why=ARTICLE, post=row.state, payload=payload
    )
    title = f"{row.voucher.number} 的陈述申辩定于 {moment}"
    tell_parties(row, f"summon{held_at:%y%m%d%H%M}", title, f"地点：{place.strip()}。可带证明材料。", now)
    firm = row.voucher.supplier.name if row.voucher.supplier is not None else ""
    for org in others:
        text = f"供应商{firm}的抽查结果可能导致追回其已兑付的券，包括贵单位的。地点：{place.strip()}。可带证明材料。"
        tell(row, org, f"summon{held_at:%y%m%d%H%M}", f"陈述申辩定于 {moment}", text, now)
    return row


def _asks_others(row: Inspection) -> bool:
    """Whether some outcome of the regime asks the supplier's other vouchers back."""
    return any("supplier_vouchers_revoked" in one.effects for one in outcomes_of(row))


@audited("inspection.hear", about="inspection")
def hear(
    *,
    inspection: Inspection,
    held_at: datetime | None,
    mode: str,
    parties: Mapping[str, str],
    summary: str,
    finding: str,
    file: StoredFile | None = None,
    by: Actor,
    now: datetime,
) -> Hearing:
    """Enter what was said at a hearing and what is made of it; `parties` says of each side attended or absent.

    Absent is who was asked to this hearing and stayed away; it was held after the parties were told of the result.
    """
    row = locked(inspection)
    _may_hear(row, by)
    kept = {
        side: "absent" if parties.get(side) == "absent" else "attended"
        for side in PARTIES
        if parties.get(side)
    }
    facts = {
        "held_at": held_at,
        "now": now,
        "mode": mode,
        "summary": summary,
        "finding": finding,
        "parties": kept,
        "since": heard_since(row),
        "uncalled": uncalled(row, [side for side, came in kept.items() if came == "absent"], held_at),
    }
    refusals = list(hearing_told(facts))
    if refusals or held_at is None:
        raise Refused(refusals)
    heard = Hearing.objects.create(
        inspection=row,
        held_at=held_at,
        mode=mode.strip()[:20],
        parties=kept,
        summary=summary.strip(),
        finding=finding.strip(),
        record=file,
        entered_by=by.person,
        entered_at=now,
    )
    payload = {"parties": kept, "summary": summary.strip(), "finding": finding.strip()}
    record(
        "inspection.hear", by=by, obj=row.journal_key, now=now, why=ARTICLE, post=row.state, payload=payload
    )
    tell_parties(row, f"heard{heard.pk}", f"已登记陈述申辩：{row.voucher.number}", finding.strip(), now)
    return heard


def _may_hear(row: Inspection, by: Actor) -> None:
    """Hearings are held by the bureau that runs the inspection, between the answers and the proposal."""
    refusals = [role_allows(by.role, OFFICERS, "办理陈述申辩")]
    if by.org != row.plan.org:
        refusals.append(Refusal("not_your_plan", "这次抽查由其他主管部门组织。", ARTICLE))
    if row.state not in ("informed", "answered"):
        label = row.lifecycle.states[row.state]
        refusals.append(Refusal("not_from_this_state", f"抽查项目现在是“{label}”，不能陈述申辩。", ARTICLE))
    found = [one for one in refusals if one is not None]
    if found:
        raise Refused(found)
