"""The frame of the expert's desk: made for a telephone, one thing at a time."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest

from yunquan.desks.shared.desk import Desk
from yunquan.inspections import visit_queries
from yunquan.parties import queries as parties
from yunquan.pilots import queries as pilots
from yunquan.policy.roles import Role


def nav(request: HttpRequest) -> list[dict[str, Any]]:
    """What is asked of the expert, and what was answered."""
    waiting = parties.suppliers_due(request.actor).order_by().values("pk")[:1000].count()  # type: ignore[attr-defined]
    return [
        {"url": "/expert/", "label": "待我审核", "count": waiting},
        {
            "url": "/expert/visits/",
            "label": "我的抽查",
            "count": visit_queries.open_visits(request.actor),
            "asks": True,
        },
        {
            "url": "/expert/pilots/",
            "label": "试点评审",
            "count": pilots.open_seats(request.actor),
            "asks": True,
        },
        {"url": "/expert/given/", "label": "已给意见"},
        {"url": "/expert/standard/", "label": "审核标准"},
        {"url": "/expert/ties/", "label": "利害关系"},
    ]


desk = Desk(roles=(Role.EXPERT,), nav=nav)
