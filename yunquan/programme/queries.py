"""What screens, jobs and the API read of the programme."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet, Sum

from yunquan.kernel.calendar import SHANGHAI
from yunquan.kernel.workflow import Actor
from yunquan.ledger.queries import Transfer, balances_fen
from yunquan.parties import regions
from yunquan.policy.packfile import PackError
from yunquan.policy.rulebook import Dated, KeyDescription, Rulebook
from yunquan.policy.windows import is_open
from yunquan.programme import access, accounts
from yunquan.programme.models import CalendarDay, CityTarget, Cycle, PublicNotice, RuleChange, Window
from yunquan.programme.rules import (
    change_form,
    current_cycle,
    current_rulebook,
    rulebook,
    rulebook_before,
    working_calendar,
)

__all__ = ["current_cycle", "current_rulebook", "rulebook", "working_calendar"]


@dataclass(frozen=True, slots=True)
class QuotaRow:
    """A city's line of the quota table; all amounts in fen.

    `issued` counts living and paid vouchers, `paid` the money that left the fund for enterprises.
    """

    target: int
    city: str
    name: str
    target_fen: int
    factor_percent: int
    quota_fen: int
    issued_fen: int
    remaining_fen: int
    redeemed_fen: int
    appropriated_fen: int
    fund_left_fen: int
    committed_fen: int
    paid_fen: int
    recovered_fen: int

    @property
    def issued_percent(self) -> int:
        """How much of the quota is issued, in whole percent."""
        return self.issued_fen * 100 // self.quota_fen if self.quota_fen else 0


def quota_table(cycle: Cycle, *, actor: Actor | None = None, cities: Collection[str] = ()) -> list[QuotaRow]:
    """The quota, issue and money of each city, by code; four queries however many cities there are.

    With an actor only the cities that it may see; without one for the public figures and jobs.
    """
    targets = CityTarget.objects.all() if actor is None else access.targets_visible_to(actor)
    targets = targets.filter(cycle=cycle)
    if cities:
        targets = targets.filter(city__in=list(cities))
    rows = list(targets.order_by("city"))
    code = cycle.code
    promises = (accounts.quota, accounts.reserved, accounts.redeemed)
    kinds = (*promises, accounts.fund, accounts.committed, accounts.recovered)
    balances = balances_fen([kind(code, row.city) for row in rows for kind in kinds])
    sent = _moved("debit", credit=accounts.treasury(code))
    back = _moved("credit", debit=accounts.treasury(code))
    table = []
    for row in rows:
        left, held, used, fund, committed, recovered = (balances[kind(code, row.city)] for kind in kinds)
        key = accounts.fund(code, row.city)
        appropriated = sent.get(key, 0) - back.get(key, 0)
        table.append(
            QuotaRow(
                target=row.pk,
                city=row.city,
                name=regions.place_name(row.city),
                target_fen=row.target_fen,
                factor_percent=row.factor_percent,
                quota_fen=row.quota_fen,
                issued_fen=held + used,
                remaining_fen=left,
                redeemed_fen=used,
                appropriated_fen=appropriated,
                fund_left_fen=fund,
                committed_fen=committed,
                paid_fen=appropriated - fund - committed,
                recovered_fen=recovered,
            )
        )
    return table


def _moved(side: str, **where: str) -> dict[str, int]:
    rows = Transfer.objects.filter(**where).values(side).annotate(total=Sum("amount_fen"))
    return {row[side]: row["total"] for row in rows}


def total_row(rows: Collection[QuotaRow]) -> dict[str, int]:
    """The sums of a quota table's amounts, in fen."""
    names = [name for name in QuotaRow.__slots__ if name.endswith("_fen")]
    return {name: sum(getattr(row, name) for row in rows) for name in names}


@dataclass(frozen=True, slots=True)
class WindowRow:
    """A published window and whether something arriving now is accepted."""

    kind: str
    label: str
    opens_at: datetime
    closes_at: datetime
    is_open: bool
    is_ahead: bool


def windows(cycle: Cycle, now: datetime) -> list[WindowRow]:
    """The published windows of a cycle, in order of opening (D47-5.18)."""
    rows = Window.objects.filter(cycle=cycle, published_at__isnull=False).order_by("opens_at", "kind")
    return [
        WindowRow(
            kind=row.kind,
            label=Window.Kind(row.kind).label,
            opens_at=row.opens_at,
            closes_at=row.closes_at,
            is_open=is_open(row.opens_at, row.closes_at, now),
            is_ahead=now < row.opens_at,
        )
        for row in rows
    ]


