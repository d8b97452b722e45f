"""The night's work on behaviour data: roll up what is new, judge what waits, watch what was judged (D47-5.13, 5.16)."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from yunquan.journal.actions import notify
from yunquan.kernel.calendar import local_date
from yunquan.kernel.canonical import content_hash
from yunquan.kernel.workflow import Actor
from yunquan.policy.roles import Role
from yunquan.programme.rules import rulebook, working_calendar
from yunquan.usage.cases import Case, all_cases, ends_for, registry_of
from yunquan.usage.models import Verdict
from yunquan.usage.pictures import root
from yunquan.usage.queries import latest_computed
from yunquan.usage.verdicts import Computed, Part, record_computed

if TYPE_CHECKING:
    from yunquan.usage.rollup.registry import Registry
    from yunquan.usage.store import Store

CLOCK = Actor(person="clock", role=Role.CLOCK, org="platform")


@dataclass(frozen=True, slots=True)
class Night:
    """What one night did: days rolled up, records read, vouchers looked at, verdicts written by outcome."""

    days: int = 0
    records: int = 0
    looked_at: int = 0
    written: dict[str, int] = field(default_factory=dict)


def run(*, now: datetime, today: date | None = None) -> Night:
    """Roll up new and changed days and write the verdicts that have changed; a second run writes nothing.

    Raises CalendarNotAnnounced where a year's working days are not known.
    """
    from yunquan.usage.judging import compute
    from yunquan.usage.rollup.nightly import update
    from yunquan.usage.store import Store

    day = today or local_date(now)
    with _alone(Store(root()).root):
        # What is loaded in the meantime waits for the next night, or else a verdict would name what it never saw.
        store = Store(root()).as_it_is()
        cases = all_cases(day)
        registry = registry_of(cases, ends_for(cases))
        calendar = working_calendar()
        report = update(store, registry, today=day, calendar=calendar)
        digest = _rests_on(cases, registry, store, day)
        if not report.evaluated and _marked()[1] == digest:
            # Nothing has come, gone or changed since the last night: the same would be found again.
            _mark(day, digest)
            return Night(looked_at=len(cases))
        latest = latest_computed(case.number for case in cases)
        known = {
            case.number: row.input_hash
            for case in cases
            if (row := latest.get(case.number)) is not None
            and row.rule_version == rulebook(case.pack).version
        }
        results = compute(
            cases, registry, store=store, books=rulebook, today=day, known=known, calendar=calendar
        )
        written = record_computed([_filled(one, latest) for one in results], by=CLOCK, now=now)
        _tell(cases, written, now)
        _tell_cities(cases, written, latest, now)
        _mark(day, digest)
    counts: dict[str, int] = {}
    for row in written:
        counts[str(row.outcome)] = counts.get(str(row.outcome), 0) + 1
    return Night(len(report.evaluated), report.records, len(cases), counts)


def run_if_due(now: datetime) -> Night | None:
    """The night's run, once a day and only where there is any behaviour data; None where it is not due."""
    if not (root() / "loads").exists() or _marked()[0] >= local_date(now).isoformat():
        return None
    return run(now=now)


def make_due() -> None:
    """Let the clock run the night's work at its next round, although today's is done."""
    if (root() / "nightly").exists():
        (root() / "nightly").unlink(missing_ok=True)


def _filled(result: Computed, latest: Mapping[str, Verdict]) -> Computed:
    """A result whose inputs are as they were takes its figures from the verdict that stands."""
    if all(part.outcome for part in result.parts):
        return result
    kept = {row.service: row for row in latest[result.voucher].services.all()}
    parts = tuple(
        Part(part.service, row.outcome, row.figures, row.reasons, part.signals)
        for part in result.parts
        if (row := kept[part.service])
    )
    return replace(result, parts=parts)


def _tell(cases: list[Case], written: list[Verdict], now: datetime) -> None:
    """One message a night to the province, where verdicts of waiting claims have changed."""
    waiting = {case.number for case in cases if case.is_waiting}
    count = sum(row.voucher in waiting for row in written)
    if count:
        notify(
            org="bureau:440000",
            obj="usage:verdicts",
            kind="verdicts_computed",
            title=f"行为数据判定已更新：{count} 张待判定的兑现申请",
            text="核对判定和异常信号后，按地市编制完成情况表。",
            key=f"usage:verdicts:{now.isoformat()}",
            link="/province/usage/",
            now=now,
        )


def _tell_cities(
    cases: list[Case], written: list[Verdict], before: Mapping[str, Verdict], now: datetime
) -> None:
    """A message to the city for each claim past its verdict whose records no longer say that it is done.

    The verdict that was sent stands; records that were taken back or corrected are for the city to look into.
    """
    done, past = Verdict.Outcome.DONE, {case.number: case for case in cases if not case.is_waiting}
    for row in written:
        earlier = before.get(row.voucher)
        if row.voucher in past and earlier is not None and earlier.outcome == done and row.outcome != done:
            notify(
                org=f"bureau:{past[row.voucher].city}",
                obj=f"voucher:{row.voucher}",
                kind="use_changed",
                title=f"{row.voucher} 的行为数据有更正，重新计算不再是“完成”，请核查",
                text="原判定仍然有效；使用记录被撤回或更正，兑付前请查看使用情况，已兑付的核查是否追回。",
                key=f"usage:changed:{row.voucher}:{row.input_hash}",
                now=now,
            )


def _rests_on(cases: Sequence[Case], registry: Registry, store: Store, day: date) -> str:
    """One hash over all that a night's verdicts and signals rest on: vouchers, ends, records, rules, networks."""
    from yunquan.usage.judging import Inputs

    inputs = Inputs(store)

    books = {case.pack: rulebook(case.pack) for case in cases}
    rules = [
        [pack, book.version, key, repr(found.value)]
        for pack, book in sorted(books.items())
        for key in sorted(book.keys())
        if key.startswith("usage.") and (found := book.find(key, day)) is not None
    ]
    return content_hash(
        {
            "cases": sorted([case.number, str(case.is_waiting)] for case in cases),
            "registry": registry.digest,
            "records": inputs.digests(),
            "reaches": inputs.reaches(),
            "rules": rules,
            "networks": [sha256(path.read_bytes()).hexdigest() for path in sorted(store.root.glob("*.yaml"))],
        }
    )


def _marked() -> tuple[str, str]:
    """The day of the last night and what it rested on; empty before the first."""
    place = root() / "nightly"
    if not place.exists():
        return "", ""
    day, _, digest = place.read_text(encoding="ascii").partition(" ")
    return day, digest


def _mark(day: date, digest: str) -> None:
    place = root() / "nightly"
    half = place.with_suffix(".half")
    half.write_text(f"{day.isoformat()} {digest}", encoding="ascii")
    half.replace(place)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One night at a time; a second one waits and then finds its work done."""
    handle = os.open(folder / "nightly.lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
