"""The life cycles of a programme's cycle and of a change of its rules, a sentence a row."""

from __future__ import annotations

from yunquan.kernel.workflow import Lifecycle, Row
from yunquan.policy.roles import Role as R
from yunquan.programme import checks

CYCLE = Lifecycle(
    noun="cycle",
    label="发放周期",
    states={"draft": "筹备中", "open": "进行中", "closed": "已结束"},
    actions={"open": "启动周期", "close": "结束周期"},
    rows=[
        Row(
            "open",
            ("draft",),
            "open",
            (R.PROVINCE_OFFICER, R.PROVINCE_APPROVER),
            "D47-5.1",
            (checks.windows_published, checks.quota_split),
        ),
        Row("close", ("open",), "closed", (R.PROVINCE_OFFICER, R.PROVINCE_APPROVER), "D47-5.1"),
    ],
    initial="draft",
    final=("closed",),
)

RULE_CHANGE = Lifecycle(
    noun="rule_change",
    label="规则变更",
    states={"draft": "起草中", "submitted": "待复核", "published": "已发布", "withdrawn": "已撤回"},
    actions={"submit": "提交复核", "publish": "发布", "send_back": "退回起草", "withdraw": "撤回"},
    rows=[
        Row(
            "submit",
            ("draft",),
            "submitted",
            (R.PROVINCE_OFFICER, R.PROVINCE_APPROVER),
            "D47-4.4.1",
            (checks.nothing_wrong,),
        ),
        Row(
            "publish",
            ("submitted",),
            "published",
            (R.PROVINCE_APPROVER,),
            "D47-4.4.1",
            (checks.not_own_draft, checks.nothing_wrong),
        ),
        Row(
            "send_back",
            ("submitted",),
            "draft",
            (R.PROVINCE_APPROVER,),
            "D47-4.4.1",
            (checks.not_own_draft, checks.says_why),
        ),
        Row(
            "withdraw",
            ("draft", "submitted"),
            "withdrawn",
            (R.PROVINCE_OFFICER, R.PROVINCE_APPROVER),
            "D47-4.4.1",
        ),
    ],
    initial="draft",
    final=("published", "withdrawn"),
)
