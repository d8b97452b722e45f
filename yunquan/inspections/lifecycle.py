"""The life cycles of inspections: plan, inspection of one voucher, visit, self-check, rectification."""

from __future__ import annotations

from yunquan.inspections import checks as c
from yunquan.inspections import plan_checks as pc
from yunquan.inspections import rectify_checks as rc
from yunquan.inspections import result_checks as rs
from yunquan.inspections import selfcheck_checks as sc
from yunquan.inspections import visit_checks as vc
from yunquan.kernel.workflow import Lifecycle, Row
from yunquan.policy.roles import Role as R

OFFICERS = (R.PROVINCE_OFFICER, R.CITY_REVIEWER)
APPROVERS = (R.PROVINCE_APPROVER, R.CITY_APPROVER)
# What a party sees of a result: from the day on which it was told, and the question before.
TOLD_STATES = ("explaining", "informed", "answered", "proposed", "decided", "reviewed", "published")
# From the conclusion on there is a result to handle.
RESULT_STATES = ("concluded", *TOLD_STATES)

# A plan: drafted by the drawer, a city's filed with the province first, published, frozen, drawn, closed.
PLAN = Lifecycle(
    noun="plan",
    label="抽查计划",
    states={
        "drafted": "拟定中",
        "filed": "已报省厅备案",
        "accepted": "省厅已备案",
        "published": "已公布，等待冻结",
        "frozen": "名单已冻结，等待随机数",
        "drawn": "已抽取",
        "closed": "已结束",
        "aborted": "已中止",
    },
    actions={
        "revise": "修改计划",
        "file": "报省厅备案",
        "accept": "予以备案",
        "send_back": "退回修改",
        "publish": "公布计划",
        "freeze": "冻结名单",
        "draw": "抽取",
        "close": "结束并公布盲签",
        "abort": "中止",
    },
    rows=(
        Row(
            "revise",
            ("drafted",),
            "drafted",
            OFFICERS,
            "D108-1",
            (pc.own_bureau, pc.no_custodian_acts, pc.nothing_wrong),
        ),
        Row(
            "file",
            ("drafted",),
            "filed",
            (R.CITY_APPROVER,),
            "D108-2.2",
            (pc.own_bureau, c.second_person, pc.no_custodian_acts, pc.nothing_wrong),
        ),
        Row("accept", ("filed",), "accepted", (R.PROVINCE_OFFICER,), "D108-2.2"),
        # What was accepted and can no longer be published goes back or ends; nothing waits for ever.
        Row(
            "send_back",
            ("filed", "accepted"),
            "drafted",
            (R.PROVINCE_OFFICER,),
            "D108-2.2",
            (c.reason_stated,),
        ),
        Row(
            "publish",
            ("drafted", "accepted"),
            "published",
            APPROVERS,
            "D858-2.2",
            (
                pc.own_bureau,
                c.second_person,
                pc.no_custodian_acts,
                pc.filed_where_asked,
                pc.nothing_wrong,
            ),
        ),
        Row(
            "freeze",
            ("published",),
            "frozen",
            OFFICERS,
            "D858-2.2",
            (
                pc.own_bureau,
                pc.no_custodian_acts,
                pc.all_committed,
                pc.reveal_time_ahead,
                pc.values_still_to_come,
                pc.nothing_wrong,
            ),
        ),
        Row(
            "draw",
            ("frozen",),
            "drawn",
            OFFICERS,
            "D858-2.2",
            (
                pc.own_bureau,
                pc.no_custodian_acts,
                pc.reveals_over,
                pc.values_in_time,
                pc.proof_given,
                pc.nothing_wrong,
            ),
        ),
        Row(
            "abort",
            ("accepted", "published", "frozen"),
            "aborted",
            APPROVERS,
            "D858-2.2",
            (pc.own_bureau_or_overdue, c.reason_stated),
        ),
        Row("close", ("drawn",), "closed", OFFICERS, "D858-2.2", (pc.own_bureau, pc.all_finished)),
    ),
    initial="drafted",
    final=("closed", "aborted"),
)

