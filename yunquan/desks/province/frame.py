"""The frame of the province's desk: who enters, what the navigation offers, how much waits."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest

from yunquan.desks.province import waiting
from yunquan.desks.shared.desk import Desk
from yunquan.policy.roles import Role
from yunquan.programme import access as programme_access

ROLES = (Role.PROVINCE_OFFICER, Role.PROVINCE_APPROVER)
DEMONSTRATIONS = ("demonstration_report", "demonstration_rectification", "demonstration")
_ITEMS = (
    ("/province/", "待办", ("*",)),
    ("/province/cycles/", "周期与额度", ()),
    ("/province/overview/", "地市总览", ()),
    ("/province/matching/", "地方配套", ()),
    ("/province/figures/", "统计", ()),
    ("/province/rules/", "规则与目录", ("rule",)),
    ("/province/replays/", "规则试算", ()),
    ("/province/suppliers/", "供应商", ("supplier",)),
    ("/province/products/", "产品", ("product",)),
    ("/province/prices/", "价格合理性", ()),
    ("/province/pilots/", "试点示范", ("pilot", "pilot_call")),
    ("/province/evaluations/", "供应商评价", ("evaluation",)),
    ("/province/splits/", "额度测算", ("split",)),
    ("/province/usage/", "行为数据", ()),
    ("/province/verdicts/", "行为判定", ("verdict",)),
    ("/province/completion/", "完成情况表", ("table",)),
    ("/province/sources/", "数据来源", ()),
    ("/province/objections/", "异议", ("objection",)),
    ("/province/inspections/", "抽查", ("inspection", "rectification")),
    ("/province/demonstrations/", "示范项目", DEMONSTRATIONS),
    ("/province/messages/", "留言", ("message",)),
    ("/province/vouchers/", "服务券", ()),
    ("/province/enterprises/", "企业", ()),
    ("/province/delegations/", "委托", ()),
    ("/province/contacts/", "联系人", ("contacts",)),
    ("/province/notices/", "公告与日历", ("notice",)),
    ("/province/inbox/", "消息", ()),
)


def capped(count: int) -> int | str:
    """A count as it is shown: nobody counts past 999."""
    return "999+" if count > 999 else count


def nav(request: HttpRequest) -> list[dict[str, Any]]:
    """The pages of the desk with what waits on each."""
    counts = waiting.counts(request)
    return [
        {
            "url": url,
            "label": label,
            "count": capped(sum(counts.get(kind, 0) for kind in (counts if kinds == ("*",) else kinds))),
        }
        for url, label, kinds in _ITEMS
    ]


desk = Desk(roles=ROLES, nav=nav)


def cycle_or_404(request: HttpRequest, pk: int) -> Any:
    """A cycle that the person may see."""
    cycle = programme_access.cycle_for(request.actor, pk)  # type: ignore[attr-defined]
    if cycle is None:
        raise Http404
    return cycle
