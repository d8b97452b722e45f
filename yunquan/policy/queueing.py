"""The order of payment and how far the money reaches (D47-8.2b, D47-6.4)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

PAY, CARRY, HELD = "pay", "carry", "held"
CARRIED, PILOT = "carried", "pilot"


@dataclass(frozen=True, slots=True)
class Claim:
    """A settlement application waiting for payment; money in fen, an aware moment of arrival."""

    claim_no: str
    amount_fen: int
    claimed_at: datetime
    is_pilot: bool = False
    is_carried: bool = False
    is_held: bool = False


@dataclass(frozen=True, slots=True)
class PlannedPayment:
    """A claim's place in the order of payment (from 1) and what becomes of it in this run."""

    position: int
    claim: Claim
    outcome: str


def payment_order(claims: Iterable[Claim], priority: Sequence[str] = (CARRIED, PILOT)) -> list[Claim]:
    """Put the claims of one city in order: each priority class in turn, within it by arrival, then number."""

    def place(claim: Claim) -> tuple[int, datetime, str]:
        classes = [claim.is_carried if one == CARRIED else claim.is_pilot for one in priority]
        rank = classes.index(True) if True in classes else len(classes)
        return rank, claim.claimed_at, claim.claim_no

    return sorted(claims, key=place)


def plan_payments(
    claims: Iterable[Claim], funds_fen: int, priority: Sequence[str] = (CARRIED, PILOT)
) -> list[PlannedPayment]:
    """Plan a payment run of one city under its funds in fen.

    A held claim is skipped and keeps its place. The first other claim that the remaining funds don't
    cover stops the run: it and all after it carry over.
    """
    planned: list[PlannedPayment] = []
    left_fen, is_stopped = funds_fen, False
    for position, claim in enumerate(payment_order(claims, priority), start=1):
        if claim.is_held:
            outcome = HELD
        else:
            is_stopped = is_stopped or claim.amount_fen > left_fen
            outcome = CARRY if is_stopped else PAY
            left_fen -= 0 if is_stopped else claim.amount_fen
        planned.append(PlannedPayment(position, claim, outcome))
    return planned
