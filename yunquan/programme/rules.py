"""The rules in force: the shipped pack with the published changes laid over, and the working days."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import lru_cache
from itertools import takewhile
from typing import Any

from yunquan.kernel.calendar import WorkingCalendar
from yunquan.policy.rulebook import Rulebook, load_pack
from yunquan.programme.models import CalendarDay, CalendarYear, Cycle, RuleChange

# The pack for a registration that comes before any cycle exists; every cycle names its own.
FIRST_PACK = "gd-2018"


def rulebook(pack: str) -> Rulebook:
    """The rulebook of a pack with its published changes, in the order of publication (D47-4.4.1).

    Raises PackError when the pack itself doesn't load. One query; the overlay is kept between calls.
    """
    return _laid_over(pack, published(pack))


def rulebook_before(change: RuleChange) -> Rulebook:
    """What a change is held against: the rulebook as it stood when it was published, today's until then."""
    earlier = takewhile(lambda row: row.pk != change.pk, published(change.pack))
    return _laid_over(change.pack, earlier)


def published(pack: str) -> Iterable[RuleChange]:
    """The published changes of a pack, first published first."""
    return RuleChange.objects.filter(pack=pack, state="published").order_by("published_at", "pk")


def change_form(change: RuleChange) -> dict[str, Any]:
    """A change as the rulebook reads it; an empty document means the one that the article names."""
    form = {
        "key": change.rule,
        "from_on": change.from_on.isoformat(),
        "value": change.value,
        "article": change.article,
        "meaning": change.meaning,
    }
    return {**form, "document": change.document} if change.document else form


def _laid_over(pack: str, rows: Iterable[RuleChange]) -> Rulebook:
    changes = [change_form(row) for row in rows]
    return _overlaid(pack, json.dumps(changes, sort_keys=True, ensure_ascii=False))


@lru_cache(maxsize=32)
def _overlaid(pack: str, changes: str) -> Rulebook:
    base = load_pack(pack)
    listed = json.loads(changes)
    return base.overlaid(listed) if listed else base


def current_cycle() -> Cycle | None:
    """The cycle under way, the latest of several; else the latest one in preparation or closed."""
    rows = list(Cycle.objects.order_by("-order"))
    return next((row for row in rows if row.state == "open"), rows[0] if rows else None)


def current_rulebook() -> Rulebook:
    """The rulebook under which registrations are judged now."""
    cycle = current_cycle()
    return rulebook(cycle.pack if cycle is not None else FIRST_PACK)


def working_calendar() -> WorkingCalendar:
    """The calendar of working days with the days and years that the province declared laid over."""
    days = dict(CalendarDay.objects.values_list("on", "is_working"))
    years = frozenset(CalendarYear.objects.values_list("year", flat=True))
    return WorkingCalendar(days, years)
