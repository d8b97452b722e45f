"""替换: what can't be inspected is followed by the next of the reserve, with a reason and a second person (D2).

Only before anybody has looked: what experts are looking at, or have signed, isn't swapped for something else.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from yunquan.inspections.actions import appointing
from yunquan.inspections.actions.plan_steps import locked
from yunquan.inspections.models import Inspection, Plan, PlanItem, Visit
from yunquan.inspections.plan_population import FINISHED, regime_of
from yunquan.inspections.visit_words import told_to
from yunquan.journal.actions import audited, move, notify_all
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.vouchers import actions as vouchers

TO_COME, LOOKED_AT = ("planned", "noticed"), ("under_way", "signed", "obstructed")


@audited("inspection.replace", about="inspection")
def replace(*, inspection: Inspection, reason: str, by: Actor, now: datetime) -> Inspection:
    """Put the next of the reserve of the same stratum in an inspection's place; gives the new one (D858-2.2).

    The approver is another person than the drawer, of the bureau that runs the plan. A reserve that another plan
    inspects meanwhile is passed over, and that is written down. A visit that is left with nothing to look at is
    cancelled, every other one goes on without the item.
    """
    plan = locked(inspection.plan)
    row = Inspection.objects.select_for_update().select_related("item", "voucher").get(pk=inspection.pk)
    visits = list(Visit.objects.select_for_update().filter(inspections=row).order_by("pk"))
    following, passed = _next_of(plan, row)
    facts = {
        "org": by.org,
        "plan_org": plan.org,
        "begun": any(one.begun_at is not None or one.state in LOOKED_AT for one in visits),
        "reason": reason,
        "person": by.person,
        "earlier_persons": frozenset((plan.drafted_by, plan.frozen_by)),
    }
    if following is None:
        raise Refused(
            [
                Refusal(
                    "no_reserve", f"分层“{row.item.stratum}”没有备选可以替换。", "D858-2.2",
                    "请如实记录不能抽查的原因，按规程处理。",
                )
            ]
        )  # fmt: skip
    decision = row.lifecycle.decide("replace", state=row.state, role=by.role, facts=facts)
    if decision.row is None:
        raise Refused(decision.refusals)
    _out_of_visits(row, visits, reason=reason, by=by, now=now)
    move(
        row, "replace", by=by, facts=facts, now=now, changes={"replace_reason": reason.strip()[:300]},
        payload={"reason": reason.strip(), "by": following.ref, "rank": following.rank},
    )  # fmt: skip
    for one, why in passed:
        PlanItem.objects.filter(pk=one.pk).update(passed_reason=why)
    made = Inspection.objects.create(
        item=following, plan=plan, voucher=following.voucher, city=following.voucher.city, selected_at=now,
        replaces=row,
    )  # fmt: skip
    stage = regime_of(plan).value("stage", plan.in_force_on)
    if stage.value == "before_payment":
        source, told = plan.journal_key, f"已由备选替换（{plan.number}）"
        vouchers.lift_all(source=source, reason=told, vouchers=[row.voucher], by=by, now=now)
        vouchers.hold_all(
            vouchers=[made.voucher], kind="inspection", source=source, article=stage.article, by=by, now=now,
            reason=f"已列入抽查（{plan.number}），有结果后再兑付",
        )  # fmt: skip
    return made


def _out_of_visits(
    row: Inspection, visits: Sequence[Visit], *, reason: str, by: Actor, now: datetime
) -> None:
    """Take an item out of the visits that are to come; who was told of it is told that it is off."""
    for visit in visits:
        if visit.state not in TO_COME:
            continue
        if not visit.inspections.exclude(pk=row.pk).exclude(state="replaced").exists():
            appointing.cancel(visit=visit, reason=reason, by=by, now=now)
            continue
        visit.inspections.remove(row)
        if visit.state == "noticed":
            title = f"{row.voucher.number} 不再抽查"
            notify_all(told_to(visit, [row], title, now=now, text=reason.strip()))


def _next_of(plan: Plan, row: Inspection) -> tuple[PlanItem | None, list[tuple[PlanItem, str]]]:
    """The next of the reserve, and those before it that another plan inspects meanwhile."""
    reserve = PlanItem.objects.filter(
        plan=plan, stratum=row.item.stratum, outcome=PlanItem.Outcome.RESERVE, inspection__isnull=True,
        passed_reason="",
    ).select_related("voucher")  # fmt: skip
    passed: list[tuple[PlanItem, str]] = []
    for one in reserve.order_by("rank").iterator(chunk_size=50):
        elsewhere = Inspection.objects.filter(voucher=one.voucher).exclude(state__in=FINISHED)
        other = elsewhere.select_related("plan").first()
        if other is None:
            return one, passed
        passed.append((one, f"正在计划 {other.plan.number} 中抽查"))
    return None, passed
