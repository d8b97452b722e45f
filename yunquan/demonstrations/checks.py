"""What a demonstration project 标杆示范 and its reports must hold (D858-2.1); pure functions of gathered facts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

from yunquan.demonstrations.outline import ARTICLE, MENDING, OUTCOMES, RETURNABLE
from yunquan.kernel.money import format_yuan
from yunquan.kernel.refusal import Refusal
from yunquan.kernel.workflow import Facts

MOST_LETTERS = 4000
MOST_FILES = 20


def reason_stated(facts: Facts) -> Refusal | None:
    """Who decides against somebody, or puts a day off, says why."""
    if str(facts.get("reason") or "").strip():
        return None
    return Refusal("no_reason", "请写明理由。", facts.get("article", ARTICLE), field="reason")


def second_person(facts: Facts) -> Refusal | None:
    """Another person decides than proposed (S3)."""
    if facts["person"] not in facts["earlier_persons"]:
        return None
    article = facts.get("article", ARTICLE)
    return Refusal("same_person", "提出的人和决定的人须是两个人。", article, "请由同事办理。")


def day_is_later(facts: Facts) -> Refusal | None:
    """A day that is put off lies after the one that stood."""
    new, old = facts.get("ends_on"), facts["stood"]
    if isinstance(new, date) and new > old:
        return None
    said = f"新的完成日期须晚于原来的 {old}。"
    return Refusal("day_not_later", said, ARTICLE, field="ends_on")


def nothing_filed(facts: Facts) -> Refusal | None:
    """A registration is undone only while nothing was asked on it."""
    if not facts["report_count"]:
        return None
    said = "这个项目已经布置过报告，不能作废登记。"
    return Refusal("has_reports", said, ARTICLE, "确需终止的，请提出撤销称号。")


# The report


def told_as_asked(facts: Facts) -> list[Refusal]:
    """Every section is told, every line can be read: what the reading of the form found."""
    return list(facts["faults"])


def within_plan(facts: Facts) -> list[Refusal]:
    """Public money is never over the plan; a line of the plan that is overspent is explained (D858-2.1).

    `earlier` and `now` are sums in fen by (line of the plan, fund); `plan` the same for the plan's lines.
    """
    found = []
    public = _sum_of(facts["earlier"], "public") + _sum_of(facts["now"], "public")
    planned = _sum_of(facts["plan"], "public")
    if public > planned:
        said = (
            f"财政资金累计支出 {format_yuan(public)} 元，超过计划的 {format_yuan(planned)} 元，"
            f"超出 {format_yuan(public - planned)} 元。"
        )
        mend = "请核对支出明细；超出部分应列自筹资金，财政资金计划调整的请先联系主管部门。"
        found.append(Refusal("over_public", said, ARTICLE, mend, "spending-0-amount"))
    if not str(facts["overrun"]).strip():
        found += list(_overspent(facts))
    return found


def _sum_of(sums: Mapping[tuple[int, str], int], fund: str) -> int:
    return sum(fen for (_line, one), fen in sums.items() if one == fund)


def _overspent(facts: Facts) -> Iterator[Refusal]:
    for key, spent in facts["now"].items():
        total, planned = spent + facts["earlier"].get(key, 0), facts["plan"].get(key, 0)
        if total > planned:
            line, fund = key
            said = (
                f"“{facts['purposes'].get(line, '')}”的{'财政' if fund == 'public' else '自筹'}资金累计支出 "
                f"{format_yuan(total)} 元，超过计划的 {format_yuan(planned)} 元，请写明超支原因。"
            )
            yield Refusal("over_line", said, ARTICLE, field="overrun")


def each_document_once(facts: Facts) -> list[Refusal]:
    """One document of payment is spent once, in this report and in those before it."""
    found, seen = [], set(facts["documents"])
    for place, document in enumerate(facts["new_documents"]):
        if document and document in seen:
            said = f"凭证号 {document[:60]} 已经列过，同一张凭证只列一次。"
            found.append(Refusal("document_twice", said, ARTICLE, field=f"spending-{place}-document"))
        seen.add(document)
    return found


def reasons_told(facts: Facts) -> list[Refusal]:
    """A return names the sections and says what is wrong in each, all at once (D47-5.21)."""
    reasons: Mapping[str, str] = facts["reasons"]
    if not reasons:
        said = "请在要补正的部分写明理由，并一次性告知全部需要补正的内容。"
        return [Refusal("no_reason", said, "D47-5.21", field="building")]
    return [
        Refusal("too_long", f"“{RETURNABLE[name]}”的理由不能超过 1000 个字。", ARTICLE, field=name)
        for name, text in reasons.items()
        if len(text) > 1000
    ]


def nothing_raised_late(facts: Facts) -> list[Refusal]:
    """A second return names only what the first named or what was changed since: all reasons come at once."""
    if not facts["returned_before"]:
        return []
    open_to = set(facts["named_before"]) | set(facts["changed"])
    return [
        Refusal(
            "raised_late",
            f"“{RETURNABLE[name]}”上次退回时没有指出，此后也没有改动，不能再作为退回理由。",
            "D47-5.21",
            "可以在检查结果中列为问题，限期整改。",
            name,
        )
        for name in facts["reasons"]
        if name not in open_to
    ]


def time_left(facts: Facts) -> Refusal | None:
    """Who has to mend something gets a day ahead until which."""
    due_on, today = facts.get("due_on"), facts["today"]
    if isinstance(due_on, date) and due_on > today:
        return None
    return Refusal("due_on", "请写明新的期限，须晚于今天。", ARTICLE, field="due_on")


def result_told(facts: Facts) -> list[Refusal]:
    """A check has an outcome and says what was found; with problems, what to mend until when (D858-2.1, D858-2.3)."""
    found = []
    if facts["outcome"] not in OUTCOMES:
        found.append(Refusal("missing", "请选择检查结果。", ARTICLE, field="outcome"))
    if not str(facts["findings"]).strip():
        found.append(Refusal("missing", "请写明检查情况：看了什么、结论如何。", ARTICLE, field="findings"))
    if facts["outcome"] == "problems":
        found += problem_told(facts)
    return found


def problem_told(facts: Facts) -> list[Refusal]:
    """Who orders something mended says what is wrong and until when (D858-2.3)."""
    found = []
    if not str(facts.get("problem") or "").strip():
        found.append(Refusal("missing", "请写明要整改的问题。", MENDING, field="problem"))
    due_on = facts.get("due_on")
    if not isinstance(due_on, date) or due_on <= facts["today"]:
        found.append(Refusal("due_on", "请写明整改期限，须晚于今天。", MENDING, field="due_on"))
    return found


# The rectification


def mending_told(facts: Facts) -> list[Refusal]:
    """Who reports a rectification says what was done and shows it (D858-2.3)."""
    found = []
    report = str(facts["report"]).strip()
    if not report:
        said = "请写明整改情况：做了什么、何时完成。"
        found.append(Refusal("missing", said, MENDING, field="report"))
    elif len(report) > MOST_LETTERS:
        said = f"整改情况有 {len(report)} 个字，不能超过 {MOST_LETTERS} 个。"
        found.append(Refusal("too_long", said, MENDING, field="report"))
    found += files_shown(facts, "请上传证明整改到位的材料。", MENDING)
    return found


def files_shown(facts: Facts, missing: str, article: str) -> list[Refusal]:
    """At least one file, all of them the organisation's own."""
    count, asked = facts["file_count"], facts["asked_count"]
    if asked > MOST_FILES:
        return [Refusal("too_many", f"附件最多 {MOST_FILES} 个。", article, field="files-0-file")]
    if count < asked:
        said = "有附件不是本单位上传的，或已不存在。"
        return [Refusal("file_unknown", said, article, "请重新上传。", "files-0-file")]
    return [] if count else [Refusal("missing", missing, article, field="files-0-file")]


