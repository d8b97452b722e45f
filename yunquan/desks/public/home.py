"""首页、截止时间、找错: what the programme is, when it closes, whom to tell."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from yunquan.desks.public.frame import open_page, page
from yunquan.desks.public.publicity import brief
from yunquan.journal import clock
from yunquan.papers.calendars import CONTENT_TYPE, Event, calendar
from yunquan.programme import queries as programme
from yunquan.settlement import access as settlement_access

THEN = {
    "register": "截止后不再受理，请等下一次注册",
    "apply": "截止后不再受理，未提交的草稿关闭",
    "claim": "截止后未兑现的服务券作废，并记一次未兑现",
}
DOORS = (
    ("工业企业", "签好合同后申领服务券，实施付款后申请兑现", "enterprise:register", "注册企业"),
    ("供应商", "确认企业的申领和兑现，上架应用服务产品", "supplier:register", "注册供应商"),
    ("主管部门", "审核、发放、公示和兑付；帐号由省厅统一开通", "", ""),
)


def time_left(moment: datetime, now: datetime) -> str:
    """How long until a moment, in the two units that matter: 12 天 5 小时, 5 小时 20 分."""
    seconds = int((moment - now).total_seconds())
    if seconds <= 0:
        return ""
    days, hours, minutes = seconds // 86400, seconds % 86400 // 3600, seconds % 3600 // 60
    if days:
        return f"{days} 天 {hours} 小时"
    return f"{hours} 小时 {minutes} 分" if hours else f"{max(1, minutes)} 分"


def windows(cycle: Any, now: datetime) -> list[dict[str, Any]]:
    """The published windows of a cycle, each with what happens next and when."""
    return [
        {
            "label": row.label,
            "opens_at": row.opens_at,
            "closes_at": row.closes_at,
            "is_open": row.is_open,
            "is_ahead": row.is_ahead,
            "left": time_left(row.opens_at if row.is_ahead else row.closes_at, now),
            "then": THEN.get(row.kind, ""),
        }
        for row in programme.windows(cycle, now)
    ]


def _current_cycle() -> Any:
    cycle = programme.current_cycle()
    return None if cycle is None or cycle.state == "draft" else cycle


def _doors() -> list[dict[str, str]]:
    found = []
    for title, text, name, label in DOORS:
        try:
            url = reverse(name) if name else ""
        except NoReverseMatch:
            url = ""
        found.append({"title": title, "text": text, "url": url, "label": label})
    return found


@open_page
@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """What the programme is, its deadlines, the ways in, what stands in public, what is new."""
    now, cycle = clock.read(), _current_cycle()
    current = settlement_access.public_lists().filter(state="published").order_by("publicity_ends_at", "pk")
    return page(
        request,
        "home",
        {
            "cycle": cycle,
            "windows": windows(cycle, now) if cycle is not None else [],
            "doors": _doors(),
            "lists": [brief(row, now) for row in current[:6]],
            "notices": programme.notices(limit=8),
            "rules": programme.current_rulebook(),
        },
    )


@open_page
@require_safe
def deadlines(request: HttpRequest) -> HttpResponse:
    """Every closing of the cycles under way with time of day and what happens then (D47-5.18)."""
    now, latest = clock.read(), _current_cycle()
    cycles = programme.open_cycles() or ([latest] if latest is not None else [])
    shown = [{"name": cycle.name, "windows": windows(cycle, now)} for cycle in cycles]
    return page(request, "deadlines", {"cycles": shown})


@open_page
@require_safe
def calendar_file(request: HttpRequest) -> HttpResponse:
    """The closings ahead as a calendar to subscribe to; a closing keeps its entry when it moves."""
    now = clock.read()
    events = [
        Event(
            uid=f"closing-{row['cycle'].code}-{row['kind']}",
            sequence=int(row["closes_at"].timestamp()) // 60,
            starts_at=row["closes_at"] - timedelta(minutes=30),
            ends_at=row["closes_at"],
            title=f"{row['cycle'].name}{row['label']}截止",
            text=THEN.get(row["kind"], ""),
        )
        for row in programme.deadlines(now)
    ]
    return HttpResponse(calendar(events, name="上云上平台服务券截止时间", now=now), content_type=CONTENT_TYPE)
