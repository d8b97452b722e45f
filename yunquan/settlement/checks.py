"""Why a step of settlement is refused: pure functions of facts, each with its article."""

from __future__ import annotations

from yunquan.kernel.money import format_yuan
from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts


def reason_stated(facts: Facts) -> Refusal | None:
    """A decision states its reason (D47-5.22)."""
    if str(facts["reason"]).strip():
        return None
    return Refusal("no_reason", "请写明理由，理由会随结果告知当事人。", "D47-5.22", field="reason")


def different_person(facts: Facts) -> Refusal | None:
    """Who drew up or reviewed does not approve or release (S3)."""
    if facts["person"] not in facts["earlier_persons"]:
        return None
    return Refusal(
        "same_person",
        "您已办理过前一环节，同一人不能再办理本环节。",
        "D47-5.14",
        "请由另一位有权限的同事办理。",
    )


def unchanged(facts: Facts) -> Refusal | None:
    """The frozen content still has its hash (P1, M3)."""
    if facts["content_hash"] == facts["recomputed_hash"]:
        return None
    return Refusal(
        "content_changed",
        "清单内容与冻结时的摘要不符，已停止办理。",
        "D47-5.14",
        "请立即联系系统管理员核查。",
    )


def has_lines(facts: Facts) -> Refusal | None:
    """An empty list isn't published."""
    if facts["count"] > 0:
        return None
    return Refusal("empty_list", "清单中没有服务券。", "D47-5.14", "请先完成兑现审核。")


def nothing_ordered(facts: Facts) -> Refusal | None:
    """A list from which payment began can't be withdrawn."""
    if not facts["ordered"]:
        return None
    return Refusal(
        "payment_begun", "清单内已有服务券发出兑付，不能撤下。", "D47-5.15", "请改用异议或追回程序。"
    )


def publicity_over(facts: Facts) -> Refusal | None:
    """The full publicity period has passed (D47-5.22)."""
    if facts["now"] >= facts["publicity_ends_at"]:
        return None
    return Refusal("publicity_not_over", "公示尚未期满。", "D47-5.22")


def within_publicity(facts: Facts) -> Refusal | None:
    """Objections are raised within the publicity period (D47-5.22)."""
    if facts["list_state"] == "published" and facts["now"] < facts["publicity_ends_at"]:
        return None
    return Refusal(
        "publicity_over",
        "这份清单的公示期已结束，不能再提出异议。",
        "D47-5.22",
        "仍有问题的，可通过监督电话反映。",
    )


def smaller_amount(facts: Facts) -> Refusal | None:
    """A reduced amount lies between nothing and the listed amount (D47-5.22)."""
    if facts["payable_fen"] is not None and 0 < facts["payable_fen"] < facts["listed_fen"]:
        return None
    return Refusal(
        "amount_out_of_range",
        f"核减后金额应大于 0 且小于 {format_yuan(facts['listed_fen'])} 元。",
        "D47-5.22",
        "不予结算请选“认定成立”，照常结算请选“认定不成立”。",
        field="payable",
    )


def plan_current(facts: Facts) -> Refusal | None:
    """The run pays what the queue says now: no objection, hold or payment came in between (F2)."""
    if facts["plan_hash"] == facts["current_plan_hash"]:
        return None
    return Refusal(
        "plan_outdated",
        "自编制以来排队、异议或资金有变化，这一批次已不是最新结果。",
        "D47-8.2b",
        "请取消本批次，按最新情况重新编制。",
    )


def something_to_pay(facts: Facts) -> Refusal | None:
    """A run that pays nobody isn't released, unless it is the one that carries claims over (D47-8.2b)."""
    if facts["total_fen"] > 0 or facts["newly_carried"]:
        return None
    return Refusal(
        "nothing_to_pay", "本批次没有可兑付的服务券。", "D47-8.2b", "请核对资金、公示和异议情况后重新编制。"
    )


def funds_cover(facts: Facts) -> Refusal | None:
    """The city's remaining appropriation covers the run (M8)."""
    if facts["total_fen"] <= facts["funds_left_fen"]:
        return None
    return Refusal(
        "no_funds",
        f"可用资金 {format_yuan(facts['funds_left_fen'])} 元，不足本批 {format_yuan(facts['total_fen'])} 元。",
        "D47-8.2b",
        "请登记追加资金，或重新编制批次。",
    )


def all_results_in(facts: Facts) -> Refusal | None:
    """Every instruction of the run has its bank result (M9)."""
    if not facts["waiting"]:
        return None
    return Refusal(
        "results_missing",
        f"还有 {facts['waiting']} 笔没有银行回单。",
        "D47-5.15",
        "请导入银行结果文件后再办结。",
    )


ON_PUBLISH = (different_person, unchanged, has_lines)
ON_RELEASE = (different_person, unchanged, plan_current, something_to_pay, funds_cover)


def not_more_than_paid(facts: Facts) -> Refusal | None:
    """What is asked back never exceeds what was paid (D47-5.23, M10)."""
    left = facts["paid_fen"] - facts["demanded_fen"]
    if 0 < facts["amount_fen"] <= left:
        return None
    return Refusal(
        "recovery_out_of_range",
        f"追回金额应大于 0 且不超过 {format_yuan(left)} 元（已兑付减已下达追回）。",
        "D47-5.23",
        field="amount",
    )


def paid_out(facts: Facts) -> Refusal | None:
    """Only what was paid can be asked back (D47-5.23)."""
    if facts["voucher_state"] == "paid":
        return None
    return Refusal("not_paid", "这张券尚未兑付，不能追回。", "D47-5.23")


ON_DEMAND = (reason_stated, paid_out, not_more_than_paid)
