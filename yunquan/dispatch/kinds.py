"""Kinds of notices with a name that people read, each in its group: what a person may choose one by one.

Pure: knows no tables and no Django. What is not named here is taken with its group.
"""

from __future__ import annotations

from dataclasses import dataclass

from yunquan.dispatch import groups

E, S, B, X = "enterprise", "supplier", "bureau", "expert"


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of notice: its code, its name, and the sorts of organisations that receive it."""

    code: str
    label: str
    to: tuple[str, ...]

    @property
    def group(self) -> groups.Group:
        """The group whose choice holds where the kind has none of its own."""
        return groups.group_of(self.code)


KINDS = (
    Kind("paid", "奖补资金已兑付", (E,)),
    Kind("bounced", "兑付被银行退回", (E,)),
    Kind("recovery", "要求退回奖补资金", (E,)),
    Kind("release", "兑付批次待放行", (B,)),
    Kind("issued", "服务券已发放", (E,)),
    Kind("returned", "申领或材料被退回", (E, S, B)),
    Kind("rejected", "申领未获通过", (E,)),
    Kind("expired", "申领因截止关闭", (E,)),
    Kind("lapsed", "服务券逾期作废", (E,)),
    Kind("claim_approved", "兑现审核通过", (E,)),
    Kind("claim_returned", "兑现申请被退回", (E,)),
    Kind("claim_rejected", "兑现申请未获通过", (E,)),
    Kind("refused", "异议成立，不予兑付", (E,)),
    Kind("revoked", "奖补资格被取消", (E, S)),
    Kind("inspection", "抽查的结论、反馈和处理", (E, S, B)),
    Kind("visit", "抽查的时间和改期", (E, S, B, X)),
    Kind("rectification", "整改要求和复查", (E, S, B)),
    Kind("self_check", "自查要求", (S, B)),
    Kind("alarm", "发票警示和核查", (E, B)),
    Kind("pilot", "试点示范的办理", (S, B)),
    Kind("demonstration", "标杆示范项目的办理", (E, S, B)),
    Kind("matching", "地市配套资金", (E, B)),
    Kind("evaluation", "供应商年度评价", (S, B)),
    Kind("reminder", "快到期和已逾期", (E, S, B)),
    Kind("window", "窗口开放和截止", (E, S, B)),
    Kind("to_confirm", "申领待供应商确认", (S,)),
    Kind("to_attest", "兑现待供应商确认", (S,)),
    Kind("to_review", "申领待审核", (B,)),
    Kind("to_review_claim", "兑现待审核", (B,)),
    Kind("awaiting_verdict", "兑现待行为数据判定", (B,)),
    Kind("verdicts_computed", "行为数据判定已更新", (B,)),
    Kind("usage_missing", "行为数据不足，请补充", (S,)),
    Kind("ends_amended", "使用端已更正", (E, B)),
    Kind("completion_table", "完成情况表", (B,)),
    Kind("enterprise", "企业注册的办理", (E, B)),
    Kind("supplier", "供应商注册的办理", (S, B)),
    Kind("product", "产品上架的办理", (S, B)),
    Kind("objection", "公示异议", (B,)),
    Kind("hold", "暂缓兑付", (E, B)),
    Kind("message", "留言", (B,)),
    Kind("quota", "额度调整", (B,)),
    Kind("cycle", "周期启动和结束", (B,)),
    Kind("custodian", "请公布随机数承诺", (B,)),
    Kind("reveal", "请揭示随机数", (B,)),
    Kind("drawn", "抽查已抽取", (B,)),
    Kind("plan", "抽查计划的备案", (B,)),
    Kind("delivery", "行为数据的送达", (S, B)),
    Kind("use_changed", "付款后使用情况变化", (S, B)),
    Kind("late_reason", "首次退回后新增的理由", (B,)),
    Kind("file", "上传文件的病毒查杀", (E, S, B)),
    Kind("split", "下一周期额度分配", (B,)),
    Kind("pull", "数据接口拉取", (S, B)),
    Kind("public_notice", "公告待审核", (B,)),
    Kind("contacts", "联系人回执", (B,)),
    Kind("handover", "换人交接", (B,)),
    Kind("delegated", "委托第三方机构", (B,)),
    Kind("appointment", "委派代理人", (E, S, B)),
)
BY_CODE = {one.code: one for one in KINDS}


def kind_of(raw: str) -> Kind | None:
    """The named kind that a notice is of: its own name, or the noun that it begins with.

    >>> kind_of("inspection.summon1906120930").label
    '抽查的结论、反馈和处理'
    >>> kind_of("plan_filed").label, kind_of("to_review_claim").label
    ('抽查计划的备案', '兑现待审核')
    >>> kind_of("something_new") is None
    True
    """
    found = BY_CODE.get(raw)
    if found is not None:
        return found
    head = raw.partition(".")[0]
    return BY_CODE.get(head) or BY_CODE.get(head.partition("_")[0])


def received_by(org: str) -> tuple[Kind, ...]:
    """The kinds that an organisation receives, in the order of their groups.

    >>> [one.code for one in received_by("expert")]
    ['visit']
    """
    sort = org.partition(":")[0]
    rank = {group.code: place for place, group in enumerate(groups.GROUPS)}
    return tuple(sorted((one for one in KINDS if sort in one.to), key=lambda one: rank[one.group.code]))
