"""Whether the award standard fits: fees against caps by service, and use after payment (D47-5.17)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from statistics import median

from yunquan.insight.evaluation_facts import watched
from yunquan.vouchers.lifecycle import COUNTED
from yunquan.vouchers.models import ServiceLine
from yunquan.vouchers.price_queries import Caps

# As many of the latest lines stand for all.
LATEST = 20_000
DEFINITIONS = (
    ("服务项", "已发放、没有作废的券中这项服务的项数，取最近的两万项。"),
    ("到上限", "费用达到或超过奖补上限、核定金额等于上限的项数。比例高，说明上限偏紧或费用向上限靠拢。"),
    ("费用中位数", "上云费用的中位数；按台套的服务为每张券这一项的费用，不除以台套数。"),
    ("费用与上限之比", "每项费用除以它自己的上限（按规模和台套数计），取中位数；100 % 即恰好等于上限。"),
    ("兑付后仍在使用", "兑付后有行为数据观察的服务项中，没有“兑付后不再使用”信号的比例。"),
)


@dataclass(frozen=True, slots=True)
class Standard:
    """One service of the catalogue against its cap; amounts in fen, ratios in whole per cent or None."""

    service: int
    name: str
    count: int
    at_cap: int
    median_fee_fen: int
    median_cap_fen: int | None
    ratio_percent: int | None
    in_use: int
    looked_at: int

    @property
    def at_cap_percent(self) -> int:
        return self.at_cap * 100 // self.count if self.count else 0

    @property
    def in_use_percent(self) -> int | None:
        return self.in_use * 100 // self.looked_at if self.looked_at else None


def by_service(cycle: str = "") -> list[Standard]:
    """A row for each service that was awarded; the number of queries doesn't grow with vouchers but in pieces."""
    rows = ServiceLine.objects.filter(voucher__state__in=COUNTED)
    if cycle:
        rows = rows.filter(voucher__cycle__code=cycle)
    taken = rows.order_by("-pk").values_list(
        "service", "service_name", "fee_fen", "devices", "award_fen", "voucher__enterprise__size",
        "voucher__applied_on", "voucher__cycle__pack",
    )[:LATEST]  # fmt: skip
    caps = Caps()
    names: dict[int, str] = {}
    fees: dict[int, list[int]] = defaultdict(list)
    held: dict[int, list[tuple[int, int]]] = defaultdict(list)
    full: dict[int, int] = defaultdict(int)
    for service, name, fee, devices, award, size, on, pack in taken:
        names.setdefault(service, name)
        fees[service].append(fee)
        cap = caps.of(pack, on, service, size, devices)
        if cap:
            held[service].append((fee, cap))
            full[service] += award == cap
    used: dict[int, list[bool]] = defaultdict(list)
    for one in watched(cycle=cycle):
        used[one.service].append(not one.stopped)
    return [
        Standard(
            service=service,
            name=names[service],
            count=len(fees[service]),
            at_cap=full[service],
            median_fee_fen=round(median(fees[service])),
            median_cap_fen=round(median(cap for _fee, cap in held[service])) if held[service] else None,
            ratio_percent=round(median(fee * 100 / cap for fee, cap in held[service]))
            if held[service]
            else None,
            in_use=sum(used[service]),
            looked_at=len(used[service]),
        )
        for service in sorted(names)
    ]
