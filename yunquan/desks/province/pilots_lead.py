"""征求意见稿的试点奖补测算: what lead suppliers would get by the draft decree; a reckoning, no payment (D0-6.3)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from yunquan.desks.province.cycles import packs
from yunquan.desks.province.frame import desk
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.parties import regions
from yunquan.pilots import queries
from yunquan.programme import access as programme_access
from yunquan.programme import queries as programme

DRAFT = "gd-2018-draft"


@require_safe
@desk
def show(request: HttpRequest) -> HttpResponse:
    """The reckoning for a cycle by its own rules, or on trial by the draft's."""
    cycles = list(programme_access.cycles_visible_to(request.actor).order_by("-order"))
    chosen = next(
        (row for row in cycles if str(row.pk) == request.GET.get("cycle", "")), cycles[0] if cycles else None
    )
    on_trial = request.GET.get("rules") == "draft"
    table = None
    if chosen is not None:
        pack = DRAFT if on_trial else chosen.pack
        table = queries.lead_table(chosen, programme.rulebook(pack), local_date(clock.read()))
    context = {
        "cycles": cycles,
        "chosen": chosen,
        "on_trial": on_trial,
        "pack": packs().get(chosen.pack, chosen.pack) if chosen is not None else "",
        "knows": table is not None,
        "share": table["share"] if table else None,
        "local": table["local"] if table else None,
        "rows": [{"one": one, "city": regions.place_name(one.lead.city) or "省外"} for one in table["shares"]] if table else [],
        "total_fen": sum(one.payable_fen for one in table["shares"]) if table else 0,
    }  # fmt: skip
    return render(request, "province/pilot_lead.html", context)
