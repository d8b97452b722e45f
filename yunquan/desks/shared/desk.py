"""A desk 工作台: its pages, who may enter, and the navigation that says how much waits."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any
from urllib.parse import urlsplit

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.urls import Resolver404, path, resolve
from django.views.decorators.http import require_POST

from yunquan.policy.roles import Role

View = Callable[..., HttpResponseBase]
HOME = {
    Role.ENTERPRISE: "/enterprise/",
    Role.SUPPLIER: "/supplier/",
    Role.COUNTY_REVIEWER: "/city/",
    Role.CITY_REVIEWER: "/city/",
    Role.CITY_APPROVER: "/city/",
    Role.CITY_CASHIER: "/city/",
    Role.PROVINCE_OFFICER: "/province/",
    Role.PROVINCE_APPROVER: "/province/",
    Role.EXPERT: "/expert/",
    Role.AUDITOR: "/auditor/",
    Role.SYSTEM_ADMIN: "/admin/",
    Role.SECURITY_ADMIN: "/admin/",
    Role.AUDIT_ADMIN: "/admin/",
}


class Desk:
    """Decorates the views of one desk: a visitor logs in first, a stranger finds nothing (404).

    `nav` gives the navigation: dicts with url, label, count; the item that the path begins with is active.
    """

    def __init__(self, *, roles: Iterable[Role], nav: Callable[[HttpRequest], list[dict[str, Any]]]) -> None:
        self.roles, self.nav = frozenset(roles), nav

    def __call__(self, view: View | None = None, *, only: Iterable[Role] | None = None) -> Any:
        """Use as `@desk`, `@desk(only=[…])` or `desk(SomeList.as_view())`."""
        if view is None:
            return lambda inner: self(inner, only=only)
        allowed = frozenset(only) if only is not None else self.roles

        @wraps(view)
        def entered(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not request.user.is_authenticated:
                return redirect_to_login(request.get_full_path())
            if request.actor.role not in allowed:  # type: ignore[attr-defined]
                raise Http404
            request.nav = _marked(self.nav(request), request.path)  # type: ignore[attr-defined]
            response = view(request, *args, **kwargs)
            response.headers.setdefault("Cache-Control", "no-store")
            return response

        entered.open_to = allowed  # type: ignore[attr-defined]
        return entered


def may_open(url: str, role: str) -> bool:
    """Whether a role finds a page at an address of this site: a desk's pages say who enters, others are open.

    An inbox is the whole organisation's, and not everyone in it may open every page that a message leads to.
    """
    try:
        view = resolve(urlsplit(url).path).func
    except Resolver404:
        return False
    return role in getattr(view, "open_to", (role,))


def _marked(items: list[dict[str, Any]], here: str) -> list[dict[str, Any]]:
    """The navigation with the item of this page active: the longest address that the path begins with."""
    best = max((item["url"] for item in items if here.startswith(item["url"])), key=len, default="")
    return [{"count": 0, **item, "active": item["url"] == best} for item in items]


def entrance(request: HttpRequest) -> HttpResponse:
    """Lead a person to the desk of the present appointment."""
    if not request.user.is_authenticated:
        return redirect_to_login("/desk/")
    return HttpResponseRedirect(HOME.get(request.actor.role, "/"))  # type: ignore[attr-defined]


@require_POST
def switch(request: HttpRequest) -> HttpResponse:
    """Act under another of one's own appointments from now on."""
    wanted = request.POST.get("appointment", "")
    for row in request.appointments:  # type: ignore[attr-defined]
        if str(row.pk) == wanted:
            request.session["appointment"] = row.pk
            return HttpResponseRedirect(HOME.get(Role(row.role), "/"))
    raise Http404


urlpatterns = [path("", entrance, name="desk"), path("switch", switch, name="switch")]