def finding_told(facts: Facts) -> Refusal | None:
    """Who finds the mending good says what was looked at."""
    if str(facts.get("note") or "").strip():
        return None
    return Refusal("missing", "请写明复查情况。", MENDING, field="note")


# Acceptance


def ready_to_accept(facts: Facts) -> list[Refusal]:
    """A project is accepted when it was built: every milestone reached, every report reviewed, nothing to mend."""
    found = []
    for title in facts["unreached"]:
        found.append(_not_ready("unreached", f"建设节点“{title}”还没有完成。"))
    if facts["open_reports"]:
        found.append(_not_ready("open_reports", f"还有 {facts['open_reports']} 份报告没有复核完。"))
    if not facts["reviewed_reports"] and facts["reports_due"]:
        found.append(_not_ready("no_report", "还没有一份经复核的建设情况报告。"))
    if facts["open_rectifications"]:
        found.append(
            _not_ready("open_rectifications", f"还有 {facts['open_rectifications']} 项整改没有办结。")
        )
    if facts["failed_rectifications"]:
        said = f"有 {facts['failed_rectifications']} 项整改不到位，且没有重新整改通过。"
        found.append(_not_ready("failed_rectifications", said))
    return found


def _not_ready(code: str, said: str) -> Refusal:
    return Refusal(code, said, ARTICLE, "办结后再提请验收。")


def acceptance_shown(facts: Facts) -> list[Refusal]:
    """Who proposes the acceptance says what was found and shows the paper of the acceptance."""
    found = []
    if not str(facts["reason"]).strip():
        found.append(Refusal("no_reason", "请写明验收意见。", ARTICLE, field="reason"))
    if not facts["has_paper"]:
        found.append(Refusal("missing", "请上传验收意见或验收证书。", ARTICLE, field="paper"))
    return found
