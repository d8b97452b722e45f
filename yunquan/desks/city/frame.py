"""The frame of the city desk: who enters, what the navigation offers each role, how much waits."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from yunquan.desks.city import waiting
from yunquan.desks.shared.desk import Desk
from yunquan.policy.roles import Role

CITY_ROLES = (Role.CITY_REVIEWER, Role.CITY_APPROVER, Role.CITY_CASHIER)
ROLES = (Role.COUNTY_REVIEWER, *CITY_ROLES)
REVIEWERS = (Role.COUNTY_REVIEWER, Role.CITY_REVIEWER)

CONTACTS = ("contacts", "contacts_check")
DEMONSTRATIONS = ("demonstration_report", "demonstration_rectification")
MATCHING = (
    "matching_scheme",
    "matching_list",
    "matching_objection",
    "matching_run",
    "matching_result",
    "matching_recovery",
)
INSPECTING = ("inspection", "self_check", "rectification")
# Address, label, roles, and the kinds of waiting work that its number counts.
_ITEMS = (
    ("/city/", "待办", ROLES, ("*",)),
    ("/city/applications/", "申领审核", REVIEWERS, ("application",)),
    ("/city/claims/", "兑现审核", (Role.CITY_REVIEWER,), ("claim",)),
    ("/city/completion/", "完成情况表", CITY_ROLES, ()),
    ("/city/registrations/", "注册审核", REVIEWERS, ("enterprise", "supplier")),
    ("/city/lists/", "结算清单", CITY_ROLES, ("approved", "list")),
    ("/city/objections/", "公示异议", CITY_ROLES, ("objection",)),
    ("/city/messages/", "留言", (Role.CITY_REVIEWER, Role.CITY_APPROVER), ("message",)),
    ("/city/alarms/", "警示", CITY_ROLES, ("alarm",)),
    ("/city/inspections/", "抽查", (Role.CITY_REVIEWER, Role.CITY_APPROVER), INSPECTING),
    ("/city/demonstrations/", "示范项目", CITY_ROLES, DEMONSTRATIONS),
    ("/city/county-visits/", "抽查", (Role.COUNTY_REVIEWER,), ()),
    ("/city/payments/", "兑付", CITY_ROLES, ("payable", "run", "result")),
    ("/city/matching/", "地方配套", CITY_ROLES, MATCHING),
    ("/city/recoveries/", "追回", CITY_ROLES, ("recovery",)),
    ("/city/quota/", "额度与资金", CITY_ROLES, ()),
    ("/city/pilots/", "试点示范", CITY_ROLES, ()),
    ("/city/splits/", "额度测算", CITY_ROLES, ()),
    ("/city/figures/", "统计", CITY_ROLES, ()),
    ("/city/vouchers/", "服务券", ROLES, ()),
    ("/city/enterprises/", "企业", ROLES, ()),
    ("/city/suppliers/", "供应商", CITY_ROLES, ()),
    ("/city/inbox/", "消息", ROLES, ()),
    ("/city/delegations/", "委托", CITY_ROLES, ()),
    ("/city/contacts/", "联系人", (Role.COUNTY_REVIEWER, Role.CITY_REVIEWER, Role.CITY_APPROVER), CONTACTS),
    ("/city/bureau/", "本单位", ROLES, ()),
)


def nav(request: HttpRequest) -> list[dict[str, Any]]:
    """The pages of the present role with what waits on each, up to 999+."""
    actor = request.actor  # type: ignore[attr-defined]
    counts = waiting.counts(request)
    items = []
    for url, label, roles, kinds in _ITEMS:
        if actor.role not in roles:
            continue
        wanted = list(counts) if kinds == ("*",) else kinds
        items.append(
            {"url": url, "label": label, "count": capped(sum(counts.get(kind, 0) for kind in wanted))}
        )
    return items


def capped(count: int) -> int | str:
    """A count as it is shown: nobody counts past 999."""
    return "999+" if count > 999 else count


desk = Desk(roles=ROLES, nav=nav)
