"""The life cycles of a programme's cycle, of a change of its rules, and of a public notice, a sentence a row."""

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

_PROVINCE = (R.PROVINCE_OFFICER, R.PROVINCE_APPROVER)
PUBLIC_NOTICE = Lifecycle(
    noun="public_notice",
    label="公告和指南",
    states={
        "draft": "起草中",
        "submitted": "待审核",
        "published": "已发布",
        "archived": "已归档",
        "discarded": "已作废",
    },
    actions={
        "submit": "提交审核",
        "publish": "发布",
        "send_back": "退回起草",
        "discard": "作废",
        "archive": "归档",
    },
    rows=[
        Row("submit", ("draft",), "submitted", _PROVINCE, "D47-5.1", (checks.notice_is_whole,)),
        Row(
            "publish",
            ("submitted",),
            "published",
            (R.PROVINCE_APPROVER,),
            "D47-5.1",
            (checks.another_publishes, checks.notice_is_whole),
        ),
        Row(
            "send_back",
            ("submitted",),
            "draft",
            (R.PROVINCE_APPROVER,),
            "D47-5.1",
            (checks.another_publishes, checks.notice_reason_stated),
        ),
        Row("discard", ("draft", "submitted"), "discarded", _PROVINCE, "D47-5.1"),
        Row(
            "archive",
            ("published",),
            "archived",
            (*_PROVINCE, R.CLOCK),
            "D47-5.1",
            (checks.notice_reason_stated,),
        ),
    ],
    initial="draft",
    final=("archived", "discarded"),
)
