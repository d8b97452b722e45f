"""处理与公布: proposed, decided by another person, reviewed by the province, published together (D108-4, D108-2.2)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from yunquan.evidence.models import StoredFile
from yunquan.inspections.actions import effects
from yunquan.inspections.lifecycle import APPROVERS
from yunquan.inspections.models import Effect, Inspection, Ruling
from yunquan.inspections.plan_population import FINISHED
from yunquan.inspections.result_facts import (
    locked,
    others_unheard,
    outcome_facts,
    outcome_label,
    place_facts,
    rectification_failed,
    round_of,
    silent,
    tell,
    tell_parties,
    to_review,
    unheard,
    write_ruling,
)
from yunquan.journal.actions import Step, audited, move, move_all
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.parties import actions as parties
from yunquan.policy.roles import Role
from yunquan.settlement import actions as settlement
from yunquan.settlement.models import Objection
from yunquan.vouchers import actions as vouchers
from yunquan.vouchers.models import Hold, Voucher


@audited("inspection.propose", about="inspection")
def propose(
    *,
    inspection: Inspection,
    outcome: str,
    grounds: Sequence[str],
    reason: str,
    by: Actor,
    now: datetime,
) -> Inspection:
    """Propose an outcome with its reason, after the answers and, before a sanction, a hearing (D108-4, D26-4)."""
    row = locked(inspection)
    facts = {
        **place_facts(row, by),
        **outcome_facts(row, outcome, grounds),
        "reason": reason,
        "silent": silent(row),
        "due_on": row.due_on,
        "today": local_date(now),
        "unheard": unheard(row, outcome),
        "others_unheard": others_unheard(row, outcome, now),
    }
    changes = {
        "proposed_outcome": outcome,
        "proposed_grounds": facts["grounds"],
        "proposed_by": by.person,
    }
    payload = {"outcome": outcome, "grounds": facts["grounds"], "reason": reason.strip()}
    move(row, "propose", by=by, facts=facts, now=now, changes=changes, payload=payload)
    write_ruling(row, "proposed", outcome=outcome, grounds=facts["grounds"], text=reason, by=by, now=now)
    title = f"有抽查处理意见待审批：{row.voucher.number} {outcome_label(row, outcome)}"
    tell(row, row.plan.org, "proposed", title, reason.strip()[:500], now)
    return row


@audited("inspection.send_back", about="inspection")
def send_back(*, inspection: Inspection, reason: str, by: Actor, now: datetime) -> Inspection:
    """Send a proposal back to its officer, or a city's decision that the province doesn't share back to the city."""
    row = locked(inspection)
    facts = {
        **place_facts(row, by),
        "reason": reason,
        "state": row.state,
        "to_review": to_review(row) and by.org == "bureau:440000",
        "effective": Effect.objects.filter(inspection=row, round=round_of(row)).exists(),
    }
    payload = {"reason": reason.strip(), "outcome": row.proposed_outcome}
    move(row, "send_back", by=by, facts=facts, now=now, payload=payload)
    write_ruling(row, "sent_back", outcome=row.proposed_outcome, text=reason, by=by, now=now)
    tell(row, row.plan.org, "sent_back", f"处理意见被退回：{row.voucher.number}", reason.strip(), now)
    return row


@audited("inspection.decide", about="inspection")
def decide(
    *, inspection: Inspection, document: StoredFile | None = None, text: str = "", by: Actor, now: datetime
) -> Inspection:
    """Decide as proposed, as another person than who proposed or concluded (S3); everything it does, in one transaction.

    A city's decision that the province reviews takes effect with the review. `document` is the decision on paper,
    which a sanction and a recovery rest on.
    """
    row = locked(inspection)
    facts = {
        **place_facts(row, by),
        **outcome_facts(row, row.proposed_outcome, row.proposed_grounds),
        "document": document,
        "earlier_persons": {row.proposed_by, row.concluded_by} - {""},
    }
    decision = row.lifecycle.decide("decide", state=row.state, role=by.role, facts=facts)
    if decision.row is None:
        raise Refused(decision.refusals)
    # The decision's word comes first: what it does points at it and says its grounds. The log is written last.
    concluded_on, row.grounds = row.grounds, row.proposed_grounds
    if not to_review(row):
        effects.apply(row, outcome=row.proposed_outcome, document=document, text=text, by=by, now=now)
    changes = {
        "decided_by": by.person,
        "decided_at": now,
        "outcome": row.proposed_outcome,
        "grounds": row.proposed_grounds,
        "due_on": None,
    }
    payload = {
        "outcome": row.proposed_outcome,
        "grounds": row.proposed_grounds,
        "grounds_before": concluded_on,
        "text": text.strip(),
    }
    if document is not None:
        payload["document"] = document.sha256
    before = row.outcome
    move(row, "decide", by=by, facts=facts, now=now, changes=changes, payload={**payload, "before": before})
    write_ruling(
        row, "decided", outcome=row.outcome, grounds=row.grounds, text=text, document=document, by=by, now=now
    )
    if to_review(row):
        title = f"地市抽查结果待复核：{row.voucher.number} {outcome_label(row, row.outcome)}"
        tell(row, "bureau:440000", "to_review", title, text.strip(), now)
    else:
        _tell_of_decision(row, now)
    return row


@audited("inspection.review", about="inspection")
def review(*, inspection: Inspection, text: str = "", by: Actor, now: datetime) -> Inspection:
    """The province shares a city's decision, which takes effect with it (D108-2.2)."""
    row = locked(inspection)
    facts = {
        "person": by.person,
        "earlier_persons": {row.proposed_by, row.decided_by, row.concluded_by} - {""},
        "to_review": to_review(row),
    }
    decision = row.lifecycle.decide("review", state=row.state, role=by.role, facts=facts)
    if decision.row is None:
        raise Refused(decision.refusals)
    decided = Ruling.objects.filter(inspection=row, step="decided").order_by("-pk").first()
    document = decided.document if decided is not None else None
    effects.apply(row, outcome=row.outcome, document=document, text=text, by=by, now=now)
    move(row, "review", by=by, facts=facts, now=now, changes={"reviewed_by": by.person})
    write_ruling(row, "reviewed", outcome=row.outcome, grounds=row.grounds, text=text, by=by, now=now)
    _tell_of_decision(row, now)
    return row


