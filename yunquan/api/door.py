"""The door of the API: who calls, and how a change is carried out once (U4)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Schema, Status
from ninja.security import HttpBearer

from yunquan.api.access import Caller, caller_of
from yunquan.api.answers import Fault, Problems, absent, problems, status_of
from yunquan.journal import clock
from yunquan.journal.actions import once
from yunquan.kernel.refusal import Refused
from yunquan.kernel.workflow import Actor

READ_FAULTS = {frozenset({400, 401, 404, 422}): Problems}
WRITE_FAULTS = {frozenset({400, 401, 403, 404, 409, 422}): Problems}
OPEN_FAULTS = {frozenset({400, 404, 422}): Problems}


class Token(HttpBearer):
    """`Authorization: Bearer yq_…`; the clock is read once here and serves the whole request."""

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        now = clock.read()
        request.now = now  # type: ignore[attr-defined]
        return caller_of(token, now)


def actor_of(request: HttpRequest) -> Actor:
    """Whom the request speaks for."""
    caller: Caller = request.auth  # type: ignore[attr-defined]
    return caller.actor


def change(
    request: HttpRequest,
    operation: str,
    key: str,
    body: Schema | str | None,
    act: Callable[[Actor, datetime], dict[str, Any]],
    *,
    status: int = 200,
) -> Status[dict[str, Any]]:
    """Carry out one change once: the same key with the same content gets the first answer again.

    A refusal is an answer like any other: it is written down with its key, so that the attempt stays in
    the log (L1) and a client that repeats itself is told the same.
    """
    caller: Caller = request.auth  # type: ignore[attr-defined]
    now: datetime = request.now  # type: ignore[attr-defined]
    if not caller.may_write:
        raise Fault(403, "token_read_only", "这个令牌只能查询。", "请使用创建时允许办理的令牌。")
    said = body.model_dump_json() if isinstance(body, Schema) else body or ""
    content = {"operation": operation, "body": hashlib.sha256(said.encode()).hexdigest()}

    def run() -> dict[str, Any]:
        try:
            return {"status": status, "body": act(caller.actor, now)}
        except Refused as refused:
            return {"status": status_of(refused.refusals), "body": problems(refused.refusals)}

    try:
        kept = once(
            owner=f"{caller.actor.org}|{caller.actor.person}"[:80], key=key, content=content, now=now, run=run
        )
    except Refused as refused:
        kept = {"status": status_of(refused.refusals), "body": problems(refused.refusals)}
    return Status(kept["status"], kept["body"])


def there(found: Any, what: str = "没有找到。") -> Any:
    """What was found through a door, or 404."""
    if found is None:
        raise absent(what)
    return found
