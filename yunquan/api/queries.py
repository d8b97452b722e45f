"""What screens read of the tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from yunquan.api.access import tokens_visible_to
from yunquan.kernel.workflow import Actor


def tokens_of(actor: Actor, now: datetime) -> list[dict[str, Any]]:
    """The tokens that an actor may see, the latest first: purpose, beginning, person, until when, state."""
    return [
        {
            "pk": row.pk,
            "name": row.name,
            "hint": row.hint,
            "may_write": row.may_write,
            "person": row.appointment.person.name,
            "created_at": row.created_at,
            "expires_at": row.expires_at,
            "revoked_at": row.revoked_at,
            "is_live": row.revoked_at is None and row.expires_at > now,
        }
        for row in tokens_visible_to(actor).order_by("-created_at", "-pk")
    ]