@audited("inspection.reopen", about="inspection")
def reopen(*, inspection: Inspection, reason: str, by: Actor, now: datetime) -> Inspection:
    """Open a decision again whose rectification failed: another one is proposed, heard and decided (D858-2.3).

    What the earlier decision did stays done and on record; a voucher that is not paid waits again.
    """
    row = locked(inspection)
    others = Inspection.objects.filter(voucher=row.voucher_id).exclude(pk=row.pk)
    facts = {
        **place_facts(row, by),
        "reason": reason,
        "rectification_failed": rectification_failed(row),
        "other_open": others.exclude(state__in=FINISHED).exists(),
    }
    changes = {"proposed_outcome": "", "proposed_grounds": [], "proposed_by": "", "reviewed_by": ""}
    payload = {"reason": reason.strip(), "outcome": row.outcome}
    move(row, "reopen", by=by, facts=facts, now=now, changes=changes, payload=payload)
    write_ruling(row, "reopened", outcome=row.outcome, grounds=row.grounds, text=reason, by=by, now=now)
    vouchers.hold_all(
        vouchers=[row.voucher],
        kind=Hold.Kind.INSPECTION,
        source=row.plan.journal_key,
        reason=f"整改不到位，正在重新处理（{row.plan.number}）",
        article="D858-2.3",
        by=by,
        now=now,
    )
    title = f"整改不到位，将重新提出处理意见：{row.voucher.number}"
    tell_parties(row, "reopened", title, reason.strip(), now)
    return row


