"""Vouchers of one enterprise and one supplier that look like one deal split near a cap; a hint, never a verdict."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from yunquan.evidence import alikes
from yunquan.evidence.likeness.twins import Cap
from yunquan.programme.rules import rulebook
from yunquan.vouchers.lifecycle import S
from yunquan.vouchers.models import ServiceLine, Voucher


@dataclass(frozen=True, slots=True)
class TwinVoucher:
    """Another voucher of the pair, how much the two look like one deal (thousandths), and why."""

    number: str
    score: int
    why: str
    article: str


def twins_of(voucher: Voucher) -> list[TwinVoucher]:
    """The vouchers whose contracts together with this one's pass a cap that each alone keeps (D47-4.4.2).

    The likest first; the number of queries doesn't grow with the contracts.
    """
    contract = voucher.contract
    if contract is None or voucher.applied_on is None:
        return []
    services = rulebook(voucher.cycle.pack).services(voucher.applied_on)
    caps = {one.name: Cap(one.cap.amount, one.counts_devices) for one in services if one.cap.amount}
    numbers: dict[int, str] = {}

    def fees(pks: Collection[int]) -> Mapping[int, tuple[dict[str, int], int | None]]:
        told: dict[int, tuple[dict[str, int], int | None]] = {}
        lines = ServiceLine.objects.filter(voucher__contract__in=pks).exclude(
            voucher__state__in=(S.DRAFT, S.CANCELLED)
        )
        for line in lines.select_related("voucher").order_by("voucher_id", "position"):
            number = line.voucher.contract_id
            assert number is not None
            numbers[number] = line.voucher.number
            sums, devices = told.get(number, ({}, None))
            sums[line.service_name] = line.fee_fen
            told[number] = (sums, max(devices or 0, line.devices or 0) or None)
        return told

    best: dict[str, TwinVoucher] = {}
    for twin in alikes.twins_of(contract, caps=caps, fees=fees):
        other = numbers[int(twin.other if twin.one == str(contract.pk) else twin.one)]
        found = TwinVoucher(other, round(1000 * twin.score), twin.why, twin.article)
        if other not in best or best[other].score < found.score:
            best[other] = found
    return sorted(best.values(), key=lambda one: (-one.score, one.number))
