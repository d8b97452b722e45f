"""The outline by which the holder of a demonstration project reports (D858-2.1): its sections, in its order."""

from __future__ import annotations

from dataclasses import dataclass

ARTICLE, MENDING = "D858-2.1", "D858-2.3"


@dataclass(frozen=True, slots=True)
class Section:
    """One section of the report: its name in the form, its heading, and what is to be told there."""

    name: str
    label: str
    hint: str


SECTIONS = (
    Section("building", "项目建设情况", "建设内容完成到哪一步，与计划相比提前还是滞后，滞后的写明原因"),
    Section("public_money", "财政资金使用和管理", "到账、支出和结余，是否专款专用、单独核算"),
    Section("own_money", "自筹资金到位和使用", "自筹资金到位多少、用在哪里"),
    Section("mid_term", "中期检查情况", "何时由谁检查、结论如何；未开展的写明“未开展”和计划时间"),
    Section("performance", "绩效评价情况", "绩效目标完成情况；未开展的写明“未开展”和计划时间"),
    Section("audit", "资金审计情况", "审计机构、审计期间和结论；未开展的写明“未开展”和计划时间"),
    Section("problems", "存在的问题", "检查、评价、审计中发现和自查出的问题；没有的写“无”"),
    Section("rectification", "整改情况", "每个问题怎样整改、何时完成；没有的写“无”"),
    Section("next_steps", "下一步工作计划", "接下来做什么、何时完成、由谁负责"),
)
LABELS = {one.name: one.label for one in SECTIONS}
# What a bureau may give a report back for: the sections, and what stands beside them.
RETURNABLE = {**LABELS, "reached": "建设节点", "spending": "支出明细", "files": "附件"}
FUNDS = {"public": "财政资金", "own": "自筹资金"}
OUTCOMES = {"sound": "检查未发现问题", "problems": "存在问题，限期整改"}
FUNDED = {"province": "省级财政资金支持", "ministry": "国家工业互联网创新发展工程支持（按月向部里报送）"}
HOLDERS = {"enterprise": "工业企业", "supplier": "供应商"}
