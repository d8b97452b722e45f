"""The ends that hold of a voucher, and who changed which when (D47-5.12)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from yunquan.usage.ends import CLOUD, Declared
from yunquan.usage.models import End


def as_declared(row: End) -> Declared:
    """A stored end as a plain value."""
    return Declared(row.service, row.side, row.kind, row.value, row.port, row.operator)


def cloud_addresses(numbers: Any) -> list[str]:
    """The cloud addresses and ranges that hold for any of these vouchers: a supplier's own servers."""
    rows = End.objects.filter(voucher__in=numbers, withdrawn_at=None, side=CLOUD, kind__in=("ip", "cidr"))
    return sorted(set(rows.values_list("value", flat=True)))


@dataclass(frozen=True, slots=True)
class EndsAt:
    """What a voucher's ends became at one moment, by whose hand."""

    at: datetime
    by: str
    added: list[End]
    withdrawn: list[End]


def ends_history(voucher: str) -> list[EndsAt]:
    """Who changed which end when, the latest first; `by` is empty where ends were only withdrawn.

    What was declared anew as it stood before is no change.
    """
    rows = list(End.objects.filter(voucher=voucher).order_by("service", "side", "pk"))
    moments = {row.declared_at for row in rows} | {row.withdrawn_at for row in rows if row.withdrawn_at}
    found = []
    for moment in sorted(moments, reverse=True):
        added = [row for row in rows if row.declared_at == moment]
        withdrawn = [row for row in rows if row.withdrawn_at == moment]
        by, same = added[0].declared_by if added else "", {*map(_said, added)} & {*map(_said, withdrawn)}
        changed = [[row for row in part if _said(row) not in same] for part in (added, withdrawn)]
        found.append(EndsAt(moment, by, *changed))
    return found


def _said(end: End) -> tuple[int, str, str, str, int | None, str]:
    return end.service, end.side, end.kind, end.value, end.port, end.operator
