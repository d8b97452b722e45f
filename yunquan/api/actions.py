"""The verbs of the tokens: created for one's own appointment and shown once, revoked at once."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from yunquan.api import checks
from yunquan.api.models import ApiToken
from yunquan.journal.actions import audited, record
from yunquan.kernel.refusal import Refused
from yunquan.kernel.workflow import Actor

PREFIX = "yq_"


@dataclass(frozen=True, slots=True)
class Issued:
    """A new token: its row, and the text that is shown once and kept nowhere."""

    token: ApiToken
    text: str


def digest_of(text: str) -> str:
    """The hash under which a token is kept; the token is random, so one round of SHA-256 is enough."""
    return hashlib.sha256(text.encode()).hexdigest()


@audited("api_token.create", about="api_token")
def create_token(
    *, appointment: Any, name: str, days: int = 180, may_write: bool = False, by: Actor, now: datetime
) -> Issued:
    """Give an organisation's own system a token for the actor's appointment (D47-5.2), for a number of days.

    `appointment` is a row of the parties, such as `request.appointment`. Raises Refused with every reason.
    """
    facts = {
        "actor": (by.person, by.role, by.org),
        "appointed": (appointment.person.key, appointment.role, appointment.org_key),
        "role": appointment.role,
        "name": name.strip(),
        "days": days,
    }
    refusals = [refusal for check in checks.ON_CREATE if (refusal := check(facts)) is not None]
    if refusals:
        raise Refused(refusals)
    text = PREFIX + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        appointment=appointment,
        org=appointment.org_key,
        role=appointment.role,
        name=name.strip(),
        may_write=may_write,
        digest=digest_of(text),
        hint=text[:9],
        created_by=by.person,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    payload = {"name": token.name, "may_write": may_write, "expires_at": token.expires_at.isoformat()}
    record("api_token.create", by=by, obj=token.journal_key, now=now, why=checks.ARTICLE, payload=payload)
    return Issued(token, text)


@audited("api_token.revoke", about="token")
def revoke_token(*, token: ApiToken, by: Actor, now: datetime) -> ApiToken:
    """Take a token back; it fails at its next request (A3). Whoever may see it may revoke it."""
    row = ApiToken.objects.select_for_update().get(pk=token.pk)
    refusal = checks.not_revoked({"revoked": row.revoked_at is not None})
    if refusal is not None:
        raise Refused([refusal])
    row.revoked_at, row.revoked_by = now, by.person
    row.save(update_fields=["revoked_at", "revoked_by"])
    record("api_token.revoke", by=by, obj=row.journal_key, now=now, why=checks.ARTICLE)
    return row
