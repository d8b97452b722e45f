"""The first page of an enterprise: the voucher that waits, as a timeline; standing and messages."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from yunquan.demonstrations import queries as demonstrations
from yunquan.desks.enterprise.frame import desk, own_enterprise
from yunquan.desks.enterprise.standing import present, registration_note
from yunquan.desks.shared import colleagues as shared_colleagues
from yunquan.desks.shared import inbox as shared_inbox
from yunquan.desks.shared import journey
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.parties import queries as parties
from yunquan.policy.strikes import Strike, strike_for
from yunquan.programme import queries as programme
from yunquan.settlement import access as settlement_access
from yunquan.vouchers import access as vouchers_access
from yunquan.vouchers import queries as vouchers
from yunquan.vouchers.lifecycle import S

MOST_SHOWN = 20


@desk
def home(request: HttpRequest) -> HttpResponse:
    """The voucher that waits longest for the enterprise, its ceiling, why so much, and all its vouchers."""
    enterprise, now = own_enterprise(request), clock.read()
    actor, today, calendar = request.actor, local_date(now), programme.working_calendar()  # type: ignore[attr-defined]
    rows = vouchers.listed(actor).prefetch_related("lines", "cycle__windows").order_by("-pk")
    listed = list(rows[: MOST_SHOWN + 1])
    waiting = vouchers.waiting_for(actor).prefetch_related("cycle__windows")[:MOST_SHOWN]
    urgent = min(waiting, key=lambda row: _urgency(row, calendar, today), default=None)
    chosen = urgent or next((row for row in listed if row.state not in ("cancelled", "expired")), None)
    main = vouchers_access.voucher_for(actor, chosen.number) if chosen is not None else None
    cycle = programme.current_cycle()
    context = {
        "enterprise": enterprise,
        "registration": registration_note(enterprise),
        "rows": [
            {
                "voucher": row,
                "services": journey.services_said(list(row.lines.all())),
                "state": journey.state_said(row),
                "tone": journey.TONES[row.state],
                "left": journey.days_left(row, calendar, today),
            }
            for row in listed[:MOST_SHOWN]
        ],
        "more": len(listed) > MOST_SHOWN,
        "ceiling": vouchers.ceiling_of(enterprise, cycle, now) if cycle is not None else None,
        "ceiling_article": _ceiling_article(cycle, today),
        "demonstrations": demonstrations.waiting_for_party(actor),
        "cycle": cycle,
        "windows": [row for row in programme.windows(cycle, now) if row.kind != "register"] if cycle else [],
        "main": None,
    }
    if main is not None:
        lines = vouchers.lines_of(main)
        context |= {
            "main": main,
            "services": journey.services_joined(lines),
            "present": present(main, calendar=calendar, today=today, now=now),
            "steps": journey.steps_of(main, lines),
            "award": journey.award_shown(main.explanation),
        }
    return render(request, "enterprise/home.html", context)


def _urgency(voucher: Any, calendar: Any, today: Any) -> tuple[bool, int, int, int]:
    """Soonest deadline first; of the same day what was returned, then what is worth money, then drafts."""
    left = journey.days_left(voucher, calendar, today)
    order = (S.RETURNED, S.CLAIM_RETURNED, S.ISSUED, S.DRAFT)
    return left is None or left < 0, left or 0, order.index(voucher.state), voucher.pk


def _ceiling_article(cycle: object, today: object) -> str:
    if cycle is None:
        return ""
    found = programme.rulebook(cycle.pack).find("award.cumulative_ceiling", today)  # type: ignore[attr-defined,arg-type]
    return found.article if found is not None else ""


@desk
def standing(request: HttpRequest) -> HttpResponse:
    """Vouchers let lapse, what follows from them, and money asked back (D47-5.19, D47-5.23)."""
    enterprise, now = own_enterprise(request), clock.read()
    rules = programme.current_rulebook()
    strikes = parties.strikes(enterprise)
    today = local_date(now)
    suspend, bar = rules.find("strikes.suspend_at", today), rules.find("strikes.bar_at", today)
    held = strike_for(len(strikes), rules, today)
    verdicts = {
        Strike.NONE: ("良好，可以申领", "good"),
        Strike.SUSPENDED: ("暂停下一批申领", "waiting"),
        Strike.BARRED: ("申领资格已取消", "bad"),
    }
    label, tone = verdicts[held]
    recoveries = settlement_access.recoveries_visible_to(request.actor).order_by("-pk")  # type: ignore[attr-defined]
    context = {
        "strikes": strikes,
        "label": label,
        "tone": tone,
        "suspend": suspend.value if suspend is not None else None,
        "bar": bar.value if bar is not None else None,
        "recoveries": [
            {
                "row": row,
                "state": row.lifecycle.states[row.state],
                "tone": "good" if row.received_at else "bad",
            }
            for row in recoveries[:100]
        ],
    }
    return render(request, "enterprise/standing.html", context)


@desk
def inbox(request: HttpRequest) -> HttpResponse:
    """The messages; a POST marks them all as read."""
    if request.method == "POST":
        return shared_inbox.mark_read(request) or HttpResponseRedirect(request.path)
    return shared_inbox.page(request, voucher_url="enterprise:voucher", places=_PLACES)


@desk
def colleagues(request: HttpRequest) -> HttpResponse:
    """Who acts for the enterprise, and deputies for a time."""
    return shared_colleagues.page(request)


_PLACES = {
    "enterprise": "enterprise:profile",
    "recovery": "enterprise:standing",
    "matching_line": "enterprise:matching",
}
