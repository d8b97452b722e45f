"""Tables of the inspections, a module a part: plans, experts, visits, results, self-checks."""

from yunquan.inspections.models.experts import Attendance, Expert, Tie, Training
from yunquan.inspections.models.plans import Custodian, DrawFile, Inspection, Plan, PlanItem
from yunquan.inspections.models.results import Effect, Hearing, Opinion, Ruling, Summons
from yunquan.inspections.models.selfchecks import Candidate, Rectification, SelfCheck, SelfCheckLine
from yunquan.inspections.models.visits import (
    CheckSheet,
    Panelist,
    Photo,
    Presence,
    SheetEntry,
    Signature,
    Visit,
)

__all__ = [
    "Attendance",
    "Candidate",
    "CheckSheet",
    "Custodian",
    "DrawFile",
    "Effect",
    "Expert",
    "Hearing",
    "Inspection",
    "Opinion",
    "Panelist",
    "Photo",
    "Plan",
    "PlanItem",
    "Presence",
    "Rectification",
    "Ruling",
    "SelfCheck",
    "SelfCheckLine",
    "SheetEntry",
    "Signature",
    "Summons",
    "Tie",
    "Training",
    "Visit",
]
