"""The life cycles of a city's own subsidy: scheme, list, line, objection, run, instruction, recovery."""

from __future__ import annotations

from yunquan.kernel.workflow import Lifecycle, Row
from yunquan.matching import checks as c
from yunquan.policy.roles import Role as R

ARTICLE = c.ARTICLE

SCHEME = Lifecycle(
    noun="matching_scheme",
    label="配套办法",
    states={"proposed": "待审定", "adopted": "已审定", "turned_down": "已退回"},
    actions={"adopt": "审定", "turn_down": "退回"},
    rows=(
        Row("adopt", ("proposed",), "adopted", (R.CITY_APPROVER,), ARTICLE, c.ON_ADOPT),
        Row("turn_down", ("proposed",), "turned_down", (R.CITY_APPROVER,), ARTICLE, (c.reason_stated,)),
    ),
    initial="proposed",
    final=("adopted", "turned_down"),
)

MATCHING_LIST = Lifecycle(
    noun="matching_list",
    label="配套清单",
    states={"drafted": "待审批", "published": "公示中", "standing": "公示期满", "withdrawn": "已撤下"},
    actions={"publish": "审批并公示", "withdraw": "撤下清单", "close": "公示期满"},
    rows=(
        Row("publish", ("drafted",), "published", (R.CITY_APPROVER,), ARTICLE, c.ON_PUBLISH),
        Row(
            "withdraw",
            ("drafted", "published", "standing"),
            "withdrawn",
            (R.CITY_APPROVER,),
            ARTICLE,
            (c.reason_stated, c.nothing_ordered),
        ),
        Row("close", ("published",), "standing", (R.CLOCK,), ARTICLE, (c.publicity_over,)),
    ),
    initial="drafted",
    final=("withdrawn",),
)

# A voucher whose line left, alone or with its list, may stand on the next version.
GONE = "left"
MATCHING_LINE = Lifecycle(
    noun="matching_line",
    label="配套",
    states={
        "listed": "待兑付",
        "ordered": "兑付中",
        "paid": "已兑付",
        "recovered": "已追回",
        "refused": "异议成立，不予配套",
        "dropped": "服务券已失效，不予配套",
        "left": "已撤下，可重新列入",
    },
    actions={
        "order": "发出兑付",
        "pay": "登记到账",
        "bounce": "银行退票",
        "refuse": "不予配套",
        "drop": "因服务券失效取消",
        "leave": "随清单撤下",
        "relist": "因省奖补减少退出清单",
        "recover": "全部追回",
    },
    rows=(
        Row("order", ("listed",), "ordered", (R.CITY_CASHIER,), ARTICLE),
        Row("pay", ("ordered",), "paid", (R.CITY_CASHIER,), ARTICLE),
        Row("bounce", ("ordered",), "listed", (R.CITY_CASHIER,), ARTICLE),
        Row("refuse", ("listed",), "refused", (R.CITY_APPROVER,), ARTICLE),
        Row("drop", ("listed",), "dropped", (R.CLOCK,), ARTICLE, (c.voucher_lost,)),
        Row("leave", ("listed",), "left", (R.CITY_APPROVER,), ARTICLE),
        Row("relist", ("listed",), "left", (R.CLOCK,), ARTICLE, (c.award_lessened,)),
        Row("recover", ("paid",), "recovered", (R.CITY_CASHIER,), ARTICLE),
    ),
    initial="listed",
    final=("recovered", "refused", "dropped", "left"),
)

DECIDED = ("dismissed", "upheld", "reduced")
MATCHING_OBJECTION = Lifecycle(
    noun="matching_objection",
    label="配套异议",
    states={
        "raised": "待处理",
        "dismissed": "异议不成立，照常配套",
        "upheld": "异议成立，不予配套",
        "reduced": "异议部分成立，核减配套",
    },
    actions={"dismiss": "认定不成立", "uphold": "认定成立", "reduce": "认定部分成立"},
    rows=(
        Row("dismiss", ("raised",), "dismissed", (R.CITY_APPROVER,), "D47-5.22", (c.reason_stated,)),
        Row("uphold", ("raised",), "upheld", (R.CITY_APPROVER,), "D47-5.22", (c.reason_stated,)),
        Row(
            "reduce",
            ("raised",),
            "reduced",
            (R.CITY_APPROVER,),
            "D47-5.22",
            (c.reason_stated, c.smaller_amount),
        ),
    ),
    initial="raised",
    final=DECIDED,
)

MATCHING_RUN = Lifecycle(
    noun="matching_run",
    label="配套兑付批次",
    states={"prepared": "待复核放行", "released": "已放行", "done": "已完成", "cancelled": "已取消"},
    actions={"release": "复核放行", "finish": "办结", "cancel": "取消批次"},
    rows=(
        Row("release", ("prepared",), "released", (R.CITY_CASHIER,), ARTICLE, c.ON_RELEASE),
        Row("cancel", ("prepared",), "cancelled", (R.CITY_REVIEWER, R.CITY_CASHIER), ARTICLE),
        Row("finish", ("released",), "done", (R.CITY_CASHIER,), ARTICLE, (c.all_results_in,)),
    ),
    initial="prepared",
    final=("done", "cancelled"),
)

MATCHING_INSTRUCTION = Lifecycle(
    noun="matching_instruction",
    label="配套兑付指令",
    states={"ordered": "已发银行", "paid": "支付成功", "bounced": "银行退票"},
    actions={"settle": "登记成功", "bounce": "登记退票"},
    rows=(
        Row("settle", ("ordered",), "paid", (R.CITY_CASHIER,), ARTICLE),
        Row("bounce", ("ordered",), "bounced", (R.CITY_CASHIER,), ARTICLE),
    ),
    initial="ordered",
    final=("paid", "bounced"),
)

MATCHING_RECOVERY = Lifecycle(
    noun="matching_recovery",
    label="配套追回",
    states={"demanded": "已下达追回通知", "received": "已追回入库"},
    actions={"receive": "登记追回入库"},
    rows=(Row("receive", ("demanded",), "received", (R.CITY_CASHIER,), ARTICLE, (c.different_person,)),),
    initial="demanded",
    final=("received",),
)

LIFECYCLES = (
    SCHEME,
    MATCHING_LIST,
    MATCHING_LINE,
    MATCHING_OBJECTION,
    MATCHING_RUN,
    MATCHING_INSTRUCTION,
    MATCHING_RECOVERY,
)
