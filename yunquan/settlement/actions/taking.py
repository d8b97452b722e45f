"""银行结果的一行: understood, taken once and settled or bounced, whichever money was paid (M9)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import QuerySet

from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refused
from yunquan.kernel.workflow import Actor
from yunquan.settlement.result_lines import ResultLine, contradiction, named, read_line, reference_taken


def take(
    columns: Mapping[str, str],
    *,
    instructions: QuerySet[Any],
    results: type[models.Model],
    lock: Callable[[Any], object],
    settle: Callable[[Any, ResultLine], None],
    bounce: Callable[[Any, ResultLine], None],
    by: Actor,
    now: datetime,
) -> str:
    """Take one line of a result file on `instructions` of a run; gives `taken` or `known`.

    `lock` locks what an instruction pays for, before the instruction itself; `settle` and `bounce` book it.
    Raises Refused when the line names none of the instructions, another amount, an unknown outcome or day, a day
    before the release of its run or after today, a reference of another payment, or an outcome that contradicts the
    one taken before.
    """
    query = instructions.filter(number=named(columns))
    found, told = _read(columns, query, now)
    lock(found)
    row = query.select_for_update(of=("self",)).get()
    if results._default_manager.filter(line_hash=told.line_hash).exists():
        return "known"
    if row.state != "ordered":
        raise Refused([contradiction(row.lifecycle.states[row.state])])
    results._default_manager.create(
        instruction=row,
        outcome=told.outcome,
        bank_reference=told.reference,
        reason=told.reason,
        settled_on=told.settled_on,
        line_hash=told.line_hash,
        taken_by=by.person,
        at=now,
    )
    if told.outcome == "bounced":
        bounce(row, told)
        return "taken"
    try:
        with transaction.atomic():
            settle(row, told)
    except IntegrityError:
        # Another payment took the same reference since it was looked for.
        if not _is_used(told.reference, query, row):
            raise
        raise Refused([reference_taken()]) from None
    return "taken"


def read(columns: Mapping[str, str], *, instructions: QuerySet[Any], now: datetime) -> ResultLine | None:
    """One line understood and nothing taken; None where the payment has its result. Raises Refused as `take`."""
    found, told = _read(columns, instructions.filter(number=named(columns)), now)
    return told if found.state == "ordered" else None


def _read(columns: Mapping[str, str], query: QuerySet[Any], now: datetime) -> tuple[Any, ResultLine]:
    found = query.select_related("run").first()
    told = read_line(
        columns,
        expected_fen=found.amount_fen if found else None,
        released_on=local_date(found.run.released_at) if found else None,
        today=local_date(now),
        is_used=lambda reference: _is_used(reference, query, found),
    )
    assert found is not None
    return found, told


def _is_used(reference: str, query: QuerySet[Any], row: Any) -> bool:
    """Whether another instruction, of any run, has this reference."""
    others = query.model._default_manager.filter(bank_reference=reference)
    return others.exclude(pk=row.pk if row else 0).exists()
