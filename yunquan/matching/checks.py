"""Why a step of a city's own subsidy is refused: pure functions of facts, each with its article (D47-4.4.6).

What holds for the province's list, run and recovery holds here too and is taken from settlement's checks.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from typing import Any

from yunquan.kernel.money import LARGEST_FEN, format_yuan
from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts
from yunquan.policy.matching import FIXED, RATIO, ROUNDINGS
from yunquan.settlement.checks import (
    all_results_in,
    different_person,
    funds_cover,
    has_lines,
    plan_current,
    publicity_over,
    reason_stated,
    smaller_amount,
    something_to_pay,
    unchanged,
)

__all__ = [
    "all_results_in",
    "different_person",
    "plan_current",
    "publicity_over",
    "reason_stated",
    "smaller_amount",
    "something_to_pay",
]
ARTICLE = "D47-4.4.6"
LARGEST_RATIO = 20_000
# What names the city's own legal source, and how many characters it may have.
SOURCE = (("title", "文件名称", 120), ("document", "文号", 60), ("clause", "条款", 60))
TRIGGERS = {"paid": "省奖补兑付后", "approved": "兑现审核通过后"}


def _wrong(field: str, message: str, mend: str = "") -> Refusal:
    return Refusal("scheme_" + field, message, ARTICLE, mend, field)


def scheme_faults(values: Mapping[str, Any], services: Collection[int]) -> list[Refusal]:
    """Everything that is wrong with the values of a proposed version, each beside its field.

    `services` are the numbers that the catalogue holds.
    """
    return [*_source(values), *_amounts(values, services), *_days(values)]


def _source(values: Mapping[str, Any]) -> Iterator[Refusal]:
    for field, label, most in SOURCE:
        text = str(values[field]).strip()
        if not text:
            yield _wrong(field, f"请填写本市依据文件的{label}。", "配套资金须有本市自己的文件依据。")
        elif len(text) > most:
            yield _wrong(field, f"{label}有 {len(text)} 个字，不能超过 {most} 个。")


def _amounts(values: Mapping[str, Any], services: Collection[int]) -> Iterator[Refusal]:
    if values["basis"] == RATIO:
        if not 0 < (values["ratio"] or 0) <= LARGEST_RATIO:
            yield _wrong("ratio", "配套比例应大于 0 且不超过 200%。", "填写百分数，最多两位小数，如 50。")
    elif values["basis"] == FIXED:
        fixed = values["fixed"] or {}
        if not fixed:
            yield _wrong("fixed", "请至少填写一项应用服务的定额。", "每行写“目录序号 金额”，如“2 10000”。")
        if not all(0 < fen <= LARGEST_FEN for fen in fixed.values()):
            yield _wrong("fixed", "定额应大于 0。")
        if unknown := sorted(set(fixed) - set(services)):
            numbers = "、".join(map(str, unknown))
            yield _wrong("fixed", f"应用服务目录中没有序号 {numbers}。", "请对照本页的应用服务目录序号填写。")
    else:
        yield _wrong("basis", "请选择按比例或按每项定额配套。")
    for field, label in (("ceiling_fen", "每家企业上限"), ("total_fen", "配套资金总额")):
        if not 0 < (values[field] or 0) <= LARGEST_FEN:
            yield _wrong(field, f"{label}应大于 0。", "请填写以元为单位的金额。")
    if values["rounding"] not in ROUNDINGS:
        yield _wrong("rounding", "请选择金额舍到分还是舍到元。")
    if values["trigger"] not in TRIGGERS:
        yield _wrong("trigger", "请选择何时配套。")


def _days(values: Mapping[str, Any]) -> Iterator[Refusal]:
    from_on, until_on = values["from_on"], values["until_on"]
    if from_on is None:
        yield _wrong("from_on", "请填写起始日期。")
    elif until_on is not None and until_on < from_on:
        yield _wrong("until_on", "截止日期不能早于起始日期。")


def starts_later(facts: Facts) -> Refusal | None:
    """A change holds from a day to come: what was worked out by the version before stays (M4)."""
    first, from_on, today = facts["is_first"], facts["from_on"], facts["today"]
    assert isinstance(from_on, date) and isinstance(today, date)
    if first or from_on > today:
        return None
    return Refusal(
        "starts_in_the_past",
        "修改的版本只能从审定之后的日期起适用。",
        ARTICLE,
        "请退回，改为以后的起始日期重新提出。",
        "from_on",
    )


def follows_the_last(facts: Facts) -> Refusal | None:
    """Versions follow one another by their days, so that each day has one."""
    last = facts["last_from_on"]
    if last is None or facts["from_on"] > last:
        return None
    return Refusal(
        "not_after_the_last",
        f"起始日期应晚于上一版本的 {last}。",
        ARTICLE,
        "请退回，改为更晚的起始日期重新提出。",
        "from_on",
    )


def voucher_lost(facts: Facts) -> Refusal | None:
    """A line goes without payment only where its voucher is no longer one that the scheme adds to."""
    if facts["is_lost"]:
        return None
    return Refusal("voucher_stands", "这张服务券仍然有效，不能取消配套。", ARTICLE)


def award_lessened(facts: Facts) -> Refusal | None:
    """A line leaves its list for the next one only where the award behind it is less than the list says."""
    if facts["lessened_fen"] > 0:
        return None
    return Refusal("award_unchanged", "这张服务券的省奖补没有减少，不能退出清单。", ARTICLE)


def ground_for_recovery(facts: Facts) -> Refusal | None:
    """A city asks its money back where the award is less than listed or its voucher was recovered or revoked."""
    if facts["lessened_fen"] > 0 or facts["is_lost"]:
        return None
    return Refusal(
        "nothing_taken_back",
        "这张服务券的省奖补在列入清单后没有被追回、核减或取消，不能追回配套资金。",
        ARTICLE,
        "请先对服务券下达追回。",
    )


def paid_out(facts: Facts) -> Refusal | None:
    """Only what was paid can be asked back."""
    if facts["line_state"] == "paid":
        return None
    return Refusal("not_paid", "这一笔配套尚未兑付，不能追回。", ARTICLE)


def not_more_than_paid(facts: Facts) -> Refusal | None:
    """What is asked back never exceeds what was paid (M10)."""
    left = facts["paid_fen"] - facts["demanded_fen"]
    if 0 < facts["amount_fen"] <= left:
        return None
    return Refusal(
        "recovery_out_of_range",
        f"追回金额应大于 0 且不超过 {format_yuan(left)} 元（已兑付配套减已下达追回）。",
        ARTICLE,
        field="amount",
    )


def nothing_ordered(facts: Facts) -> Refusal | None:
    """A list from which payment began can't be withdrawn."""
    if not facts["ordered"]:
        return None
    return Refusal("payment_begun", "清单内已有配套发出兑付，不能撤下。", ARTICLE, "请改用异议或追回程序。")


ON_ADOPT = (different_person, starts_later, follows_the_last)
ON_PUBLISH = (different_person, unchanged, has_lines)
ON_RELEASE = (different_person, unchanged, plan_current, something_to_pay, funds_cover)
ON_DEMAND = (reason_stated, paid_out, ground_for_recovery, not_more_than_paid)
