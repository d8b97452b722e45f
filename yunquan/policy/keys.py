"""The list of every rule key that the programme reads, with its Chinese title and its kind."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

from pydantic import TypeAdapter

from yunquan.policy import evaluating as e
from yunquan.policy import signals as g
from yunquan.policy import values as v


@dataclass(frozen=True)
class KeySpec:
    """One rule key; `<n>` in it stands for a service's number in the catalogue."""

    key: str
    title: str
    kind: Any
    expects: str
    required: bool = True
    open_point: int | None = None
    choices: dict[str, str] = field(default_factory=dict)

    @cached_property
    def adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.kind)

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.escape(self.key).replace("<n>", "([1-9][0-9]*)"))


_MONEY, _DAYS, _COUNT = "带单位的金额，如“50 万元”", "天数，如 30", "非负整数，如 2"
_RATIO, _SWITCH = "比例，如“90 %”", "true 或 false"


def _choice(key: str, title: str, open_point: int | None, **choices: str) -> KeySpec:
    kind = Literal[tuple(choices)]  # type: ignore[valid-type]
    return KeySpec(key, title, kind, "之一：" + "、".join(choices), True, open_point, choices)


KEYS: tuple[KeySpec, ...] = (
    KeySpec("goals.enterprises", "支持上云上平台的工业企业数", v.Count, _COUNT),
    KeySpec("goals.suppliers", "培育的供应商数", v.Count, _COUNT),
    KeySpec("goals.platforms", "形成的工业互联网平台数", v.Count, _COUNT),
    KeySpec("goals.by_year", "目标完成年份", v.Count, "年份，如 2020"),
    KeySpec("catalogue.edition", "应用服务目录版次", v.Edition, "id、title 和 services（序号列表）"),
    KeySpec(
        "catalogue.service.<n>",
        "目录中的应用服务",
        v.ServiceText,
        "name、stage、pains（列表）、scenes（列表）",
        False,
    ),
    KeySpec(
        "award.cap.<n>",
        "应用服务的奖补上限",
        v.Cap,
        "per（service 或 device）和 amount（金额）或 by_size（按规模分档）",
        False,
    ),
    KeySpec("award.line_rule", "单项奖补的限额", v.LineRule, "limit: cloud_fee 或 contract_amount"),
    KeySpec(
        "award.cumulative_ceiling",
        "企业周期内累计奖补上限",
        v.Tiered,
        "amount（金额）或 by_size（按规模分档）",
    ),
    KeySpec("award.certification_bonus", "贯标企业一次性奖补", v.Money, _MONEY, False),
    KeySpec(
        "award.size_when_not_stated",
        "没有说明规模时适用的档次",
        v.Size,
        "large、medium、small 或 micro",
        False,
    ),
    KeySpec(
        "programme.quota_factor",
        "发放额度与目标额度的倍数",
        v.QuotaFactor,
        "least、most、usual 三个倍数",
        True,
        6,
    ),
    KeySpec("programme.window_notice_days", "截止日期提前公布的天数", v.Count, _DAYS),
    KeySpec("programme.implementation_days", "留给企业的实施天数", v.Count, _DAYS, False),
    KeySpec("review.registration_working_days", "注册审核的工作日数", v.Count, _DAYS),
    KeySpec("review.application_working_days", "申领审核的工作日数", v.Count, _DAYS),
    KeySpec("review.claim_working_days", "兑现审核的工作日数", v.Count, _DAYS),
    KeySpec("feedback.answer_working_days", "留言答复的工作日数", v.Count, _DAYS),
    KeySpec(
        "evaluation.suppliers",
        "供应商年度评价办法",
        e.SupplierMethod,
        "weights（七项权重）、full_vouchers、complaint_share、answer_working_days、least_vouchers、least_weight、"
        "least_points、most_titles、reply_working_days、publicity_working_days 和 valid_months",
        False,
    ),
    KeySpec(
        "evaluation.split",
        "下一周期地市额度测算办法",
        e.SplitMethod,
        "weights（四项权重）、early_days、least_waiting 和 industry",
        False,
    ),
    KeySpec("strikes.suspend_at", "暂停下一批申领资格的未兑现次数", v.Count, _COUNT, False),
    KeySpec("strikes.bar_at", "取消申领资格的未兑现次数", v.Count, _COUNT, False),
    KeySpec("pilots.least_enterprises", "试点至少服务的企业数", v.Count, _COUNT, False),
    KeySpec("pilots.lead_supplier_share", "试点奖补占地市资金的最高比例", v.Ratio, _RATIO, False),
    KeySpec("pilots.local_enterprise_share", "试点中当地企业的最低比例", v.Ratio, _RATIO, False),
    KeySpec("eligibility.region", "企业注册地", v.Region, "name 和 code（行政区划代码前几位，加引号）"),
    KeySpec(
        "eligibility.place_of_implementation",
        "实施地点",
        v.Region,
        "name 和 code（行政区划代码前几位，加引号）",
    ),
    KeySpec("eligibility.age_years", "企业成立满几年", v.Count, "年数，如 1", False),
    KeySpec(
        "eligibility.least_revenue", "上年度主营业务收入下限", v.Money, "带单位的金额，如“1000 万元”", False
    ),
    KeySpec("eligibility.clean_years", "无严重违法违规的年数", v.Count, "年数，如 5", False),
    KeySpec(
        "eligibility.contract_signed_after",
        "合同签订日期要求",
        v.SignedAfter,
        "day（日期）和 day_counts（是否含当天）",
    ),
    KeySpec("eligibility.one_fund_only", "同一项目只能申报一项专项资金", v.Switch, _SWITCH, False),
    KeySpec(
        "suppliers.review_steps", "供应商审核步骤", v.ReviewSteps, "in_province、out_of_province、pool_exempt"
    ),
    KeySpec(
        "suppliers.standard",
        "供应商审核标准",
        list[v.Criterion],
        "列表，每条有 code、group、criterion、article",
    ),
    KeySpec("suppliers.related_party_ban_cycles", "隐瞒关联交易取消资格的期数", v.Count, _COUNT, False, 9),
    KeySpec("settlement.publicity_days", "结算清单公示天数", v.Count, _DAYS, True, 4),
    _choice(
        "settlement.invoice_rule",
        "发票总金额的要求",
        7,
        at_least_face="不低于服务券金额",
        equals_contract="与合同金额一致",
    ),
    KeySpec("settlement.paid_contract_ratio", "实际支付占合同金额的最低比例", v.Ratio, _RATIO),
    _choice(
        "settlement.invoice_in_several_vouchers",
        "一张发票用于多张服务券",
        10,
        refused="不允许",
    ),
    _choice(
        "settlement.queue_place_after_return",
        "退回后重新提交的排队位置",
        1,
        new_place="按重新提交的时间排队",
        old_place="保留原来的位置",
    ),
    _choice(
        "settlement.money_short",
        "资金不够付下一张时",
        2,
        stop_and_carry="停止兑付，其余结转",
    ),
    KeySpec(
        "settlement.priority_classes",
        "兑付的优先类别",
        list[Literal["carried", "pilot"]],
        "列表：carried、pilot",
        True,
        3,
        {"carried": "上期结转", "pilot": "试点"},
    ),
    KeySpec("settlement.supplier_may_decline", "供应商可以不予确认兑现申请", v.Switch, _SWITCH, True, 11),
    _choice(
        "settlement.usage_not_done",
        "行为数据判定未完成时",
        11,
        returned_until_closing="说明理由退回，截止前可再提交",
    ),
    KeySpec("usage.least_active_days", "判定完成至少要有的活跃天数", v.Count, _DAYS),
    KeySpec("usage.least_active_weeks", "判定完成至少要有的活跃周数", v.Count, "周数，如 6"),
    KeySpec("usage.least_sessions", "判定完成至少要有的连接或操作次数", v.Count, "次数，如 100"),
    KeySpec("usage.least_clients", "判定完成至少要有的用户端数", v.Count, _COUNT),
    KeySpec("usage.least_working_share", "判定完成工作时间使用的最低占比", v.Ratio, _RATIO),
    KeySpec("usage.still_in_use_days", "兑现前多少天内仍须有使用", v.Count, _DAYS),
    KeySpec("usage.least_covered_share", "判定未完成所需的最低数据覆盖率", v.Ratio, _RATIO),
    KeySpec("usage.sources_differ_share", "两类数据活跃天数相差多少算不一致", v.Ratio, _RATIO),
    KeySpec("inspection.random_share", "随机抽查比例", v.Ratio, _RATIO, False),
    KeySpec(
        "inspection.random_share_met_by",
        "抽查比例由哪部分满足",
        Literal["random_part_alone", "all_picks"],
        "之一：random_part_alone、all_picks",
        False,
        5,
        {"random_part_alone": "只算随机抽取的部分", "all_picks": "随机和重点检查合并计算"},
    ),
    KeySpec("inspection.ban", "骗补的处理期限和范围", v.Ban, "years（0 为永久）和 all_vouchers", False, 8),
    KeySpec(
        "reasons.registration", "注册退回理由", list[v.Reason], "列表，每条有 code、label、mend、article"
    ),
    KeySpec("reasons.application", "申领退回理由", list[v.Reason], "列表，每条有 code、label、mend、article"),
    KeySpec("reasons.claim", "兑现退回理由", list[v.Reason], "列表，每条有 code、label、mend、article"),
    KeySpec(
        "usage.signal.shared_client",
        "信号：用户端与其他企业共用",
        g.SharedClient,
        "enterprises 和 share",
        False,
    ),
    KeySpec("usage.signal.client_origin", "信号：用户端不是企业自己的", g.ClientOrigin, "share", False),
    KeySpec(
        "usage.signal.machine_intervals",
        "信号：间隔规律像机器",
        g.MachineIntervals,
        "sessions、concentration、unevenness 和 share",
        False,
    ),
    KeySpec(
        "usage.signal.identical_volume",
        "信号：每天流量相同",
        g.IdenticalVolume,
        "days、tolerance 和 share",
        False,
    ),
    KeySpec(
        "usage.signal.only_around_claim",
        "信号：只在申请兑现前后使用",
        g.OnlyAroundClaim,
        "days_before、days_after、outside_days 和 share",
        False,
    ),
    KeySpec(
        "usage.signal.stops_after_payment",
        "信号：兑付后不再使用",
        g.StopsAfterPayment,
        "grace_days、working_days 和 left",
        False,
    ),
    KeySpec(
        "usage.signal.sources_disagree",
        "信号：运营商与应用系统不一致",
        g.SourcesDisagree,
        "days、application_only 和 operator_only",
        False,
    ),
    KeySpec(
        "usage.signal.copied_log",
        "信号：记录与另一家企业几乎相同",
        g.CopiedLog,
        "sessions、days 和 share",
        False,
    ),
    KeySpec("usage.signal.missing_devices", "信号：出现的设备少于申报", g.MissingDevices, "seen", False),
    KeySpec(
        "usage.signal.one_user",
        "信号：全部使用只有一个用户名",
        g.OneUser,
        "days、sessions_a_day、hours_a_day 和 share",
        False,
    ),
    KeySpec("usage.signal.shut_hours", "信号：停工时段仍有使用", g.ShutHours, "sessions 和 share", False),
    KeySpec("usage.signal.wrong_region", "信号：使用地点与企业所在地不符", g.WrongRegion, "share", False),
)


def spec_of(key: str) -> KeySpec | None:
    """Find what a key means; None for a key that nothing reads."""
    return next((spec for spec in KEYS if spec.pattern.fullmatch(key)), None)
