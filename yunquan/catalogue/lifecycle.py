"""The life cycle of a supplier's product in the catalogue, a sentence a row."""

from __future__ import annotations

from yunquan.catalogue import checks
from yunquan.kernel.workflow import Lifecycle, Row
from yunquan.policy.roles import Role as R

PRODUCT = Lifecycle(
    noun="product",
    label="产品",
    states={
        "draft": "填写中",
        "submitted": "待审核",
        "returned": "已退回",
        "listed": "已上架",
        "delisted": "已下架",
    },
    actions={"submit": "提交上架", "list": "予以上架", "send_back": "退回", "delist": "下架"},
    rows=[
        Row(
            "submit",
            ("draft", "returned"),
            "submitted",
            (R.SUPPLIER,),
            "D47-A1.2-5",
            (checks.supplier_in_registration, checks.nothing_stands_against, checks.nothing_missing),
        ),
        Row(
            "list",
            ("submitted",),
            "listed",
            (R.PROVINCE_OFFICER, R.PROVINCE_APPROVER),
            "D47-A1.2-5",
            (checks.supplier_registered, checks.nothing_stands_against, checks.not_own_submission),
        ),
        Row(
            "send_back",
            ("submitted",),
            "returned",
            (R.PROVINCE_OFFICER, R.PROVINCE_APPROVER),
            "D47-5.20",
            (checks.says_why, checks.not_own_submission),
        ),
        Row(
            "delist",
            ("listed",),
            "delisted",
            (R.SUPPLIER, R.PROVINCE_OFFICER, R.PROVINCE_APPROVER),
            "D26-2",
            (checks.says_why,),
        ),
    ],
    initial="draft",
    final=("delisted",),
)
