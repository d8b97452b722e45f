"""What waits for an officer of a city or county, the most urgent first, with what to do next."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest

from yunquan.demonstrations import queries as demonstrations
from yunquan.desks.city import matching_waiting
from yunquan.desks.city.work import Waiting
from yunquan.desks.shared import messages
from yunquan.inspections import rectify_queries, result_queries, selfcheck_queries
from yunquan.kernel.calendar import CalendarNotAnnounced, WorkingCalendar, local_date
from yunquan.kernel.workflow import Actor
from yunquan.parties import contacts
from yunquan.parties import queries as parties
from yunquan.parties.access import bureau_code
from yunquan.policy.roles import Role
from yunquan.programme.queries import working_calendar
from yunquan.settlement import access as settlement_access
from yunquan.settlement import queries as settlement
from yunquan.vouchers import holding
from yunquan.vouchers import queries as vouchers
from yunquan.vouchers.lifecycle import S

MOST = 1000
SHOWN = 40


def queues(actor: Actor) -> dict[str, Any]:
    """The rows that wait for this role, by kind of work; each query is in the order of urgency."""
    found: dict[str, Any] = {}
    if actor.role in (Role.CITY_REVIEWER, Role.COUNTY_REVIEWER):
        found["application"] = vouchers.applications_due(actor)
        found["enterprise"] = parties.enterprises_due(actor)
    if actor.role == Role.CITY_REVIEWER:
        found["claim"] = vouchers.waiting_for(actor, (S.VERIFIED,))
        found["supplier"] = parties.suppliers_due(actor)
        found["approved"] = vouchers.waiting_for(actor, (S.APPROVED,))
        found["objection"] = _objections(actor, ("raised",))
    if actor.role == Role.CITY_APPROVER:
        lists = settlement_access.lists_visible_to(actor)
        found["list"] = lists.filter(state="drafted").order_by("drafted_at", "pk")
        found["objection"] = _objections(actor, ("raised", "deferred"))
    if actor.role in (Role.CITY_REVIEWER, Role.CITY_APPROVER):
        found["alarm"] = (
            holding.alarms_visible_to(actor, live=True).filter(answer="open").order_by("raised_at", "pk")
        )
    if actor.role in (Role.CITY_REVIEWER, Role.CITY_APPROVER):
        found["message"] = messages.due(actor)
    if actor.role in (Role.CITY_REVIEWER, Role.CITY_APPROVER):
        found["inspection"] = result_queries.waiting_results(actor)
    if actor.role == Role.CITY_REVIEWER:
        found["self_check"] = selfcheck_queries.waiting(actor)
        found["rectification"] = rectify_queries.waiting(actor)
        found["demonstration_report"] = demonstrations.waiting_reports(actor)
        found["demonstration_rectification"] = demonstrations.waiting_rectifications(actor)
    if actor.role in (Role.COUNTY_REVIEWER, Role.CITY_REVIEWER, Role.CITY_APPROVER):
        found["contacts"] = contacts.own_due(actor)
    if actor.role in (Role.CITY_REVIEWER, Role.CITY_APPROVER):
        found["contacts_check"] = contacts.to_judge(actor)
    if actor.role == Role.CITY_CASHIER:
        runs = settlement_access.runs_visible_to(actor)
        found["run"] = runs.filter(state="prepared").order_by("pk")
        found["result"] = runs.filter(state="released").order_by("pk")
        recoveries = settlement_access.recoveries_visible_to(actor)
        found["recovery"] = recoveries.filter(state="demanded").order_by("pk")
    found.update(matching_waiting.queues(actor))
    return found


def _objections(actor: Actor, states: Iterable[str]) -> Any:
    rows = settlement_access.objections_visible_to(actor)
    return settlement.objections_open(rows).filter(state__in=list(states))


def counts(request: HttpRequest) -> dict[str, int]:
    """How much of each kind waits, counted once a request and up to 1000."""
    kept: dict[str, int] | None = getattr(request, "city_counts", None)
    if kept is not None:
        return kept
    actor = request.actor  # type: ignore[attr-defined]
    kept = {kind: rows.order_by().values("pk")[:MOST].count() for kind, rows in queues(actor).items()}
    if actor.role == Role.CITY_REVIEWER and not _run_waits(actor):
        kept["payable"] = settlement.payable_count(bureau_code(actor))
    request.city_counts = kept  # type: ignore[attr-defined]
    return kept


def _run_waits(actor: Actor) -> bool:
    return bool(settlement_access.runs_visible_to(actor).filter(state="prepared").exists())


def days_left(calendar: WorkingCalendar, due_on: date | None, today: date) -> int | None:
    """Working days until a day, negative when it is past; None where none can be told."""
    if due_on is None:
        return None
    try:
        return calendar.working_days_between(today, due_on)
    except CalendarNotAnnounced:
        return None


def overdue_count(actor: Actor, today: date) -> int:
    """How many pieces of work with a time limit are past it, up to 1000 a kind."""
    dated = (
        "application", "claim", "enterprise", "supplier", "objection", "matching_objection", "message", "inspection",
        "self_check", "contacts",
    )  # fmt: skip
    rows = [row for kind, row in queues(actor).items() if kind in dated]
    return sum(row.filter(due_on__lt=today).order_by().values("pk")[:MOST].count() for row in rows)


def items(actor: Actor, counted: dict[str, int], now: datetime) -> list[Waiting]:
    """The most urgent work of all kinds in one order: overdue first, then by day, undated work last."""
    calendar, today = working_calendar(), local_date(now)
    found: list[Waiting] = []
    for kind, rows in queues(actor).items():
        if kind == "approved":
            continue
        for row in rows[:SHOWN]:
            due_on = getattr(row, "due_on", None)
            found.append(_ITEMS[kind](row, due_on, days_left(calendar, due_on, today)))
    if counted.get("approved"):
        found.append(
            Waiting(
                "approved", "编制结算清单", f"{_many(counted['approved'])} 张券兑现审核已通过", "", "/city/lists/",
                "核对后编制清单，交审批人审批并公示",
            )
        )  # fmt: skip
    if counted.get("payable"):
        found.append(
            Waiting(
                "payable", "编制兑付批次", f"{_many(counted['payable'])} 张券公示期满待兑付", "", "/city/payments/",
                "查看排队结果，编制批次交出纳复核放行",
            )
        )  # fmt: skip
    return sorted(found, key=lambda item: (item.due_on is None, item.due_on or date.max, item.kind))[:SHOWN]


def _many(count: int) -> str:
    return "999 以上" if count > 999 else str(count)


def _application(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "application", "申领审核", row.enterprise.name, row.number, f"/city/applications/{row.number}/",
        "核对合同与填写内容，通过、退回或驳回", due_on, left, row.waiting_since,
    )  # fmt: skip


def _claim(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "claim", "兑现审核", row.enterprise.name, row.number, f"/city/claims/{row.number}/",
        "核对发票、付款和验收，通过、退回或驳回", due_on, left, row.waiting_since,
    )  # fmt: skip


def _enterprise(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "enterprise", "企业注册审核", row.name, row.uscc, f"/city/registrations/enterprises/{row.pk}/",
        "核对营业执照和基本信息", due_on, left, row.submitted_at,
    )  # fmt: skip


def _supplier(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "supplier", "供应商初审", row.name, row.uscc, f"/city/registrations/suppliers/{row.pk}/",
        "核对基本信息，通过后转省厅审核", due_on, left, row.submitted_at,
    )  # fmt: skip


def _objection(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "objection", "公示异议", row.line.enterprise_name, row.line.voucher_number, f"/city/objections/{row.pk}/",
        "核实后答复；需现场核查的报省厅", due_on, left, row.raised_at,
    )  # fmt: skip


def _message(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "message", f"留言待{'受理' if row.state == 'received' else '答复'}", row.title, "", f"/city/messages/{row.pk}/",
        "受理后在期限内答复；不归本单位的转办", due_on, left, row.sent_at,
    )  # fmt: skip


def _alarm(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "alarm", "发票警示", f"发票 {row.key} 被{row.get_kind_display()}", "", f"/city/alarms/{row.pk}/",
        "核查后解除或认定；核查前本券暂停兑付", due_on, left, row.raised_at,
    )  # fmt: skip


def _list(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "list", "清单待审批", row.title, f"{row.count} 张", f"/city/lists/{row.pk}/", "核对后审批并公示",
        due_on, left, row.drafted_at,
    )  # fmt: skip


def _run(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "run", "兑付批次待放行", f"{row.cycle.name}第 {row.number} 批", "", f"/city/payments/{row.pk}/",
        "复核排队结果和金额后放行", due_on, left, row.prepared_at,
    )  # fmt: skip


def _result(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "result", "等待银行结果", f"{row.cycle.name}第 {row.number} 批", "", f"/city/payments/{row.pk}/",
        "下载兑付文件交银行，收到结果后导入", due_on, left, row.released_at,
    )  # fmt: skip


def _recovery(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "recovery", "追回待入库", row.voucher.enterprise.name, row.voucher.number, f"/city/recoveries/{row.pk}/",
        "款项到账后登记入库流水号", due_on, left, row.demanded_at,
    )  # fmt: skip


def _inspection(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "inspection", "抽查结果", row.voucher.enterprise.name, row.voucher.number,
        f"/city/inspections/results/{row.pk}/", "看结论和答复，办理下一步", due_on, left, row.concluded_at,
    )  # fmt: skip


def _self_check(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "self_check", "自查表待填报", row.plan.title, row.plan.number, f"/city/inspections/self-checks/{row.pk}/",
        "逐券核对检查情况后填报", due_on, left, row.opened_at,
    )  # fmt: skip


def _rectification(row: Any, due_on: date | None, left: int | None) -> Waiting:
    voucher = row.inspection.voucher
    return Waiting(
        "rectification", "整改待复查", voucher.enterprise.name, voucher.number,
        f"/city/inspections/rectifications/{row.pk}/", "看整改情况和证明材料，复查", None, None, row.filed_at,
    )  # fmt: skip


def _contacts(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "contacts", "联系人回执待报送", row.round.title, "", f"/city/contacts/receipts/{row.pk}/",
        "填写后盖章，上传扫描件报送", due_on, left, row.round.opened_at,
    )  # fmt: skip


def _contacts_check(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "contacts_check", "联系人回执待确认", row.bureau.name, "", f"/city/contacts/receipts/{row.pk}/",
        "核对盖章扫描件，确认或退回", None, None, row.filed_at,
    )  # fmt: skip


def _demonstration_report(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "demonstration_report", "示范项目报告待检查", row.project.name, row.title,
        f"/city/demonstrations/reports/{row.pk}/", "核对报告和支出，登记检查结果或退回", None, None, row.filed_at,
    )  # fmt: skip


def _demonstration_rectification(row: Any, due_on: date | None, left: int | None) -> Waiting:
    return Waiting(
        "demonstration_rectification", "示范项目整改待复查", row.project.name, row.project.number,
        f"/city/demonstrations/rectifications/{row.pk}/", "看整改情况和证明材料，复查", None, None, row.filed_at,
    )  # fmt: skip


_ITEMS = {
    **matching_waiting.ITEMS,
    "demonstration_report": _demonstration_report,
    "demonstration_rectification": _demonstration_rectification,
    "contacts": _contacts,
    "contacts_check": _contacts_check,
    "inspection": _inspection,
    "self_check": _self_check,
    "rectification": _rectification,
    "application": _application,
    "claim": _claim,
    "enterprise": _enterprise,
    "supplier": _supplier,
    "objection": _objection,
    "message": _message,
    "alarm": _alarm,
    "list": _list,
    "run": _run,
    "result": _result,
    "recovery": _recovery,
}
