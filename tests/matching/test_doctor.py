"""The doctor names each planted breach of a city's own subsidy (one plant an invariant)."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.db import transaction
from django.db.models import F

from tests.cast import DONGGUAN, World, broken
from tests.jobs.test_doctor import without_checks
from tests.journal.test_log import unguarded
from tests.matching.making import (
    ADDING,
    paid,
    pay_all,
    released,
    scheme,
    standing,
)
from yunquan.ledger.models import Account
from yunquan.matching import actions as matching
from yunquan.matching.invariants import breaches
from yunquan.matching.models import (
    MatchingInstruction,
    MatchingLine,
    MatchingList,
    MatchingObjection,
    MatchingRecovery,
    MatchingResult,
    MatchingRun,
    MatchingScheme,
)
from yunquan.settlement import actions as settlement

FACE = 110_000_00


class Undo(Exception):
    """What was planted is taken out again."""


def found() -> set[str]:
    """The invariants that the doctor names."""
    return {breach.invariant for breach in breaches()}


@pytest.fixture
def ended(world: World) -> World:
    """Own funds for two of three lines: two paid (one asked back), one carried over."""
    scheme(world, total_fen=FACE + 1)
    first, _second, _third = paid(world, 3)
    standing(world)
    pay_all(world, released(world))
    by = world["dg_approver"]
    settlement.demand(
        voucher=first, amount_fen=FACE, reason="测试", document=world.file(by), by=by, now=ADDING
    )
    line = MatchingLine.objects.get(voucher=first)
    matching.demand(line=line, amount_fen=FACE // 2, reason="测试", by=by, now=ADDING)
    assert broken() == []
    return world


def _line(change: str) -> Callable[[], None]:
    def plant() -> None:
        with without_checks("matching_matchingline"), unguarded("matching_matchingline") as cursor:
            cursor.execute(f"UPDATE matching_matchingline SET {change} WHERE position = 1")

    return plant


def _plan(change: Callable[[list[dict[str, object]]], object]) -> Callable[[], None]:
    def plant() -> None:
        run = MatchingRun.objects.get()
        change(run.plan)
        MatchingRun.objects.update(plan=run.plan)

    return plant


def _objected() -> None:
    paid_line = MatchingLine.objects.filter(state="paid")[0]
    MatchingObjection.objects.create(
        line=paid_line, city=DONGGUAN, code="PT1", raised_by="x", contact="x", grounds="x", raised_at=ADDING,
        due_on=ADDING.date(),
    )  # fmt: skip


def _no_result() -> None:
    with unguarded("matching_matchingresult") as cursor:
        cursor.execute("DELETE FROM matching_matchingresult")


def _crossed() -> None:
    with unguarded("ledger_transfer") as cursor:
        cursor.execute("UPDATE ledger_transfer SET book = 'cash' WHERE book = 'matching' AND kind = 'commit'")


def _scheme(change: str) -> Callable[[], None]:
    def plant() -> None:
        with without_checks("matching_matchingscheme"), unguarded("matching_matchingscheme") as cursor:
            cursor.execute(f"UPDATE matching_matchingscheme SET {change}")

    return plant


PLANTS: dict[str, tuple[str, Callable[[], object]]] = {
    "state": ("L1", lambda: MatchingList.objects.update(version=F("version") + 1)),
    "crossed": ("M1", _crossed),
    "account": ("M1", lambda: Account.objects.filter(key__startswith="own_fund").update(book="cash")),
    "proposer": ("S3", lambda: MatchingScheme.objects.update(decided_by=F("proposed_by"))),
    "ratio": ("M4", _scheme("ratio = 4999")),
    "total": ("M8", _scheme("total_fen = total_fen + 1")),
    "hash": ("P1", _line("amount_fen = amount_fen + 1")),
    "sum": ("P2", lambda: MatchingList.objects.update(total_fen=F("total_fen") + 1)),
    "drafter": ("S3", lambda: MatchingList.objects.update(approved_by=F("drafted_by"))),
    "early": ("P1", lambda: MatchingList.objects.update(publicity_ends_at=F("published_at"))),
    "ceiling": ("M5", _scheme("ceiling_fen = 1")),
    "order": ("F2", _plan(lambda rows: rows.reverse())),
    "skipped": ("F2", _plan(lambda rows: rows[0].update(outcome="carry"))),
    "carried": ("F3", _plan(lambda rows: [rows[i].update(carried=True) for i in (0, 1)] + [rows.reverse()])),
    "run": ("P2", lambda: MatchingRun.objects.update(total_fen=1)),
    "releaser": ("S3", lambda: MatchingRun.objects.update(released_by=F("prepared_by"))),
    "result": ("M9", _no_result),
    "paid": ("M9", lambda: MatchingInstruction.objects.update(state="ordered")),
    "objection": ("P1", _objected),
    "more": ("M7", _line("payable_fen = 1")),
    "recovered": ("M10", lambda: MatchingRecovery.objects.update(amount_fen=F("amount_fen") + 1)),
    "committed": ("M8", lambda: Account.objects.filter(key__startswith="own_committed").update(balance_fen=1)),
}  # fmt: skip


@pytest.mark.clause("D47-4.4.6", "M1", "M4", "M5", "M7", "M8", "M9", "M10", "P1", "P2", "S3", "F2", "F3")
def test_each_planted_breach_is_named(ended: World) -> None:
    silent = []
    for name, (invariant, plant) in PLANTS.items():
        try:
            with transaction.atomic():
                plant()
                if invariant not in found():
                    silent.append(name)
                raise Undo
        except Undo:
            pass
    assert silent == []
    assert broken() == [] and MatchingResult.objects.count() == 2
