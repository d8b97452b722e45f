"""Who may see which token, and whom a token speaks for: the only door (A1, A3)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import QuerySet

from yunquan.api.actions import digest_of
from yunquan.api.models import ApiToken
from yunquan.kernel.calendar import local_date
from yunquan.kernel.workflow import Actor
from yunquan.parties.access import in_force
from yunquan.parties.models import Appointment
from yunquan.policy.roles import Role

LONGEST = 100


@dataclass(frozen=True, slots=True)
class Caller:
    """Whom a request's token speaks for, and whether it may change anything."""

    actor: Actor
    may_write: bool
    token: int


def _holders(digest: str, today: date, now: datetime) -> QuerySet[Appointment, Any]:
    """The appointment behind a token in force; judged afresh at every request, so a withdrawn one fails."""
    rows = Appointment.objects.filter(
        in_force(today),
        api_tokens__digest=digest,
        api_tokens__revoked_at=None,
        api_tokens__expires_at__gt=now,
    )
    columns = ("person_id", "role", "api_tokens__org", "api_tokens__may_write", "api_tokens__pk")
    return rows.values_list(*columns)[:1]


# What stands in the statement where a request's own values belong.
_DIGEST, _TODAY, _NOW = "a token's digest", date(9998, 1, 1), datetime(9998, 1, 2, tzinfo=UTC)


@cache
def _statement(vendor: str) -> tuple[str, tuple[Any, ...]]:
    """The statement of `_holders`, put together once: every request asks it, and it is always the same."""
    sql, parameters = _holders(_DIGEST, _TODAY, _NOW).query.sql_with_params()
    return sql, tuple(parameters)


def caller_of(text: str, now: datetime) -> Caller | None:
    """The actor behind a token in force, in one query; None for anything else."""
    if not text or len(text) > LONGEST:
        return None
    sql, parameters = _statement(connection.vendor)
    adapt_day, adapt_moment = connection.ops.adapt_datefield_value, connection.ops.adapt_datetimefield_value
    own = {
        _DIGEST: digest_of(text),
        adapt_day(_TODAY): adapt_day(local_date(now)),
        adapt_moment(_NOW): adapt_moment(now),
    }
    with connection.cursor() as cursor:
        cursor.execute(sql, [own.get(value, value) for value in parameters])
        row = cursor.fetchone()
    if row is None:
        return None
    person, role, org, may_write, token = row
    return Caller(Actor(person=f"person:{person}", role=role, org=org), bool(may_write), token)


def tokens_visible_to(actor: Actor) -> QuerySet[ApiToken]:
    """The tokens of the actor's own organisation; the security administrator sees all."""
    rows = ApiToken.objects.select_related("appointment__person")
    if actor.role == Role.SECURITY_ADMIN:
        return rows
    if actor.org in ("", "public", "platform"):
        return rows.none()
    return rows.filter(org=actor.org)


def token_for(actor: Actor, pk: int) -> ApiToken | None:
    """One token, or None as if it did not exist."""
    return tokens_visible_to(actor).filter(pk=pk).first()
