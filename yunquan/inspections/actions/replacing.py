"""替换: what can't be inspected is followed by the next of the reserve, with a reason and a second person (D2)."""

from __future__ import annotations

from datetime import datetime

from yunquan.inspections.actions.plan_steps import locked
from yunquan.inspections.models import Inspection, Plan, PlanItem
from yunquan.inspections.plan_population import FINISHED, regime_of
from yunquan.journal.actions import audited, move
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.kernel.workflow import Actor
from yunquan.vouchers import actions as vouchers


@audited("inspection.replace", about="inspection")
def replace(*, inspection: Inspection, reason: str, by: Actor, now: datetime) -> Inspection:
    """Put the next of the reserve of the same stratum in an inspection's place; gives the new one (D858-2.2).

    The approver is another person than the drawer. A reserve that another plan inspects meanwhile is passed
    over, and that is written down.
    """
    plan = locked(inspection.plan)
    row = Inspection.objects.select_for_update().select_related("item", "voucher").get(pk=inspection.pk)
    following, passed = _next_of(plan, row)
    facts = {
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
