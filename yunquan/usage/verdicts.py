"""Computed verdicts as rows: written once, never edited, and nothing is written when nothing has changed (D47-5.13)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction

from yunquan.journal.actions import record
from yunquan.kernel.workflow import Actor
from yunquan.usage.completion import outcome_of
from yunquan.usage.models import ServiceVerdict, Verdict
from yunquan.usage.queries import WATCHING, latest_computed, resting_on_ends


@dataclass(frozen=True, slots=True)
class Part:
    """What was computed of one service: outcome, figures, reasons and signals, all plain."""

    service: int
    outcome: str
    figures: Mapping[str, Any]
    reasons: Sequence[Mapping[str, Any]] = ()
    signals: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True)
class Computed:
    """What was computed of one voucher under one version of the rules from inputs with one hash."""

    voucher: str
    parts: tuple[Part, ...]
    rule_version: str
    input_hash: str
    reasons: Sequence[Mapping[str, Any]] = field(default=())

    @property
    def signal_kinds(self) -> int:
        """How many kinds of signals its services have."""
        return len({str(signal.get("label", "")) for part in self.parts for signal in part.signals})

    @property
    def outcome(self) -> str:
        """The voucher's outcome out of those of its services."""
        return outcome_of(part.outcome for part in self.parts)


def plain(value: Any) -> Any:
    """A value as a hash takes it: fractions with three decimals as text, days and times in ISO, nothing absent."""
    if value is None:
        return ""
    if isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(name): plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    return str(value)


def record_computed(results: Sequence[Computed], *, by: Actor, now: datetime) -> list[Verdict]:
    """Write a verdict for each voucher whose result differs from its latest computed one; gives what was written.

    What was written goes into the log with its hashes, so that nobody can slip a verdict in between.
    """
    with transaction.atomic():
        known = latest_computed(one.voucher for one in results)
        # Where the ends have changed, the same result is said again: of these ends.
        holds = resting_on_ends(known)
        fresh = [one for one in results if not _same(holds.get(one.voucher), one)]
        written = Verdict.objects.bulk_create(
            Verdict(
                voucher=one.voucher,
                outcome=one.outcome,
                source=Verdict.Source.COMPUTED,
                reasons=plain(one.reasons),
                rule_version=one.rule_version,
                input_hash=one.input_hash,
                is_watching=any(reason.get("code") == WATCHING for reason in one.reasons),
                signal_kinds=one.signal_kinds,
                recorded_by=by.person,
                at=now,
            )
            for one in fresh
        )
        ServiceVerdict.objects.bulk_create(
            ServiceVerdict(verdict=verdict, service=part.service, **_columns(part))
            for verdict, one in zip(written, fresh, strict=True)
            for part in one.parts
        )
        if written:
            said = [
                {
                    "voucher": one.voucher,
                    "outcome": one.outcome,
                    "input": one.input_hash,
                    "rules": one.rule_version,
                }
                for one in fresh
            ]
            record(
                "usage.judge",
                by=by,
                obj="usage:verdicts",
                now=now,
                why="D47-5.13",
                payload={"verdicts": said},
            )
    return written


def _columns(part: Part) -> dict[str, Any]:
    return {
        "outcome": str(part.outcome),
        "figures": plain(part.figures),
        "reasons": plain(part.reasons),
        "signals": plain(part.signals),
    }


def _same(verdict: Verdict | None, result: Computed) -> bool:
    """Whether the latest computed verdict says what was computed now."""
    if verdict is None:
        return False
    kept = {
        row.service: {name: getattr(row, name) for name in ("outcome", "figures", "reasons", "signals")}
        for row in verdict.services.all()
    }
    said = {part.service: _columns(part) for part in result.parts}
    return verdict.outcome == result.outcome and kept == said
