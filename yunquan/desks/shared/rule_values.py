"""The values of rules in words, for pages that show what holds and what is tried."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WORDS = {
    "amount": "金额", "per": "计算单位", "service": "每项服务", "device": "每台套设备", "by_size": "按企业规模",
    "large": "大型企业", "medium": "中型企业", "small": "小型企业", "micro": "微型企业", "least": "最低倍数",
    "most": "最高倍数", "usual": "通常倍数", "limit": "限额", "cloud_fee": "上云费用", "contract_amount": "合同金额",
    "id": "版次", "title": "名称", "services": "应用服务序号", "name": "名称", "stage": "环节", "pains": "痛点",
    "scenes": "应用场景", "code": "代码", "day": "日期", "day_counts": "含当天", "in_province": "省内",
    "out_of_province": "省外", "pool_exempt": "供给资源池免审", "city": "地市核实", "experts": "专家审核",
    "province": "省厅审核", "label": "理由", "mend": "怎么补正", "article": "依据", "group": "类别",
    "criterion": "标准", "ratio": "比例", "exclusion_group": "同组只补一项", "pains_summary": "痛点概述",
    "scenes_summary": "场景概述", "years": "年数", "all_vouchers": "其他服务券", "carried": "上期结转",
    "pilot": "试点", "lose_award": "取消奖补", "recheck_first": "先行复核",
    # The yearly evaluation and the next split.
    "weights": "权重", "industry": "产业规模", "result": "上期兑付", "early": "提前完成", "queue": "待结算",
    "early_days": "提前天数", "least_waiting": "待结算至少张数", "vouchers": "服务券数量", "completion": "完成情况",
    "usage": "兑付后使用", "inspection": "抽查结果", "complaints": "投诉举报", "price": "价格", "answering": "答复时间",
    "full_vouchers": "得满分的张数", "complaint_share": "不得分的投诉占比", "answer_working_days": "答复工作日",
    "least_vouchers": "参加排名至少张数", "least_weight": "参加排名至少权重", "least_points": "提名最低分",
    "most_titles": "最多家数", "reply_working_days": "陈述工作日", "publicity_working_days": "公示工作日",
    "valid_months": "称号有效月数",
    # The signals of behaviour data.
    "share": "占比", "sessions": "使用次数", "days": "天数", "tolerance": "允许相差", "concentration": "集中度",
    "unevenness": "间隔变异系数", "seen": "出现的设备占比", "sessions_a_day": "每天使用次数",
    "hours_a_day": "每天使用小时数", "days_before": "申请前天数", "days_after": "申请后天数",
    "outside_days": "其余天数", "enterprises": "企业家数", "application_only": "只有应用系统的占比",
    "operator_only": "只有运营商的占比", "grace_days": "兑付后不计的天数", "working_days": "工作日数",
    "left": "剩余使用占比",
}  # fmt: skip


def value_lines(raw: Any, choices: Mapping[str, str] | None = None) -> list[str]:
    """A rule's value in words, a line a part."""
    words = {**WORDS, **(choices or {})}
    if isinstance(raw, Mapping):
        return [
            f"{words.get(str(key), key)}：{flat(part, words)}"
            for key, part in raw.items()
            if part not in (None, "")
        ]
    if isinstance(raw, list | tuple):
        return [flat(part, words) for part in raw]
    return [flat(raw, words)]


def flat(raw: Any, words: Mapping[str, str] = WORDS) -> str:
    """A rule's value in words, in one line."""
    if isinstance(raw, bool):
        return "是" if raw else "否"
    if isinstance(raw, Mapping):
        return "，".join(f"{words.get(str(key), key)} {flat(part, words)}" for key, part in raw.items())
    if isinstance(raw, list | tuple):
        return "、".join(flat(part, words) for part in raw)
    return words.get(str(raw), str(raw))
