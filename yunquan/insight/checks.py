"""Why a step of an evaluation, a title or a split is refused: pure functions of facts (D47-8.3, D47-5.17)."""

from __future__ import annotations

from collections.abc import Iterator

from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts

ARTICLE, SPLIT_ARTICLE = "D47-8.3", "D47-5.17"


def reason_stated(facts: Facts) -> Refusal | None:
    """Who sends back, discards or withdraws says why."""
    if str(facts["reason"]).strip():
        return None
    return Refusal("no_reason", "请写明理由。", ARTICLE, field="reason")


def has_suppliers(facts: Facts) -> Refusal | None:
    """An evaluation without a single supplier is sent to nobody."""
    if facts["lines"]:
        return None
    return Refusal("nobody", "评价期内没有供应商有服务券。", ARTICLE, "请作废，核对评价期后重新测算。")


def reply_time_over(facts: Facts) -> Refusal | None:
    """Titles are proposed after the suppliers had their time to reply."""
    if facts["today"] > facts["due_on"]:
        return None
    return Refusal(
        "reply_time_runs",
        f"供应商可以答复到 {facts['due_on']}。",
        ARTICLE,
        f"请在 {facts['due_on']} 以后提名。",
    )


def replies_answered(facts: Facts) -> Refusal | None:
    """Every reply is answered before anything is proposed."""
    open_ones = facts["unanswered"]
    if not open_ones:
        return None
    return Refusal(
        "unanswered",
        f"还有 {len(open_ones)} 份意见没有答复：{'、'.join(open_ones)}。",
        ARTICLE,
        "请先逐份答复。",
    )


def figures_stand(facts: Facts) -> Refusal | None:
    """Where a reply was found right, this edition goes no further."""
    wrong = facts["found_wrong"]
    if not wrong:
        return None
    return Refusal(
        "found_wrong",
        f"{'、'.join(wrong)}的意见核实有误，这一版不能再用。",
        ARTICLE,
        "请作废这一版，更正后重新测算。",
    )


def choice_explained(facts: Facts) -> Refusal | None:
    """Whom nobody proposes, or not all that reach the points: the reason stands with it."""
    if str(facts["note"]).strip():
        return None
    if not facts["chosen"]:
        return Refusal("no_reason", "本年度不提名的，请写明理由。", ARTICLE, field="note")
    if facts["passed_over"]:
        named = "、".join(facts["passed_over"])
        return Refusal("no_reason", f"达到分数而没有提名的有：{named}。请写明理由。", ARTICLE, field="note")
    return None


def chosen_deserve(facts: Facts) -> Iterator[Refusal]:
    """Every reason against each proposed supplier, and too many of them."""
    for one in facts["chosen"]:
        for code, words in (
            ("not_ranked", f"没有排名：{one['unranked']}" if one["unranked"] else ""),
            ("too_few_points", "" if one["unranked"] or one["enough"] else f"总分 {one['score']}，不到 {facts['least']}"),
            ("not_registered", "" if one["is_registered"] else "不是已注册的供应商"),
            ("under_standing", one["standing"]),
        ):  # fmt: skip
            if words:
                yield Refusal(code, f"{one['name']}：{words}。", ARTICLE, "请不要提名。", "suppliers")
    if len(facts["chosen"]) > facts["most"]:
        yield Refusal(
            "too_many",
            f"提名了 {len(facts['chosen'])} 家，最多 {facts['most']} 家。",
            ARTICLE,
            "请减少。",
            "suppliers",
        )


def chosen_still_deserve(facts: Facts) -> Iterator[Refusal]:
    """Who was barred or lost its registration since the proposal gets no title."""
    for one in facts["chosen"]:
        words = one["standing"] or ("" if one["is_registered"] else "不是已注册的供应商")
        if words:
            yield Refusal("under_standing", f"{one['name']}：{words}。", ARTICLE, "请退回，重新提名。")


def another_person(facts: Facts) -> Refusal | None:
    """Who proposed or changed does not decide (S3)."""
    if facts["person"] not in facts["proposers"]:
        return None
    return Refusal("same_person", "提名或测算的人不能自己审定。", ARTICLE, "请由另一位审批人办理。")


def another_person_splits(facts: Facts) -> Refusal | None:
    """Who reckoned, changed or submitted a split does not decide on it (S3)."""
    if facts["person"] not in facts["proposers"]:
        return None
    return Refusal(
        "same_person",
        "测算、调整或提交的人不能自己审定。",
        SPLIT_ARTICLE,
        "请由另一位审批人办理，或退回后由经办人提交。",
    )


def publicity_over(facts: Facts) -> Refusal | None:
    """Titles are granted after their whole time in public."""
    if facts["today"] > facts["publicity_ends_on"]:
        return None
    return Refusal(
        "publicity_runs", f"公示到 {facts['publicity_ends_on']}。", ARTICLE, "请在公示期满后公布。"
    )


def term_over(facts: Facts) -> Refusal | None:
    """A title expires after its last day."""
    if facts["today"] > facts["until_on"]:
        return None
    return Refusal("term_runs", f"称号有效期至 {facts['until_on']}。", ARTICLE)


def sums_to_total(facts: Facts) -> Refusal | None:
    """The cities' amounts are together exactly what is split."""
    if facts["sum_fen"] == facts["total_fen"]:
        return None
    return Refusal("sum_differs", facts["difference"], SPLIT_ARTICLE, "请改到合计相等。", "sum")
