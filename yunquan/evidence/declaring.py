"""Other firms in a claim's documents: entered with reason and proof, accepted by the reviewer (D47-5.14)."""

from __future__ import annotations

from datetime import datetime

from yunquan.evidence.models import DeclaredParty, StoredFile
from yunquan.kernel.workflow import Actor
from yunquan.policy import substitutes


def enter_party(
    *, part: str, name: str, uscc: str, relation: str, reason: str, file: StoredFile
) -> DeclaredParty:
    """Enter a declared firm of a claim; it never changes, a claim that comes again declares anew."""
    return DeclaredParty.objects.create(
        part=part, name=name, uscc=uscc, relation=relation, reason=reason, file=file
    )


def accept(party: DeclaredParty, *, by: Actor, now: datetime) -> DeclaredParty:
    """Note that the reviewer accepted a declared firm, once; the caller holds the lock and writes the log."""
    DeclaredParty.objects.filter(pk=party.pk, accepted_at=None).update(accepted_by=by.person, accepted_at=now)
    party.refresh_from_db()
    return party


def declared(row: DeclaredParty) -> substitutes.DeclaredParty:
    """A stored exception as the rule for parties knows it."""
    return substitutes.DeclaredParty(
        part=row.part,  # type: ignore[arg-type]
        party=substitutes.Party(row.name, row.uscc),
        relation=row.relation,  # type: ignore[arg-type]
        reason=row.reason,
        proof=str(row.file_id or ""),
        accepted=row.accepted_at is not None,
    )
