"""体检: every invariant of invariants.md held against the whole database (`yunquan doctor`)."""

from __future__ import annotations

from collections.abc import Iterator

from yunquan.catalogue import invariants as catalogue
from yunquan.evidence import invariants as evidence
from yunquan.journal import invariants as journal
from yunquan.journal.invariants import Breach
from yunquan.ledger import invariants as ledger
from yunquan.parties import invariants as parties
from yunquan.programme import invariants as programme
from yunquan.settlement import invariants as settlement
from yunquan.vouchers import invariants as vouchers

NOUNS = (journal, ledger, parties, programme, catalogue, evidence, vouchers, settlement)


def breaches() -> Iterator[Breach]:
    """Everything that is broken, by invariant and row; nothing on a healthy database."""
    for noun in NOUNS:
        yield from noun.breaches()
