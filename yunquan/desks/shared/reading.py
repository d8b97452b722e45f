"""A page that is only read must not write: the middleware that refuses it."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from django.conf import settings
from django.db import connections
from django.http import HttpRequest, HttpResponse

_WRITE = re.compile(r"\s*(INSERT\s+INTO|UPDATE|DELETE\s+FROM)\s+\"?([a-z0-9_]+)", re.IGNORECASE)
_SESSION_TABLES = frozenset(
    {"django_session", "axes_accessattempt", "axes_accesslog", "axes_accessfailurelog"}
)


class GetWritesError(AssertionError):
    """A GET or HEAD tried to change a table."""


class RefusingGet:
    """Middleware: raise when a GET or HEAD writes to a table other than the session's.

    Further tables may be named in settings.GET_MAY_WRITE.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.allowed = _SESSION_TABLES | frozenset(getattr(settings, "GET_MAY_WRITE", ()))

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return self.get_response(request)
        with ExitStack() as stack:
            for connection in connections.all(initialized_only=True):
                stack.enter_context(connection.execute_wrapper(self._guard))
            return self.get_response(request)

    def _guard(self, execute: Callable, sql: str, params: Any, many: bool, context: dict) -> Any:
        found = _WRITE.match(sql)
        if found and found[2].lower() not in self.allowed:
            raise GetWritesError(f"GET 请求不得改写数据表 {found[2]}")
        return execute(sql, params, many, context)
