"""The lives of a demonstration project, of its reports, and of what it has to mend (D858-2.1, D858-2.3)."""

from __future__ import annotations

from yunquan.demonstrations import checks as c
from yunquan.demonstrations.outline import ARTICLE, MENDING
from yunquan.kernel.workflow import Lifecycle, Row
from yunquan.policy.roles import Role as R

OFFICERS = (R.CITY_REVIEWER, R.PROVINCE_OFFICER)
PARTIES = (R.ENTERPRISE, R.SUPPLIER)
DECIDER = (R.PROVINCE_APPROVER,)
# What is still being built, whatever was proposed on it.
BUILDING = ("building", "acceptance_proposed", "withdrawal_proposed")
PROPOSED = ("acceptance_proposed", "withdrawal_proposed", "title_withdrawal_proposed")
# A report that is the holder's to file, and one that stands as filed.
TO_FILE, STANDING = ("asked", "returned"), ("filed", "checked", "reviewed")
TO_MEND = ("ordered", "filed")

PROJECT = Lifecycle(
    noun="demonstration",
    label="示范项目",
    states={
        "building": "在建",
        "acceptance_proposed": "已提请验收",
        "accepted": "已验收",
        "withdrawal_proposed": "在建，拟撤销称号",
        "title_withdrawal_proposed": "已验收，拟撤销称号",
        "withdrawn": "已撤销称号",
        "cancelled": "登记作废",
    },
    actions={
        "extend": "延期",
        "cancel": "作废登记",
        "propose_acceptance": "提请验收",
        "accept": "同意验收",
        "decline_acceptance": "不同意验收",
        "propose_withdrawal": "提出撤销称号",
        "withdraw": "撤销称号",
        "keep": "不予撤销",
    },
    rows=(
        Row("extend", ("building",), "building", OFFICERS, ARTICLE, (c.reason_stated, c.day_is_later)),
        Row("cancel", ("building",), "cancelled", OFFICERS, ARTICLE, (c.reason_stated, c.nothing_filed)),
        Row(
            "propose_acceptance",
            ("building",),
            "acceptance_proposed",
            OFFICERS,
            ARTICLE,
            (c.acceptance_shown, c.ready_to_accept),
        ),
        Row(
            "accept",
            ("acceptance_proposed",),
            "accepted",
            DECIDER,
            ARTICLE,
            (c.second_person, c.ready_to_accept),
        ),
        Row(
            "decline_acceptance",
            ("acceptance_proposed",),
            "building",
            DECIDER,
            ARTICLE,
            (c.second_person, c.reason_stated),
        ),
        Row(
            "propose_withdrawal", ("building",), "withdrawal_proposed", OFFICERS, MENDING, (c.reason_stated,)
        ),
        Row(
            "propose_withdrawal",
            ("accepted",),
            "title_withdrawal_proposed",
            OFFICERS,
            MENDING,
            (c.reason_stated,),
        ),
        Row(
            "withdraw",
            ("withdrawal_proposed", "title_withdrawal_proposed"),
            "withdrawn",
            DECIDER,
            MENDING,
            (c.second_person, c.reason_stated),
        ),
        Row(
            "keep", ("withdrawal_proposed",), "building", DECIDER, MENDING, (c.second_person, c.reason_stated)
        ),
        Row(
            "keep",
            ("title_withdrawal_proposed",),
            "accepted",
            DECIDER,
            MENDING,
            (c.second_person, c.reason_stated),
        ),
    ),
    initial="building",
    final=("withdrawn", "cancelled"),
)

REPORT = Lifecycle(
    noun="demonstration_report",
    label="建设情况报告",
    states={
        "asked": "待报送",
        "filed": "已报送，待检查",
        "returned": "退回补正",
        "checked": "已检查，待省厅复核",
        "reviewed": "已复核",
    },
    actions={
        "file": "报送",
        "send_back": "退回补正",
        "check": "登记检查结果",
        "review": "复核同意",
        "check_again": "退回地市重新检查",
    },
    rows=(
        Row(
            "file",
            TO_FILE,
            "filed",
            PARTIES,
            ARTICLE,
            (c.told_as_asked, c.each_document_once, c.within_plan),
        ),
        Row(
            "send_back",
            ("filed",),
            "returned",
            OFFICERS,
            ARTICLE,
            (c.reasons_told, c.nothing_raised_late, c.time_left),
        ),
        Row("check", ("filed",), "checked", (R.CITY_REVIEWER,), ARTICLE, (c.result_told,)),
        Row("review", ("checked",), "reviewed", (R.PROVINCE_OFFICER,), ARTICLE, (c.second_person,)),
        Row("check_again", ("checked",), "filed", (R.PROVINCE_OFFICER,), ARTICLE, (c.reason_stated,)),
    ),
    initial="asked",
    final=("reviewed",),
)

RECTIFICATION = Lifecycle(
    noun="demonstration_rectification",
    label="示范项目整改",
    states={"ordered": "待整改", "filed": "已报整改，待复查", "done": "整改到位", "failed": "整改不到位"},
    actions={"file": "报送整改情况", "send_back": "退回再整改", "pass": "复查通过", "fail": "复查不通过"},
    rows=(
        Row("file", ("ordered",), "filed", PARTIES, MENDING, (c.mending_told,)),
        Row(
            "send_back",
            ("filed",),
            "ordered",
            OFFICERS,
            MENDING,
            (c.second_person, c.reason_stated, c.time_left),
        ),
        Row("pass", ("filed",), "done", OFFICERS, MENDING, (c.second_person, c.finding_told)),
        Row("fail", ("ordered", "filed"), "failed", OFFICERS, MENDING, (c.second_person, c.reason_stated)),
    ),
    initial="ordered",
    final=("done", "failed"),
)
