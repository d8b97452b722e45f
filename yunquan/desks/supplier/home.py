"""The first page of a supplier: what waits to be confirmed, attested or mended."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse

from yunquan.catalogue import queries as catalogue
from yunquan.demonstrations import queries as demonstrations
from yunquan.desks.shared import colleagues as shared_colleagues
from yunquan.desks.shared import inbox as shared_inbox
from yunquan.desks.shared import journey
from yunquan.desks.supplier.frame import desk, own_supplier
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.programme import queries as programme
from yunquan.vouchers import queries as vouchers
from yunquan.vouchers.lifecycle import S

MOST_SHOWN = 50


@desk
def home(request: HttpRequest) -> HttpResponse:
    """Applications and claims by how long they wait, the registration, and products to mend."""
    supplier, now = own_supplier(request), clock.read()
    actor, today, calendar = request.actor, local_date(now), programme.working_calendar()  # type: ignore[attr-defined]
    counts = {
        "confirm": vouchers.waiting_count(actor, (S.SUBMITTED,)),
        "attest": vouchers.waiting_count(actor, (S.CLAIMED,)),
    }
    waiting = []
    for row in vouchers.longest_waiting(actor, (S.SUBMITTED, S.CLAIMED), most=MOST_SHOWN):
        confirming = row.state == S.SUBMITTED
        since = local_date(row.waiting_since) if row.waiting_since else today
        waiting.append(
            {
                "voucher": row,
                "services": journey.services_said(list(row.lines.all())),
                "what": "确认申领" if confirming else "确认兑现",
                "url": reverse("supplier:confirm" if confirming else "supplier:attest", args=[row.number]),
                "waited": calendar.working_days_between(since, today),
            }
        )
    products = list(catalogue.own_products(actor).filter(state__in=("draft", "returned"))[:20])
    context = {
        "supplier": supplier,
        "registration": registration_note(supplier),
        "tiles": [
            {"label": "待确认申领", "value": _capped(counts["confirm"]), "note": "核对合同和金额",
             "tone": "waiting" if counts["confirm"] else ""},
            {"label": "待确认兑现", "value": _capped(counts["attest"]), "note": "核对发票付款，填报使用端",
             "tone": "waiting" if counts["attest"] else ""},
            {"label": "待修改产品", "value": len(products), "note": "草稿和被退回的",
             "url": reverse("supplier:products")},
        ],
        "demonstrations": demonstrations.waiting_for_party(actor),
        "waiting": waiting,
        "more": sum(counts.values()) > MOST_SHOWN,
        "products": [
            {"row": row, "state": row.lifecycle.states[row.state], "tone": "bad" if row.state == "returned" else ""}
            for row in products
        ],
    }  # fmt: skip
    return render(request, "supplier/home.html", context)


def _capped(count: int) -> str:
    return str(count) if count < 1000 else "999+"


def registration_note(supplier: Any) -> dict[str, str]:
    """What the supplier still has to do about its registration, empty once it is registered."""
    notes = {
        "draft": (
            "is-waiting",
            "先完成供应商注册",
            "填好注册资料并提交；注册后企业才能选择贵单位。",
            "填写注册资料",
        ),
        "returned": ("is-bad", "注册申请被退回", "请按退回理由补正后重新提交。", "去补正"),
        "city_check": ("", "注册申请正在地市初审", "初审通过后由省厅组织专家审核。", "查看"),
        "province_review": ("", "注册申请正在省厅审核", "审核结果会发到消息。", "查看"),
        "expert_review": ("", "注册申请正在专家审核", "审核结果会发到消息。", "查看"),
        "rejected": ("is-bad", "注册申请被驳回", "如有异议请联系省厅。", "查看理由"),
    }
    if supplier.state not in notes:
        return {}
    tone, title, text, button = notes[supplier.state]
    return {
        "tone": tone,
        "title": title,
        "text": text,
        "button": button,
        "url": reverse("supplier:registration"),
    }


@desk
def inbox(request: HttpRequest) -> HttpResponse:
    """The messages; a POST marks them all as read."""
    if request.method == "POST":
        return shared_inbox.mark_read(request)
    places = {
        "supplier": "supplier:registration",
        "product": "supplier:products",
        "pull_source": "supplier:pull",
    }
    return shared_inbox.page(
        request, voucher_url="supplier:voucher", places=places, keyed={"delivery": "supplier:delivery"}
    )


@desk
def colleagues(request: HttpRequest) -> HttpResponse:
    """Who acts for the supplier, and deputies for a time."""
    return shared_colleagues.page(request)
