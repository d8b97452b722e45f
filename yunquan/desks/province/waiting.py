"""What waits for the province, by kind of work, the most urgent first."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest

from yunquan.catalogue import queries as catalogue
from yunquan.demonstrations import queries as demonstrations
from yunquan.desks.shared import messages
from yunquan.insight import evaluation_queries, splitting_queries
from yunquan.insight import queries as insight
from yunquan.inspections import rectify_queries, result_queries
from yunquan.journal import clock
from yunquan.kernel.calendar import CalendarNotAnnounced, WorkingCalendar, local_date
from yunquan.kernel.workflow import Actor
from yunquan.parties import contacts, regions
from yunquan.parties import queries as parties
from yunquan.pilots import queries as pilots
from yunquan.policy.roles import Role
from yunquan.programme import access as programme_access
from yunquan.programme import queries as programme
from yunquan.settlement import access as settlement_access
from yunquan.usage import access as usage_access
from yunquan.vouchers import queries as vouchers
from yunquan.vouchers.lifecycle import S

MOST = 1000
SHOWN = 25


def queues(actor: Actor) -> dict[str, Any]:
    """The rows that wait for this role, by kind of work, each in the order of urgency."""
    found: dict[str, Any] = {
        "supplier": parties.suppliers_due(actor),
        "product": catalogue.products_due(actor),
    }
    found["inspection"] = result_queries.waiting_results(actor)
    if actor.role == Role.PROVINCE_OFFICER:
        found["rectification"] = rectify_queries.waiting(actor)
        found["demonstration_report"] = demonstrations.waiting_reports(actor)
        found["demonstration_rectification"] = demonstrations.waiting_rectifications(actor)
        found["verdict"] = vouchers.waiting_for(actor, (S.ATTESTED,))
        found["table"] = usage_access.tables_visible_to(actor).filter(state="drafted").order_by("pk")
        found["objection"] = (
            settlement_access.objections_visible_to(actor).filter(state="escalated").order_by("due_on", "pk")
        )
        found["rule"] = programme.rule_changes(actor, state="draft").exclude(return_reasons=[])
    else:
        found["demonstration"] = demonstrations.waiting_proposals(actor)
        submitted = programme.rule_changes(actor, state="submitted")
        found["rule"] = submitted.exclude(drafted_by=actor.person)
        drafts = programme_access.notices_visible_to(actor).filter(state="submitted")
        found["notice"] = drafts.exclude(drafted_by=actor.person).order_by("pk")
    found["pilot"] = pilots.waiting(actor)
    found["pilot_call"] = pilots.waiting_calls(actor, clock.read())
    found["evaluation"] = evaluation_queries.waiting(actor, clock.today())
    found["split"] = splitting_queries.waiting(actor)
    found["message"] = messages.due(actor).filter(bureau=regions.PROVINCE)
    found["contacts"] = contacts.to_judge(actor)
    return found


def counts(request: HttpRequest) -> dict[str, int]:
    """How much waits by kind, each counted once a request and up to a thousand."""
    kept: dict[str, int] | None = getattr(request, "province_counts", None)
    if kept is None:
        queued = queues(request.actor)  # type: ignore[attr-defined]
        kept = {kind: rows.order_by().values("pk")[:MOST].count() for kind, rows in queued.items()}
        request.province_counts = kept  # type: ignore[attr-defined]
    return kept


def tasks(actor: Actor, now: datetime, counted: dict[str, int]) -> list[dict[str, Any]]:
    """What waits as rows of the first page, by due day; what has none comes after, the oldest first.

    Only the kinds of which there are any are read.
    """
    makers = {
        "supplier": _supplier, "product": _product, "verdict": _verdict, "table": _table,
        "objection": _objection, "rule": _rule, "message": _message, "inspection": _inspection,
        "rectification": _rectification, "pilot": _pilot, "demonstration_report": _demonstration_report,
        "demonstration_rectification": _demonstration_rectification, "demonstration": _demonstration,
        "evaluation": _evaluation, "split": _split, "pilot_call": _pilot_call,
        "contacts": _contacts, "notice": _notice,
    }  # fmt: skip
    calendar, today = programme.working_calendar(), local_date(now)
    rows = [
        makers[kind](row) | {"kind": kind}
        for kind, queue in queues(actor).items()
        if counted.get(kind)
        for row in list(queue[:SHOWN])
    ]
    for row in rows:
        row["left"] = days_left(calendar, today, row["due_on"])
    rows.sort(
        key=lambda row: (
            row["due_on"] is None,
            row["due_on"] or today,
            row["since"] is None,
            str(row["since"]),
        )
    )
    return rows


def days_left(calendar: WorkingCalendar, today: date, due_on: date | None) -> int | None:
    """Working days left, or None where none are due or the year isn't announced."""
    if due_on is None:
        return None
    try:
        return calendar.working_days_between(today, due_on)
    except CalendarNotAnnounced:
        return None


