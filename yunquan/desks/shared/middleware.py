"""Who acts in this request, under which appointment, with which request id."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict

from yunquan.journal import clock
from yunquan.journal.actions import request_id
from yunquan.kernel.calendar import local_date
from yunquan.kernel.workflow import Actor
from yunquan.parties import access
from yunquan.policy.roles import Role

Answer = Callable[[HttpRequest], HttpResponse]
VISITOR = Actor(person="visitor", role=Role.PUBLIC, org="public")
OFFICIALS = access.BUREAU_ROLES | access.ADMIN_ROLES
# The one address that takes a body as a stream, however long, straight to the disk.
STREAMED = "/api/v1/deliveries"
# No key of a row is larger; neither database takes a larger number.
LARGEST_KEY = 2**63 - 1
EXEMPT = ("/accounts/", "/static/", "/prefs/", "/healthz")


@dataclass(frozen=True, slots=True)
class Who:
    """What the head of every page says about the person."""

    name: str
    role: str
    organisation: str
    is_deputy: bool = False


class RequestId:
    """Give each request an id that log entries and error reports carry."""

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        token = request_id.set(secrets.token_hex(8))
        try:
            response = self.get_response(request)
            response.headers["X-Request-Id"] = request_id.get()
            return response
        finally:
            request_id.reset(token)


class Bearable:
    """Refuse a body that no form can need before it is read, and let no NUL reach a view.

    A NUL is no sign that anybody types; PostgreSQL takes it in no text, so it would end in a fault.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        length = str(request.META.get("CONTENT_LENGTH") or "")
        limit = settings.USAGE_MOST_BYTES if request.path == STREAMED else settings.MOST_BODY_BYTES
        if length.isdecimal() and (len(length) > 15 or int(length) > limit):
            most = limit // 1024 // 1024
            said = f"上传的内容一共超过 {most} MB，没有接收。请返回上一页，分几次上传。"
            return HttpResponse(said, status=413, content_type="text/plain; charset=utf-8")
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, kwargs: Mapping[str, object]
    ) -> None:
        """Take NULs out of what was typed; an address with one, or a number no row has, in its path is no page."""
        if any(isinstance(one, int) and one > LARGEST_KEY for one in kwargs.values()):
            raise Http404
        if request.path.startswith("/api/"):
            return
        if "\x00" in request.path:
            raise Http404
        if "%00" in request.META.get("QUERY_STRING", ""):
            request.GET = _without_nul(request.GET)  # type: ignore[assignment]
        if request.method == "POST" and any(
            "\x00" in one for _, sent in request.POST.lists() for one in sent
        ):
            request.POST = _without_nul(request.POST)  # type: ignore[assignment]


def _without_nul(sent: QueryDict) -> QueryDict:
    clean = QueryDict(mutable=True)
    for name, values in sent.lists():
        clean.setlist(name.replace("\x00", ""), [str(value).replace("\x00", "") for value in values])
    clean._mutable = False
    return clean


def _back_to(request: HttpRequest) -> str:
    """The page that was asked for, to be led back to: a message may have led straight to what is to be done."""
    if request.method != "GET":
        return ""
    return f"?{urlencode({'next': request.get_full_path()})}"


class ActingAs:
    """Set `request.actor`, `request.appointment`, `request.appointments`, `request.who`, `request.now`.

    Appointments are read afresh at every request, so a withdrawn one fails at the next (A3). Who has
    a first password is led to change it, then an official without a second factor to set one up where the
    installation demands it.
    """

    def __init__(self, get_response: Answer) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor, request.appointment, request.appointments, request.who = VISITOR, None, [], None  # type: ignore[attr-defined]
        if request.path.startswith(("/static/", "/api/")):
            return self.get_response(request)
        if request.user.is_authenticated:
            self._appoint(request, clock.read())
            if self._has_first_password(request):
                return HttpResponseRedirect(f"/accounts/password/change/{_back_to(request)}")
            if self._needs_second_factor(request):
                return HttpResponseRedirect("/accounts/2fa/")
        return self.get_response(request)

    def _appoint(self, request: HttpRequest, now: datetime) -> None:
        rows = access.appointments_of(request.user, local_date(now))  # type: ignore[arg-type]
        chosen = request.session.get("appointment")
        appointment = next((row for row in rows if row.pk == chosen), rows[0] if rows else None)
        request.appointments, request.appointment = rows, appointment  # type: ignore[attr-defined]
        name = request.user.name  # type: ignore[union-attr]
        if appointment is None:
            request.who = Who(name, "", "未任职")  # type: ignore[attr-defined]
            return
        request.actor = access.actor_of(request.user, appointment)  # type: ignore[attr-defined,arg-type]
        organisation = appointment.enterprise or appointment.supplier or appointment.bureau
        label = organisation.name if organisation is not None else "平台"
        deputy = appointment.deputy_for_id is not None
        role = Role(appointment.role).label + ("（代理）" if deputy else "")
        if appointment.operator:
            role += f"（受托：{appointment.operator}）"
        request.who = Who(name, role, label, deputy)  # type: ignore[attr-defined]

    def _has_first_password(self, request: HttpRequest) -> bool:
        """Whether an administrator set the password; the demonstration's logins are printed for all anyway."""
        if settings.YUNQUAN_DEMO or request.path.startswith(EXEMPT):
            return False
        return bool(request.user.password_is_first)  # type: ignore[union-attr]

    def _needs_second_factor(self, request: HttpRequest) -> bool:
        if not settings.SECOND_FACTOR_REQUIRED or request.path.startswith(EXEMPT):
            return False
        if request.actor.role not in OFFICIALS:  # type: ignore[attr-defined]
            return False
        from allauth.mfa.utils import is_mfa_enabled

        return not is_mfa_enabled(request.user)