# The inspection of one voucher that a plan picked, from the pick to the published result.
INSPECTION = Lifecycle(
    noun="inspection",
    label="抽查项目",
    states={
        "selected": "已抽中，待约定",
        "appointed": "已约定",
        "concluded": "专家已给结论",
        "explaining": "待补充金额说明",
        "informed": "已反馈，待书面意见",
        "answered": "已收到书面意见",
        "proposed": "处理意见待审批",
        "decided": "已作出处理",
        "reviewed": "省厅已复核",
        "published": "已公布",
        "replaced": "已由备选替换",
    },
    actions={
        "appoint": "约定时间",
        "replace": "由备选替换",
        "conclude": "给出结论",
        "ask": "要求说明金额",
        "explain": "提交说明",
        "explain_late": "逾期未说明",
        "reconsider": "说明后重新给出结论",
        "inform": "反馈结果",
        "answer": "提交书面意见",
        "answer_late": "逾期未答复",
        "propose": "提出处理意见",
        "send_back": "退回重议",
        "decide": "批准处理",
        "review": "复核地市结果",
        "reopen": "重新处理",
        "publish": "公布结果",
    },
    rows=(
        Row("appoint", ("selected", "appointed"), "appointed", OFFICERS, "D108-3.3"),
        Row(
            "replace",
            ("selected", "appointed"),
            "replaced",
            APPROVERS,
            "D858-2.2",
            (pc.own_bureau, pc.not_looked_at, c.reason_stated, c.second_person),
        ),
        Row(
            "conclude",
            ("appointed",),
            "concluded",
            (R.EXPERT, *OFFICERS, R.CLOCK),
            "D108-3.3",
            (rs.on_the_panel, rs.outcome_known, rs.grounds_given),
        ),
        Row(
            "ask",
            ("concluded",),
            "explaining",
            (R.EXPERT, *OFFICERS),
            "D108-A2",
            (rs.on_the_panel, rs.runs_it, rs.asked_once, c.reason_stated),
        ),
        Row(
            "explain",
            ("explaining",),
            "concluded",
            (R.SUPPLIER, R.ENTERPRISE),
            "D108-A2",
            (rs.text_stated, rs.files_own),
        ),
        Row("explain_late", ("explaining",), "concluded", (R.CLOCK,), "D108-A2", (rs.time_over,)),
        Row(
            "reconsider",
            ("concluded",),
            "concluded",
            (R.EXPERT,),
            "D108-A2",
            (rs.on_the_panel, rs.explained_before, rs.outcome_known, rs.grounds_given, c.reason_stated),
        ),
        Row("inform", ("concluded",), "informed", OFFICERS, "D108-3.4", (rs.runs_it,)),
        Row(
            "answer",
            ("informed", "answered"),
            "answered",
            (R.SUPPLIER, R.ENTERPRISE),
            "D108-3.4",
            (rs.answer_stated, rs.answered_once, rs.files_own),
        ),
        Row("answer_late", ("informed",), "answered", (R.CLOCK,), "D108-3.4", (rs.time_over,)),
        Row(
            "propose",
            ("answered",),
            "proposed",
            OFFICERS,
            "D108-4",
            (
                rs.runs_it,
                rs.outcome_known,
                rs.grounds_given,
                c.reason_stated,
                rs.answers_in,
                rs.heard_before_sanction,
            ),
        ),
        Row(
            "send_back",
            ("proposed", "decided"),
            "answered",
            APPROVERS,
            "D108-4",
            (rs.may_send_back, c.reason_stated),
        ),
        Row(
            "decide",
            ("proposed",),
            "decided",
            APPROVERS,
            "D108-4",
            (rs.runs_it, c.second_person, rs.decision_document),
        ),
        # A city's result counts once the province has reviewed it, where the regime says so.
        Row(
            "review",
            ("decided",),
            "reviewed",
            (R.PROVINCE_APPROVER,),
            "D108-2.2",
            (rs.review_asked, c.second_person),
        ),
        Row(
            "publish",
            ("decided", "reviewed"),
            "published",
            (R.PROVINCE_OFFICER, R.CITY_REVIEWER),
            "D108-2.2",
            (rs.reviewed_where_asked, rs.publishes_it),
        ),
        # What was to be mended was not: another decision is proposed, heard and taken, the earlier one stays on record.
        Row(
            "reopen",
            ("decided", "reviewed", "published"),
            "answered",
            OFFICERS,
            "D858-2.3",
            (rs.runs_it, rs.rectification_failed, rs.no_other_inspection, c.reason_stated),
        ),
    ),
    initial="selected",
    final=("replaced",),
)

