"""The life cycles of usage: a delivery of behaviour data, and a completion table 完成情况表."""

from __future__ import annotations

from enum import StrEnum

from yunquan.kernel.workflow import Lifecycle, Row
from yunquan.policy.roles import Role as R
from yunquan.usage import completion_checks as c


class DeliveryState(StrEnum):
    """Where a delivery stands."""

    RECEIVED = "received"
    LOADED = "loaded"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


DELIVERY = Lifecycle(
    noun="delivery",
    label="行为数据送达",
    states={"received": "已收妥，待装入", "loaded": "已装入", "refused": "未能装入", "withdrawn": "已撤回"},
    actions={"load": "装入", "refuse": "退还（不能识别）", "withdraw": "撤回误装的文件"},
    rows=(
        Row("load", (DeliveryState.RECEIVED,), DeliveryState.LOADED, (R.CLOCK,), "D47-5.12"),
        Row("refuse", (DeliveryState.RECEIVED,), DeliveryState.REFUSED, (R.CLOCK,), "D47-5.12"),
        Row(
            "withdraw",
            (DeliveryState.LOADED,),
            DeliveryState.WITHDRAWN,
            (R.PROVINCE_OFFICER,),
            "D47-5.12",
            c.ON_WITHDRAW_DELIVERY,
        ),
    ),
    initial=DeliveryState.RECEIVED,
    final=(DeliveryState.REFUSED, DeliveryState.WITHDRAWN),
)


class TableState(StrEnum):
    """Where a completion table stands: it is frozen when it is sent, a later change is a new edition."""

    DRAFTED = "drafted"
    SENT = "sent"
    WITHDRAWN = "withdrawn"


COMPLETION_TABLE = Lifecycle(
    noun="completion_table",
    label="完成情况表",
    states={"drafted": "待发送", "sent": "已发送地市", "withdrawn": "已作废（未发送）"},
    actions={"send": "发送地市", "withdraw": "作废草稿"},
    rows=(
        Row("send", (TableState.DRAFTED,), TableState.SENT, (R.PROVINCE_OFFICER,), "D47-5.13", c.ON_SEND),
        Row("withdraw", (TableState.DRAFTED,), TableState.WITHDRAWN, (R.PROVINCE_OFFICER,), "D47-5.13"),
    ),
    initial=TableState.DRAFTED,
    final=(TableState.SENT, TableState.WITHDRAWN),
)
