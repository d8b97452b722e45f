"""What vouchers left to lapse cost an enterprise (D47-5.19)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from yunquan.kernel.refusal import Refusal
from yunquan.policy.rulebook import Rulebook


class Strike(StrEnum):
    """The standing that a count of lapsed vouchers leads to."""

    NONE = "none"
    SUSPENDED = "suspended"
    BARRED = "barred"


def strike_for(lapses: int, rulebook: Rulebook, on: date) -> Strike:
    """Give the standing after so many lapsed vouchers in all."""
    bar = rulebook.find("strikes.bar_at", on)
    if bar is not None and lapses >= bar.value:
        return Strike.BARRED
    suspend = rulebook.find("strikes.suspend_at", on)
    if suspend is not None and lapses >= suspend.value:
        return Strike.SUSPENDED
    return Strike.NONE


def strike_refusals(
    lapsed_in: Sequence[int], applying_in: int, rulebook: Rulebook, on: date
) -> list[Refusal]:
    """Say why an enterprise can't apply in a batch, given the batches in which vouchers lapsed.

    Batches are numbered one after another. A suspension holds for the batch after the one whose
    voucher reached the count; a bar holds for good.
    """
    strike = strike_for(len(lapsed_in), rulebook, on)
    if strike is Strike.BARRED:
        bar = rulebook.value("strikes.bar_at", on)
        return [
            Refusal(
                "barred_by_lapses",
                f"企业已累积 {len(lapsed_in)} 次未兑现服务券，申领资格已取消",
                bar.article,
                "如有异议，请向所在地主管部门申诉",
            )
        ]
    if strike is Strike.SUSPENDED:
        suspend = rulebook.value("strikes.suspend_at", on)
        reached_in = sorted(lapsed_in)[suspend.value - 1]
        if applying_in == reached_in + 1:
            return [
                Refusal(
                    "suspended_by_lapses",
                    f"企业已累积 {len(lapsed_in)} 次未兑现服务券，本批次暂停申领",
                    suspend.article,
                    "下一批次可以再申领",
                )
            ]
    return []
