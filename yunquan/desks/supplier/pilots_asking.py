"""What the application of annex 2 asks, in the words of the form; judging stands in the pilots (D47-A2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from yunquan.desks.shared.typed import Ask, Blank
from yunquan.parties import regions
from yunquan.pilots.reading import CAPABILITY_MOST, FORMS, KINDS, PROFILE_MOST, SCENES

HALF, THIRD = "col-12 col-md-6", "col-12 col-md-4"
STEPS = (
    ("unit", "申报单位"),
    ("scheme", "方案基本信息"),
    ("details", "方案介绍"),
    ("cases", "案例和证明材料"),
    ("check", "核对并提交"),
)
# The rows of each step: name, what one is called, how it is counted, and the title above them.
LISTS: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "unit": (("partners", "联合单位", "家", "联合单位（没有的留空）"),),
    "scheme": (
        ("areas", "实施地市", "行", "实施计划：领域或区域、企业家数"),
        ("services", "应用服务", "项", "对应目录的应用服务和费用"),
    ),
    "details": (("schedule", "关键节点", "个", "进度安排"),),
    "cases": (("cases", "案例", "个", "过往案例"), ("proofs", "证明材料", "份", "证明材料")),
}
FRESH: dict[str, dict[str, str]] = {name: {} for rows in LISTS.values() for name, *_ in rows}


def blanks(services: Sequence[Any]) -> dict[str, Blank]:
    """The questions of each step."""
    cities = [(row.code, row.name) for row in regions.cities()]
    return {
        "unit": Blank(
            asks=(
                Ask("unit_kind", "单位性质", kind="choice", choices=[(one, one) for one in KINDS], width=HALF),
                Ask("founded_on", "成立时间", kind="day", width=HALF),
                Ask("address", "单位地址"),
                Ask("is_legal_person", "在广东省内依法注册，具有独立法人资格", kind="tick"),
                Ask("leader", "负责人", width=HALF),
                Ask("leader_phone", "负责人电话", width=HALF),
                Ask("contact_name", "申报联系人姓名", width=THIRD),
                Ask("contact_post", "职务", width=THIRD),
                Ask("contact_phone", "电话", width=THIRD),
                Ask("contact_mobile", "手机", width=THIRD),
                Ask("contact_fax", "传真", must=False, width=THIRD),
                Ask("contact_mail", "E-mail", width=THIRD),
                Ask("sales", "上年销售", kind="money", width=HALF),
                Ask("profit", "上年利润（元）", width=HALF, hint="亏损写负数，如 -120000"),
                Ask("tax", "上年税金", kind="money", width=HALF),
                Ask("employees", "员工总数（人）", width=HALF),
                Ask("profile", "一、经营发展情况", kind="area", hint=f"发展历程、核心团队、当前经营情况等，{PROFILE_MOST} 字以内"),
                Ask(
                    "capability", "二、工业互联网能力情况", kind="area",
                    hint=f"人才队伍、研发能力、核心技术、实施能力、服务保障、过往业绩等，{CAPABILITY_MOST} 字以内",
                ),
            ),
            rows={
                "partners": (
                    Ask("name", "单位名称", must=False, width=HALF),
                    Ask("uscc", "统一社会信用代码", must=False, width=HALF, hint="可不填；填写的会核对校验位"),
                    Ask("task", "承担的分工", must=False),
                )
            },
        ),
        "scheme": Blank(
            asks=(
                Ask("title", "应用服务名称"),
                Ask("app_form", "产品形态", kind="radio", choices=list(FORMS.items()), hint="重点支持工业 SaaS 或工业 App"),
                Ask("scene_kind", "面向", kind="radio", choices=list(SCENES.items())),
                Ask("scene_name", "具体产业链、集聚区或领域的名称"),
                Ask("industry", "面向场景：行业", width=THIRD),
                Ask("segment", "具体环节", width=THIRD),
                Ask("problem", "具体问题", width=THIRD),
                Ask("functions", "实现功能", kind="area"),
                Ask("delivers", "直接面向需求场景，提供具体开发、实施或运维服务", kind="tick"),
                Ask("budget_supplier", "总投资预算：供应商部分", kind="money", width=HALF),
                Ask("budget_customer", "总投资预算：客户部分", kind="money", width=HALF),
                Ask("effect", "预计实施效果", kind="area"),
            ),
            rows={
                "areas": (
                    Ask("city", "地市", kind="choice", choices=cities, width=THIRD),
                    Ask("enterprises", "中小工业企业家数", width=THIRD),
                    Ask("amount", "所需服务券额度", kind="money", width=THIRD),
                ),
                "services": (
                    Ask(
                        "service", "应用服务", kind="choice", width=HALF,
                        choices=[(str(one.number), f"{one.number}. {one.name}") for one in services],
                    ),
                    Ask("enterprises", "使用企业家数", width="col-6 col-md-3"),
                    Ask("devices", "联网设备台套数", must=False, width="col-6 col-md-3", hint="按台套计的服务填写"),
                    Ask("fee", "客户付费合计", kind="money", hint="平均每家（每台套）不高于目录中的奖补上限"),
                ),
            },
        ),
        "details": Blank(
            asks=(
                Ask("needs", "方案内容 1. 面向场景的需求分析", kind="area"),
                Ask("solution", "方案内容 2. 解决方案描述", kind="area"),
                Ask("route", "方案内容 3. 方案技术路线", kind="area"),
                Ask("goal", "实施计划 1. 实施目标", kind="area", hint="实施客户数量、实施效果、试点完成后能够产生的价值等"),
                Ask("path", "实施计划 2. 实施路径", kind="area", hint="推进的组织方式、商业模式等"),
                Ask("investment", "实施保障 1. 投资预算", kind="area"),
                Ask("ability", "实施保障 2. 实施能力", kind="area", hint="包括联合申报分工等"),
                Ask("team", "实施保障 3. 人员团队", kind="area"),
            ),
            rows={
                "schedule": (
                    Ask("text", "关键节点", width="col-12 col-md-8"),
                    Ask("ends_on", "完成时间", kind="day", width=THIRD),
                )
            },
        ),
        "cases": Blank(
            asks=(
                Ask(
                    "sealed", "盖章的申请书", kind="file", must=False,
                    hint="先下载申请书，打印盖章后扫描上传；可在提交后按要求补交",
                ),
                Ask("promise", "以上内容真实、准确，愿承担不实的责任", kind="tick"),
            ),
            rows={
                "cases": (
                    Ask("name", "案例名称", width=HALF),
                    Ask("enterprise", "实施企业", width=HALF),
                    Ask("city", "所在地市", kind="choice", choices=[*cities, ("outside", "省外")], width=HALF),
                    Ask("same_scene", "与本方案的应用场景相同", kind="tick", must=False, width=HALF),
                    Ask("started_on", "开始日期", kind="day", width=HALF),
                    Ask("finished_on", "完成日期", kind="day", width=HALF),
                    Ask("content", "实施内容", kind="area"),
                    Ask("effect", "最终效果", kind="area"),
                ),
                "proofs": (
                    Ask("title", "材料名称", width=HALF, hint="证书、资质证明、审计报告、客户合同、现场照片等"),
                    Ask("file", "文件", kind="file", width=HALF),
                ),
            },
        ),
    }  # fmt: skip
