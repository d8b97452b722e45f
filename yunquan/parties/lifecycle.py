"""The life cycles of an enterprise's and a supplier's registration, a sentence a row."""

from __future__ import annotations

from yunquan.kernel.workflow import Lifecycle, Row
from yunquan.parties import checks
from yunquan.parties import contact_checks as cc
from yunquan.parties import standing_checks as sc
from yunquan.policy.roles import Role as R

ENTERPRISE = Lifecycle(
    noun="enterprise",
    label="企业注册",
    states={
        "draft": "填写中",
        "submitted": "待审核",
        "returned": "已退回",
        "registered": "已通过",
        "amending": "变更中",
        "rejected": "已驳回",
    },
    actions={
        "submit": "提交注册",
        "approve": "审核通过",
        "send_back": "退回",
        "reject": "驳回",
        "transfer": "移交地区",
        "amend": "变更资料",
        "keep": "放弃变更",
        "refuse_change": "不同意变更",
    },
    rows=[
        Row(
            "submit",
            ("draft", "returned", "amending"),
            "submitted",
            (R.ENTERPRISE,),
            "D47-5.7a",
            (checks.not_barred, sc.nothing_stands_against, checks.nothing_missing),
        ),
        Row(
            "approve",
            ("submitted",),
            "registered",
            (R.COUNTY_REVIEWER, R.CITY_REVIEWER),
            "D47-5.20",
            (checks.is_in_reviewers_area, checks.not_own_submission, sc.nothing_stands_against),
        ),
        Row(
            "send_back",
            ("submitted",),
            "returned",
            (R.COUNTY_REVIEWER, R.CITY_REVIEWER),
            "D47-5.20",
            (checks.is_in_reviewers_area, checks.not_own_submission, checks.says_why),
        ),
        Row(
            "reject",
            ("submitted",),
            "rejected",
            (R.COUNTY_REVIEWER, R.CITY_REVIEWER),
            "D47-5.20",
            (checks.is_in_reviewers_area, checks.not_own_submission, checks.says_why),
        ),
        Row(
            "transfer",
            ("submitted",),
            "submitted",
            (R.COUNTY_REVIEWER, R.CITY_REVIEWER, R.PROVINCE_OFFICER),
            "D47-5.20",
            (checks.is_in_reviewers_area, checks.region_is_another, checks.nothing_missing),
        ),
        Row("amend", ("registered",), "amending", (R.ENTERPRISE,), "D47-5.7a"),
        Row(
            "keep",
            ("amending", "returned"),
            "registered",
            (R.ENTERPRISE,),
            "D47-5.7a",
            (checks.approved_before,),
        ),
        Row(
            "refuse_change",
            ("submitted",),
            "registered",
            (R.COUNTY_REVIEWER, R.CITY_REVIEWER),
            "D47-5.20",
            (
                checks.is_in_reviewers_area,
                checks.not_own_submission,
                checks.approved_before,
                checks.says_why,
            ),
        ),
    ],
    initial="draft",
    final=("rejected",),
)

_CITY_GUARDS = (checks.is_in_reviewers_area, checks.not_own_submission)
_CITY_PASS = (*_CITY_GUARDS, sc.nothing_stands_against)