def window(cycle: Cycle, kind: str) -> Window | None:
    """The published window of a kind, or None."""
    return Window.objects.filter(cycle=cycle, kind=kind, published_at__isnull=False).first()


def registering(now: datetime) -> tuple[bool, str]:
    """Whether suppliers may register now, and when they may (D47-A1.2-5): (window_open, window_text).

    Without a published registration window registration is open.
    """
    rows = list(
        Window.objects.filter(kind=Window.Kind.REGISTER, published_at__isnull=False).order_by("opens_at")
    )
    texts = [f"{_clock(row.opens_at)} 至 {_clock(row.closes_at)}" for row in rows if row.closes_at > now]
    if not rows or any(is_open(row.opens_at, row.closes_at, now) for row in rows):
        return True, "；".join(texts)
    return False, "；".join(texts) or "最近一次注册已经截止"


def cycles(actor: Actor) -> QuerySet[Cycle]:
    """The cycles that an actor may see, the latest first."""
    return access.cycles_visible_to(actor).order_by("-order")


def open_cycles() -> list[Cycle]:
    """The cycles under way, the latest first."""
    return list(Cycle.objects.filter(state="open").order_by("-order"))


def cycle_by_code(code: str) -> Cycle | None:
    """The cycle of a code, or None."""
    return Cycle.objects.filter(code=code).first()


def rule_changes(actor: Actor, *, pack: str = "", state: str = "") -> QuerySet[RuleChange]:
    """The changes of rules that an actor may see, the latest first."""
    wanted = {name: value for name, value in (("pack", pack), ("state", state)) if value}
    return access.rule_changes_visible_to(actor).filter(**wanted).order_by("-drafted_at", "-pk")


@dataclass(frozen=True, slots=True)
class RuleDiff:
    """What a change does: the value that holds on its day without it, and with it."""

    title: str
    before: Dated | None
    after: Dated | None
    faults: tuple[str, ...]


def rule_diff(change: RuleChange) -> RuleDiff:
    """The diff of a change for the second person's screen; its faults where it can't be laid over."""
    rules = rulebook_before(change)
    try:
        title = rules.describe(change.rule).title
    except KeyError:
        return RuleDiff(change.rule, None, None, (f"没有规则项“{change.rule}”",))
    before = rules.find(change.rule, change.from_on)
    try:
        after = rules.overlaid([change_form(change)]).find(change.rule, change.from_on)
    except PackError as error:
        return RuleDiff(title, before, None, tuple(map(str, error.faults)))
    return RuleDiff(title, before, after, ())


def rule_table(rules: Rulebook, on: date) -> list[tuple[KeyDescription, Dated | None]]:
    """Every rule of a rulebook with the value that holds on a day, for the rules page."""
    keys = rules.keys()
    return [(rules.describe(key), rules.find(key, on)) for key in keys]


def notices(kind: str = "", *, limit: int = 50) -> list[PublicNotice]:
    """The notices and guides that stand in public, the latest first."""
    rows = PublicNotice.objects.filter(state="published").order_by("-published_at", "-pk")
    return list((rows.filter(kind=kind) if kind else rows)[:limit])


def archived_notices() -> QuerySet[PublicNotice]:
    """What stood in public once, the latest first."""
    return PublicNotice.objects.filter(state="archived").order_by("-published_at", "-pk")


def notice(pk: int) -> PublicNotice | None:
    """One notice that stands in public or in its archive, or None."""
    return PublicNotice.objects.filter(pk=pk, state__in=("published", "archived")).first()


def declared_days(year: int) -> list[CalendarDay]:
    """The days of a year that the province declared."""
    return list(CalendarDay.objects.filter(on__year=year).order_by("on"))


def deadlines(now: datetime) -> list[dict[str, Any]]:
    """The closings that lie ahead in the cycles under way, for the public pages."""
    rows = Window.objects.filter(published_at__isnull=False, closes_at__gt=now).exclude(cycle__state="draft")
    return [
        {
            "cycle": row.cycle,
            "kind": row.kind,
            "label": Window.Kind(row.kind).label,
            "opens_at": row.opens_at,
            "closes_at": row.closes_at,
        }
        for row in rows.select_related("cycle").order_by("closes_at", "pk")
    ]


def _clock(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")
