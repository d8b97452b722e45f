"""What a visitor reads when a request was refused before any desk saw it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The page after a stale form (CSRF_FAILURE_VIEW): say what to do instead of what failed."""
    return render(request, "403_csrf.html", status=403)
