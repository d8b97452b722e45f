"""What speaks against sending a completion table or taking a delivery back: pure refusals (D47-5.12, 5.13)."""

from __future__ import annotations

from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts


def content_unchanged(facts: Facts) -> Refusal | None:
    """A table goes out as it was frozen."""
    if facts["recomputed_hash"] == facts["content_hash"]:
        return None
    return Refusal(
        "content_changed",
        "情况表的内容与编制时的摘要不符，不能发送。",
        "D47-5.13",
        "请停止办理，并联系系统管理员核查。",
    )


def verdicts_current(facts: Facts) -> Refusal | None:
    """Since the draft no verdict of the table has been replaced."""
    if not facts["outdated"]:
        return None
    named = "、".join(facts["outdated"][:5]) + (" 等" if len(facts["outdated"]) > 5 else "")
    return Refusal(
        "draft_outdated",
        f"编制以后有 {len(facts['outdated'])} 张券的判定已有变化：{named}。",
        "D47-5.13",
        "请作废本稿，按最新判定重新编制。",
    )


ON_SEND = (content_unchanged, verdicts_current)

LONGEST_REASON = 300


def withdrawal_is_explained(facts: Facts) -> Refusal | None:
    """Taking a loaded file back needs a reason that stays on record."""
    if 0 < len(facts["reason"]) <= LONGEST_REASON:
        return None
    return Refusal(
        "no_reason",
        f"请用 1 至 {LONGEST_REASON} 个字写明撤回的理由。",
        "D47-5.12",
        "例如“应用域名填错，改正后重新送达”。",
        "reason",
    )


ON_WITHDRAW_DELIVERY = (withdrawal_is_explained,)
