"""The list of every value that an inspection regime has, with its Chinese title and its kind."""

from __future__ import annotations

from typing import Literal

from yunquan.policy import values as v
from yunquan.policy.keys import KeySpec
from yunquan.policy.regimes import forms as f

KEYS: tuple[KeySpec, ...] = (
    KeySpec("inspection.run_by", "组织单位", Literal["province", "city"], "province 或 city"),
    KeySpec(
        "inspection.stage",
        "开展时段",
        Literal["before_payment", "after_payment"],
        "before_payment 或 after_payment",
    ),
    KeySpec("inspection.tables", "抽查内容", list[f.Table], "finance、on_site 的列表"),
    KeySpec("inspection.modes", "抽查方式", list[f.Mode], "on_site、remote 的列表"),
    KeySpec("inspection.draw", "抽取方法", f.Draw, "random、mandatory、strata 和 least_share"),
    KeySpec("inspection.weights", "抽取权重", f.Weights, "reasons 的列表：reason、label、add"),
    KeySpec("inspection.filed_first", "计划须先报省厅", v.Switch, "true 或 false"),
    KeySpec("inspection.reviewed_by_province", "结果须省厅复核", v.Switch, "true 或 false"),
    KeySpec("inspection.notice_days", "提前通知天数", v.Count, "天数，如 2"),
    KeySpec("inspection.present.<t>", "到场人员", f.Presence, "must、may、never 三个列表", False),
    KeySpec("inspection.table.<t>", "抽查表", f.CheckTable, "title、per、rows 和 signers", False),
    KeySpec("inspection.functions.<n>", "功能标准", f.Categories, "categories 的列表", False),
    KeySpec("inspection.absent_supplier_accepts", "供应商缺席视为接受", v.Switch, "true 或 false", False),
    KeySpec("inspection.obstruction_fails", "阻拦抽查视为不通过", v.Switch, "true 或 false"),
    KeySpec("inspection.evidence_working_days", "补交证明的工作日", v.Count, "工作日数，如 3", False),
    KeySpec("inspection.result_working_days", "反馈结果的工作日", v.Count, "工作日数，如 5"),
    KeySpec("inspection.answer_working_days", "供应商书面反馈的工作日", v.Count, "工作日数，如 5"),
    KeySpec("inspection.outcomes", "结论与处置", f.Outcomes, "outcomes 的列表"),
    KeySpec("inspection.conduct", "纪律要求", f.Listing, "lines 的列表", False),
    KeySpec("inspection.training", "专家培训", v.Switch, "true 或 false", False),
    KeySpec("inspection.self_check", "自查", f.SelfCheckForm, "各表的期限、状态和栏目", False),
    KeySpec("inspection.report_outline", "标杆示范项目报告提纲", f.ReportOutline, "chapters 的列表", False),
    KeySpec("inspection.rectification_working_days", "整改工作日", v.Count, "工作日数，如 20", False),
)


def spec_of(key: str) -> KeySpec | None:
    """Find what a key of a regime means; None for a key that nothing reads."""
    head, _, last = key.rpartition(".")
    named = f"{head}.<t>" if last in f.TABLES else f"{head}.<n>" if last.isdigit() else key
    return next((spec for spec in KEYS if spec.key == named), None)
