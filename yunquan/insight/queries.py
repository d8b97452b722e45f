"""What screens and commands read of replays: lists, the tables of a report with differences, two side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from yunquan.insight import access
from yunquan.insight.actions import asking_faults, attached_to, is_of, is_small, waiting
from yunquan.insight.coverage import ALWAYS, REPLAYED, left_out
from yunquan.insight.models import Replay, ReplayReport
from yunquan.insight.replaying import APART, NEWLY
from yunquan.insight.tables import MOST_APART, MOST_CASES, Row
from yunquan.kernel.workflow import Actor
from yunquan.parties import regions
from yunquan.policy.bulk_refusals import CLAIM
from yunquan.policy.keys import KEYS
from yunquan.policy.values import SIZE_LABELS
from yunquan.programme.models import Cycle, RuleChange
from yunquan.programme.rules import change_form, rulebook
from yunquan.vouchers.lifecycle import LABELS, S

__all__ = [
    "ALWAYS", "MOST_APART", "MOST_CASES", "REPLAYED", "asking_faults", "attached_to", "is_of", "is_small", "left_out",
    "waiting",
]  # fmt: skip

REASONS = {**NEWLY, **CLAIM}


@dataclass(slots=True)
class Line:
    """One line of a table: what it is about, its figures, and what the tried rules change."""

    key: str
    label: str
    figures: Mapping[str, Any]

    @property
    def change_fen(self) -> int:
        """What is awarded more (or less), in fen."""
        return int(self.figures["tried_fen"]) - int(self.figures["base_fen"])

    @property
    def percent(self) -> str:
        """The change in percent of what was, or a dash where nothing was."""
        return percent(self.figures["base_fen"], self.figures["tried_fen"])

    @property
    def paid_change_fen(self) -> int:
        """What is paid more (or less), in fen."""
        return int(self.figures.get("paid_tried_fen", 0)) - int(self.figures.get("paid_base_fen", 0))


def percent(was: int, now: int) -> str:
    """A change in percent with one decimal, computed in whole numbers.

    >>> percent(200, 150), percent(3, 4), percent(0, 5)
    ('-25.0 %', '+33.3 %', '—')
    """
    if was == 0:
        return "0.0 %" if now == 0 else "—"
    tenths = (abs(now - was) * 2000 // was + 1) // 2
    sign = "" if tenths == 0 else "+" if now > was else "-"
    return f"{sign}{tenths // 10}.{tenths % 10} %"


@dataclass(slots=True)
class Report:
    """The tables of a report, ready to be shown or written."""

    total: Line
    cities: list[Line] = field(default_factory=list)
    services: list[Line] = field(default_factory=list)
    sizes: list[Line] = field(default_factory=list)
    refused: list[Line] = field(default_factory=list)
    claim_refused: list[Line] = field(default_factory=list)
    apart: list[Line] = field(default_factory=list)
    quota: list[Line] = field(default_factory=list)
    funds: list[Line] = field(default_factory=list)
    outside: list[Line] = field(default_factory=list)
    left_out: list[Line] = field(default_factory=list)
    cases: list[Line] = field(default_factory=list)
    set_apart: list[Line] = field(default_factory=list)

    @property
    def changes_nothing(self) -> bool:
        """Whether the tried rules leave every award, refusal and payment as it is."""
        figures = self.total.figures
        moved = figures["more"] or figures["less"] or figures["refused"] or figures["claims_refused"]
        return not moved and self.total.paid_change_fen == 0


_PLACES = {
    "city": "cities", "service": "services", "size": "sizes", "case": "cases", "refused": "refused",
    "claim_refused": "claim_refused", "apart": "apart", "quota": "quota", "funds": "funds", "outside": "outside",
    "left_out": "left_out", "set_apart": "set_apart",
}  # fmt: skip


def arranged(rows: Iterable[Row], *, pack: str) -> Report:
    """The lines of a report as tables, with words for their keys."""
    words = _Words(pack)
    report = Report(Line("", "合计", {}))
    for table, key, figures in rows:
        line = Line(key, words.of(table, key), figures)
        if table == "total":
            report.total = line
        else:
            getattr(report, _PLACES[table]).append(line)
    return report


class _Words:
    """What the keys of a report's lines are called."""

    def __init__(self, pack: str) -> None:
        self.rules = rulebook(pack)
        self.known = set(self.rules.keys())

    def of(self, table: str, key: str) -> str:
        if table == "city":
            return regions.place_name(key)
        if table == "service":
            name = f"catalogue.service.{key}"
            told = self.rules.describe(name).entries if name in self.known else ()
            return f"{key} {told[-1].value.name}" if told else f"{key}（目录中没有）"
        if table == "size":
            return SIZE_LABELS.get(key, "没有说明规模")
        if table in ("quota", "funds"):
            cycle, _, city = key.partition(":")
            return f"{cycle} {regions.place_name(city)}"
        if table == "outside":
            return LABELS[S(key)]
        if table == "left_out":
            return self.rules.describe(key).title
        return "合计" if table == "total" else {**REASONS, **APART}.get(key, key)


