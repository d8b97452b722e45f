"""待办: the first page of the desk, and the inbox."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.city import waiting
from yunquan.desks.city.frame import capped, desk
from yunquan.desks.shared import inbox as shared_inbox
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date

_TILES = (
    ("application", "申领待审核", "/city/applications/"),
    ("claim", "兑现待审核", "/city/claims/"),
    ("enterprise", "企业注册待审核", "/city/registrations/"),
    ("supplier", "供应商待初审", "/city/registrations/suppliers/"),
    ("approved", "待列入清单", "/city/lists/"),
    ("payable", "公示期满待兑付", "/city/payments/"),
    ("list", "清单待审批", "/city/lists/"),
    ("objection", "异议待处理", "/city/objections/"),
    ("message", "留言待答复", "/city/messages/"),
    ("alarm", "发票警示待核查", "/city/alarms/"),
    ("run", "批次待放行", "/city/payments/"),
    ("matching_run", "配套批次待放行", "/city/matching/"),
    ("result", "等待银行结果", "/city/payments/"),
    ("matching_result", "等待配套银行结果", "/city/matching/"),
    ("recovery", "追回待入库", "/city/recoveries/"),
    ("contacts_check", "联系人回执待确认", "/city/contacts/"),
)
_PLACES = {"quota": "city:quota"}
_KEYED = {
    "objection": "city:objection",
    "alarm": "city:alarm",
    "message": "city:message",
    "contact_receipt": "city:contact_receipt",
    "settlement_list": "city:list",
    "completion_table": "city:completion_table",
    "payment_run": "city:run",
    "recovery": "city:recovery",
    "matching_scheme": "city:matching_scheme",
    "matching_objection": "city:matching_objection",
    "enterprise": "city:enterprise",
    "supplier": "city:supplier",
}


@desk
def home(request: HttpRequest) -> HttpResponse:
    """What waits for me, the most urgent first, overdue in red."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    counts = waiting.counts(request)
    overdue = waiting.overdue_count(actor, local_date(now))
    tiles = [{"label": "已逾期", "value": capped(overdue), "tone": "bad" if overdue else "good"}]
    tiles += [
        {"label": label, "value": capped(counts[kind]), "url": url}
        for kind, label, url in _TILES
        if kind in counts
    ]
    items = waiting.items(actor, counts, now)
    return render(request, "city/home.html", {"tiles": tiles, "items": items, "most": waiting.SHOWN})


@desk
def inbox(request: HttpRequest) -> HttpResponse:
    """The messages to the bureau, the latest first; a POST marks them as read."""
    if request.method == "POST":
        return shared_inbox.mark_read(request)
    return shared_inbox.page(request, voucher_url="city:voucher", places=_PLACES, keyed=_KEYED)
