"""The frame of the administrators' desk: three administrators, kept apart (A2)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from yunquan.desks.shared.desk import Desk
from yunquan.parties import contacts
from yunquan.policy.roles import Role

_RECEIPTS = "/admin/contacts/"
_ITEMS = (
    ("/admin/", "首页", (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)),
    ("/admin/people/", "人员和任命", (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN)),
    ("/admin/people/new/", "新建账号", (Role.SYSTEM_ADMIN,)),
    (_RECEIPTS, "回执账号和换人", (Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN)),
    ("/admin/bureaus/", "主管部门", (Role.SYSTEM_ADMIN,)),
    ("/admin/texts/", "通知文本", (Role.SYSTEM_ADMIN,)),
    ("/admin/grants/", "授权日志", (Role.AUDIT_ADMIN,)),
    ("/admin/logins/", "登录记录", (Role.AUDIT_ADMIN,)),
)


def nav(request: HttpRequest) -> list[dict[str, Any]]:
    """The pages of this administrator, and how many accounts of receipts wait."""
    actor = request.actor  # type: ignore[attr-defined]
    rows = [{"url": url, "label": label} for url, label, roles in _ITEMS if actor.role in roles]
    return [
        row | {"count": contacts.waiting_accounts(actor), "asks": True} if row["url"] == _RECEIPTS else row
        for row in rows
    ]


desk = Desk(roles=(Role.SYSTEM_ADMIN, Role.SECURITY_ADMIN, Role.AUDIT_ADMIN), nav=nav)
