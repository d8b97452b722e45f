"""A voucher as usage judges it: what vouchers tell of it, and the registry that its declared ends make (D47-5.12)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from yunquan.usage.models import End
from yunquan.usage.reach import needed

if TYPE_CHECKING:
    from yunquan.usage.rollup.registry import Registry

# How the registry calls a kind of end; the others have the same name in both.
_KINDS = {str(End.Kind.MACHINE): "device"}


@dataclass(frozen=True, slots=True)
class Case:
    """One voucher's facts; its verdict looks at `from_on` to `to_on`, both days included.

    `is_waiting` says that the claim waits for its verdict; the others are only watched on.
    """

    number: str
    pack: str
    is_waiting: bool
    city: str
    enterprise: str
    enterprise_name: str
    supplier: str
    supplier_name: str
    scope: str
    services: Mapping[int, str]
    devices: Mapping[int, int]
    from_on: date
    to_on: date
    claimed_on: date
    paid_on: date | None


def registry_of(cases: Iterable[Case], ends: Iterable[End]) -> Registry:
    """The registry of these vouchers' services that have ends; one without ends can't be matched at all."""
    from yunquan.usage.rollup.registry import Registry

    by_number = {case.number: case for case in cases}
    declared, rows = list(ends), []
    carriers: dict[tuple[str, int], set[str]] = {}
    for end in declared:
        if end.side == End.Side.CLIENT:
            carriers.setdefault((end.voucher, end.service), set()).add(end.operator)
    for end in declared:
        case = by_number.get(end.voucher)
        if case is None or end.service not in case.services:
            continue
        rows.append(
            {
                "voucher": case.number,
                "service": end.service,
                "end": end.side,
                "kind": _KINDS.get(end.kind, end.kind),
                "value": end.value,
                "port": end.port,
                "enterprise": case.enterprise,
                "supplier": case.supplier,
                "devices": case.devices.get(end.service),
                "claimed_on": case.claimed_on.isoformat(),
                "paid_on": case.paid_on.isoformat() if case.paid_on is not None else "",
                "region": case.city,
                "scope": case.scope,
                "operators": needed(carriers.get((end.voucher, end.service), ())),
            }
        )
    return Registry.of(rows)


def ends_for(cases: Sequence[Case]) -> list[End]:
    """The ends that hold of these vouchers, in one query."""
    numbers = [case.number for case in cases]
    return list(
        End.objects.filter(voucher__in=numbers, withdrawn_at=None).order_by("voucher", "service", "pk")
    )


# Vouchers stand above usage: they say at start-up how their cases are found.
_sources: list[Callable[[date], list[Case]]] = []


def tells_cases(source: Callable[[date], list[Case]]) -> None:
    """Let a layer above tell which cases there are on a day."""
    if source not in _sources:
        _sources.append(source)


def all_cases(today: date) -> list[Case]:
    """Every case that waits for a verdict or is watched on."""
    return [case for source in _sources for case in source(today)]