def _supplier(row: Any) -> dict[str, Any]:
    asked = row.state == "expert_review"
    return {
        "label": "供应商审核",
        "subject": row.name,
        "url": f"/province/suppliers/{row.pk}/",
        "next": "看专家意见，意见齐全后注册、退回或驳回" if asked else "邀请专家审核应用服务提供能力",
        "due_on": row.due_on,
        "since": row.submitted_at,
    }


def _product(row: Any) -> dict[str, Any]:
    return {
        "label": "产品上架",
        "subject": f"{row.name}（{row.supplier.name}）",
        "url": f"/province/products/{row.pk}/",
        "next": "核对功能模块和收费标准，上架或退回",
        "due_on": row.due_on,
        "since": row.submitted_at,
    }


def _verdict(row: Any) -> dict[str, Any]:
    return {
        "label": "行为数据判定",
        "subject": f"{row.number}　{row.enterprise.name}",
        "url": f"/province/verdicts/{row.number}/",
        "next": "录入判定结果、理由和依据文件",
        "due_on": row.due_on,
        "since": row.waiting_since,
    }


def _table(row: Any) -> dict[str, Any]:
    return {
        "label": "完成情况表",
        "subject": f"{row.title}第 {row.edition} 版",
        "url": f"/province/completion/{row.pk}/",
        "next": "核对后发送地市，或作废草稿",
        "due_on": None,
        "since": row.drafted_at,
    }


def _objection(row: Any) -> dict[str, Any]:
    return {
        "label": "异议核查",
        "subject": f"{row.line.voucher_number}　{regions.place_name(row.city)}报请核查",
        "url": f"/province/objections/{row.pk}/",
        "next": "组织专家现场核查，反馈核查结果",
        "due_on": row.due_on,
        "since": row.raised_at,
    }


def _message(row: Any) -> dict[str, Any]:
    return {
        "label": f"留言待{'受理' if row.state == 'received' else '答复'}",
        "subject": row.title,
        "url": f"/province/messages/{row.pk}/",
        "next": "受理后在期限内答复；应由地市办理的转办",
        "due_on": row.due_on,
        "since": row.sent_at,
    }


def _notice(row: Any) -> dict[str, Any]:
    return {
        "label": "公告待审核",
        "subject": row.title,
        "url": f"/province/notices/{row.pk}/",
        "next": "核对内容，发布或退回",
        "due_on": None,
        "since": row.drafted_at,
    }


def _evaluation(row: Any) -> dict[str, Any]:
    steps = {
        "drafted": "核对指标，发送供应商", "sent": "答复供应商的意见，期满后提名", "proposed": "核对提名，审定或退回",
    }  # fmt: skip
    return {
        "label": "供应商评价",
        "subject": f"{row.year} 年度，第 {row.edition} 版",
        "url": f"/province/evaluations/{row.pk}/",
        "next": steps[row.state],
        "due_on": None,
        "since": row.proposed_at or row.sent_at or row.drafted_at,
    }


