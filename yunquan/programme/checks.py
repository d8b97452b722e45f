"""Pure refusals of the programme: cycles, windows, quotas and rule changes."""

from __future__ import annotations

from collections.abc import Iterable

from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts

MOST_REASON = 200


def windows_published(facts: Facts) -> Iterable[Refusal]:
    """A cycle opens once its closing dates for application and claim are public (D47-5.18)."""
    for label in facts.get("windows_missing", ()):
        yield Refusal(
            "window_not_published",
            f"{label}的起止时间尚未公布。",
            "D47-5.18",
            "请先公布起止时间；截止日期须至少提前 30 天公布。",
        )


def quota_split(facts: Facts) -> Refusal | None:
    """A cycle opens once its quota is split over the cities (D47-5.1)."""
    if facts.get("targets", 0):
        return None
    return Refusal(
        "quota_not_split", "尚未把服务券额度分配到地市。", "D47-5.1", "请先下达至少一个地市的目标额度。"
    )


def not_own_draft(facts: Facts) -> Refusal | None:
    """Who drafted a rule change doesn't publish it (S3)."""
    if facts.get("drafted_by") != facts.get("person"):
        return None
    return Refusal(
        "own_draft", "起草人不能发布自己起草的规则变更。", "D47-4.4.1", "请由另一位省厅审批人复核后发布。"
    )


def nothing_wrong(facts: Facts) -> Iterable[Refusal]:
    """Every fault that laying the change over the pack showed, all at once."""
    return tuple(facts.get("faults", ()))


def says_why(facts: Facts) -> Refusal | None:
    """A change that goes back to its drafter says why."""
    if facts.get("reasons"):
        return None
    return Refusal(
        "reason_missing", "没有填写退回理由。", "D47-4.4.1", "请至少填写一条理由。", field="reasons"
    )


def notice_is_whole(facts: Facts) -> Iterable[Refusal]:
    """Everything that a notice or guide lacks, all at once (D47-5.1)."""
    return tuple(facts.get("faults", ()))


def another_publishes(facts: Facts) -> Refusal | None:
    """Who drafted a notice doesn't publish it (S3)."""
    if facts.get("drafted_by") != facts.get("person"):
        return None
    return Refusal(
        "own_draft", "起草人不能审核自己起草的公告或指南。", "D47-5.1", "请由另一位省厅审批人办理。"
    )


def notice_reason_stated(facts: Facts) -> Refusal | None:
    """A notice that goes back or is taken into the archive says why."""
    reason = str(facts.get("reason", "")).strip()
    if not reason:
        return Refusal("no_reason", "请写明理由。", "D47-5.1", field="reason")
    if len(reason) > MOST_REASON:
        said = f"理由有 {len(reason)} 个字，不能超过 {MOST_REASON} 个。"
        return Refusal("too_long", said, "D47-5.1", field="reason")
    return None
