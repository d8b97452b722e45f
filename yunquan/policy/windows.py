"""When one may apply and claim: announced in time, closing at a time of day (D47-5.18)."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from yunquan.kernel.calendar import SHANGHAI, local_date
from yunquan.kernel.refusal import Refusal
from yunquan.policy.rulebook import Rulebook


def is_open(opens_at: datetime, closes_at: datetime, moment: datetime) -> bool:
    """Say whether something that arrives at a moment is accepted: from the opening, before the closing."""
    return opens_at <= moment < closes_at


def earliest_closing_on(announced_at: datetime, rulebook: Rulebook) -> date:
    """Give the first day on which a window announced at a moment may close."""
    announced_on = local_date(announced_at)
    return announced_on + timedelta(days=rulebook.value("programme.window_notice_days", announced_on).value)


def window_refusals(
    opens_at: datetime, closes_at: datetime, announced_at: datetime, rulebook: Rulebook
) -> list[Refusal]:
    """Say why a window can't be announced: closing before it opens, or announced too late."""
    notice = rulebook.value("programme.window_notice_days", local_date(announced_at))
    refusals = []
    if closes_at <= opens_at:
        refusals.append(
            Refusal(
                "closes_before_opening",
                f"截止时间 {_clock(closes_at)} 不晚于开放时间 {_clock(opens_at)}",
                notice.article,
                "把截止时间改到开放时间之后",
                "closes_at",
            )
        )
    if closes_at - announced_at < timedelta(days=notice.value):
        earliest = announced_at + timedelta(days=notice.value)
        refusals.append(
            Refusal(
                "notice_too_short",
                f"截止时间 {_clock(closes_at)} 距公布不足 {notice.value} 天",
                notice.article,
                f"截止时间不早于 {_clock(earliest)}",
                "closes_at",
            )
        )
    return refusals


def change_refusals(
    old_closes_at: datetime,
    new_closes_at: datetime,
    announced_at: datetime,
    rulebook: Rulebook,
) -> list[Refusal]:
    """Say why an announced closing can't be moved: never earlier, not once closed, and in time again."""
    notice = rulebook.value("programme.window_notice_days", local_date(announced_at))
    refusals = []
    if new_closes_at < old_closes_at:
        refusals.append(
            Refusal(
                "closing_moved_earlier",
                f"已公布的截止时间 {_clock(old_closes_at)} 不能提前到 {_clock(new_closes_at)}",
                notice.article,
                f"不早于 {_clock(old_closes_at)}",
                "closes_at",
            )
        )
    if announced_at >= old_closes_at:
        refusals.append(
            Refusal(
                "window_closed",
                f"窗口已于 {_clock(old_closes_at)} 截止，不能再改",
                notice.article,
                "另行公布新的一批",
                "closes_at",
            )
        )
    if new_closes_at > old_closes_at and new_closes_at - announced_at < timedelta(days=notice.value):
        refusals.append(
            Refusal(
                "notice_too_short",
                f"新的截止时间 {_clock(new_closes_at)} 距公布不足 {notice.value} 天",
                notice.article,
                f"截止时间不早于 {_clock(announced_at + timedelta(days=notice.value))}",
                "closes_at",
            )
        )
    return refusals


def implementation_refusals(
    apply_closes_at: datetime, claim_closes_at: datetime, rulebook: Rulebook
) -> list[Refusal]:
    """Say whether enterprises are left too little time between applying and claiming (D0-5.17)."""
    refusals = []
    on = local_date(apply_closes_at)
    notice = rulebook.value("programme.window_notice_days", on)
    if claim_closes_at <= apply_closes_at:
        refusals.append(
            Refusal(
                "claim_closes_first",
                "结算截止时间不能早于申领截止时间",
                notice.article,
                f"改到 {_clock(apply_closes_at)} 之后",
                "claim_closes_at",
            )
        )
    least = rulebook.find("programme.implementation_days", on)
    if least is not None and claim_closes_at - apply_closes_at < timedelta(days=least.value):
        refusals.append(
            Refusal(
                "implementation_too_short",
                f"从申领截止到结算截止不足 {least.value} 天",
                least.article,
                f"结算截止时间不早于 {_clock(apply_closes_at + timedelta(days=least.value))}",
                "claim_closes_at",
            )
        )
    return refusals


def _clock(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
