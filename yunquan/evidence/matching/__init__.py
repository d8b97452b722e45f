"""What documents of a voucher must agree on, every point at once, each with its article (D47-5.8 to 5.14).

Pure: facts come in, findings go out.  A finding that `refuses` stops the step; one that asks to `look` is for the
reviewer's eye, because the decree doesn't say it.  What was read in a document never replaces what was entered.
"""

from yunquan.evidence.matching.claim import match_claim
from yunquan.evidence.matching.contract import match_contract
from yunquan.evidence.matching.differences import (
    Difference,
    contract_differences,
    invoice_differences,
    proof_differences,
)
from yunquan.evidence.matching.facts import DeclaredParty, Finding, Used, VoucherFacts, refusals
from yunquan.evidence.matching.later import Alarm, Claimed, News, later_alarms

__all__ = [
    "Alarm",
    "Claimed",
    "DeclaredParty",
    "Difference",
    "Finding",
    "News",
    "Used",
    "VoucherFacts",
    "contract_differences",
    "invoice_differences",
    "later_alarms",
    "match_claim",
    "match_contract",
    "proof_differences",
    "refusals",
]
