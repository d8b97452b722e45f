"""What screens read of settlement: lists with lines and countdown, objections, runs, funds."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from yunquan.kernel.canonical import canonical_json
from yunquan.ledger.queries import balances_fen, moved_fen
from yunquan.programme import accounts
from yunquan.programme.models import Cycle
from yunquan.settlement.actions.listing import list_content, list_hash
from yunquan.settlement.lifecycle import DECIDED
from yunquan.settlement.models import Objection, PaymentRun, SettlementLine, SettlementList
from yunquan.settlement.planning import Plan, plan_run
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import Voucher


def lines_of(settlement_list: SettlementList) -> QuerySet[SettlementLine]:
    """A list's lines in order, each with the number of its open objections (`open_objections`)."""
    still_open = Count("objections", filter=~Q(objections__state__in=DECIDED))
    return (
        settlement_list.lines.select_related("voucher")
        .annotate(open_objections=still_open)
        .order_by("position")
    )


def is_unchanged(settlement_list: SettlementList) -> bool:
    """Whether the list's lines still have the published hash (P1)."""
    return list_hash(settlement_list, list(settlement_list.lines.all())) == settlement_list.content_hash


def hashed_bytes(settlement_list: SettlementList) -> bytes:
    """The canonical JSON that a list's hash is taken over: a visitor hashes it and compares."""
    return canonical_json(list_content(settlement_list, list(settlement_list.lines.all())))


def approved_waiting(cycle: Cycle, city: str) -> QuerySet[Voucher]:
    """Approved claims that no list holds yet, in the order of the queue."""
    rows = Voucher.objects.filter(cycle=cycle, city=city, state=S.APPROVED)
    return rows.select_related("enterprise", "supplier").order_by("claim_seq")


def next_plan(cycle: Cycle, city: str, now: datetime) -> Plan[SettlementLine]:
    """What the next run would pay, carry and hold."""
    return plan_run(cycle=cycle, city=city, now=now)


def funds_of(cycle: Cycle, city: str) -> dict[str, int]:
    """A city's money of a cycle in fen: free, committed, recovered."""
    code = cycle.code
    keys = {
        "free_fen": accounts.fund(code, city),
        "committed_fen": accounts.committed(code, city),
        "recovered_fen": accounts.recovered(code, city),
    }
    found = balances_fen(keys.values())
    return {name: found[key] for name, key in keys.items()}


def instructions_of(run: PaymentRun) -> QuerySet[Any]:
    """The instructions of a run with their vouchers."""
    return run.instructions.select_related("voucher__enterprise").order_by("number")


def objections_open(rows: QuerySet[Objection]) -> QuerySet[Objection]:
    """The objections that still wait for a decision, the most urgent first."""
    return rows.exclude(state__in=DECIDED).order_by("due_on", "pk")


def payable_count(city: str) -> int:
    """How many vouchers of a city stand on lists whose publicity is over and wait for a run, up to 1000."""
    # A list's vouchers are of its city; asked for by city they are found without those of all others.
    rows = SettlementLine.objects.filter(
        settlement_list__city=city,
        settlement_list__state="standing",
        voucher__city=city,
        voucher__state=S.LISTED,
    )
    return rows.order_by().values("pk")[:1000].count()


def recovery_room(voucher: Voucher) -> dict[str, int]:
    """What was paid for a voucher, what is already asked back, and what may still be, in fen (M10)."""
    paid_fen = moved_fen(subject=voucher.journal_key, kind="pay")
    demanded_fen = voucher.recoveries.aggregate(total=Sum("amount_fen"))["total"] or 0
    return {"paid_fen": paid_fen, "demanded_fen": demanded_fen, "left_fen": max(0, paid_fen - demanded_fen)}
