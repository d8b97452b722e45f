"""试点示范: open calls, the list in public with how to object, the pilots with their progress; nothing personal (D47-6)."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from yunquan.desks.public.frame import open_page, page
from yunquan.desks.shared import exports, pilot_parts
from yunquan.journal import clock
from yunquan.kernel.money import format_yuan
from yunquan.parties import regions
from yunquan.pilots import queries
from yunquan.pilots.lifecycle import PILOT

LISTS = (
    exports.Listing(
        "拟定试点公示",
        ("名次", "pilot.rank", "count"), ("申报单位", "pilot.supplier.name"), ("应用服务", "title"), ("场景", "pilot.scene"),
        ("平均分", "score"), ("拟安排额度", "areas_said"), ("公示到", "pilot.call.publicity_ends_at", "until"), key="in_public",
    ),
    exports.Listing(
        "试点单位和进度",
        ("试点单位", "pilot.supplier.name"), ("所在地", "place"), ("应用服务", "title"), ("场景", "pilot.scene"),
        ("周期", "pilot.call.cycle.name"), ("状态", "state"), ("已完成", "progress.finished", "count"),
        ("承诺", "progress.promised", "count"), key="pilots",
    ),
)  # fmt: skip
NAMED = {"state": PILOT.states["named"], "tone": pilot_parts.TONES["named"]}


@require_safe
@open_page
def index(request: HttpRequest) -> HttpResponseBase:
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
            "areas_said": "；".join(
                f"{regions.place_name(one.city)} {one.enterprises} 家 {format_yuan(one.amount_fen)} 元"
                for one in row["pilot"].earmarks.all()
            ),
            "is_over": (ends_at := row["pilot"].call.publicity_ends_at) is not None and ends_at <= now,
            "score": pilot_parts.points(row["pilot"].score),
        }
        for row in pilot_parts.shown(queries.public_pilots(), now)
    ]
    context: dict[str, Any] = {
        "calls": queries.open_calls(now),
        "in_public": [row for row in rows if row["pilot"].state == "public"],
        "pilots": [row for row in rows if row["pilot"].state != "public"],
    }
    context["files"] = {one.key: one.files(request) for one in LISTS}
    file = exports.first_asked(request, *((one, context[one.key]) for one in LISTS))
    return file or page(request, "pilots", context)
