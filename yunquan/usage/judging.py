"""Computed verdicts of vouchers: figures from roll-ups, judged by dated rules, with signals beside (D47-5.13, E1).

The same roll-ups, ends and rules give the same result; `input_hash` says what a result rests on, so that
nothing is worked out again where nothing has changed.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date
from typing import TYPE_CHECKING, Any

from yunquan.kernel.calendar import WorkingCalendar
from yunquan.kernel.canonical import content_hash
from yunquan.policy.rulebook import Rulebook
from yunquan.policy.usage import Figures, Judgement, Outcome, Reason, Thresholds, judge
from yunquan.usage.cases import Case
from yunquan.usage.models import Verdict
from yunquan.usage.queries import WATCHING
from yunquan.usage.records import SOURCES
from yunquan.usage.verdicts import Computed, Part, plain

if TYPE_CHECKING:
    from yunquan.usage.rollup.figures import FiguresRow
    from yunquan.usage.rollup.registry import Registry
    from yunquan.usage.store import Store

Books = Callable[[str], Rulebook]
ARTICLE = "D47-5.13"
WATCHED_ON = {
    "code": WATCHING,
    "label": "持续观察",
    "text": "兑现申请已转出判定环节，本次计算只供核查参考",
    "article": "D47-5.16",
}


class Inputs:
    """What verdicts rest on, by the digests of the rolled-up records of each day; read once for a whole night."""

    def __init__(self, store: Store) -> None:
        from yunquan.usage.rollup.kept import VERSION, Rollups

        self._store, self._version = store, VERSION
        self._days = Rollups(store.root).digests()
        self._covered: dict[tuple[str, str], list[date]] = {}
        self._said: dict[tuple[str, str, date, date], str] = {}

    def digests(self) -> list[list[str]]:
        """Every day and source that is rolled up, with its digest."""
        return [[day.isoformat(), source, digest] for (day, source), digest in sorted(self._days.items())]

    def covered(self, source: str, hearing: str) -> list[date]:
        """The days on which a source would show the use of a group, in order."""
        if (source, hearing) not in self._covered:
            self._covered[source, hearing] = sorted(self._store.coverage(source, hearing))
        return self._covered[source, hearing]

    def reaches(self) -> list[list[str]]:
        """How far each load reaches: what was taken back and came again otherwise has the same records."""
        return [[one.key, one.scope, one.reach] for one in self._store.loads()]

    def _inside(self, case: Case, source: str, hearing: str) -> list[str]:
        days = self.covered(source, hearing)
        first, last = bisect_left(days, case.from_on), bisect_right(days, case.to_on)
        key = (source, hearing, case.from_on, case.to_on)
        if key not in self._said:
            self._said[key] = content_hash([day.isoformat() for day in days[first:last]])
        return [self._said[key]]

    def hash_of(self, case: Case, registry: Registry) -> str:
        """SHA-256 of a voucher's ends, its period and the records in it."""
        inside = [(day, source) for day, source in self._days if case.from_on <= day <= case.to_on]
        return content_hash(
            {
                "voucher": case.number,
                "groups": [[group.service, str(group.number)] for group in registry.groups],
                "services": [str(number) for number in sorted(case.services)],
                "from": case.from_on.isoformat(),
                "to": case.to_on.isoformat(),
                "evaluation": str(self._version),
                "records": [
                    [day.isoformat(), source, self._days[day, source]] for day, source in sorted(inside)
                ],
                "covered": [
                    [source, hearing, *self._inside(case, source, hearing)]
                    for source in SOURCES
                    for hearing in sorted(
                        {self._store.heard(group.facts.hearing) for group in registry.groups}
                    )
                ],
            }
        )


def compute(
    cases: Sequence[Case],
    registry: Registry,
    *,
    store: Store,
    books: Books,
    today: date,
    known: Mapping[str, str] | None = None,
    calendar: WorkingCalendar | None = None,
) -> list[Computed]:
    """Judge each voucher by the roll-ups of its own period and the rules of its day of claim.

    `known` are input hashes by voucher that need not be judged anew: those come without figures and only with
    what signals say now. Roll-ups have to be up to date. Raises NotInForce where the rules lack thresholds.
    """
    inputs = Inputs(store)
    of_voucher = _by_voucher(registry)
    found = _signals(cases, registry, store=store, books=books, today=today, calendar=calendar)
    judged: list[Computed] = []
    for group in _same_period(cases).values():
        fresh = [
            case
            for case in group
            if (known or {}).get(case.number) != inputs.hash_of(case, of_voucher(case.number))
        ]
        rows = _figures(fresh, registry, store) if fresh else {}
        anew = {case.number for case in fresh}
        for case in group:
            own = of_voucher(case.number)
            parts = tuple(
                _part(
                    case, number, rows.get((case.number, number)), books, found, is_fresh=case.number in anew
                )
                for number in sorted(case.services)
            )
            judged.append(
                Computed(
                    voucher=case.number,
                    parts=parts,
                    rule_version=books(case.pack).version,
                    input_hash=inputs.hash_of(case, own),
                    reasons=() if case.is_waiting else (WATCHED_ON,),
                )
            )
    return sorted(judged, key=lambda one: one.voucher)


