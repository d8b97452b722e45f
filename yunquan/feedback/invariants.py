"""The invariants of the message board, as `yunquan doctor` checks them (L1)."""

from __future__ import annotations

from collections.abc import Iterator

from yunquan.feedback.models import Message
from yunquan.journal.invariants import Breach, unlogged


def breaches() -> Iterator[Breach]:
    """Each message stands where the log says."""
    rows = Message.objects.values_list("pk", "state", "version")
    yield from unlogged(
        ((f"message:{pk}", state, version) for pk, state, version in rows), "message", "received"
    )