def report_of(report: ReplayReport) -> Report:
    """The tables of a frozen report, in one query."""
    rows = report.rows.order_by("pk").values_list("table", "key", "figures")
    return arranged(rows, pack=report.replay.pack)


@dataclass(frozen=True, slots=True)
class Pair:
    """The same line in two reports: what was, and what each of the two makes of it."""

    label: str
    base_fen: int
    one_fen: int
    other_fen: int
    one_refused: int
    other_refused: int

    @property
    def apart_fen(self) -> int:
        """By how much the second gives more than the first, in fen."""
        return self.other_fen - self.one_fen


def compared(one: Report, other: Report) -> dict[str, list[Pair]]:
    """Two reports side by side: in all, by city, by service, by size."""
    tables = {
        "合计": ([one.total], [other.total]),
        "按地市": (one.cities, other.cities),
        "按应用服务": (one.services, other.services),
        "按企业规模": (one.sizes, other.sizes),
    }
    return {name: _paired(*lines) for name, lines in tables.items()}


def _paired(one: Sequence[Line], other: Sequence[Line]) -> list[Pair]:
    first, second = ({line.key: line for line in lines} for lines in (one, other))
    nothing = Line("", "", {"base_fen": 0, "tried_fen": 0, "refused": 0})
    pairs = []
    for key in dict.fromkeys([*first, *second]):
        left, right = first.get(key, nothing), second.get(key, nothing)
        pairs.append(
            Pair(
                label=left.label or right.label,
                base_fen=left.figures["base_fen"] if key in first else right.figures["base_fen"],
                one_fen=left.figures["tried_fen"],
                other_fen=right.figures["tried_fen"],
                one_refused=left.figures["refused"],
                other_refused=right.figures["refused"],
            )
        )
    return pairs


def replays(actor: Actor) -> QuerySet[Replay]:
    """The replays that an actor may see, the latest first."""
    return access.replays_visible_to(actor).select_related("work", "report").order_by("-pk")


def comparable(actor: Actor, row: Replay) -> list[Replay]:
    """Other finished replays of the same rules and cycles, the latest first."""
    rows = replays(actor).filter(pack=row.pack).exclude(report=None).exclude(pk=row.pk)[:50]
    return [other for other in rows if other.cycles == row.cycles]


def drafts() -> list[RuleChange]:
    """The changes that may be tried, the latest first."""
    return list(
        RuleChange.objects.filter(state__in=("draft", "submitted")).order_by("-drafted_at", "-pk")[:200]
    )


def cycles() -> list[Cycle]:
    """The cycles whose vouchers a change may be tried on, the latest first."""
    return list(Cycle.objects.exclude(state="draft").order_by("-order"))


def changes_of(row: Replay) -> list[dict[str, Any]]:
    """What a replay tried: each rule's title, value, day and article, and whether the draft still says so."""
    rules = rulebook(row.pack)
    wanted = [int(one["change"]) for one in row.changes]
    stand = {change.pk: change for change in RuleChange.objects.filter(pk__in=wanted)}
    told = []
    for one in row.changes:
        change = stand.get(int(one["change"]))
        told.append(
            {
                "change": change,
                "title": rules.describe(one["form"]["key"]).title,
                **one["form"],
                "stands": change is not None and one["form"] == change_form(change),
            }
        )
    return told


def reports_for(change: RuleChange) -> list[ReplayReport]:
    """The finished reports of a change as it stands now, the latest first: those that may go with it."""
    rows = (
        ReplayReport.objects.select_related("replay").filter(replay__pack=change.pack).order_by("-pk")[:100]
    )
    return [row for row in rows if is_of(row, change)]


def attached_payload(change: RuleChange) -> dict[str, str]:
    """What the log is told of the report that goes with a change."""
    report = attached_to(change)
    return (
        {"report": report.replay.journal_key, "report_hash": report.content_hash}
        if report is not None
        else {}
    )


def rule_title(change: RuleChange) -> str:
    """The title of the rule that a change is about."""
    rules = rulebook(change.pack)
    return rules.describe(change.rule).title if change.rule in rules.keys() else change.rule  # noqa: SIM118


def replayed_titles() -> list[str]:
    """The rules whose changes a replay shows, in words."""
    titles = []
    for head in REPLAYED:
        spec = next((one for one in KEYS if one.key == head or one.key.startswith(head)), None)
        if spec is not None:
            titles.append(spec.title)
    return titles
