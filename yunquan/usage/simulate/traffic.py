"""The traffic of one plant over the period, in whole columns: an honest one first, then as a cheat bends it.

Times are seconds of local time (Asia/Shanghai) since 1970, so that days and hours are plain arithmetic.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from yunquan.kernel.calendar import WorkingCalendar
from yunquan.usage.holidays import is_festival, is_worked
from yunquan.usage.simulate.cast import Plant

DAY, HOUR, QUARTER = 86_400, 3_600, 900
EPOCH = date(1970, 1, 1)
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Traffic:
    """What the operator saw (connections) and what the application logged (lines)."""

    start: Ints
    seconds: Ints
    up: Ints
    down: Ints
    end: Ints  # index of the client as the operator names it
    at: Ints
    log_end: Ints  # index of the client's address in the log
    user: Ints
    log_bytes: Ints


@dataclass(frozen=True)
class Days:
    """The days of the period: their first seconds, and which are worked, festival, Saturday, Spring Festival."""

    first: date
    starts: Ints
    is_working: NDArray[np.bool_]
    is_festival: NDArray[np.bool_]
    weekday: Ints
    is_spring: NDArray[np.bool_]

    @property
    def count(self) -> int:
        return len(self.starts)

    def place(self, day: date) -> int:
        """A day's place among them, which may lie outside."""
        return (day - self.first).days


def days_of(from_on: date, to_on: date) -> Days:
    """Work the calendar of a period out once; Spring Festival is shut for a week on either side of its start."""
    days = [from_on + timedelta(days=step) for step in range((to_on - from_on).days + 1)]
    working = WorkingCalendar()
    festival = np.array([is_festival(day) for day in days])
    # The long holiday of January and February: plants are shut some days longer than the calendar says.
    spring = np.array(
        [free and day.month in (1, 2) and day.day > 3 for free, day in zip(festival, days, strict=True)]
    )
    wide = np.convolve(spring.astype(int), np.ones(11, dtype=int))[5 : 5 + len(days)] > 0
    return Days(
        from_on,
        np.array([(day - EPOCH).days * DAY for day in days], dtype=np.int64),
        np.array([is_worked(working, day) for day in days]),
        festival,
        np.array([day.weekday() for day in days], dtype=np.int64),
        wide,
    )


def _hours(shifts: int) -> Floats:
    """How the sessions of a day spread over its 96 quarters of an hour, with dips at meals and hand-overs."""
    hours = np.zeros(24)
    if shifts == 1:
        hours[8:12], hours[12], hours[13:18], hours[7] = 1.0, 0.25, 0.9, 0.15
        hours[18:21] = (0.18, 0.10, 0.05)
    elif shifts == 2:
        hours[7:23] = 0.9
        hours[12], hours[15], hours[18], hours[23] = 0.4, 0.6, 0.5, 0.08
    else:
        hours[:] = 0.7
        hours[8:18] = 1.0
        hours[[3, 4, 12, 18]] = 0.35
    quarters = np.repeat(hours, 4)
    return quarters / quarters.sum()


def _volume_of_days(rng: np.random.Generator, plant: Plant, days: Days) -> Floats:
    """The expected number of sessions on each day: calendar, growth, failures of the line, chance."""
    factor = np.where(days.is_working, 1.0, 0.0)
    weekend = ~days.is_working & ~days.is_festival
    factor[weekend & (days.weekday == 5)] = 0.45 if plant.works_saturdays else 0.0
    factor[weekend & (days.weekday == 6)] = 0.12 if plant.shifts > 1 else 0.0
    if plant.shifts == 3:
        factor[days.is_festival] = 0.4
    factor[days.is_spring] = 0.05 if plant.shifts == 3 else 0.0
    place = np.arange(days.count)
    live = days.place(plant.live_on)
    factor[place < live] = 0.0
    # A new system is taken up over three weeks, then use grows or falls.
    factor *= np.clip((place - live + 4) / 21, 0.2, 1.0)
    factor *= plant.growth ** np.clip((place - live) / max(1, days.count), 0, 1)
    for _ in range(int(rng.integers(0, 4))):
        first = int(rng.integers(days.count))
        factor[first : first + int(rng.integers(2, 6))] = 0.0
    if rng.random() < 0.1:
        # Few orders: a plant may stand still for three weeks.
        first = int(rng.integers(days.count))
        factor[first : first + 21] = 0.0
    return factor * plant.level * rng.lognormal(0.0, 0.25, days.count)


