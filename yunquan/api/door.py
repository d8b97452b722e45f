"""The door of the API: who calls, and how a change is carried out once (U4)."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.http import HttpRequest
from ninja import Schema, Status
from ninja.security import HttpBearer

from yunquan.api.access import Caller, callers_of
from yunquan.api.answers import Fault, Problems, absent, problems, status_of
from yunquan.api.together import Together
from yunquan.journal import clock
from yunquan.journal.actions import request_id
from yunquan.journal.once import Keyed, once_all
from yunquan.kernel.canonical import content_hash
from yunquan.kernel.refusal import Refused
from yunquan.kernel.workflow import Actor

READ_FAULTS = {frozenset({400, 401, 404, 422}): Problems}
WRITE_FAULTS = {frozenset({400, 401, 403, 404, 409, 422}): Problems}
OPEN_FAULTS = {frozenset({400, 404, 422}): Problems}


class Token(HttpBearer):
    """`Authorization: Bearer yq_…`; the clock is read once here and serves the whole request."""

    def authenticate(self, request: HttpRequest, token: str) -> Caller | None:
        request.now, caller = CALLERS.ask(token)  # type: ignore[attr-defined]
        return caller


def _callers(tokens: Sequence[str]) -> list[tuple[datetime, Caller | None]]:
    now = clock.read()
    return [(now, caller) for caller in callers_of(tokens, now)]


CALLERS: Together[str, tuple[datetime, Caller | None]] = Together(_callers)


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
    asked = _asked(request, operation, key, body)

    def run(fresh: Sequence[Change]) -> list[dict[str, Any]]:
        try:
            return [{"status": status, "body": act(asked.by, asked.now)}]
        except Refused as refused:
            return [_refusal(refused)]

    return _told(once_all([asked], run=run)[0])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Change(Keyed):
    """A change that is asked for: by whom, of which thing, with what body."""

    by: Actor
    number: str
    body: Any
    request: str


def _asked(
    request: HttpRequest, operation: str, key: str, body: Schema | str | None, number: str = ""
) -> Change:
    caller: Caller = request.auth  # type: ignore[attr-defined]
    if not caller.may_write:
        raise Fault(403, "token_read_only", "这个令牌只能查询。", "请使用创建时允许办理的令牌。")
    said = body.model_dump_json() if isinstance(body, Schema) else body or ""
    content = {"operation": operation, "body": hashlib.sha256(said.encode()).hexdigest()}
    return Change(
        owner=f"{caller.actor.org}|{caller.actor.person}"[:80],
        key=key,
        content_hash=content_hash(content),
        now=request.now,  # type: ignore[attr-defined]
        by=caller.actor,
        number=number,
        body=body,
        request=request_id.get(),
    )


def _refusal(refused: Refused) -> dict[str, Any]:
    return {"status": status_of(refused.refusals), "body": problems(refused.refusals)}


def _told(kept: dict[str, Any] | Refused) -> Status[dict[str, Any]]:
    answer = _refusal(kept) if isinstance(kept, Refused) else kept
    return Status(answer["status"], answer["body"])


class Rush:
    """A change that a whole city may ask for at one moment: those that meet are carried out together.

    `find` gives for each (actor, number) the thing or None; `act` carries out several, an outcome for each;
    `say` puts what was done into the answer.
    """

    def __init__(
        self,
        *,
        find: Callable[[Sequence[tuple[Actor, str]]], Sequence[Any]],
        act: Callable[[Sequence[tuple[Change, Any]]], Sequence[Any]],
        say: Callable[[Any], dict[str, Any]],
    ) -> None:
        self._find, self._act, self._say = find, act, say
        self._together: Together[Change, Any] = Together(self._carry_out, first=CALLERS)

    def change(
        self, request: HttpRequest, operation: str, key: str, body: Schema, number: str
    ) -> Status[dict[str, Any]]:
        """As `change`, with whoever asks at the same time."""
        return _told(there(self._together.ask(_asked(request, operation, key, body, number)), "没有这张券。"))

    def _carry_out(self, asked: Sequence[Change]) -> list[Any]:
        found = dict(zip(asked, self._find([(one.by, one.number) for one in asked]), strict=True))

        def run(fresh: Sequence[Change]) -> list[dict[str, Any]]:
            outcomes = self._act([(one, found[one]) for one in fresh])
            return [
                _refusal(outcome)
                if isinstance(outcome, Refused)
                else {"status": 200, "body": self._say(outcome)}
                for outcome in outcomes
            ]

        seen = [one for one in asked if found[one] is not None]
        told = dict(zip(seen, once_all(seen, run=run), strict=True)) if seen else {}
        return [told.get(one) for one in asked]


def there(found: Any, what: str = "没有找到。") -> Any:
    """What was found through a door, or 404."""
    if found is None:
        raise absent(what)
    return found
