"""The ends that hold of a voucher, and who changed which when (D47-5.12)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from yunquan.usage.ends import CLOUD, Declared, Network
from yunquan.usage.models import End


def as_declared(row: End) -> Declared:
    """A stored end as a plain value."""
    return Declared(row.service, row.side, row.kind, row.value, row.port, row.operator)


def cloud_addresses(numbers: Any) -> list[str]:
    """The cloud addresses and ranges that hold for any of these vouchers: a supplier's own servers."""
    rows = End.objects.filter(voucher__in=numbers, withdrawn_at=None, side=CLOUD, kind__in=("ip", "cidr"))
    return sorted(set(rows.values_list("value", flat=True)))


def meeting(ends: Iterable[Declared], *, apart_from: str) -> dict[Declared, set[str]]:
    """The other vouchers that declare these ends too, or a range that crosses one; one query."""
    wanted = list(dict.fromkeys(ends))
    if not wanted:
        return {}
    asked = Q(value__in={end.value for end in wanted})
    for end in wanted:
        network = end.network
        if network is None:
            continue
        asked |= Q(kind="cidr", value__startswith=_beginning(network, 1))
        if end.kind == "cidr":
            asked |= Q(kind__in=("ip", "cidr"), value__startswith=_beginning(network, 4))
    rows = End.objects.filter(asked, withdrawn_at=None).exclude(voucher=apart_from)
    found: dict[Declared, set[str]] = {}
    for voucher, row in [(row.voucher, as_declared(row)) for row in rows]:
        for end in wanted:
            if end.side == row.side and _meet(end, row):
                found.setdefault(end, set()).add(voucher)
    return found


def _beginning(network: Network, parts: int) -> str:
    """What the spelling of every address in a network begins with, as far as so many of its parts are fixed."""
    text = str(network.network_address)
    if network.version == 6:
        return text.partition(":")[0] + ":"
    fixed = min(parts, network.prefixlen // 8)
    return ".".join(text.split(".")[:fixed]) + ("." if 0 < fixed < 4 else "")


def _meet(one: Declared, other: Declared) -> bool:
    if one.network is None or other.network is None:
        return one.kind == other.kind and one.value == other.value
    return one.network.version == other.network.version and one.network.overlaps(other.network)  # type: ignore[arg-type]


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
