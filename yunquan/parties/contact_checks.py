"""Why a step on a contacts receipt is refused: pure functions of facts, each with its article (D47-A3)."""

from __future__ import annotations

from collections.abc import Iterable

from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts

ARTICLE = "D47-A3"


def of_the_bureau_or_its_judge(facts: Facts) -> Refusal | None:
    """A bureau sends its own receipt; whoever asked enters one that came on paper."""
    if facts["org"] in (facts["bureau"], facts["judge"], "bureau:440000"):
        return None
    return Refusal("not_your_case", "只能报送本单位的回执。", ARTICLE, "请由该单位报送。")


def something_changed(facts: Facts) -> Refusal | None:
    """A new edition differs from the one that stands."""
    if not facts["same"]:
        return None
    return Refusal(
        "nothing_changed", "内容与现行的回执相同，没有需要报送的变更。", ARTICLE, "请修改后再报送。"
    )


def judges_it(facts: Facts) -> Refusal | None:
    """The level above looks at a receipt: the province at a city's, the city at a county's."""
    if facts["org"] in (facts["judge"], "bureau:440000"):
        return None
    return Refusal("not_your_case", "回执由上一级主管部门确认。", ARTICLE, "请等待上一级主管部门办理。")


def says_what_to_mend(facts: Facts) -> Refusal | None:
    """A return says what is to be mended."""
    if str(facts["reason"]).strip():
        return None
    return Refusal("no_reason", "请写明退回的理由。", ARTICLE, "写明要补正什么。", "reason")


def entered_by_another(facts: Facts) -> Refusal | None:
    """Who wrote in a receipt, if only in its draft, doesn't look at it (S3)."""
    if facts["person"] not in facts["writers"]:
        return None
    return Refusal(
        "own_entry", "这份回执由您填写过，不能由您确认或退回。", ARTICLE, "请由本单位的另一位同事办理。"
    )


def round_stands(facts: Facts) -> Iterable[Refusal]:
    """A call has a title and a day that lies ahead, and somebody to answer it."""
    if not str(facts["title"]).strip():
        yield Refusal("missing", "请填写标题。", ARTICLE, field="title")
    if facts["due_on"] is None or facts["due_on"] < facts["today"]:
        yield Refusal("day_past", "报送期限不能早于今天。", ARTICLE, "请选择今天或以后的日期。", "due_on")
    if not facts["asked"]:
        yield Refusal("nobody", "本单位没有下一级主管部门，无需征集。", "D410-2")
