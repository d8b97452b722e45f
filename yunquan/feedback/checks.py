"""Why a step on a message is refused: pure functions of facts, each with its article (D47-8.5)."""

from __future__ import annotations

from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts

ARTICLE = "D47-8.5"


def reason_stated(facts: Facts) -> Refusal | None:
    """Who turns a message down, passes it on or asks again says why."""
    if str(facts["reason"]).strip():
        return None
    return Refusal("no_reason", "请写明理由，理由会显示给留言人。", ARTICLE, field="reason")


def answer_stated(facts: Facts) -> Refusal | None:
    """An answer has words."""
    if str(facts["answer"]).strip():
        return None
    return Refusal("no_answer", "请填写答复内容。", ARTICLE, field="answer")


def public_words_stated(facts: Facts) -> Refusal | None:
    """What is published is a text of the bureau's own; the message itself may name people."""
    if not facts["is_published"]:
        return None
    if not facts["publication_allowed"]:
        return Refusal(
            "not_for_publication", "留言人不同意公开，不能公开这条留言。", ARTICLE, field="is_published"
        )
    if str(facts["public_text"]).strip():
        return None
    return Refusal(
        "no_public_text",
        "公开的，请填写公开用的留言摘要，不写姓名、电话等个人信息。",
        ARTICLE,
        field="public_text",
    )


def bureau_is_another(facts: Facts) -> Refusal | None:
    """A message is passed to another bureau of the programme."""
    if facts["to"] and facts["to"] != facts["bureau"]:
        return None
    return Refusal("same_bureau", "请选择另一个主管部门。", ARTICLE, field="to")


def not_about_oneself(facts: Facts) -> Refusal | None:
    """A complaint about a bureau is answered by the province's, never by the one complained of."""
    if not facts["is_about_bureau"] or facts["org"] == "bureau:440000":
        return None
    return Refusal("about_oneself", "反映主管部门的留言由省厅办理。", ARTICLE, "请由省厅办理。")


def asked_again_once(facts: Facts) -> Refusal | None:
    """Whoever is not satisfied may ask once more; after that the supervision telephone."""
    if not facts["reopened"]:
        return None
    return Refusal(
        "asked_twice", "这条留言已经追问过一次。", ARTICLE, "仍有意见的，请拨打监督电话或另写一条留言。"
    )


def rating_given(facts: Facts) -> Refusal | None:
    """A rating is one of five."""
    if facts["rating"] in (1, 2, 3, 4, 5):
        return None
    return Refusal("no_rating", "请选择 1 到 5 分。", ARTICLE, field="rating")


def answered_long_ago(facts: Facts) -> Refusal | None:
    """The clock closes what was answered and not rated within thirty days."""
    if facts["days"] >= 30:
        return None
    return Refusal("too_soon", "答复未满 30 天。", ARTICLE)
