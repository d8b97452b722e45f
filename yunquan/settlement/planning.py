"""Who is paid in a run, in which order, and why not the others: facts for `policy.queueing` (D47-8.2b, F2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import models
from django.db.models import Q

from yunquan.kernel.calendar import local_date
from yunquan.kernel.canonical import content_hash
from yunquan.ledger.queries import balance_fen
from yunquan.policy.queueing import CARRY, PAY, Claim, PlannedPayment, plan_payments
from yunquan.programme import accounts
from yunquan.programme.models import Cycle
from yunquan.programme.rules import rulebook
from yunquan.settlement.holding_back import held_back, still_bounced
from yunquan.settlement.lifecycle import DECIDED
from yunquan.settlement.models import Objection, PaymentInstruction, SettlementLine
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import Voucher

# A line of a list that waits for payment: it has a `voucher_number` and an `enterprise_name`.
Line = TypeVar("Line", bound=models.Model)


@dataclass(frozen=True, slots=True)
class Plan(Generic[Line]):
    """A run's plan: what each waiting voucher gets, and the facts it rests on."""

    funds_fen: int
    payments: list[PlannedPayment]
    lines: Mapping[str, Line]
    hold_reasons: Mapping[str, str]

    @property
    def total_fen(self) -> int:
        """What the run pays in all, in fen."""
        return sum(row.claim.amount_fen for row, _line in self.paid)

    @property
    def paid(self) -> list[tuple[PlannedPayment, Line]]:
        """What the run pays, each with its line, in pay order."""
        return [(row, self.lines[row.claim.claim_no]) for row in self.payments if row.outcome == PAY]

    @property
    def left_unpaid(self) -> list[Line]:
        """The lines that the money did not reach; when it ran out, the held ones too, or those behind them
        would come before them the next time (D47-8.2b, F3)."""
        if not any(row.outcome == CARRY for row in self.payments):
            return []
        return [self.lines[row.claim.claim_no] for row in self.payments if row.outcome != PAY]

    def as_json(self) -> list[dict[str, Any]]:
        """The plan as it is kept and shown, in pay order."""
        lines: Mapping[str, Any] = self.lines
        return [
            {
                "position": row.position,
                "voucher": lines[row.claim.claim_no].voucher_number,
                "enterprise": lines[row.claim.claim_no].enterprise_name,
                "amount_fen": row.claim.amount_fen,
                "outcome": row.outcome,
                "carried": row.claim.is_carried,
                "pilot": row.claim.is_pilot,
                "reason": self.hold_reasons.get(row.claim.claim_no, ""),
            }
            for row in self.payments
        ]

    @property
    def hash(self) -> str:
        """The hash that the release holds against a plan made anew."""
        return content_hash({"funds_fen": str(self.funds_fen), "rows": self.as_json()})


def plan_run(*, cycle: Cycle, city: str, now: datetime) -> Plan[SettlementLine]:
    """Plan the next run of a city from what stands now; writes nothing.

    Waiting are the vouchers on lists whose publicity is over, with those of earlier cycles that the money
    did not reach: they come first in the next budget year and are paid from it, unless money that their own
    cycle has (again) reaches them. An open objection, a missing bank account, one that nobody reviewed yet and
    one from which the bank sent the money back hold their own voucher alone.
    """
    lines = list(
        SettlementLine.objects.filter(
            Q(settlement_list__cycle=cycle)
            | Q(settlement_list__cycle__order__lt=cycle.order, voucher__carried_at__isnull=False),
            settlement_list__city=city,
            settlement_list__state="standing",
            voucher__state=S.LISTED,
        ).select_related("voucher__enterprise", "settlement_list__cycle")
    )
    elsewhere = _paid_by_their_own_cycle(lines, cycle=cycle, now=now)
    lines = [line for line in lines if line.voucher_id not in elsewhere]
    held = _holds(lines, city=city, now=now)
    amounts = _amounts(lines)
    by_number = {
        f"{line.settlement_list.cycle.order:04d}-{line.voucher.claim_seq:012d}": line for line in lines
    }
    claims = [
        Claim(
            claim_no=number,
            amount_fen=amounts[line.pk],
            claimed_at=line.claimed_at,
            is_pilot=line.is_pilot,
            is_carried=line.voucher.carried_at is not None,
            is_held=line.pk in held,
        )
        for number, line in by_number.items()
    ]
    priority = rulebook(cycle.pack).value("settlement.priority_classes", local_date(now)).value
    funds_fen = balance_fen(accounts.fund(cycle.code, city))
    reasons = {number: held[line.pk] for number, line in by_number.items() if line.pk in held}
    return Plan(funds_fen, plan_payments(claims, funds_fen, priority), by_number, reasons)


def _paid_by_their_own_cycle(lines: list[SettlementLine], *, cycle: Cycle, now: datetime) -> set[int]:
    """The carried vouchers that the next run of their own cycle pays: one voucher stands in one plan."""
    others = {
        line.settlement_list.cycle_id: line.settlement_list
        for line in lines
        if line.settlement_list.cycle_id != cycle.pk
    }
    plans = (plan_run(cycle=row.cycle, city=row.city, now=now) for row in others.values())
    return {line.voucher_id for plan in plans for _row, line in plan.paid}


def _holds(lines: list[SettlementLine], *, city: str, now: datetime) -> dict[int, str]:
    """Why a line waits although its turn has come, by line."""
    vouchers = [line.voucher for line in lines]
    bounced = PaymentInstruction.objects.filter(voucher__in=vouchers, state="bounced").order_by("pk")
    own = still_bounced(vouchers, bounced.values_list("voucher", "bank_name", "bank_account"))
    by_voucher = {line.voucher_id: line.pk for line in lines}
    # By voucher, not by line: an objection outlives the version of the list it was raised against.
    raised = Objection.objects.filter(line__voucher__in=by_voucher).exclude(state__in=DECIDED)
    own.update(dict.fromkeys(raised.values_list("line__voucher", flat=True), "异议处理中"))
    listed = Voucher.objects.filter(city=city, state=S.LISTED)
    held = held_back(vouchers, own=own, within=listed, on=local_date(now))
    return {by_voucher[pk]: reason for pk, reason in held.items()}


def _amounts(lines: list[SettlementLine]) -> dict[int, int]:
    """What each line is due in fen: as listed, or as reduced by a decided objection (the smallest)."""
    amounts = {line.pk: line.listed_fen for line in lines}
    by_voucher = {line.voucher_id: line.pk for line in lines}
    reduced = Objection.objects.filter(line__voucher__in=by_voucher, state="reduced")
    for row in reduced.select_related("line"):
        if row.payable_fen is not None:
            key = by_voucher[row.line.voucher_id]
            amounts[key] = min(amounts[key], row.payable_fen)
    return amounts
