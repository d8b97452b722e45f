"""The life cycles of settlement: list, objection, payment run, instruction, recovery."""

from __future__ import annotations

from yunquan.kernel.workflow import Lifecycle, Row
from yunquan.policy.roles import Role as R
from yunquan.settlement import checks as c

SETTLEMENT_LIST = Lifecycle(
    noun="settlement_list",
    label="结算清单",
    states={
        "drafted": "待审批",
        "published": "公示中",
        "standing": "公示期满",
        "withdrawn": "已撤下",
    },
    actions={"publish": "审批并公示", "withdraw": "撤下清单", "close": "公示期满"},
    rows=(
        Row("publish", ("drafted",), "published", (R.CITY_APPROVER,), "D47-5.14", c.ON_PUBLISH),
        Row(
            "withdraw",
            ("drafted", "published", "standing"),
            "withdrawn",
            (R.CITY_APPROVER,),
            "D47-5.14",
            (c.reason_stated, c.nothing_ordered),
        ),
        Row("close", ("published",), "standing", (R.CLOCK,), "D47-5.22", (c.publicity_over,)),
    ),
    initial="drafted",
    final=("withdrawn",),
)

DECIDED = ("dismissed", "upheld", "reduced")
OBJECTION = Lifecycle(
    noun="objection",
    label="异议",
    states={
        "raised": "待处理",
        "escalated": "已报省厅核查",
        "deferred": "推迟结算",
        "dismissed": "异议不成立，照常结算",
        "upheld": "异议成立，不予结算",
        "reduced": "异议部分成立，核减结算",
    },
    actions={
        "escalate": "报请省厅核查",
        "report": "反馈核查结果",
        "defer": "推迟结算",
        "dismiss": "认定不成立",
        "uphold": "认定成立",
        "reduce": "认定部分成立",
    },
    rows=(
        Row(
            "escalate",
            ("raised", "deferred"),
            "escalated",
            (R.CITY_REVIEWER,),
            "D47-5.22",
            (c.reason_stated,),
        ),
        Row("report", ("escalated",), "raised", (R.PROVINCE_OFFICER,), "D47-5.22", (c.reason_stated,)),
        Row("defer", ("raised",), "deferred", (R.CITY_APPROVER,), "D47-5.22", (c.reason_stated,)),
        Row(
            "dismiss", ("raised", "deferred"), "dismissed", (R.CITY_APPROVER,), "D47-5.22", (c.reason_stated,)
        ),
        Row("uphold", ("raised", "deferred"), "upheld", (R.CITY_APPROVER,), "D47-5.22", (c.reason_stated,)),
        Row(
            "reduce",
            ("raised", "deferred"),
            "reduced",
            (R.CITY_APPROVER,),
            "D47-5.22",
            (c.reason_stated, c.smaller_amount),
        ),
    ),
    initial="raised",
    final=DECIDED,
)

PAYMENT_RUN = Lifecycle(
    noun="payment_run",
    label="兑付批次",
    states={"prepared": "待复核放行", "released": "已放行", "done": "已完成", "cancelled": "已取消"},
    actions={"release": "复核放行", "finish": "办结", "cancel": "取消批次"},
    rows=(
        Row("release", ("prepared",), "released", (R.CITY_CASHIER,), "D47-5.15", c.ON_RELEASE),
        Row("cancel", ("prepared",), "cancelled", (R.CITY_REVIEWER, R.CITY_CASHIER), "D47-5.15"),
        Row("finish", ("released",), "done", (R.CITY_CASHIER,), "D47-5.15", (c.all_results_in,)),
    ),
    initial="prepared",
    final=("done", "cancelled"),
)

INSTRUCTION = Lifecycle(
    noun="instruction",
    label="兑付指令",
    states={"ordered": "已发银行", "paid": "支付成功", "bounced": "银行退票"},
    actions={"settle": "登记成功", "bounce": "登记退票"},
    rows=(
        Row("settle", ("ordered",), "paid", (R.CITY_CASHIER,), "D47-5.15"),
        Row("bounce", ("ordered",), "bounced", (R.CITY_CASHIER,), "D47-5.15"),
    ),
    initial="ordered",
    final=("paid", "bounced"),
)

RECOVERY = Lifecycle(
    noun="recovery",
    label="追回",
    states={"demanded": "已下达追回通知", "received": "已追回入库"},
    actions={"receive": "登记追回入库"},
    rows=(Row("receive", ("demanded",), "received", (R.CITY_CASHIER,), "D47-5.23", (c.different_person,)),),
    initial="demanded",
    final=("received",),
)