def _tell_of_decision(row: Inspection, now: datetime) -> None:
    done = Effect.objects.filter(inspection=row, round=round_of(row)).order_by("pk")
    text = "；".join(dict.fromkeys(effects.label(one.code) for one in done))
    tell_parties(
        row, "decided", f"抽查处理：{row.voucher.number} {outcome_label(row, row.outcome)}", text, now
    )


@audited("inspection.publish", about="what")
def publish(
    *, inspections: Sequence[Inspection], by: Actor, now: datetime, what: str = "results"
) -> list[Inspection]:
    """Publish decided results together, the province's with the cities' that it reviewed; all of them or none (D108-2.2)."""
    rows = [locked(one) for one in sorted(inspections, key=lambda one: one.pk)]
    if not rows:
        raise Refused([Refusal("nothing_chosen", "请选择要公布的结果。", "D108-2.2")])
    steps = [
        Step(
            thing=row,
            action="publish",
            by=by,
            facts={
                "to_review": to_review(row),
                "state": row.state,
                "publishes": _publishes(row, by),
            },
            now=now,
            changes={"published_at": now},
            payload={"outcome": row.outcome},
        )
        for row in rows
    ]
    move_all(steps)
    for row in rows:
        parties.publish_standings(source=row.journal_key, by=by, now=now)
    return rows


def _publishes(row: Inspection, by: Actor) -> bool:
    """The province what it runs or reviewed, a city what it runs without review."""
    if by.role == Role.PROVINCE_OFFICER:
        return not row.plan.city or to_review(row)
    return by.org == row.plan.org and not to_review(row)


@audited("objection.report", about="objection")
def report_objection(*, inspection: Inspection, objection: Objection, by: Actor, now: datetime) -> Objection:
    """Give the on-site finding of an inspection back to the city as the answer to an escalated objection (D47-5.22)."""
    row = locked(inspection)
    refusals = []
    if objection.line.voucher_id != row.voucher_id:
        refusals.append(Refusal("another_voucher", "这次抽查不是被异议的服务券。", "D47-5.22"))
    if not row.outcome:
        refusals.append(Refusal("no_conclusion", "专家还没有给出结论。", "D47-5.22", "请等待检查结束。"))
    if refusals:
        raise Refused(refusals)
    grounds = "；".join(row.grounds)
    reason = (
        f"经专家现场核查（{row.plan.number}）：{outcome_label(row, row.outcome)}。{grounds} {row.opinion}"
    )
    return settlement.report(objection=objection, reason=reason.strip(), by=by, now=now)


@audited("voucher.clear_first_check", about="voucher")
def clear_first_check(*, voucher: Voucher, reason: str, by: Actor, now: datetime) -> int:
    """The bureau of the place found in the key check 重点核查 that a voucher stands (D26-4); gives how many holds end.

    Another person than who decided on the supplier does it, with the reason; a later good inspection does the same.
    """
    held = Hold.objects.filter(voucher=voucher, kind=Hold.Kind.CHECKED_FIRST, lifted_at=None)
    refusals = []
    if by.role not in APPROVERS or by.org not in voucher.acting_orgs:
        refusals.append(Refusal("not_your_role", "重点核查由服务券所在地的审批人了结。", "D26-4"))
    if held.filter(held_by=by.person).exists():
        refusals.append(Refusal("same_person", "作出处理的人不能自己了结核查。", "D26-4", "请由另一人办理。"))
    if not held.exists():
        refusals.append(Refusal("not_held", "这张券没有待了结的重点核查。", "D26-4"))
    if refusals:
        raise Refused(refusals)
    sources = sorted(set(held.values_list("source", flat=True)))
    done = 0
    for source in sources:
        told = f"重点核查通过：{reason.strip()}" if reason.strip() else ""
        done += len(vouchers.lift_all(source=source, reason=told, vouchers=[voucher], by=by, now=now))
    return done
