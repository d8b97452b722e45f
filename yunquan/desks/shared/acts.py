"""The acts of the log in words: from the life cycles, and for the acts that belong to none."""

from __future__ import annotations

from collections.abc import Mapping

from yunquan.catalogue.lifecycle import PRODUCT
from yunquan.demonstrations import lifecycle as demonstrations
from yunquan.evidence.lifecycle import ALARM
from yunquan.feedback.lifecycle import MESSAGE
from yunquan.insight.lifecycle import EVALUATION, EXCELLENT_TITLE, SPLIT
from yunquan.inspections.lifecycle import INSPECTION, PLAN, RECTIFICATION, SELF_CHECK, VISIT
from yunquan.kernel.workflow import Lifecycle
from yunquan.matching.lifecycle import LIFECYCLES as MATCHING
from yunquan.parties.lifecycle import APPEAL, CONTACT_RECEIPT, ENTERPRISE, STANDING, SUPPLIER
from yunquan.pilots import lifecycle as pilots
from yunquan.programme.lifecycle import CYCLE, PUBLIC_NOTICE, RULE_CHANGE
from yunquan.settlement.lifecycle import INSTRUCTION, OBJECTION, PAYMENT_RUN, RECOVERY, SETTLEMENT_LIST
from yunquan.usage.lifecycle import COMPLETION_TABLE, DELIVERY
from yunquan.vouchers.lifecycle import VOUCHER

