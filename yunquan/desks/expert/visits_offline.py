"""The worker that keeps the pages of visits on a device; it lies above them, so that it may answer for them."""

from __future__ import annotations

from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

_WORKER = Path(__file__).parent / "static" / "expert" / "sw.js"


@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The script itself; a browser asks for it anew at each start."""
    response = HttpResponse(
        _WORKER.read_text(encoding="utf-8"), content_type="text/javascript; charset=utf-8"
    )
    response.headers["Cache-Control"] = "no-cache"
    return response
