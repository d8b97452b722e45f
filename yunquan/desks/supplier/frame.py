"""The supplier's desk: who may enter, its navigation, the supplier that a person acts for."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.urls import reverse

from yunquan.demonstrations import queries as demonstrations
from yunquan.desks.shared.desk import Desk
from yunquan.desks.shared.inspections import hub
from yunquan.journal import queries as journal
from yunquan.parties import access as parties_access
from yunquan.policy.roles import Role
from yunquan.vouchers import access as vouchers_access
from yunquan.vouchers import queries as vouchers
from yunquan.vouchers.lifecycle import S


def nav(request: HttpRequest) -> list[dict[str, Any]]:
    """What a supplier comes for, and how much of it waits."""
    actor = request.actor  # type: ignore[attr-defined]
    items: list[dict[str, Any]] = [
        {
            "url": reverse("supplier:home"),
            "label": "待办",
            "count": vouchers.waiting_count(actor, (S.SUBMITTED, S.CLAIMED)),
        },
        {"url": reverse("supplier:vouchers"), "label": "服务券"},
        {"url": reverse("supplier:behaviour"), "label": "行为数据"},
        {"url": reverse("supplier:ends"), "label": "使用端"},
        {"url": reverse("supplier:alarms"), "label": "发票警示"},
        {
            "url": reverse("supplier:inspections"),
            "label": "抽查",
            "count": hub.waiting_count(actor),
            "asks": True,
        },
        {"url": reverse("supplier:pilots"), "label": "试点"},
        {"url": reverse("supplier:products"), "label": "产品"},
        {"url": reverse("supplier:figures"), "label": "统计"},
        {"url": reverse("supplier:evaluations"), "label": "年度评价"},
        {"url": reverse("supplier:registration"), "label": "注册资料"},
        {"url": reverse("supplier:inbox"), "label": "消息", "count": journal.unread_count([actor.org])},
    ]
    if demonstrations.holds_any(actor):
        count = demonstrations.waiting_count(actor)
        items.insert(-2, {"url": reverse("supplier:demonstrations"), "label": "示范项目", "count": count})
    return items


desk = Desk(roles=(Role.SUPPLIER,), nav=nav)


def own_supplier(request: HttpRequest) -> Any:
    """The supplier that the person acts for; 404 where there is none."""
    actor = request.actor  # type: ignore[attr-defined]
    number = parties_access.supplier_number(actor)
    row = parties_access.supplier_for(actor, number) if number is not None else None
    if row is None:
        raise Http404
    return row


def own_voucher(request: HttpRequest, number: str) -> Any:
    """A voucher of one of the supplier's customers; 404 otherwise."""
    row = vouchers_access.voucher_for(request.actor, number)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return row
