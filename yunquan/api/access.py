"""Who may see which token, and whom a token speaks for: the only door (A1, A3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

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


def caller_of(text: str, now: datetime) -> Caller | None:
    """The actor behind one token in force; None for anything else."""
    return callers_of([text], now)[0]


def callers_of(texts: Sequence[str], now: datetime) -> list[Caller | None]:
    """The actor behind each token in force, in one query; None for anything else.

    The appointment is judged afresh at every request, so a withdrawn one fails at the next.
    """
    digests = [digest_of(text) if 0 < len(text) <= LONGEST else "" for text in texts]
    rows = Appointment.objects.filter(
        in_force(local_date(now)),
        api_tokens__digest__in=set(digests) - {""},
        api_tokens__revoked_at=None,
        api_tokens__expires_at__gt=now,
    ).values_list(
        "api_tokens__digest",
        "person_id",
        "role",
        "api_tokens__org",
        "api_tokens__may_write",
        "api_tokens__pk",
    )
    found = {
        digest: Caller(Actor(person=f"person:{person}", role=role, org=org), may_write, token)
        for digest, person, role, org, may_write, token in rows
    }
    return [found.get(digest) for digest in digests]


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
