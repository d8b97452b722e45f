"""What screens read of plans, inspections and visits that concerns more than one part of the procedure."""

from __future__ import annotations

from yunquan.inspections.models import Inspection, Plan
from yunquan.policy.regimes import Regime, load_regime


def regime_of(plan: Plan) -> Regime:
    """The regime of a plan."""
    return load_regime(plan.regime)


def inspections_of(plan: Plan) -> list[Inspection]:
    """What a plan picked, replaced ones too, in the order of the picking."""
    rows = Inspection.objects.filter(plan=plan).select_related(
        "item", "voucher__enterprise", "voucher__supplier"
    )
    return list(rows.order_by("pk"))