def _rush(rng: np.random.Generator, plant: Plant, expected: Floats, days: Days) -> Ints:
    """An honest rush: some weeks with work until midnight in one plant of six."""
    if plant.fraud or plant.shifts > 1 or rng.random() > 1 / 6:
        return np.zeros(0, dtype=np.int64)
    hours = np.zeros(24)
    hours[19:24] = 1.0
    first, length = int(rng.integers(days.count)), int(rng.integers(10, 30))
    in_rush = (np.arange(days.count) >= first) & (np.arange(days.count) < first + length)
    return _starts(rng, np.where(in_rush, expected * 0.8, 0.0), days, np.repeat(hours, 4) / (4 * hours.sum()))


def _starts(rng: np.random.Generator, expected: Floats, days: Days, quarters: Floats) -> Ints:
    counts = rng.poisson(expected)
    total = int(counts.sum())
    quarter = np.searchsorted(np.cumsum(quarters), rng.random(total), side="right").clip(0, 95)
    return np.repeat(days.starts, counts) + quarter * QUARTER + rng.integers(0, QUARTER, total)


def _connections(rng: np.random.Generator, plant: Plant, start: Ints) -> Traffic:
    """Sessions from their starts: who, from where, how long, how much, and the lines of the log they leave."""
    start = np.sort(start)
    count = len(start)
    seconds = rng.lognormal(np.log(300), 0.8, count).astype(np.int64) + 2
    up = rng.lognormal(np.log(40_000), 0.9, count).astype(np.int64)
    down = rng.lognormal(np.log(400_000), 1.0, count).astype(np.int64)
    ends = max(1, len(plant.operator_ends))
    user = rng.integers(0, plant.users, count)
    end = np.where(rng.random(count) < 0.75, user % ends, rng.integers(0, ends, count))
    lines = rng.integers(1, 4, count)
    each = np.repeat(np.arange(count), lines)
    at = start[each] + (rng.random(len(each)) * np.minimum(seconds, 1800)[each]).astype(np.int64)
    logged = max(1, len(plant.logged_ends))
    order = np.argsort(at, kind="stable")
    each = each[order]
    return Traffic(
        start,
        seconds,
        up,
        down,
        end.astype(np.int64),
        at[order],
        (end[each] % logged).astype(np.int64),
        user[each],
        rng.lognormal(np.log(20_000), 1.0, len(each)).astype(np.int64),
    )


