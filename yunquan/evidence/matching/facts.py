"""What is matched and what is found: facts of a voucher, a declared exception, one finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from yunquan.evidence.reading.facts import ContractFacts
from yunquan.kernel.money import format_yuan
from yunquan.kernel.refusal import Refusal
from yunquan.policy.substitutes import DeclaredParty, Party

Weight = Literal["refuses", "look"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VoucherFacts:
    """What the voucher says: parties, amounts in fen, days, and which services its contract holds."""

    enterprise: Party
    supplier: Party
    face_fen: int
    applied_on: date
    services: Mapping[str, int]
    contract: ContractFacts
    exceptions: Sequence[DeclaredParty] = ()
    claimed_on: date | None = None
    accepted_on: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Used:
    """Where a document serves already: keys of invoices, proofs and the contract, each with the voucher there."""

    invoices: Mapping[str, str] = field(default_factory=dict)
    proofs: Mapping[str, str] = field(default_factory=dict)
    contract: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One point that was checked, passed or not, with figures and article."""

    code: str
    passed: bool
    weight: Weight
    message: str
    article: str
    mend: str = ""
    field: str = ""

    @property
    def refuses(self) -> bool:
        return not self.passed and self.weight == "refuses"

    def as_refusal(self) -> Refusal:
        """The finding as a reason why the step can't be taken."""
        return Refusal(self.code, self.message, self.article, self.mend, self.field)


def refusals(findings: Iterable[Finding]) -> list[Refusal]:
    """Every reason that stops the step, at once."""
    return [finding.as_refusal() for finding in findings if finding.refuses]


def said_day(day: date | None) -> str:
    """A day, or that there is none."""
    return day.isoformat() if day else "（没有填写）"


def said_yuan(fen: int | None) -> str:
    """A sum in 元, or that there is none."""
    return f"{format_yuan(fen)} 元" if fen is not None else "没有填写"