def computed_again(
    cases: Sequence[Case], registry: Registry, store: Store, known: Mapping[str, Verdict]
) -> Iterator[tuple[Case, dict[int, dict[str, Any]]]]:
    """The figures of those vouchers whose inputs are still the ones of their known verdict, by service (E1)."""
    inputs, of_voucher = Inputs(store), _by_voucher(registry)
    same = [
        case
        for case in cases
        if case.number in known
        and known[case.number].input_hash == inputs.hash_of(case, of_voucher(case.number))
    ]
    for group in _same_period(same).values():
        rows = _figures(group, registry, store)
        for case in group:
            told = {number: _told(case, rows.get((case.number, number))) for number in case.services}
            sources = {
                part.service: part.figures.get("source", "") for part in known[case.number].services.all()
            }
            yield case, {number: {**one, "source": sources.get(number, "")} for number, one in told.items()}


def _by_voucher(registry: Registry) -> Callable[[str], Registry]:
    from yunquan.usage.rollup.registry import Registry as Groups

    found: dict[str, list[Any]] = {}
    for group in registry.groups:
        found.setdefault(group.voucher, []).append(group)
    return lambda number: Groups(found.get(number, ()))


def _same_period(cases: Iterable[Case]) -> dict[tuple[str, date, date], list[Case]]:
    """Vouchers judged over the same days by the same pack are asked for together."""
    found: dict[tuple[str, date, date], list[Case]] = {}
    for case in cases:
        found.setdefault((case.pack, case.from_on, case.to_on), []).append(case)
    return found


def _figures(cases: Sequence[Case], registry: Registry, store: Store) -> dict[tuple[str, int], FiguresRow]:
    from yunquan.usage.rollup.figures import figures

    numbers = {case.number for case in cases}
    own = registry.only(frozenset(group.number for group in registry.groups if group.voucher in numbers))
    rows = figures(store, own, cases[0].from_on, cases[0].to_on)
    return {(row.voucher, int(row.service)): row for row in rows}


def _part(
    case: Case,
    service: int,
    row: FiguresRow | None,
    books: Books,
    found: Mapping[tuple[str, str], Sequence[Any]],
    *,
    is_fresh: bool,
) -> Part:
    signals = [
        {
            "code": one.code,
            "label": one.title,
            "text": one.text,
            "evidence": [dict(shown) for shown in one.evidence],
        }
        for one in found.get((case.number, str(service)), ())
    ]
    if not is_fresh:
        return Part(service, "", {}, (), signals)
    told = _told(case, row)
    said = judged_again(told, books)
    reasons = [
        {
            "code": reason.code,
            "label": reason.text,
            "measure": reason.measure,
            "met": reason.met,
            "article": said.article,
        }
        for reason in said.reasons
    ]
    return Part(service, str(said.outcome), {**told, "source": said.source}, reasons, signals)


def _told(case: Case, row: FiguresRow | None) -> dict[str, Any]:
    """Everything a judgement needs, plain, so that it can be made again from the stored row alone."""
    told: dict[str, Any] = {
        "pack": case.pack,
        "from": case.from_on.isoformat(),
        "to": case.to_on.isoformat(),
        "has_ends": row is not None and row.has_ends,
    }
    if row is None:
        return told
    total = row.total
    return told | {
        "active_days": total.active_days,
        "active_weeks": total.active_weeks,
        "records": total.records,
        "bytes": total.bytes,
        "clients": total.clients,
        "working_share": f"{total.working_share:.3f}",
        "first_at": plain(total.first_at),
        "last_at": plain(total.last_at),
        "sources": {source: plain(asdict(one)) for source, one in row.by_source.items()},
    }


def judged_again(told: Mapping[str, Any], books: Books) -> Judgement:
    """The judgement that follows from stored figures under the rules of the period's last day (E1)."""
    from_on, to_on = date.fromisoformat(told["from"]), date.fromisoformat(told["to"])
    thresholds = Thresholds.of(books(told["pack"]), to_on)
    if not told["has_ends"]:
        reason = Reason("ends_missing", "", "没有登记用户端或云端，无法核验")
        return Judgement(Outcome.NOT_ENOUGH_DATA, "", (reason,), thresholds.article)
    by_source = {source: _figures_of(one) for source, one in told["sources"].items()}
    return judge(by_source, thresholds, period_days=(to_on - from_on).days + 1, near_on=to_on)


def _figures_of(told: Mapping[str, Any]) -> Figures:
    values: dict[str, Any] = {}
    for one in fields(Figures):
        value = told.get(one.name)
        if one.name.endswith("_on"):
            value = date.fromisoformat(value) if value else None
        if one.name in told:
            values[one.name] = value
    return Figures(**values)


def _signals(
    cases: Sequence[Case],
    registry: Registry,
    *,
    store: Store,
    books: Books,
    today: date,
    calendar: WorkingCalendar | None,
) -> dict[tuple[str, str], Sequence[Any]]:
    """What is conspicuous up to today, pack by pack; a client shared by two enterprises shows at both."""
    from yunquan.usage.signals import signals

    found: dict[tuple[str, str], Sequence[Any]] = {}
    for pack in sorted({case.pack for case in cases}):
        numbers = {case.number for case in cases if case.pack == pack}
        own = registry.only(frozenset(group.number for group in registry.groups if group.voucher in numbers))
        if own.groups:
            begins = min(case.from_on for case in cases if case.pack == pack)
            found |= signals(store, own, None, begins, today, books(pack), working=calendar)
    return found