# A visit: one appointment of a panel with an enterprise (or a supplier, for the finance table).
VISIT = Lifecycle(
    noun="visit",
    label="抽查安排",
    states={
        "planned": "已排期",
        "noticed": "已通知",
        "under_way": "检查中",
        "signed": "已签字",
        "obstructed": "不配合，按不通过处理",
        "cancelled": "已取消",
    },
    actions={
        "notify": "发出通知",
        "move": "改期",
        "begin": "开始检查",
        "sign": "签字完成",
        "obstruct": "登记不配合",
        "cancel": "取消",
    },
    rows=(
        Row(
            "notify",
            ("planned",),
            "noticed",
            OFFICERS,
            "D108-3.3",
            (vc.noticed_in_time, vc.panel_complete, vc.free_of_clashes),
        ),
        Row("move", ("planned", "noticed"), "planned", OFFICERS, "D108-3.3", (c.reason_stated,)),
        Row(
            "begin",
            ("noticed",),
            "under_way",
            (R.EXPERT,),
            "D108-3.3",
            (vc.day_has_come, vc.conduct_confirmed, vc.right_people_there),
        ),
        Row(
            "sign",
            ("under_way",),
            "signed",
            (R.EXPERT, *OFFICERS, R.CLOCK),
            "D108-3.3",
            (vc.sheets_closed, vc.right_people_there, vc.all_signed, c.second_person),
        ),
        Row(
            "obstruct",
            ("noticed", "under_way"),
            "obstructed",
            (R.EXPERT, *OFFICERS),
            "D108-6",
            (c.reason_stated, vc.day_has_come_for_experts),
        ),
        Row(
            "cancel",
            ("planned", "noticed"),
            "cancelled",
            (*OFFICERS, *APPROVERS),
            "D108-3.3",
            (c.reason_stated,),
        ),
    ),
    initial="planned",
    final=("signed", "obstructed", "cancelled"),
)

# What a supplier or a city files in the self-check of a plan.
SELF_CHECK = Lifecycle(
    noun="self_check",
    label="自查表",
    states={"open": "待填报", "filed": "已填报", "returned": "退回补充"},
    actions={"file": "填报", "send_back": "退回补充"},
    rows=(
        Row(
            "file",
            ("open", "returned"),
            "filed",
            (R.SUPPLIER, R.CITY_REVIEWER),
            "D858-2.1",
            (sc.every_line_told,),
        ),
        Row(
            "send_back",
            ("filed",),
            "returned",
            (R.PROVINCE_OFFICER,),
            "D858-2.1",
            (c.reason_stated, sc.time_left),
        ),
    ),
    initial="open",
    final=(),
)

RECTIFICATION = Lifecycle(
    noun="rectification",
    label="整改",
    states={"ordered": "待整改", "filed": "已报整改，待复查", "done": "整改到位", "failed": "整改不到位"},
    actions={"file": "报送整改情况", "send_back": "退回再整改", "pass": "复查通过", "fail": "复查不通过"},
    rows=(
        Row("file", ("ordered",), "filed", (R.ENTERPRISE, R.SUPPLIER), "D858-2.3", (rc.report_told,)),
        Row(
            "send_back",
            ("filed",),
            "ordered",
            OFFICERS,
            "D858-2.3",
            (c.second_person, c.reason_stated, rc.time_left),
        ),
        Row("pass", ("filed",), "done", OFFICERS, "D858-2.3", (c.second_person, rc.finding_told)),
        Row("fail", ("ordered", "filed"), "failed", OFFICERS, "D858-2.3", (c.second_person, c.reason_stated)),
    ),
    initial="ordered",
    final=("done", "failed"),
)
