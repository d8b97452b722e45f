"""核对文书: anyone who holds a receipt or notice sees whether the platform wrote it, and what was recorded."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from yunquan.desks.public.frame import open_page, page
from yunquan.desks.shared import letters
from yunquan.desks.shared.limits import within_limit
from yunquan.journal import queries as journal

CHECKED_AN_HOUR = 120


@require_safe
@open_page
def ask(request: HttpRequest) -> HttpResponseBase:
    """The form: number in the log and digest, as they stand on the paper."""
    number = re.sub(r"\D", "", request.GET.get("number", ""))[:18]
    digest = re.sub(r"[^0-9a-f]", "", request.GET.get("digest", "").lower())[:64]
    if number and len(digest) == 64:
        return redirect("public:check_letter", int(number), digest)
    asked = "number" in request.GET or "digest" in request.GET
    return page(request, "check", {"asked": asked, "number": number, "digest": digest, "found": None})


@require_safe
@open_page
def answer(request: HttpRequest, seq: int, digest: str) -> HttpResponse:
    """Whether a paper with this number and digest was written here; the digest can't be guessed."""
    if not within_limit(request, "check-letter", times=CHECKED_AN_HOUR):
        return page(request, "check", {"busy": True, "number": seq, "digest": digest}, status=429)
    found = _found(seq, digest)
    context: dict[str, Any] = {"asked": True, "number": seq, "digest": digest, "found": found}
    return page(request, "check", context, status=200 if found else 404)


def _found(seq: int, digest: str) -> dict[str, Any] | None:
    entry = journal.entry(seq) if seq < 1 << 62 else None
    if entry is None or entry["fields"]["res"] != "ok":
        return None
    act = entry["fields"]
    kind = letters.kind_of(act)
    if kind is None or digest != letters.digest_of(act, entry["row"].leaf):
        return None
    return {
        "title": kind[0],
        "at": entry["row"].at,
        "obj": act["obj"].partition(":")[2] if act["obj"].startswith("voucher:") else "",
        "facts": letters.recorded(entry["payload"] or {}),
        # What is shown below comes from the payload, which may have been erased but never altered (L2, L3).
        "whole": entry["leaf_fits"]
        and entry["chain_fits"]
        and (entry["payload"] is None or entry["payload_fits"]),
    }
