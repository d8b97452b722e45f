"""Why a party may not act, and why a standing is not imposed, lifted or appealed: pure functions of facts.

D47-8.4, D108-4, D26-4, D47-5.19.
"""

from __future__ import annotations

from collections.abc import Iterable

from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts


def nothing_stands_against(facts: Facts) -> Iterable[Refusal]:
    """Nobody whose rights are cancelled, barred or suspended takes this step (D47-8.4, D108-4, D26-4)."""
    return tuple(facts.get("sanctions", ()))


def reason_stated(facts: Facts) -> Refusal | None:
    """A standing, its lifting and the answer to an appeal say why."""
    if str(facts.get("reason") or "").strip():
        return None
    return Refusal("no_reason", "请写明理由，理由会告知当事人。", "D47-8.4", field="reason")


def document_there(facts: Facts) -> Refusal | None:
    """A standing is imposed or lifted by a document."""
    if facts.get("document"):
        return None
    return Refusal("no_document", "请上传处理（或解除）决定的文件。", "D47-8.4", field="document")


def document_where_upheld(facts: Facts) -> Refusal | None:
    """An appeal that holds lifts the standing, by a document too."""
    return document_there(facts)


def different_person(facts: Facts) -> Refusal | None:
    """Who imposed a standing neither lifts it nor decides on the appeal (S3)."""
    if facts["person"] not in facts["earlier_persons"]:
        return None
    return Refusal(
        "same_person", "作出处理的人不能自己解除或裁定申诉。", "D47-8.4", "请由另一位有权限的同事办理。"
    )


def term_over(facts: Facts) -> Refusal | None:
    """The clock ends a standing on the day after its last."""
    until = facts["until_on"]
    if until is not None and facts["today"] > until:
        return None
    return Refusal("term_not_over", "期限未满。", "D26-4")


def appeal_stated(facts: Facts) -> Refusal | None:
    """An appeal says what is wrong."""
    if str(facts.get("text") or "").strip():
        return None
    return Refusal("no_grounds", "请写明申诉理由。", "D47-8.4", "可一并上传证明材料。", "text")


def appeal_open_to(facts: Facts) -> Iterable[Refusal]:
    """A party appeals against what stands, one appeal at a time."""
    if facts["state"] != "stands":
        yield Refusal("not_standing", "这项处理已经结束，无须申诉。", "D47-8.4")
    if facts["appeal_open"]:
        yield Refusal("appeal_open", "您的申诉正在办理，请等待答复。", "D47-8.4")


def under_standing(
    *, who: str, label: str, from_on: object, term: str, article: str, field: str = ""
) -> Refusal:
    """The refusal itself: who, what stands, since when and how long, and what can be done."""
    return Refusal(
        "under_standing",
        f"{who}自 {from_on} 起{label}（{term}），不能办理这一步。",
        article,
        "如有异议，当事单位可在“资格与处理”中申诉；解除后即可办理。",
        field,
    )
