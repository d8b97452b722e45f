"""A labelled synthetic year of behaviour data, for tests, the demonstration and figures of recall.

Honest factories and planted frauds, all invented and said to be synthetic wherever they show; the same
arguments give the same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import numpy as np

from yunquan.policy.rulebook import load_pack
from yunquan.usage.simulate.cast import FRAUDS, MOST_VOUCHERS, Plant, draw_cast
from yunquan.usage.simulate.files import (
    day_number,
    write_logs,
    write_networks,
    write_notice,
    write_operator,
    write_registry,
)
from yunquan.usage.simulate.traffic import Traffic, days_of, traffic_of

__all__ = ["FRAUDS", "MOST_VOUCHERS", "Simulated", "simulate"]
_DAYS_LOST = 5


@dataclass(frozen=True, slots=True)
class Simulated:
    """What was written."""

    services: int
    operator_records: int
    log_lines: int
    frauds: Mapping[str, int]


def simulate(
    out: Path, *, seed: int, vouchers: int, from_on: date, to_on: date, frauds: float, pack: str = "gd-2018"
) -> Simulated:
    """Write a synthetic period into an empty or new folder; ValueError where the figures make no sense."""
    if not 1 <= vouchers <= MOST_VOUCHERS:
        raise ValueError(f"券数应在 1 到 {MOST_VOUCHERS} 之间")
    if to_on < from_on:
        raise ValueError("止日不能早于起日")
    if not 0 <= frauds <= 1:
        raise ValueError("造假比例应在 0 到 1 之间")
    if out.exists() and any(out.iterdir()):
        raise ValueError(f"目录 {out} 不是空的，请换一个目录或先清空")
    catalogue = load_pack(pack).services(to_on)
    plants = draw_cast(
        seed=seed,
        vouchers=vouchers,
        from_on=from_on,
        to_on=to_on,
        frauds=frauds,
        services=tuple(one.number for one in catalogue if not one.counts_devices),
        device_services=tuple(one.number for one in catalogue if one.counts_devices),
    )
    days = days_of(from_on, to_on)
    first_of: dict[int, Plant] = {}
    for plant in plants:
        if plant.seeds[1] == 2:
            first_of[plant.index] = plant

    def of(index: int) -> Traffic:
        return traffic_of(first_of[index], days, of)

    parts = [(plant, traffic_of(plant, days, of)) for plant in plants]
    out.mkdir(parents=True, exist_ok=True)
    write_notice(out, seed=seed, vouchers=vouchers, from_on=from_on, to_on=to_on)
    write_networks(out)
    write_registry(out, plants)
    records = write_operator(out, parts)
    lines = write_logs(out, parts, _lost_days(plants, seed, from_on, days.count))
    counts = Counter(plant.fraud for plant in plants if plant.fraud)
    return Simulated(len(plants), records, lines, {kind: counts[kind] for kind in FRAUDS if counts[kind]})


def _lost_days(plants: list[Plant], seed: int, from_on: date, count: int) -> dict[int, set[int]]:
    """The days on which a supplier's log got lost; honest, and no disagreement."""
    lost = {}
    for supplier in sorted({plant.cloud.supplier for plant in plants}):
        rng = np.random.default_rng([seed, 4, supplier])
        first = int(rng.integers(count))
        lost[supplier] = {day_number(from_on) + first + step for step in range(_DAYS_LOST)}
    return lost
