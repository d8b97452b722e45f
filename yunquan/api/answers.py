"""How the API answers: one shape of errors, one place that says which status a refusal has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ninja import Schema
from pydantic import Field

from yunquan.kernel.refusal import Refusal

# A retry can't succeed before the client has looked again: the thing stands elsewhere than it believed.
CONFLICTS = frozenset(
    {
        "not_from_this_state",
        "changed_meanwhile",
        "not_editable",
        "content_changed",
        "idempotency_conflict",
        "contract_used",
        "already_delivered",
        "delivered_for_another_cloud",
    }
)


class Problem(Schema):
    """One reason why a request was not carried out."""

    code: str = Field(description="机器可读的代码")
    message: str = Field(description="给人看的一句话：哪里不对")
    article: str = Field(description="依据的条款，如 D47-5.10；与条款无关时为空")
    mend: str = Field(description="怎么办")
    field: str = Field(description="请求中的哪一项，如 lines-0-fee；不针对某一项时为空")


class Problems(Schema):
    """Every reason at once."""

    errors: list[Problem]


class Fault(Exception):
    """A request that ends here with a status and its reasons."""

    def __init__(self, status: int, code: str, message: str, mend: str = "", field: str = "") -> None:
        self.status = status
        self.body = problems([Refusal(code, message, "", mend, field)])
        super().__init__(message)


def problems(refusals: Iterable[Refusal]) -> dict[str, Any]:
    """The body of an error answer."""
    return {
        "errors": [
            {"code": r.code, "message": r.message, "article": r.article, "mend": r.mend, "field": r.field}
            for r in refusals
        ]
    }


def status_of(refusals: Iterable[Refusal]) -> int:
    """409 where the thing stands elsewhere, 404 where the role has no such step, otherwise 422."""
    codes = {refusal.code for refusal in refusals}
    if "not_your_role" in codes:
        return 404
    return 409 if codes & CONFLICTS else 422


def absent(what: str = "没有找到。") -> Fault:
    """What does not exist and what belongs to others look the same (A1)."""
    return Fault(404, "not_found", what, "请核对编号；不在本单位范围内的，同样按不存在处理。")


WORDS: Mapping[str, str] = {
    "missing": "缺少这一项。",
    "extra_forbidden": "没有这一项，请删去。",
    "string_type": "应为文本。",
    "string_too_long": "超过了最大长度。",
    "string_too_short": "不能为空。",
    "string_pattern_mismatch": "写法不对。",
    "string_unicode": "含有不能识别的字符。",
    "int_type": "应为整数。",
    "int_parsing": "应为整数。",
    "int_parsing_size": "数值过大。",
    "int_from_float": "应为整数。",
    "bool_type": "应为 true 或 false。",
    "bool_parsing": "应为 true 或 false。",
    "list_type": "应为列表。",
    "too_long": "条数过多。",
    "dict_type": "应为对象。",
    "model_type": "应为对象。",
    "model_attributes_type": "应为对象。",
    "greater_than_equal": "数值过小。",
    "less_than_equal": "数值过大。",
    "null_character": "含有空字符，请删去。",
}


def form_problems(errors: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What the reader of the request says, in our words; what was sent is not repeated."""
    found = []
    for error in errors:
        where = [str(part) for part in error.get("loc", ())]
        # The first part says where it was (body, query, header), the second how our code calls the body.
        name = "-".join(where[2:] if where[:1] == ["body"] else where[1:])
        kind = str(error.get("type", "invalid"))
        found.append(Refusal(kind, WORDS.get(kind, "格式不对。"), "", "请按接口说明填写。", name))
    return problems(found)
