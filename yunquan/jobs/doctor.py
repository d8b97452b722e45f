"""体检: every invariant of invariants.md held against the whole database (`yunquan doctor`)."""

from __future__ import annotations

from collections.abc import Iterator

from yunquan.catalogue import invariants as catalogue
from yunquan.catalogue.lifecycle import PRODUCT
from yunquan.demonstrations import invariants as demonstrations
from yunquan.demonstrations.lifecycle import PROJECT as DEMONSTRATION
from yunquan.demonstrations.lifecycle import RECTIFICATION as DEMONSTRATION_RECTIFICATION
from yunquan.demonstrations.lifecycle import REPORT as DEMONSTRATION_REPORT
from yunquan.evidence import invariants as evidence
from yunquan.evidence.lifecycle import ALARM
from yunquan.feedback import invariants as feedback
from yunquan.feedback.lifecycle import MESSAGE
from yunquan.insight import invariants as insight
from yunquan.insight.lifecycle import EVALUATION, EXCELLENT_TITLE, SPLIT
from yunquan.inspections import invariants as inspections
from yunquan.inspections.lifecycle import INSPECTION, PLAN, RECTIFICATION, SELF_CHECK, VISIT
from yunquan.journal import invariants as journal
from yunquan.journal.invariants import Breach, off_table
from yunquan.ledger import invariants as ledger
from yunquan.matching import invariants as matching
from yunquan.matching.lifecycle import LIFECYCLES as MATCHING
from yunquan.parties import invariants as parties
from yunquan.parties.lifecycle import CONTACT_RECEIPT, ENTERPRISE, SUPPLIER
from yunquan.pilots import invariants as pilots
from yunquan.pilots.lifecycle import CALL as PILOT_CALL
from yunquan.pilots.lifecycle import PILOT
from yunquan.programme import invariants as programme
from yunquan.programme.lifecycle import CYCLE, PUBLIC_NOTICE, RULE_CHANGE
from yunquan.settlement import invariants as settlement
from yunquan.settlement.lifecycle import INSTRUCTION, OBJECTION, PAYMENT_RUN, RECOVERY, SETTLEMENT_LIST
from yunquan.usage import invariants as usage
from yunquan.usage.lifecycle import COMPLETION_TABLE
from yunquan.vouchers import invariants as vouchers
from yunquan.vouchers.lifecycle import VOUCHER

NOUNS = (
    journal,
    ledger,
    parties,
    programme,
    catalogue,
    evidence,
    usage,
    vouchers,
    settlement,
    matching,
    feedback,
    pilots,
    demonstrations,
    inspections,
    insight,
)

LIFECYCLES = (
    ENTERPRISE,
    SUPPLIER,
    CONTACT_RECEIPT,
    CYCLE,
    RULE_CHANGE,
    PUBLIC_NOTICE,
    PRODUCT,
    VOUCHER,
    SETTLEMENT_LIST,
    OBJECTION,
    PAYMENT_RUN,
    INSTRUCTION,
    RECOVERY,
    ALARM,
    COMPLETION_TABLE,
    MESSAGE,
    PILOT_CALL,
    PILOT,
    PLAN,
    INSPECTION,
    VISIT,
    SELF_CHECK,
    RECTIFICATION,
    DEMONSTRATION,
    DEMONSTRATION_REPORT,
    DEMONSTRATION_RECTIFICATION,
    *MATCHING,
    EVALUATION,
    EXCELLENT_TITLE,
    SPLIT,
)


def breaches() -> Iterator[Breach]:
    """Everything that is broken, by invariant and row; nothing on a healthy database."""
    for noun in NOUNS:
        yield from noun.breaches()
    yield from off_table(LIFECYCLES)
