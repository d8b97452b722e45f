"""Why an expert, a tie or a training can't be entered as it stands; pure functions on facts (D108-3.1, D26-3)."""

from __future__ import annotations

from collections.abc import Iterable

from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts
from yunquan.policy.uscc import UsccError, validate_uscc

ARTICLE = "D108-3.1"
MOST_OPEN = 60


def expert_faults(facts: Facts) -> list[Refusal]:
    """Everything that is wrong in an expert's sheet."""
    found = [*_texts(facts), *uscc_faults(facts, "employer_uscc")]
    if facts["speciality"] not in ("technical", "finance"):
        found.append(Refusal("wrong_field", "请选择专业。", ARTICLE, field="speciality"))
    if not 1 <= facts["most_open"] <= MOST_OPEN:
        message = f"同时承担上限应是 1 至 {MOST_OPEN}。"
        found.append(Refusal("wrong_load", message, ARTICLE, field="most_open"))
    if not facts["is_person"]:
        found.append(
            Refusal(
                "no_login",
                "没有以“专家”岗位登录的这个人。",
                ARTICLE,
                "请先由管理员开通专家账号。",
                "username",
            )
        )
    if facts["code_taken"]:
        found.append(Refusal("code_taken", "这个专家编号已有人使用。", ARTICLE, field="code"))
    if facts["person_taken"]:
        found.append(Refusal("person_taken", "这个人已在专家库中。", ARTICLE, field="username"))
    return found


def _texts(facts: Facts) -> Iterable[Refusal]:
    for name, label in (("code", "专家编号"), ("employer", "工作单位")):
        if not str(facts[name]).strip():
            yield Refusal("missing", f"请填写{label}。", ARTICLE, field=name)


def uscc_faults(facts: Facts, field: str) -> Iterable[Refusal]:
    """A code that is given is a right one."""
    value = str(facts[field]).strip()
    if not value:
        return
    try:
        validate_uscc(value)
    except UsccError as wrong:
        yield Refusal("wrong_uscc", f"统一社会信用代码不对：{wrong}。", ARTICLE, field=field)


def tie_faults(facts: Facts) -> list[Refusal]:
    """Everything that is wrong in a declared tie."""
    found = list(uscc_faults(facts, "uscc"))
    if not str(facts["firm"]).strip():
        found.append(Refusal("missing", "请填写单位名称。", ARTICLE, field="firm"))
    if facts["kind"] not in facts["kinds"]:
        found.append(Refusal("wrong_kind", "请选择关系。", ARTICLE, field="kind"))
    return found
