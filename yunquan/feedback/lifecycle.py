"""The life of a message 留言, from the visitor's form to its answer and rating (D47-8.5)."""

from __future__ import annotations

from yunquan.feedback import checks as c
from yunquan.kernel.workflow import Lifecycle, Row
from yunquan.policy.roles import Role as R

HANDLERS = (R.CITY_REVIEWER, R.CITY_APPROVER, R.PROVINCE_OFFICER, R.PROVINCE_APPROVER)
ARTICLE = "D47-8.5"
# A complaint weighs in a draw while a bureau has taken it up and not yet settled it.
OPEN = ("handling",)
SETTLED = ("answered", "closed", "dismissed")

MESSAGE = Lifecycle(
    noun="message",
    label="留言",
    states={
        "received": "已收到，待受理",
        "handling": "办理中",
        "answered": "已答复",
        "closed": "已办结",
        "dismissed": "不予受理",
    },
    actions={
        "accept": "受理",
        "transfer": "转其他主管部门",
        "dismiss": "不予受理",
        "answer": "答复",
        "ask_again": "追问",
        "rate": "评价",
        "close": "办结",
    },
    rows=(
        Row("accept", ("received",), "handling", HANDLERS, ARTICLE, (c.not_about_oneself,)),
        Row(
            "transfer",
            ("received", "handling"),
            "received",
            HANDLERS,
            ARTICLE,
            (c.reason_stated, c.bureau_is_another),
        ),
        Row("dismiss", ("received",), "dismissed", HANDLERS, ARTICLE, (c.reason_stated, c.not_about_oneself)),
        Row(
            "answer",
            ("handling",),
            "answered",
            HANDLERS,
            ARTICLE,
            (c.answer_stated, c.public_words_stated, c.not_about_oneself),
        ),
        Row(
            "ask_again",
            ("answered",),
            "handling",
            (R.PUBLIC,),
            ARTICLE,
            (c.reason_stated, c.asked_again_once),
        ),
        Row("rate", ("answered",), "closed", (R.PUBLIC,), ARTICLE, (c.rating_given,)),
        Row("close", ("answered",), "closed", (R.CLOCK,), ARTICLE, (c.answered_long_ago,)),
    ),
    initial="received",
    final=("closed", "dismissed"),
)