_OTHER_ACTS = {
    "enterprise.register": "企业注册：开户", "enterprise.save": "企业注册：暂存",
    "enterprise.strike": "记一次未兑现",
    "enterprise.bar": "取消申领资格", "supplier.apply": "供应商注册：开户", "enterprise.import": "导入企业",
    "supplier.import": "导入供应商", "cycle.create": "新建周期", "window.publish": "公布起止时间",
    "quota.set_target": "下达目标额度", "quota.split": "分配额度", "quota.reallocate": "调剂额度",
    "funds.appropriate": "下达资金", "funds.withdraw": "收回资金", "rule_change.draft": "规则变更：起草",
    "rule_change.edit": "规则变更：修改", "rule_change.attach_report": "规则变更：附上试算报告",
    "replay.ask": "规则试算：提出", "replay.freeze": "规则试算：完成并冻结报告", "calendar.declare_day": "录入工作日历",
    "calendar.announce_year": "公布年度日历", "notice.publish": "发布公告", "product.draft": "产品：新建",
    "public_notice.draft": "公告：起草", "public_notice.edit": "公告：修改",
    "person.add": "新建账号", "person.set_password": "设置密码", "appointment.appoint": "任命",
    "appointment.revoke": "撤销任命", "appointment.deputise": "委派代理人",
    "bureau.let_counties_review": "设置县区审核", "bureau.set_telephone": "设置监督电话",
    "self_check.open_round": "开启自查", "self_check.save": "自查表：暂存",
    "rectification.order": "要求整改", "candidate.name": "列入培育对象", "candidate.publish": "公布培育对象",
    "demonstration.register": "示范项目：登记", "demonstration_report.ask": "建设情况报告：布置",
    "demonstration_report.save": "建设情况报告：暂存", "demonstration_rectification.order": "示范项目：要求整改",
    "pilot.start": "试点申报：新建", "pilot.save": "试点申报：暂存", "pilot.recuse": "试点评审：专家回避",
    "pilot_call.draft": "试点申报通知：起草", "supplier.hold_pilot_title": "登记试点称号",
    "file.take": "上传文件", "usage.amend_ends": "更正使用端",
    "delivery.take": "行为数据送达：收妥", "delivery.settle": "行为数据送达：装入", "pull_source.save": "设置拉取接口",
    "pull_source.rotate_key": "更换拉取公钥",
    "alarm.raise": "登记发票警示", "alarm.answer": "核查发票警示", "voucher.accept_party": "认可代付说明",
    "voucher.look_again": "关联交易复核", "voucher.hold": "暂缓兑付", "voucher.lift_hold": "解除暂缓",
    "voucher.clear_first_check": "了结重点核查",
    "objection.raise": "提出异议", "voucher.start": "新建申领", "voucher.record_verdict": "录入行为数据判定",
    "standing.impose": "作出资格处理", "standing.suspend": "暂停享受政策", "appeal.file": "提出申诉",
    "settlement_list.draw_up": "编制结算清单", "completion_table.draft": "编制完成情况表",
    "message.send": "留言：提交", "appointment.delegate": "委托第三方机构", "appointment.end_delegation": "收回委托",
    "contact_round.open": "征集联系人回执", "contact_round.postpone": "联系人回执延期",
    "contact_receipt.save": "联系人回执：暂存", "contact_account.open": "按回执开通账号",
    "contact_account.appoint": "按回执任命", "appointment.hand_over": "换人交接",
    "person.set_contact": "修改联系方式", "dispatch.choose": "选择接收方式", "dispatch.reword": "修改通知文本",
    "visit.appoint": "抽查：约定时间", "visit.recuse": "抽查：专家回避", "visit.presence": "抽查：登记到场",
    "visit.leave": "抽查：登记离场", "visit.conduct": "抽查：确认行为规范", "visit.entries": "抽查：填写抽查表",
    "visit.photo": "抽查：照片", "visit.dispute": "抽查：记录异议", "visit.close": "抽查：抽查表定稿",
    "visit.signature": "抽查：签字", "visit.absent": "抽查：供应商缺席，视为接受", "visit.paper": "抽查：登记纸质抽查表",
    "evaluation.draft": "测算供应商评价", "evaluation.reply": "供应商提出意见", "evaluation.answer": "答复供应商意见",
    "title.propose": "提名优秀供应商", "industry.enter": "录入产业规模", "split.draft": "测算地市额度", "split.adjust": "手工调整额度测算",
    "matching_scheme.propose": "提出配套办法", "matching_list.draw_up": "编制配套清单",
    "matching_objection.raise": "提出配套异议", "matching_run.prepare": "编制配套兑付批次",
    "matching_instruction.result": "登记配套银行结果", "matching_recovery.demand": "下达配套追回",
    "usage.judge": "行为数据判定：系统计算", "payment_run.prepare": "编制兑付批次",
}  # fmt: skip
# Every life cycle of the house.
LIFECYCLES: tuple[Lifecycle, ...] = (
    VOUCHER, ENTERPRISE, SUPPLIER, PRODUCT, CYCLE, RULE_CHANGE,
    SETTLEMENT_LIST, OBJECTION, PAYMENT_RUN, INSTRUCTION, RECOVERY, ALARM, DELIVERY, COMPLETION_TABLE,
    PLAN, INSPECTION, VISIT, SELF_CHECK, RECTIFICATION, STANDING, APPEAL, pilots.CALL, pilots.PILOT,
    demonstrations.PROJECT, demonstrations.REPORT, demonstrations.RECTIFICATION, MESSAGE,
    EVALUATION, EXCELLENT_TITLE, SPLIT,
    *MATCHING, CONTACT_RECEIPT, PUBLIC_NOTICE,
)  # fmt: skip
ACTS: Mapping[str, str] = {
    **_OTHER_ACTS,
    **{
        f"{cycle.noun}.{action}": f"{cycle.label}：{label}"
        for cycle in LIFECYCLES
        for action, label in cycle.actions.items()
    },
}


def act_label(act: str) -> str:
    """An act of the log in words; one without words stands for itself."""
    return ACTS.get(act, act)


def state_label(act: str, state: str) -> str:
    """A state that an act left behind, in the words of its life cycle; others stand for themselves."""
    noun = act.partition(".")[0]
    return next((cycle.states.get(state, state) for cycle in LIFECYCLES if cycle.noun == noun), state)