def _split(row: Any) -> dict[str, Any]:
    return {
        "label": "额度测算",
        "subject": row.cycle.name,
        "url": f"/province/splits/{row.pk}/",
        "next": "核对后提交审定" if row.state == "drafted" else "核对测算和调整的理由，审定或退回",
        "due_on": None,
        "since": row.proposed_at or row.drafted_at,
    }


def _contacts(row: Any) -> dict[str, Any]:
    return {
        "label": "联系人回执",
        "subject": row.bureau.name,
        "url": f"/province/contacts/receipts/{row.pk}/",
        "next": "核对盖章扫描件，确认或退回",
        "due_on": None,
        "since": row.filed_at,
    }


def _inspection(row: Any) -> dict[str, Any]:
    return {
        "label": "抽查结果",
        "subject": f"{row.voucher.number}　{row.voucher.enterprise.name}",
        "url": f"/province/inspections/results/{row.pk}/",
        "next": "看结论和答复，办理下一步",
        "due_on": row.due_on,
        "since": row.concluded_at,
    }


def _rectification(row: Any) -> dict[str, Any]:
    voucher = row.inspection.voucher
    return {
        "label": "整改待复查",
        "subject": f"{voucher.number}　{voucher.enterprise.name}",
        "url": f"/province/inspections/rectifications/{row.pk}/",
        "next": "看整改情况和证明材料，复查",
        "due_on": None,
        "since": row.filed_at,
    }


def _demonstration_report(row: Any) -> dict[str, Any]:
    return {
        "label": "示范项目报告待复核",
        "subject": f"{row.project.name}　{regions.place_name(row.project.city)}",
        "url": f"/province/demonstrations/reports/{row.pk}/",
        "next": "看地市检查结果，复核同意或退回重新检查",
        "due_on": None,
        "since": row.checked_at,
    }


def _demonstration_rectification(row: Any) -> dict[str, Any]:
    return {
        "label": "示范项目整改待复查",
        "subject": row.project.name,
        "url": f"/province/demonstrations/rectifications/{row.pk}/",
        "next": "看整改情况和证明材料，复查",
        "due_on": None,
        "since": row.filed_at,
    }


def _demonstration(row: Any) -> dict[str, Any]:
    return {
        "label": "示范项目验收" if row.state == "acceptance_proposed" else "撤销示范项目称号",
        "subject": f"{row.name}　{regions.place_name(row.city)}",
        "url": f"/province/demonstrations/{row.pk}/",
        "next": "看提出的意见和附件，决定",
        "due_on": None,
        "since": row.proposed_at,
    }


def _pilot(row: Any) -> dict[str, Any]:
    nexts = {
        "submitted": "形式审查：受理，或一次写明全部理由退回",
        "public": "公示期满、没有异议的，授予试点称号",
        "hearing": "看陈述意见，决定是否取消称号",
    }
    return {
        "label": "试点示范",
        "subject": f"{row.title}　{row.supplier.name}",
        "url": f"/province/pilots/{row.pk}/",
        "next": nexts.get(row.state, ""),
        "due_on": None,
        "since": row.hearing_at or row.submitted_at,
    }


def _pilot_call(row: Any) -> dict[str, Any]:
    nexts = {
        "draft": "核对后发布申报通知",
        "open": "申报已截止：评分齐后排序并拟定试点",
        "ranked": "核对排序和额度，公示拟定试点，或退回重排",
    }
    return {
        "label": "试点申报通知",
        "subject": row.title,
        "url": f"/province/pilots/calls/{row.pk}/",
        "next": nexts[row.state],
        "due_on": None,
        "since": {"draft": row.drafted_at, "open": row.closes_at, "ranked": row.ranked_at}[row.state],
    }


def _rule(row: Any) -> dict[str, Any]:
    returned = row.state == "draft"
    return {
        "label": "规则变更",
        "subject": f"{insight.rule_title(row)}（{row.from_on} 起）",
        "url": f"/province/rules/changes/{row.pk}/",
        "next": "已退回，请修改后再提交复核" if returned else "对照新旧值，发布或退回",
        "due_on": None,
        "since": row.drafted_at,
    }
