"""What screens read of a city's own subsidy: scheme, funds, what is due, lists, plan, payment file, recoveries."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum

from yunquan.kernel.calendar import local_date
from yunquan.kernel.canonical import canonical_json
from yunquan.ledger.queries import balances_fen, moved_by_subject_fen, moved_fen
from yunquan.matching import accounts, entitled
from yunquan.matching.actions.listing import list_content, list_hash
from yunquan.matching.lifecycle import DECIDED
from yunquan.matching.models import (
    MatchingLine,
    MatchingList,
    MatchingObjection,
    MatchingRecovery,
    MatchingRun,
    MatchingScheme,
)
from yunquan.matching.planning import plan_run
from yunquan.policy.matching import due_back_fen
from yunquan.programme.models import Cycle
from yunquan.settlement.planning import Plan


def scheme_today(cycle: Cycle, city: str, now: datetime) -> MatchingScheme | None:
    """The adopted version that holds on this day."""
    today = local_date(now)
    row = next((row for row in entitled.adopted(cycle, city) if row.from_on <= today), None)
    return row if row is not None and (row.until_on is None or today <= row.until_on) else None


def due_now(cycle: Cycle, city: str) -> list[entitled.Entitled]:
    """What the next list would hold, with the working; amounts of nothing too."""
    return entitled.waiting(cycle, city)


def next_plan(cycle: Cycle, city: str, now: datetime) -> Plan[MatchingLine]:
    """What the next run would pay, carry and hold."""
    return plan_run(cycle=cycle, city=city, now=now)


def funds_of(cycle: Cycle, city: str) -> dict[str, int]:
    """A city's own money of a cycle in fen: provided, free, committed, paid, recovered."""
    return funds_by_city(cycle, [city])[city]


def funds_by_city(cycle: Cycle, cities: Iterable[str]) -> dict[str, dict[str, int]]:
    """The same for many cities, in one query."""
    wanted = list(cities)
    names = {
        "provided_fen": accounts.treasury,
        "free_fen": accounts.fund,
        "committed_fen": accounts.committed,
        "recovered_fen": accounts.recovered,
    }
    keys = {(city, name): key(cycle.code, city) for city in wanted for name, key in names.items()}
    found = balances_fen(keys.values())
    told: dict[str, dict[str, int]] = {}
    for city in wanted:
        row = {name: found[keys[city, name]] for name in names}
        row["provided_fen"] = -row["provided_fen"]
        row["paid_fen"] = row["provided_fen"] - row["free_fen"] - row["committed_fen"]
        told[city] = row
    return told


def lines_of(row: MatchingList) -> QuerySet[MatchingLine]:
    """A list's lines in order, each with the number of its open objections (`open_objections`)."""
    still_open = Count("objections", filter=~Q(objections__state__in=DECIDED))
    lines = row.lines.select_related("voucher", "scheme")
    return lines.annotate(open_objections=still_open).order_by("position")


def is_unchanged(row: MatchingList) -> bool:
    """Whether the list's lines still have the published hash (P1)."""
    return list_hash(row, list(row.lines.select_related("scheme"))) == row.content_hash


def hashed_bytes(row: MatchingList) -> bytes:
    """The canonical JSON that a list's hash is taken over."""
    return canonical_json(list_content(row, list(row.lines.select_related("scheme"))))


def instructions_of(run: MatchingRun) -> QuerySet[Any]:
    """The instructions of a run with their lines."""
    return run.instructions.select_related("line").order_by("number")


def objections_open(rows: QuerySet[MatchingObjection]) -> QuerySet[MatchingObjection]:
    """The objections that still wait for a decision, the most urgent first."""
    return rows.exclude(state__in=DECIDED).order_by("due_on", "pk")


def recovery_room(line: MatchingLine) -> dict[str, int]:
    """What was paid on top, what of it is asked back and may still be, and what the province's own recovery asks for."""
    paid_fen = moved_fen(subject=line.journal_key, kind="pay")
    demanded_fen = line.recoveries.aggregate(total=Sum("amount_fen"))["total"] or 0
    return {
        "paid_fen": paid_fen,
        "demanded_fen": demanded_fen,
        "left_fen": max(0, paid_fen - demanded_fen),
        "due_fen": max(0, _due_back(line, paid_fen) - demanded_fen),
    }


def _due_back(line: MatchingLine, paid_fen: int) -> int:
    if line.voucher.state not in entitled.STANDING:
        return paid_fen
    less_fen = entitled.lessened_fen([line]).get(line.voucher_id, 0)
    return due_back_fen(paid_fen, line.award_fen, less_fen)


def to_recover(lines: QuerySet[MatchingLine]) -> list[tuple[MatchingLine, int]]:
    """The paid lines whose voucher was taken back and of which the city has not asked its share yet, with it in fen."""
    lost = ~Q(voucher__state__in=entitled.STANDING) | entitled.award_changed()
    rows = list(lines.filter(lost, state="paid").select_related("voucher").order_by("pk")[:200])
    paid = moved_by_subject_fen((row.journal_key for row in rows), kind="pay")
    less = entitled.lessened_fen(rows)
    asked = dict(
        MatchingRecovery.objects.filter(line__in=rows)
        .order_by()
        .values_list("line")
        .annotate(total=Sum("amount_fen"))
    )
    told = []
    for row in rows:
        paid_fen = paid.get(row.journal_key, 0)
        due_fen = due_back_fen(paid_fen, row.award_fen, less.get(row.voucher_id, 0))
        if row.voucher.state not in entitled.STANDING:
            due_fen = paid_fen
        if due_fen > asked.get(row.pk, 0):
            told.append((row, due_fen - asked.get(row.pk, 0)))
    return told
