"""Behaviour data of the demonstration, every line of it synthetic: honest factories and a few that are not.

Operators' records come late for December and January, so that 惠州's table has a second edition; one line is
shared by two enterprises, one service calls every ten minutes, one has fewer devices than it claimed, and two
enterprises hardly use what they bought.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from yunquan.demo.applying import Walk
from yunquan.demo.stage import Stage, at
from yunquan.kernel.calendar import SHANGHAI, WorkingCalendar, local_date
from yunquan.usage import deliveries, nightly
from yunquan.usage.models import CompletionTable
from yunquan.usage.queries import ends_of
from yunquan.vouchers.actions import completion

FIRST, LATE_FROM, LAST = date(2018, 11, 5), date(2018, 12, 9), date(2019, 1, 20)
CITIES = ("441900", "440600", "440300", "441300", "440100")
SHARED, MACHINE, IDLE, FEW_DEVICES = (9, 14), (12,), (18, 19), (15,)
SHARED_LINE, OPERATOR = "113.108.200.8", "telecom"
_IDLE_DAYS = (date(2018, 11, 12), date(2018, 11, 20), date(2018, 12, 3))
_USERS = ("演示用户甲", "演示用户乙", "演示用户丙")
_CALENDAR = WorkingCalendar()


@dataclass(frozen=True, slots=True)
class Use:
    """How one service of one voucher is used: from which client to which host, in which manner."""

    client: str
    cloud: str
    manner: str
    seed: int
    devices: int = 0


@dataclass(frozen=True, slots=True)
class Session:
    """One use: when it began, how long it lasted, how much it moved, by whom."""

    use: Use
    begins: datetime
    seconds: int
    bytes: int
    user: str


def uses_of(walks: dict[str, Walk]) -> dict[str, list[Use]]:
    """The uses of the vouchers' services by supplier, from the ends that were declared."""
    found: dict[str, list[Use]] = {}
    for name, walk in walks.items():
        place = int(name.removeprefix("qy"))
        manner = "machine" if place in MACHINE else "idle" if place in IDLE else "honest"
        ends = ends_of(walk.voucher.number)
        hosts = {end.service: end.value for end in ends if end.kind == "host"}
        claimed = {line.service: line.devices or 0 for line in walk.voucher.lines.all()}
        seen = {service: count // (5 if place in FEW_DEVICES else 1) for service, count in claimed.items()}
        found.setdefault(walk.supplier, []).extend(
            Use(end.value, hosts[end.service], manner, place * 100 + end.service, seen[end.service])
            for end in ends
            if end.side == "client"
        )
    return found


def sessions(use: Use, first: date, last: date) -> Iterator[Session]:
    """The sessions of a use, the same at every build."""
    day = first
    while day <= last:
        chance = random.Random(f"{use.seed} {day}")
        starts = datetime(day.year, day.month, day.day, 8, tzinfo=SHANGHAI)
        if use.manner == "machine" and _CALENDAR.is_working_day(day):
            for turn in range(60):
                yield Session(use, starts + timedelta(minutes=10 * turn), 20, 4096, _USERS[0])
        elif use.manner == "idle" and day in _IDLE_DAYS:
            yield Session(use, starts + timedelta(hours=2), 60, 900, _USERS[0])
        elif use.devices and _CALENDAR.is_working_day(day):
            for device in range(1, use.devices + 1):
                begins = starts + timedelta(seconds=chance.randint(0, 39_000))
                volume = int(chance.lognormvariate(9, 1))
                yield Session(use, begins, chance.randint(30, 2400), volume, f"演示设备{device:02d}")
        elif use.manner == "honest":
            works = _CALENDAR.is_working_day(day)
            for _turn in range(chance.randint(3, 8) if works else chance.choice((0, 0, 0, 1))):
                yield Session(
                    use,
                    starts + timedelta(seconds=chance.randint(0, 39_000)),
                    chance.randint(30, 2400),
                    int(chance.lognormvariate(11, 1)),
                    chance.choice(_USERS),
                )
        day += timedelta(days=1)


def operator_log(uses: Iterable[Use], first: date, last: date) -> bytes:
    """Connections as operators deliver them, with a stranger's line a day so that each day is covered."""
    lines = ["client,cloud,port,start,end,bytes_up,bytes_down"]
    day = first
    while day <= last:
        lines.append(f"198.18.0.9,198.18.1.9,443,{day}T12:00:00+08:00,{day}T12:00:05+08:00,60,60")
        day += timedelta(days=1)
    for use in uses:
        for one in sessions(use, first, last):
            ends = one.begins + timedelta(seconds=one.seconds)
            lines.append(
                f"{use.client},{use.cloud},443,{one.begins.isoformat()},{ends.isoformat()},{one.bytes // 5},{one.bytes}"
            )
    return ("\n".join(lines) + "\n").encode()


def application_log(uses: Iterable[Use], first: date, last: date) -> bytes:
    """What a supplier's application logged of the same sessions."""
    lines = ["user,time,ip,action,host,port,bytes"]
    for use in uses:
        for one in sessions(use, first, last):
            moment = one.begins + timedelta(seconds=2)
            lines.append(f"{one.user},{moment.isoformat()},{use.client},登录,{use.cloud},443,{one.bytes}")
    return ("\n".join(lines) + "\n").encode()


def deliver(
    stage: Stage,
    content: bytes,
    name: str,
    *,
    supplier: str = "",
    operator: str = "",
    cities: Sequence[str] = (),
) -> None:
    """Hand a file in and load it, as the operator (through the province) or as a supplier.

    `operator` and `cities` say whose network in which cities it tells of; without them it is all of them merged.
    """
    kept = deliveries.keep([content])
    taken = deliveries.take(
        kept=kept,
        name=f"合成数据-{name}.csv",
        source="application" if supplier else "operator",
        channel="upload",
        supplier=stage.suppliers[supplier] if supplier else None,
        operator=operator,
        cities=cities,
        by=stage[supplier] if supplier else stage["province"],
        now=stage.wait(minutes=10),
    )
    deliveries.load(delivery=taken.delivery, now=stage.wait(minutes=1))


def first_deliveries(stage: Stage, walks: dict[str, Walk]) -> None:
    """Application logs of all suppliers but one, and operators' records of the first five weeks."""
    found = uses_of(walks)
    for supplier, uses in found.items():
        if supplier != "neng":
            deliver(stage, application_log(uses, FIRST, LAST), f"应用日志-{supplier}", supplier=supplier)
    every = [use for uses in found.values() for use in uses]
    deliver(stage, operator_log(every, FIRST, LATE_FROM - timedelta(days=1)), "运营商记录-2018-11")


def late_delivery(stage: Stage, walks: dict[str, Walk]) -> None:
    """Operators' records of the later weeks, which come when tables are out already."""
    every = [use for uses in uses_of(walks).values() for use in uses]
    deliver(stage, operator_log(every, LATE_FROM, LAST), "运营商记录-2019-01")


def seen_by_one_operator(stage: Stage, walk: Walk, first: date, last: date) -> None:
    """One operator's records of one voucher's use in its city; they say nothing of vouchers that others carry."""
    uses = [use for several in uses_of({walk.clerk: walk}).values() for use in several]
    log, cities = operator_log(uses, first, last), (walk.voucher.city,)
    deliver(stage, log, f"运营商记录-{first:%Y-%m}", operator=OPERATOR, cities=cities)


def night(stage: Stage, moment: str) -> None:
    """The night's run at a moment."""
    stage.until(moment)
    nightly.run(now=stage.now)


def send_table(
    stage: Stage, cycle: str, city: str, first: str, last: str, *, send: bool = True
) -> CompletionTable:
    """The province drafts a city's table and sends it."""
    by = stage["province"]
    table = completion.draft(
        cycle=stage.cycles[cycle], city=city, from_on=local_date(at(f"{first} 12:00")),
        to_on=local_date(at(f"{last} 12:00")), by=by, now=stage.wait(minutes=5),
    )  # fmt: skip
    return completion.send(table=table, by=by, now=stage.wait(minutes=5)) if send else table


def judge_claims(stage: Stage, walks: dict[str, Walk]) -> None:
    """From the first deliveries to the second edition of 惠州's table; one verdict is corrected by hand."""
    stage.until("2019-01-21 01:00")
    first_deliveries(stage, walks)
    night(stage, "2019-01-21 03:00")
    stage.until("2019-01-21 09:30")
    # By hand over a computed verdict: a visit found the system switched off, so the claim is returned once.
    walks["qy20"].verdict("not_done").claim().attest()
    for city in CITIES:
        send_table(stage, "2018", city, "2019-01-15", "2019-01-20")
    stage.until("2019-01-28 09:00")
    late_delivery(stage, walks)
    night(stage, "2019-01-29 03:00")
    stage.until("2019-01-29 09:30")
    send_table(stage, "2018", "441300", "2019-01-15", "2019-01-20")
    send_table(stage, "2018", "441900", "2019-01-21", "2019-01-28")
