"""A small town of invented factories, cheats and honest look-alikes, loaded and rolled up as real records are."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np

from yunquan.kernel.calendar import SHANGHAI, WorkingCalendar
from yunquan.policy.rulebook import load_pack
from yunquan.usage.layouts import Options
from yunquan.usage.rollup.nightly import update
from yunquan.usage.rollup.registry import FACTS, read_registry
from yunquan.usage.signals import Signal, signals
from yunquan.usage.store import Store

FROM_ON, TO_ON = date(2019, 3, 1), date(2019, 6, 30)
COLUMNS = ("voucher", "service", "end", "kind", "value", "port", *FACTS)
NETWORKS = """
regions:
  - {region: "441900", networks: [198.18.0.0/17]}
  - {region: "440100", networks: [198.18.128.0/17]}
"""


def working_days(from_on: date = FROM_ON, to_on: date = TO_ON) -> list[date]:
    """The working days of a span."""
    calendar = WorkingCalendar()
    days = [from_on + timedelta(days=step) for step in range((to_on - from_on).days + 1)]
    return [day for day in days if calendar.is_working_day(day)]


@dataclass
class Factory:
    """One service of one voucher that records are written for."""

    town: Town
    voucher: str
    service: str
    host: str
    cloud: str
    clients: tuple[str, ...]
    rng: np.random.Generator

    def use(
        self,
        days: Iterable[date],
        *,
        a_day: int = 12,
        hours: tuple[float, float] = (8, 18),
        users: Sequence[str] = ("甲", "乙", "丙"),
        clients: Sequence[str] = (),
        connected: bool = True,
        logged: bool = True,
        volume: int | None = None,
    ) -> None:
        """Use as people do: so many times a day, at any second of these hours."""
        for day in days:
            count = int(self.rng.poisson(a_day)) or 1
            seconds = np.sort(self.rng.integers(int(hours[0] * 3600), int(hours[1] * 3600), count))
            self.at(
                day, seconds, users=users, clients=clients, connected=connected, logged=logged, volume=volume
            )

    def at(
        self,
        day: date,
        seconds: Iterable[int],
        *,
        users: Sequence[str] = ("甲", "乙", "丙"),
        clients: Sequence[str] = (),
        connected: bool = True,
        logged: bool = True,
        volume: int | None = None,
    ) -> None:
        """Use at these seconds of a day; `volume` is the sum of the day's bytes."""
        midnight = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
        ends = tuple(clients) or self.clients
        listed = [int(second) for second in seconds]
        for place, second in enumerate(listed):
            start = midnight + timedelta(seconds=second)
            client = ends[int(self.rng.integers(len(ends)))]
            down = int(self.rng.lognormal(11, 1)) if volume is None else volume // len(listed)
            if volume is not None and not place:
                down += volume - down * len(listed)
            if connected:
                up = int(self.rng.lognormal(9, 1)) if volume is None else 0
                self.town.connections.append((client, self.cloud, start, up, down))
            if logged:
                user = f"{self.voucher}-{users[int(self.rng.integers(len(users)))]}"
                size = int(self.rng.lognormal(9, 1))
                self.town.lines.append((user, start + timedelta(seconds=1), client, self.host, size))


@dataclass
class Town:
    """All records and declarations; `found` loads them and asks for the signals."""

    connections: list[tuple[str, str, datetime, int, int]] = field(default_factory=list)
    lines: list[tuple[str, datetime, str, str, int]] = field(default_factory=list)
    registry: list[dict[str, Any]] = field(default_factory=list)
    factories: dict[str, Factory] = field(default_factory=dict)

    def factory(
        self,
        voucher: str,
        *,
        service: str = "5",
        clients: Sequence[str] = (),
        kind: str = "ip",
        supplier: str = "合成供应商（虚构）",
        cloud: str = "203.0.113.9",
        **facts: object,
    ) -> Factory:
        """Declare a service; its clients are addresses of its own unless said otherwise."""
        number = len(self.factories) + 1
        ends = tuple(clients) or (f"198.18.{number}.1", f"198.18.{number}.2")
        host = f"app-{cloud.rpartition('.')[2]}.synthetic.example"
        known = {"enterprise": f"合成企业{voucher}（虚构）", "supplier": supplier, **facts}
        for side, kinds, values in (
            ("client", kind, ends),
            ("cloud", "ip", (cloud,)),
            ("cloud", "host", (host,)),
        ):
            for value in values:
                row = {"voucher": voucher, "service": service, "end": side, "kind": kinds, "value": value}
                self.registry.append({**row, **known})
        made = Factory(self, voucher, service, host, cloud, ends, np.random.default_rng(number))
        self.factories[voucher] = made
        return made

    def found(self, folder: Path) -> dict[str, dict[str, Signal]]:
        """The signals of each voucher by their code, on records that went through store and roll-up."""
        store = Store(folder / "store")
        options = Options(cloud=None, zone="Asia/Shanghai", now=datetime.now(UTC))
        store.load(self._operator(folder), source="operator", options=options)
        store.load(self._log(folder), source="application", options=options)
        (store.root / "networks.yaml").write_text(NETWORKS, encoding="utf-8")
        registry = read_registry(self._registry(folder))
        update(store, registry)
        listed = signals(store, registry, None, FROM_ON, TO_ON, load_pack("gd-2018"))
        return {voucher: {one.code: one for one in found} for (voucher, _), found in listed.items()}

    def _operator(self, folder: Path) -> Path:
        path = folder / "synthetic-operator.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("client", "cloud", "port", "start", "end", "bytes_up", "bytes_down"))
            for client, cloud, start, up, down in self.connections:
                end = start + timedelta(seconds=60)
                writer.writerow((client, cloud, 443, start.isoformat(), end.isoformat(), up, down))
        return path

    def _log(self, folder: Path) -> Path:
        path = folder / "synthetic-application.jsonl"
        with path.open("w", encoding="utf-8") as file:
            for user, time, ip, host, size in self.lines:
                line = {"user": user, "time": time.isoformat(), "ip": ip, "action": "合成", "host": host}
                file.write(json.dumps({**line, "bytes": size}, ensure_ascii=False) + "\n")
        return path

    def _registry(self, folder: Path) -> Path:
        path = folder / "registry.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, COLUMNS, restval="")
            writer.writeheader()
            writer.writerows(self.registry)
        return path
