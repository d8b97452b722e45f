"""The invariants of the inspections, as `yunquan doctor` checks them (D1, D2, S5)."""

from __future__ import annotations

from collections.abc import Iterator

from yunquan.inspections.draw_invariants import draw_breaches
from yunquan.inspections.models import Inspection, Plan, Rectification, SelfCheck, Visit
from yunquan.inspections.result_invariants import result_breaches
from yunquan.inspections.visit_invariants import breaches as visit_breaches
from yunquan.journal.invariants import Breach, unlogged


def breaches() -> Iterator[Breach]:
    """Every invariant of the inspections on the whole database."""
    yield from _logged()
    yield from draw_breaches()
    yield from result_breaches()
    yield from visit_breaches()


def _logged() -> Iterator[Breach]:
    plans = (
        (row.journal_key, row.state, row.version) for row in Plan.objects.only("number", "state", "version")
    )
    yield from unlogged(plans, "plan", "drafted")
    nouns = (
        (Inspection, "inspection", "selected"),
        (Visit, "visit", "planned"),
        (SelfCheck, "self_check", "open"),
        (Rectification, "rectification", "ordered"),
    )
    for model, noun, initial in nouns:
        rows = model.objects.values_list("pk", "state", "version")
        yield from unlogged(((f"{noun}:{pk}", state, version) for pk, state, version in rows), noun, initial)
