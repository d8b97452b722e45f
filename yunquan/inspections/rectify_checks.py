"""Why a step of a rectification is refused; pure functions on facts (D858-2.3)."""

from __future__ import annotations

from datetime import date

from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts

ARTICLE = "D858-2.3"
MOST_LETTERS = 4000
MOST_FILES = 20


def report_told(facts: Facts) -> list[Refusal]:
    """Who reports a rectification says what was done and shows it: words and at least one file of its own."""
    found = []
    report = str(facts.get("report") or "").strip()
    if not report:
        found.append(Refusal("missing", "请写明整改情况：做了什么、何时完成。", ARTICLE, field="report"))
    elif len(report) > MOST_LETTERS:
        said = f"整改情况有 {len(report)} 个字，不能超过 {MOST_LETTERS} 个。"
        found.append(Refusal("too_long", said, ARTICLE, field="report"))
    count, asked = facts.get("file_count", 0), facts.get("asked_count", 0)
    if asked > MOST_FILES:
        found.append(Refusal("too_many", f"附件最多 {MOST_FILES} 个。", ARTICLE, field="files"))
    elif count < asked:
        found.append(
            Refusal("file_unknown", "有附件不是本单位上传的，或已不存在。", ARTICLE, "请重新上传。", "files")
        )
    elif not count:
        said = "请上传证明整改到位的材料，如截图、照片、培训记录。"
        found.append(Refusal("missing", said, ARTICLE, field="files"))
    return found


def finding_told(facts: Facts) -> Refusal | None:
    """Who finds the mending good says what was looked at."""
    if str(facts.get("note") or "").strip():
        return None
    return Refusal("missing", "请写明复查情况。", ARTICLE, field="note")


def time_left(facts: Facts) -> Refusal | None:
    """What is sent back to be mended again has a day ahead until which."""
    due_on, today = facts.get("due_on"), facts["today"]
    if isinstance(due_on, date) and due_on > today:
        return None
    return Refusal("due_on", "请写明新的整改期限，须晚于今天。", ARTICLE, field="due_on")


def problem_told(facts: Facts) -> list[Refusal]:
    """Who orders a rectification says what is wrong, until when, and is someone who may."""
    found = []
    if not str(facts.get("problem") or "").strip():
        found.append(Refusal("missing", "请写明要整改的问题。", ARTICLE, field="problem"))
    due_on, today = facts.get("due_on"), facts["today"]
    if not isinstance(due_on, date):
        said = "该抽查规程没有规定整改工作日，请写明整改期限。"
        found.append(Refusal("due_on", said, ARTICLE, field="due_on"))
    elif due_on <= today:
        found.append(Refusal("due_on", "整改期限须晚于今天。", ARTICLE, field="due_on"))
    if facts.get("role") not in facts.get("roles", ()):
        found.append(Refusal("not_your_role", "您的岗位不能要求整改。", ARTICLE, "请由主管部门办理。"))
    return found
