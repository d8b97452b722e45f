"""The enterprise's desk: who may enter, its navigation, the enterprise that a person acts for."""

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
    """What an enterprise comes for, and how much of it waits."""
    actor = request.actor  # type: ignore[attr-defined]
    items: list[dict[str, Any]] = [
        {"url": reverse("enterprise:home"), "label": "我的服务券"},
        {
            "url": reverse("enterprise:apply"),
            "label": "申领",
            "count": vouchers.waiting_count(actor, (S.DRAFT, S.RETURNED)),
        },
        {
            "url": reverse("enterprise:claims"),
            "label": "兑现",
            "count": vouchers.waiting_count(actor, (S.ISSUED, S.CLAIM_RETURNED)),
        },
        {"url": reverse("enterprise:matching"), "label": "本市配套"},
        {
            "url": reverse("enterprise:inspections"),
            "label": "抽查",
            "count": hub.waiting_count(actor),
            "asks": True,
        },
        {"url": reverse("enterprise:standing"), "label": "信用与追回"},
        {"url": reverse("enterprise:inbox"), "label": "消息", "count": journal.unread_count([actor.org])},
        {"url": reverse("enterprise:profile"), "label": "单位资料"},
    ]
    if demonstrations.holds_any(actor):
        count = demonstrations.waiting_count(actor)
        items.insert(-2, {"url": reverse("enterprise:demonstrations"), "label": "示范项目", "count": count})
    return items


desk = Desk(roles=(Role.ENTERPRISE,), nav=nav)


def own_enterprise(request: HttpRequest) -> Any:
    """The enterprise that the person acts for; 404 where there is none."""
    actor = request.actor  # type: ignore[attr-defined]
    number = parties_access.enterprise_number(actor)
    row = parties_access.enterprise_for(actor, number) if number is not None else None
    if row is None:
        raise Http404
    return row


def own_voucher(request: HttpRequest, number: str, *states: str) -> Any:
    """One of the enterprise's vouchers, in one of the states where some are named; 404 otherwise."""
    row = vouchers_access.voucher_for(request.actor, number)  # type: ignore[attr-defined]
    if row is None or (states and row.state not in states):
        raise Http404
    return row
