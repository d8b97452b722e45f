"""How much a city may issue: its target times a factor (D47-8.2a)."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from yunquan.kernel.money import format_wan
from yunquan.kernel.refusal import Refusal
from yunquan.policy.rulebook import Rulebook


def quota_bounds(target_fen: int, rulebook: Rulebook, on: date) -> tuple[int, int]:
    """Give the least and the most that a city's quota may be, in fen, both rounded down."""
    factor = rulebook.value("programme.quota_factor", on).value
    return _times(target_fen, factor.least), _times(target_fen, factor.most)


def usual_quota(target_fen: int, rulebook: Rulebook, on: date, factor: Fraction | None = None) -> int:
    """Give target × factor in fen, rounded down; the pack's usual factor where none is given."""
    return _times(target_fen, factor or rulebook.value("programme.quota_factor", on).value.usual)


def quota_refusals(
    target_fen: int, quota_fen: int, used_fen: int, rulebook: Rulebook, on: date
) -> list[Refusal]:
    """Say why a city can't be given this quota: outside the factor, or below what is issued."""
    factor = rulebook.value("programme.quota_factor", on)
    least_fen, most_fen = quota_bounds(target_fen, rulebook, on)
    refusals = []
    if target_fen <= 0:
        refusals.append(
            Refusal("target_not_positive", "目标额度必须大于零", factor.article, "填写目标额度", "target")
        )
    if not least_fen <= quota_fen <= most_fen:
        refusals.append(
            Refusal(
                "quota_outside_factor",
                f"发放额度 {format_wan(quota_fen)} 不在目标额度的 {_plain(factor.value.least)} 至"
                f" {_plain(factor.value.most)} 倍之内",
                factor.article,
                f"填写 {format_wan(least_fen)} 至 {format_wan(most_fen)} 之间的数",
                "quota",
            )
        )
    if quota_fen < used_fen:
        refusals.append(
            Refusal(
                "quota_below_issued",
                f"发放额度 {format_wan(quota_fen)} 低于已发放的 {format_wan(used_fen)}",
                factor.article,
                f"不低于 {format_wan(used_fen)}",
                "quota",
            )
        )
    return refusals


def issue_refusal(
    face_fen: int, quota_fen: int, used_fen: int, rulebook: Rulebook, on: date
) -> Refusal | None:
    """Say why a voucher of this face can't be issued under the quota, in fen; None when it can."""
    if used_fen + face_fen <= quota_fen:
        return None
    return Refusal(
        "no_quota",
        f"本市剩余额度 {format_wan(max(0, quota_fen - used_fen))}，不足发放 {format_wan(face_fen)}",
        rulebook.value("programme.quota_factor", on).article,
        "等待额度退回，或请省厅调整本市额度",
    )


def _times(fen: int, factor: Fraction) -> int:
    return fen * factor.numerator // factor.denominator


def _plain(factor: Fraction) -> str:
    return f"{float(factor):g}"