def _heartbeats(rng: np.random.Generator, plant: Plant, days: Days, seen: int) -> Traffic:
    """Devices that report honestly at a fixed period with jitter, while the plant is on; bytes follow production."""
    on_from, on_hours = ((7, 12), (6, 18), (0, 24))[plant.shifts - 1]
    expected = _volume_of_days(rng, plant, days) > 0
    a_day = on_hours * HOUR // plant.heartbeat
    active = np.flatnonzero(expected)
    slots = np.arange(a_day) * plant.heartbeat + on_from * HOUR
    base = days.starts[active][:, None, None] + slots[None, None, :]
    phase = rng.integers(0, plant.heartbeat // 2, (1, seen, 1))
    jitter = rng.normal(0, plant.heartbeat * 0.02, (len(active), seen, a_day))
    start = (base + phase + jitter).astype(np.int64)
    device = np.broadcast_to(np.arange(seen)[None, :, None], start.shape)
    kept = rng.random(start.shape) > 0.03
    start, device = start[kept], device[kept]
    order = np.argsort(start, kind="stable")
    start, device = start[order], device[order]
    count = len(start)
    up = 512 * rng.poisson(6, count) + 640
    # The gateway's log tells of each device now and then.
    told = np.flatnonzero(rng.random(count) < 0.2)
    return Traffic(
        start,
        np.full(count, 3, dtype=np.int64),
        up.astype(np.int64),
        np.full(count, 320, dtype=np.int64),
        device.astype(np.int64),
        start[told] + 1,
        np.zeros(len(told), dtype=np.int64),
        device[told].astype(np.int64),
        np.full(len(told), 128, dtype=np.int64),
    )


def traffic_of(plant: Plant, days: Days, of: Callable[[int], Traffic]) -> Traffic:
    """All of a plant's traffic; `of` gives that of another plant, for a log that is copied."""
    rng = np.random.default_rng(plant.seeds)
    if plant.devices:
        seen = (
            max(1, int(plant.devices * rng.uniform(0.2, 0.55)))
            if plant.fraud == "missing_devices"
            else plant.devices
        )
        return _within(_heartbeats(rng, plant, days, seen), days)
    quarters = _hours(plant.shifts)
    expected = _volume_of_days(rng, plant, days)
    match plant.fraud:
        case "shut_hours":
            hours = np.zeros(24)
            hours[[22, 23, 0, 1, 2, 3, 4, 5]] = 1.0
            hours[[9, 10, 14, 15]] = rng.uniform(0.1, 0.7)
            quarters = np.repeat(hours, 4) / (4 * hours.sum())
        case "only_around_claim" if plant.claimed_on is not None:
            place = np.arange(days.count)
            near = days.place(plant.claimed_on)
            chosen = (place >= near - 13) & (place <= near + 5)
            busy = plant.level * 3 * rng.lognormal(0, 0.2, days.count) * days.is_working
            expected = np.where(chosen, busy, 0.0)
        case "stops_after_payment" if plant.paid_on is not None:
            expected[days.place(plant.paid_on) + 4 :] *= float(rng.choice([0.0, 0.0, 0.02]))
    if plant.fraud == "machine_intervals":
        traffic = _scripted(rng, plant, days, expected > 0)
    else:
        start = np.concatenate([_starts(rng, expected, days, quarters), _rush(rng, plant, expected, days)])
        traffic = _connections(rng, plant, start)
    return _within(_bent(rng, plant, traffic, days, of), days)


def _scripted(rng: np.random.Generator, plant: Plant, days: Days, active: NDArray[np.bool_]) -> Traffic:
    """A script in place of people: by the clock with a little jitter, or by sleeping between two calls."""
    period = int(rng.choice([300, 600, 900, 1800]))
    slots = np.arange(10 * HOUR // period)
    places = days.starts[np.flatnonzero(active)]
    if rng.random() < 0.5:
        offsets = slots * period + rng.integers(0, period // 20 + 1, (len(places), len(slots)))
    else:
        # Each call takes a second or two, so that the phase wanders over the day.
        offsets = np.cumsum(period + rng.integers(1, 4, (len(places), len(slots))), axis=1)
    start = (places[:, None] + 8 * HOUR + int(rng.integers(0, 600)) + offsets).ravel()
    traffic = _connections(rng, plant, start)
    # The script runs on one machine.
    return replace(
        traffic,
        end=np.zeros(len(traffic.start), dtype=np.int64),
        log_end=np.zeros(len(traffic.at), dtype=np.int64),
        seconds=rng.integers(1, 6, len(traffic.start)),
    )


def _bent(
    rng: np.random.Generator, plant: Plant, traffic: Traffic, days: Days, of: Callable[[int], Traffic]
) -> Traffic:
    """What is done to the records afterwards, by kind of fraud."""
    match plant.fraud:
        case "identical_volume":
            return _levelled(rng, traffic)
        case "sources_disagree":
            # The log shows use on all days; the operator saw a fifth of them or none.
            seen = rng.random(days.count) < rng.choice([0.0, 0.2])
            place = (traffic.start - days.starts[0]) // DAY
            return _seen(traffic, seen[place.clip(0, days.count - 1)])
        case "copied_log" if plant.twin is not None:
            other = of(plant.twin)
            kept = rng.random(len(other.at)) > 0.02
            copied = replace(
                traffic,
                at=other.at[kept] + rng.integers(0, 3, int(kept.sum())),
                log_end=other.log_end[kept] % max(1, len(plant.logged_ends)),
                user=other.user[kept],
                log_bytes=other.log_bytes[kept],
            )
            return copied if plant.is_connected else _seen(copied, np.zeros(len(copied.start), dtype=bool))
    return traffic


def _seen(traffic: Traffic, kept: NDArray[np.bool_]) -> Traffic:
    """The connections that the operator saw, the log as it is."""
    return replace(
        traffic,
        start=traffic.start[kept],
        seconds=traffic.seconds[kept],
        up=traffic.up[kept],
        down=traffic.down[kept],
        end=traffic.end[kept],
    )


def _levelled(rng: np.random.Generator, traffic: Traffic) -> Traffic:
    """The same volume on each day, in the operator's records, whatever the number of connections."""
    day = traffic.start // DAY
    _, first, each = np.unique(day, return_index=True, return_inverse=True)
    per_day = np.bincount(each)
    whole = int(rng.integers(3_000_000, 30_000_000))
    share = whole // per_day[each]
    down = share.copy()
    # What a division leaves goes on the day's first connection, so that the sum is the same to the byte.
    down[first] += whole - share[first] * per_day
    return replace(traffic, up=np.zeros_like(down), down=down)


def _within(traffic: Traffic, days: Days) -> Traffic:
    """Only what starts inside the period."""
    begin, end = days.starts[0], days.starts[-1] + DAY
    seen = (traffic.start >= begin) & (traffic.start < end)
    kept = (traffic.at >= begin) & (traffic.at < end)
    return Traffic(
        traffic.start[seen],
        traffic.seconds[seen],
        traffic.up[seen],
        traffic.down[seen],
        traffic.end[seen],
        traffic.at[kept],
        traffic.log_end[kept],
        traffic.user[kept],
        traffic.log_bytes[kept],
    )
