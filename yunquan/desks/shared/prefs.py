"""The two choices a visitor keeps in a cookie: size of text and language.  Nothing is written elsewhere."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

YEAR_SECONDS = 31_536_000


def _back(request: HttpRequest) -> HttpResponseRedirect:
    place = request.GET.get("next", "/")
    safe = url_has_allowed_host_and_scheme(
        place, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return HttpResponseRedirect(place if safe else "/")


@require_safe
def size(request: HttpRequest) -> HttpResponse:
    """Switch to 长辈版 (to=large) or back (to=normal), then return to the page."""
    answer = _back(request)
    wanted = "large" if request.GET.get("to") == "large" else "normal"
    answer.set_cookie("size", wanted, max_age=YEAR_SECONDS, samesite="Lax", secure=request.is_secure())
    return answer


@require_safe
def language(request: HttpRequest) -> HttpResponse:
    """Switch the language of the frame, then return to the page."""
    answer = _back(request)
    wanted = request.GET.get("to", "")
    if wanted in dict(settings.LANGUAGES):
        answer.set_cookie(
            settings.LANGUAGE_COOKIE_NAME,
            wanted,
            max_age=YEAR_SECONDS,
            samesite="Lax",
            secure=request.is_secure(),
        )
    return answer
