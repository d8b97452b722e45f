"""Why a voucher is not listed, paid, refused, revoked or recovered: pure functions of facts, each with its article."""

from __future__ import annotations

from collections.abc import Iterable

from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts


def no_open_hold(facts: Facts) -> Iterable[Refusal]:
    """An open objection or inspection blocks payment of its own voucher alone (D47-5.22, F2)."""
    return facts["holds"]


def publicity_complete(facts: Facts) -> Refusal | None:
    """The list stood unchanged in public for the full period (D47-5.22, P1)."""
    if facts["publicity_complete"]:
        return None
    return Refusal(
        "publicity_not_over", "所在结算清单的公示尚未期满。", "D47-5.22", "请在公示期满且异议处理后再兑付。"
    )


def objection_or_alarm_upheld(facts: Facts) -> Refusal | None:
    """An approved voucher is refused only for a decided objection, or an invoice found reversed (D47-5.22)."""
    if facts["objection_upheld"] or facts.get("alarm_upheld"):
        return None
    return Refusal("no_upheld_objection", "没有成立的异议或属实的发票警示，不能不予兑付。", "D47-5.22")


def recovered_in_full(facts: Facts) -> Refusal | None:
    """A voucher counts as recovered when all that was paid has come back (D47-5.23)."""
    if facts["recovered_fen"] >= facts["paid_fen"] > 0:
        return None
    return Refusal("not_fully_recovered", "追回金额尚未达到已兑付金额。", "D47-5.23")


def decision_named(facts: Facts) -> Refusal | None:
    """A voucher is revoked by a decision that is named, with its reason (D108-4, D26-4)."""
    if str(facts.get("decision") or "") and str(facts.get("reason") or "").strip():
        return None
    return Refusal("no_decision", "取消奖补资格须有抽查处理决定和理由。", "D108-4", field="reason")
