"""The lives of a year's evaluation of suppliers, of a title 优秀供应商, and of a split over the cities."""

from __future__ import annotations

from yunquan.insight import checks as c
from yunquan.kernel.workflow import Lifecycle, Row
from yunquan.policy.roles import Role as R

ARTICLE, SPLIT_ARTICLE = "D47-8.3", "D47-5.17"
OFFICERS = (R.PROVINCE_OFFICER, R.PROVINCE_APPROVER)
# From here on a supplier sees its figures.
TOLD_STATES = ("sent", "proposed", "publicity", "published")

EVALUATION = Lifecycle(
    noun="evaluation",
    label="供应商评价",
    states={
        "drafted": "已测算，待发送",
        "sent": "征求供应商意见",
        "proposed": "待审定",
        "publicity": "公示中",
        "published": "已公布",
        "discarded": "已作废",
    },
    actions={
        "send": "发送供应商",
        "propose": "提名优秀供应商",
        "send_back": "退回",
        "decide": "审定并公示",
        "close": "公示期满公布",
        "discard": "作废",
    },
    rows=(
        Row("send", ("drafted",), "sent", OFFICERS, ARTICLE, (c.has_suppliers,)),
        Row(
            "propose",
            ("sent",),
            "proposed",
            OFFICERS,
            ARTICLE,
            (c.reply_time_over, c.replies_answered, c.figures_stand, c.choice_explained, c.chosen_deserve),
        ),
        Row("send_back", ("proposed",), "sent", (R.PROVINCE_APPROVER,), ARTICLE, (c.reason_stated,)),
        Row(
            "decide",
            ("proposed",),
            "publicity",
            (R.PROVINCE_APPROVER,),
            ARTICLE,
            (c.another_person, c.chosen_still_deserve),
        ),
        Row("close", ("publicity",), "published", (*OFFICERS, R.CLOCK), ARTICLE, (c.publicity_over,)),
        Row("discard", ("drafted", "sent", "proposed"), "discarded", OFFICERS, ARTICLE, (c.reason_stated,)),
    ),
    initial="drafted",
    final=("published", "discarded"),
)

EXCELLENT_TITLE = Lifecycle(
    noun="title",
    label="优秀供应商称号",
    states={
        "proposed": "已提名",
        "publicity": "公示中",
        "granted": "有效",
        "expired": "已到期",
        "withdrawn": "已撤销",
        "dropped": "未授予",
    },
    actions={
        "decide": "审定并公示",
        "drop": "不再提名",
        "grant": "授予",
        "expire": "到期",
        "withdraw": "撤销",
    },
    rows=(
        Row("decide", ("proposed",), "publicity", (R.PROVINCE_APPROVER,), ARTICLE, (c.another_person,)),
        Row("drop", ("proposed",), "dropped", OFFICERS, ARTICLE),
        Row("grant", ("publicity",), "granted", (*OFFICERS, R.CLOCK), ARTICLE, (c.publicity_over,)),
        Row("expire", ("granted",), "expired", (R.CLOCK,), ARTICLE, (c.term_over,)),
        Row(
            "withdraw",
            ("publicity", "granted"),
            "withdrawn",
            (R.PROVINCE_APPROVER, R.CLOCK),
            ARTICLE,
            (c.reason_stated,),
        ),
    ),
    initial="proposed",
    final=("expired", "withdrawn", "dropped"),
)

SPLIT = Lifecycle(
    noun="split",
    label="额度测算",
    states={"drafted": "测算中", "proposed": "待审定", "decided": "已下达", "discarded": "已作废"},
    actions={"propose": "提交审定", "send_back": "退回", "decide": "审定并下达额度", "discard": "作废"},
    rows=(
        Row("propose", ("drafted",), "proposed", OFFICERS, SPLIT_ARTICLE, (c.sums_to_total,)),
        Row("send_back", ("proposed",), "drafted", (R.PROVINCE_APPROVER,), SPLIT_ARTICLE, (c.reason_stated,)),
        Row(
            "decide",
            ("proposed",),
            "decided",
            (R.PROVINCE_APPROVER,),
            SPLIT_ARTICLE,
            (c.another_person_splits, c.sums_to_total),
        ),
        Row("discard", ("drafted", "proposed"), "discarded", OFFICERS, SPLIT_ARTICLE, (c.reason_stated,)),
    ),
    initial="drafted",
    final=("decided", "discarded"),
)
