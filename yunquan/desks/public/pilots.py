"""试点示范: open calls, the list in public with how to object, the pilots with their progress; nothing personal (D47-6)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from yunquan.desks.public.frame import open_page, page
from yunquan.desks.shared import pilot_parts
from yunquan.journal import clock
from yunquan.parties import regions
from yunquan.pilots import queries
from yunquan.pilots.lifecycle import PILOT

NAMED = {"state": PILOT.states["named"], "tone": pilot_parts.TONES["named"]}


@require_safe
@open_page
def index(request: HttpRequest) -> HttpResponse:
    """Everything that is open to everyone about pilots."""
    now = clock.read()
    rows = [
        row
        | {
            # Nobody is shown up before it was heard: the title stands until it is taken.
            **(NAMED if row["pilot"].state == "hearing" else {}),
            "place": regions.place_name(row["pilot"].supplier.city),
            "areas": [
                {
                    "city": regions.place_name(one.city),
                    "enterprises": one.enterprises,
                    "amount_fen": one.amount_fen,
                }
                for one in row["pilot"].earmarks.all()
            ],
            "is_over": (ends_at := row["pilot"].call.publicity_ends_at) is not None and ends_at <= now,
            "score": pilot_parts.points(row["pilot"].score),
        }
        for row in pilot_parts.shown(queries.public_pilots(), now)
    ]
    context = {
        "calls": queries.open_calls(now),
        "in_public": [row for row in rows if row["pilot"].state == "public"],
        "pilots": [row for row in rows if row["pilot"].state != "public"],
    }
    return page(request, "pilots", context)
