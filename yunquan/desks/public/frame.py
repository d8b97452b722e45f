"""The frame of the public pages: navigation and caching."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import get_conditional_response, patch_vary_headers

from yunquan.kernel.workflow import Actor
from yunquan.policy.roles import Role

View = Callable[..., HttpResponseBase]
VISITOR = Actor(person="visitor", role=Role.PUBLIC, org="public")
NAV = (
    ("/", "首页"),
    ("/catalogue/", "服务目录"),
    ("/suppliers/", "供应商"),
    ("/excellent/", "优秀供应商"),
    ("/publicity/", "公示"),
    ("/pilots/", "试点示范"),
    ("/figures/", "统计"),
    ("/inspections/", "抽查公开"),
    ("/rules/", "规则"),
    ("/notices/", "指南与公告"),
)
CACHED_SECONDS = 60


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The public navigation, with the way back for whoever is logged in."""
    here = request.path
    items = [*NAV, ("/desk/", "我的工作台")] if request.user.is_authenticated else list(NAV)
    best = max((url for url, _label in items if here.startswith(url)), key=len, default="/")
    if best == "/" and here != "/":
        best = ""
    return [{"url": url, "label": label, "count": 0, "active": url == best} for url, label in items]


def open_page(view: View) -> View:
    """A page for everybody; a visitor without a session may be answered from a cache."""

    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        request.nav = navigation(request)  # type: ignore[attr-defined]
        request.is_open = True  # type: ignore[attr-defined]
        response = view(request, *args, **kwargs)
        if response.has_header("Cache-Control"):
            return response
        patch_vary_headers(response, ("Cookie", "Accept-Language"))
        # A page that carries a token of this visitor's own is kept for nobody else.
        own = settings.SESSION_COOKIE_NAME in request.COOKIES or request.META.get("CSRF_COOKIE_NEEDS_UPDATE")
        if request.method not in ("GET", "HEAD") or own or response.status_code >= 400:
            response["Cache-Control"] = "private, no-store"
            return response
        response["Cache-Control"] = f"public, max-age={CACHED_SECONDS}"
        if response.status_code != 200 or not isinstance(response, HttpResponse):
            return response
        response["ETag"] = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
        return get_conditional_response(request, etag=response["ETag"], response=response) or response

    return opened


def page(
    request: HttpRequest, template: str, context: Mapping[str, Any], *, status: int = 200
) -> HttpResponse:
    """A page without a form: for a stranger it carries no token, so that equal pages are equal bytes."""
    shown = dict(context)
    if not request.user.is_authenticated:
        shown["csrf_token"] = ""
    return render(request, f"public/{template}.html", shown, status=status)
