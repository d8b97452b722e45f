"""What a check sheet says, out of everything that was entered on any device; pure, no Django.

Within one device the device's own number orders, whatever order its batches arrive in; between devices the one
whose latest word arrived last decides. What a clock of a device says orders nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class Entered:
    """One thing entered: for which field, on which device as its how manyth, and when it arrived (a sequence)."""

    field: str
    value: Any
    device: str
    number: int
    arrived: int
    by: str = ""
    device_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """What holds for a field, and the last word of every other device that says something else."""

    chosen: Entered
    others: tuple[Entered, ...] = ()

    @property
    def value(self) -> Any:
        return self.chosen.value


def merged(entries: Iterable[Entered]) -> dict[str, Told]:
    """The value of each field that was ever entered, in the order of the fields' names.

    >>> one = Entered("genuine.finding", "met", "a", 2, 1)
    >>> late = Entered("genuine.finding", "unmet", "a", 1, 2)
    >>> merged([one, late])["genuine.finding"].value
    'met'
    """
    latest: dict[tuple[str, str], Entered] = {}
    for entry in entries:
        key = (entry.field, entry.device)
        known = latest.get(key)
        if known is None or (entry.number, entry.arrived) > (known.number, known.arrived):
            latest[key] = entry
    by_field: dict[str, list[Entered]] = {}
    for (field, _device), entry in latest.items():
        by_field.setdefault(field, []).append(entry)
    told = {}
    for field in sorted(by_field):
        words = sorted(by_field[field], key=lambda entry: (-entry.arrived, entry.device))
        chosen = words[0]
        told[field] = Told(chosen, tuple(entry for entry in words[1:] if entry.value != chosen.value))
    return told


def values(entries: Iterable[Entered]) -> dict[str, Any]:
    """The same as plain values; what was taken back (an empty text, an unticked box) is left out."""
    return {field: told.value for field, told in merged(entries).items() if told.value not in ("", False)}
