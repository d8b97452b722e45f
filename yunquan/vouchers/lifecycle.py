"""The life of a voucher 服务券, draft to paid and recovered, as one table."""

from __future__ import annotations

from enum import StrEnum

from yunquan.kernel.workflow import Lifecycle, Row
from yunquan.policy.roles import Role as R
from yunquan.vouchers import checks as c


class S(StrEnum):
    """Where a voucher stands."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    CONFIRMED = "confirmed"
    ISSUED = "issued"
    CLAIMED = "claimed"
    CLAIM_RETURNED = "claim_returned"
    ATTESTED = "attested"
    VERIFIED = "verified"
    APPROVED = "approved"
    LISTED = "listed"
    ORDERED = "ordered"
    PAID = "paid"
    RECOVERED = "recovered"
    REJECTED = "rejected"
    REFUSED = "refused"
    EXPIRED = "expired"
    LAPSED = "lapsed"
    CANCELLED = "cancelled"
    REVOKED = "revoked"


LABELS = {
    S.DRAFT: "草稿",
    S.SUBMITTED: "待供应商确认",
    S.RETURNED: "已退回，待修改",
    S.CONFIRMED: "待主管部门审核",
    S.ISSUED: "已发放，待兑现",
    S.CLAIMED: "兑现待供应商确认",
    S.CLAIM_RETURNED: "兑现已退回，待补正",
    S.ATTESTED: "待行为数据判定",
    S.VERIFIED: "待兑现审核",
    S.APPROVED: "待列入结算清单",
    S.LISTED: "已列入结算清单",
    S.ORDERED: "兑付中",
    S.PAID: "已兑付",
    S.RECOVERED: "已追回",
    S.REJECTED: "已驳回",
    S.REFUSED: "不予兑付",
    S.EXPIRED: "逾期未完成申领",
    S.LAPSED: "逾期未兑现，已作废",
    S.CANCELLED: "已撤销",
    S.REVOKED: "已取消奖补资格",
}
ACTIONS = {
    "submit": "提交申领",
    "withdraw": "撤回申领",
    "cancel": "撤销草稿",
    "confirm": "确认申领",
    "decline": "退回企业",
    "send_back": "退回补正",
    "reject": "驳回申领",
    "issue": "审核通过并发放",
    "expire": "逾期关闭",
    "claim": "提出兑现申请",
    "withdraw_claim": "撤回兑现申请",
    "attest": "确认兑现",
    "decline_claim": "退回兑现申请",
    "mark_done": "标注完成上云上平台",
    "mark_not_done": "标注未完成上云上平台",
    "approve_claim": "兑现审核通过",
    "send_back_claim": "退回兑现补正",
    "reject_claim": "驳回兑现申请",
    "list": "列入结算清单",
    "unlist": "移出结算清单",
    "order": "发出兑付指令",
    "bounce": "登记银行退票",
    "pay": "登记兑付成功",
    "refuse": "不予兑付",
    "lapse": "逾期作废",
    "recover": "登记全额追回",
    "revoke": "取消奖补资格",
}
REVIEWERS = (R.CITY_REVIEWER, R.COUNTY_REVIEWER)
# A decided inspection ends a voucher from any of these (D108-4, D26-4).
REVOCABLE = (
    S.SUBMITTED,
    S.RETURNED,
    S.CONFIRMED,
    S.ISSUED,
    S.CLAIMED,
    S.CLAIM_RETURNED,
    S.ATTESTED,
    S.VERIFIED,
    S.APPROVED,
    S.LISTED,
)

ROWS = (
    Row("submit", (S.DRAFT, S.RETURNED), S.SUBMITTED, (R.ENTERPRISE,), "D47-5.7b", c.ON_SUBMIT),
    Row("withdraw", (S.SUBMITTED,), S.DRAFT, (R.ENTERPRISE,), "D47-5.9"),
    Row("cancel", (S.DRAFT, S.RETURNED), S.CANCELLED, (R.ENTERPRISE,), "D47-5.7b"),
    Row("confirm", (S.SUBMITTED,), S.CONFIRMED, (R.SUPPLIER,), "D47-5.9", c.ON_CONFIRM),
    Row("decline", (S.SUBMITTED,), S.RETURNED, (R.SUPPLIER,), "D47-5.9", (c.reasons_stated,)),
    Row(
        "send_back",
        (S.CONFIRMED,),
        S.RETURNED,
        REVIEWERS,
        "D47-5.21",
        (c.reviews_here, c.reasons_stated, c.late_reasons_explained),
    ),
    Row("reject", (S.CONFIRMED,), S.REJECTED, REVIEWERS, "D47-5.21", (c.reviews_here, c.reasons_stated)),
    Row("issue", (S.CONFIRMED,), S.ISSUED, REVIEWERS, "D47-5.10", c.ON_ISSUE),
    Row("expire", (S.DRAFT, S.RETURNED), S.EXPIRED, (R.CLOCK,), "D47-5.18", (c.application_window_over,)),
    Row("claim", (S.ISSUED, S.CLAIM_RETURNED), S.CLAIMED, (R.ENTERPRISE,), "D47-5.11", c.ON_CLAIM),
    Row("withdraw_claim", (S.CLAIMED,), S.ISSUED, (R.ENTERPRISE,), "D47-5.11", (c.window_open_for_claim,)),
    Row("attest", (S.CLAIMED,), S.ATTESTED, (R.SUPPLIER,), "D47-5.12", c.ON_ATTEST),
    Row("decline_claim", (S.CLAIMED,), S.CLAIM_RETURNED, (R.SUPPLIER,), "D47-5.12", c.ON_DECLINE_CLAIM),
    Row("mark_done", (S.ATTESTED,), S.VERIFIED, (R.PROVINCE_OFFICER, R.CLOCK), "D47-5.13", (c.verdict_done,)),
    Row(
        "mark_not_done",
        (S.ATTESTED,),
        S.CLAIM_RETURNED,
        (R.PROVINCE_OFFICER, R.CLOCK),
        "D47-5.13",
        (c.verdict_not_done, c.reasons_stated),
    ),
    Row("approve_claim", (S.VERIFIED,), S.APPROVED, (R.CITY_REVIEWER,), "D47-5.14", c.ON_APPROVE),
    Row(
        "send_back_claim",
        (S.VERIFIED,),
        S.CLAIM_RETURNED,
        (R.CITY_REVIEWER,),
        "D47-5.21",
        (c.reasons_stated, c.late_reasons_explained),
    ),
    Row(
        "send_back_claim",
        (S.APPROVED,),
        S.CLAIM_RETURNED,
        (R.CITY_REVIEWER,),
        "D47-5.14",
        (c.reasons_stated, c.alarm_found_true, c.claims_still_open),
    ),
    Row("reject_claim", (S.VERIFIED,), S.REFUSED, (R.CITY_REVIEWER,), "D47-5.21", (c.reasons_stated,)),
    Row("list", (S.APPROVED,), S.LISTED, (R.CITY_REVIEWER,), "D47-5.14", c.ON_LIST),
    Row("unlist", (S.LISTED,), S.APPROVED, (R.CITY_REVIEWER, R.CITY_APPROVER), "D47-5.14"),
    Row("order", (S.LISTED,), S.ORDERED, (R.CITY_CASHIER,), "D47-5.15", c.ON_ORDER),
    Row("bounce", (S.ORDERED,), S.LISTED, (R.CITY_CASHIER,), "D47-5.15"),
    Row("pay", (S.ORDERED,), S.PAID, (R.CITY_CASHIER,), "D47-5.15"),
    Row(
        "refuse",
        (S.APPROVED, S.LISTED),
        S.REFUSED,
        (R.CITY_APPROVER,),
        "D47-5.22",
        (c.objection_or_alarm_upheld,),
    ),
    Row("lapse", (S.ISSUED, S.CLAIM_RETURNED), S.LAPSED, (R.CLOCK,), "D47-5.18", (c.claim_window_over,)),
    Row("recover", (S.PAID,), S.RECOVERED, (R.CITY_CASHIER,), "D47-5.23", (c.recovered_in_full,)),
    # By a decided inspection alone. What the bank has in hand waits for its result; what is paid is asked back.
    Row(
        "revoke", REVOCABLE, S.REVOKED, (R.PROVINCE_APPROVER, R.CITY_APPROVER), "D108-4", (c.decision_named,)
    ),
)

FINAL = (S.RECOVERED, S.REJECTED, S.REFUSED, S.EXPIRED, S.LAPSED, S.CANCELLED, S.REVOKED)
# Quota is reserved or spent (Q1), and the contract can't serve another voucher (U1), in these states.
COUNTED = (
    S.ISSUED,
    S.CLAIMED,
    S.CLAIM_RETURNED,
    S.ATTESTED,
    S.VERIFIED,
    S.APPROVED,
    S.LISTED,
    S.ORDERED,
    S.PAID,
    S.RECOVERED,
)
# The enterprise's cumulative ceiling counts these (M5): an application that came earlier is settled first.
CEILING = (S.SUBMITTED, S.CONFIRMED, *COUNTED)
LIVE = (S.SUBMITTED, S.RETURNED, S.CONFIRMED, *COUNTED)

VOUCHER = Lifecycle(
    noun="voucher",
    label="服务券",
    states={state.value: label for state, label in LABELS.items()},
    actions=ACTIONS,
    rows=ROWS,
    initial=S.DRAFT,
    final=FINAL,
)
