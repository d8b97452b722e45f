"""Per voucher the picture of its use and the reasons of its verdict, for city and county (D47-5.13)."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.desks.city.frame import CITY_ROLES, desk
from yunquan.desks.shared import usage
from yunquan.journal import clock
from yunquan.usage import queries
from yunquan.usage.pictures import masked
from yunquan.vouchers import access, sharing


@desk
def use(request: HttpRequest, number: str) -> HttpResponse:
    """One voucher's use with both sources, reasons, and signals with their evidence."""
    actor = request.actor
    voucher = access.voucher_for(actor, number)
    if voucher is None:
        raise Http404
    context = usage.usage_page(voucher, actor=actor, whole=actor.role in CITY_ROLES, today=clock.today())
    context |= {"back": f"/city/vouchers/{number}/", "table_base": "/city/completion/"}
    if actor.role not in CITY_ROLES:
        context["tables"] = []  # A county reviews no claims; what it sees of clients is masked.
    return render(request, "shared/usage.html", context)


def ends_for(actor: Any, voucher: Any) -> list[Any]:
    """The declared ends as an officer sees them: a county, which reviews no claims, sees them masked."""
    ends = sharing.ends_seen(voucher)
    if actor.role not in CITY_ROLES:
        for end in ends:
            end.value = masked(end.value)
    return ends


def beside_claim(actor: Any, voucher: Any) -> dict[str, Any]:
    """What the review of a claim shows of its use: outcome, reasons and signals by service, ends that prove little."""
    computed = queries.latest_computed([voucher.number]).get(voucher.number)
    names = {line.service: line.service_name for line in voucher.lines.all()}
    services = queries.services_of(computed)
    hide = usage.hider(actor, services)
    parts = [
        {
            "name": names.get(part.service, str(part.service)),
            "outcome": usage.outcome_shown(part.outcome),
            "reasons": [
                row["text"] for row in usage.reasons_shown(part.reasons) if row["passed"] is not True
            ],
            "signals": [
                {"title": s["title"], "text": s["text"]} for s in usage.signals_shown(part.signals, hide)
            ],
        }
        for part in services
    ]
    ends = ends_for(actor, voucher)
    return {
        "use_url": f"/city/vouchers/{voucher.number}/usage/",
        "use_parts": parts,
        "ends": ends,
        "weak_ends": [end for end in ends if end.warning],
        "signal_count": sum(len(part["signals"]) for part in parts),
    }
