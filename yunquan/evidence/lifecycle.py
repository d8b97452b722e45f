"""The life of an alarm 发票警示: an invoice that was reversed or made void after it served a claim (D47-5.14)."""

from __future__ import annotations

from yunquan.evidence import checks as c
from yunquan.kernel.workflow import Lifecycle, Row
from yunquan.policy.roles import Role as R

# Who hears of a reversed invoice, who may look into it, and when it keeps a voucher from payment.
RAISERS = (R.CITY_REVIEWER, R.CITY_CASHIER, R.PROVINCE_OFFICER, R.SUPPLIER, R.CLOCK)
JUDGES = (R.CITY_REVIEWER, R.CITY_APPROVER, R.PROVINCE_OFFICER)
HOLDING = ("open", "upheld")

ALARM = Lifecycle(
    noun="alarm",
    label="发票警示",
    states={"open": "待核查", "lifted": "核查后解除", "upheld": "属实"},
    actions={"lift": "解除警示", "uphold": "认定属实"},
    rows=(
        Row("lift", HOLDING, "lifted", JUDGES, "D47-5.14", (c.reason_stated, c.second_person)),
        Row("uphold", ("open",), "upheld", JUDGES, "D47-5.14", (c.reason_stated, c.second_person)),
    ),
    initial="open",
    final=("lifted",),
)