SUPPLIER = Lifecycle(
    noun="supplier",
    label="供应商注册",
    states={
        "draft": "填写中",
        "city_check": "地市初审中",
        "province_review": "省厅审核中",
        "expert_review": "专家审核中",
        "returned": "已退回",
        "registered": "已注册",
        "rejected": "已驳回",
    },
    actions={
        "submit": "提交注册",
        "submit_to_province": "直接提交省厅",
        "city_pass": "初审通过",
        "ask_experts": "邀请专家",
        "give_opinion": "给出专家意见",
        "register": "予以注册",
        "send_back": "退回",
        "reject": "驳回",
    },
    rows=[
        Row(
            "submit",
            ("draft", "returned"),
            "city_check",
            (R.SUPPLIER,),
            "D47-5.4",
            (checks.window_open, sc.nothing_stands_against, checks.nothing_missing),
        ),
        Row(
            "submit_to_province",
            ("draft", "returned"),
            "province_review",
            (R.SUPPLIER,),
            "D47-5.5",
            (checks.window_open, sc.nothing_stands_against, checks.nothing_missing),
        ),
        Row("city_pass", ("city_check",), "province_review", (R.CITY_REVIEWER,), "D47-5.4", _CITY_PASS),
        Row(
            "send_back",
            ("city_check",),
            "returned",
            (R.CITY_REVIEWER,),
            "D47-5.20",
            (*_CITY_GUARDS, checks.says_why),
        ),
        Row(
            "reject",
            ("city_check",),
            "rejected",
            (R.CITY_REVIEWER,),
            "D47-5.20",
            (*_CITY_GUARDS, checks.says_why),
        ),
        Row(
            "ask_experts",
            ("province_review", "expert_review"),
            "expert_review",
            (R.PROVINCE_OFFICER,),
            "D47-5.4",
            (checks.experts_named,),
        ),
        Row(
            "give_opinion",
            ("expert_review",),
            "expert_review",
            (R.EXPERT,),
            "D47-A1.2",
            (checks.asked_and_open, checks.opinion_complete),
        ),
        Row(
            "register",
            ("province_review", "expert_review"),
            "registered",
            (R.PROVINCE_OFFICER, R.PROVINCE_APPROVER),
            "D47-5.4",
            (checks.not_own_submission, sc.nothing_stands_against, checks.capability_reviewed),
        ),
        Row(
            "send_back",
            ("province_review", "expert_review"),
            "returned",
            (R.PROVINCE_OFFICER, R.PROVINCE_APPROVER),
            "D47-5.20",
            (checks.not_own_submission, checks.says_why),
        ),
        Row(
            "reject",
            ("province_review", "expert_review"),
            "rejected",
            (R.PROVINCE_OFFICER, R.PROVINCE_APPROVER),
            "D47-5.20",
            (checks.not_own_submission, checks.says_why),
        ),
    ],
    initial="draft",
    final=("rejected",),
)

APPROVERS = (R.PROVINCE_APPROVER, R.CITY_APPROVER)
# What a decision lays on a party; a new one begins as `stands` (D108-4, D26-4, D47-8.4).
STANDING = Lifecycle(
    noun="standing",
    label="资格处理",
    states={"stands": "处理期内", "lifted": "已解除", "expired": "期满"},
    actions={"lift": "解除", "expire": "期满结束"},
    rows=[
        Row(
            "lift",
            ("stands",),
            "lifted",
            APPROVERS,
            "D47-8.4",
            (sc.reason_stated, sc.document_there, sc.different_person),
        ),
        Row("expire", ("stands",), "expired", (R.CLOCK,), "D26-4", (sc.term_over,)),
    ],
    initial="stands",
    final=("lifted", "expired"),
)
APPEAL = Lifecycle(
    noun="appeal",
    label="申诉",
    states={"filed": "待裁定", "upheld": "申诉成立，已解除", "dismissed": "申诉不成立"},
    actions={"uphold": "裁定成立", "dismiss": "裁定不成立"},
    rows=[
        Row(
            "uphold",
            ("filed",),
            "upheld",
            APPROVERS,
            "D47-8.4",
            (sc.reason_stated, sc.document_where_upheld, sc.different_person),
        ),
        Row(
            "dismiss",
            ("filed",),
            "dismissed",
            APPROVERS,
            "D47-8.4",
            (sc.reason_stated, sc.different_person),
        ),
    ],
    initial="filed",
    final=("upheld", "dismissed"),
)

# Who answers for a bureau, and who takes an answer on paper or looks at it.
RECEIPT_ROLES = (R.COUNTY_REVIEWER, R.CITY_REVIEWER, R.CITY_APPROVER, R.PROVINCE_OFFICER, R.PROVINCE_APPROVER)
RECEIPT_JUDGES = RECEIPT_ROLES[1:]
CONTACT_RECEIPT = Lifecycle(
    noun="contact_receipt",
    label="联系人回执",
    states={"asked": "待报送", "filed": "已报送，待确认", "returned": "已退回", "accepted": "已确认"},
    actions={"file": "报送", "send_back": "退回", "accept": "确认"},
    rows=[
        Row(
            "file",
            ("asked", "returned", "accepted"),
            "filed",
            RECEIPT_ROLES,
            "D47-A3",
            (cc.of_the_bureau_or_its_judge, checks.nothing_missing, cc.something_changed),
        ),
        Row(
            "send_back",
            ("filed",),
            "returned",
            RECEIPT_JUDGES,
            "D47-A3",
            (cc.judges_it, cc.says_what_to_mend, cc.entered_by_another),
        ),
        Row(
            "accept", ("filed",), "accepted", RECEIPT_JUDGES, "D47-A3", (cc.judges_it, cc.entered_by_another)
        ),
    ],
    initial="asked",
)
