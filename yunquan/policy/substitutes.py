"""Whose name an invoice or a payment may bear: the party's own, or another firm's that was declared (D47-5.14).

The one rule for issuer, payee, buyer and payer; the checks of a claim, the comparison of its documents and the
monitor all ask here.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from yunquan.policy.contracts import normalise_name
from yunquan.policy.uscc import compact

# Whose name a document may bear instead of the party's own, and whom it stands for.
Part = Literal["issuer", "payee", "buyer", "payer"]
Relation = Literal["parent", "branch", "subsidiary", "renamed"]
Standing = Literal["same", "accepted", "proven", "unproven", "another"]
RELATIONS: dict[Relation, str] = {
    "parent": "母公司",
    "branch": "分公司",
    "subsidiary": "子公司",
    "renamed": "更名前后的同一单位",
}
PARTS: dict[Part, tuple[str, Literal["supplier", "enterprise"], str]] = {
    # What the document calls the party, whom it must be, and the article.
    "issuer": ("开具方", "supplier", "D47-5.14"),
    "payee": ("收款方", "supplier", "D47-5.14"),
    "buyer": ("购买方", "enterprise", "D47-5.11"),
    "payer": ("付款方", "enterprise", "D47-4.2"),
}


@dataclass(frozen=True, slots=True)
class Party:
    """An organisation as a document names it; the code may be missing on a payment proof."""

    name: str
    code: str = ""

    @property
    def shown(self) -> str:
        """How a sentence names it: by name, else by code."""
        return f"“{self.name or self.code}”" if self.name or self.code else "没有写明"


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredParty:
    """A declared exception: another firm stands for a party; proven when a document shows it.

    `proof` names the stored file; `accepted` is set by the reviewer, who alone decides whether it proves anything.
    """

    part: Part
    party: Party
    relation: Relation
    reason: str
    proof: str = ""
    accepted: bool = False

    @property
    def is_proven(self) -> bool:
        return bool(self.reason.strip()) and bool(self.proof)


def is_same_party(one: Party, other: Party) -> bool:
    """Say whether two documents mean the same organisation: by code where both have it, else by name."""
    if one.code and other.code:
        return compact(one.code) == compact(other.code)
    return normalise_name(one.name) == normalise_name(other.name)


def is_party(named: Party, wanted: Party) -> bool:
    """The same organisation; nobody is nobody."""
    if named.code and wanted.code:
        return is_same_party(named, wanted)
    return bool(named.name) and normalise_name(named.name) == normalise_name(wanted.name)


def standing(
    part: Part, named: Party, wanted: Party, declared: Iterable[DeclaredParty] = ()
) -> tuple[Standing, DeclaredParty | None]:
    """How the firm named in a document stands to the party that it must be, and the exception that applies.

    `same` and `accepted` are in order; `proven` waits for the reviewer; `unproven` and `another` are refused.
    Of several exceptions for the same firm the one that reaches furthest counts.
    """
    if is_party(named, wanted):
        return "same", None
    mine = [one for one in declared if one.part == part and is_party(named, one.party)]
    for reached, holds in (("accepted", _is_accepted), ("proven", _is_proven)):
        found = next((one for one in mine if holds(one)), None)
        if found is not None:
            return reached, found  # type: ignore[return-value]
    return ("unproven", mine[0]) if mine else ("another", None)


def _is_accepted(one: DeclaredParty) -> bool:
    return one.is_proven and one.accepted


def _is_proven(one: DeclaredParty) -> bool:
    return one.is_proven
