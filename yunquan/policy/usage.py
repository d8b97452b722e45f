"""Whether a service was really used, from figures alone (D47-5.13): done, not done, or not enough data.

Operator's records come first; an application's own log is asked only where the operator's records do not
suffice. Too few records say "not done" only where enough days are covered: not enough data is never the
same as not used.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from yunquan.policy.rulebook import Dated, Rulebook

SOURCES = ("operator", "application")
SOURCE_LABELS = {"operator": "运营商数据", "application": "应用系统日志"}


class Outcome(StrEnum):
    """What is said of one service of one voucher."""

    DONE = "done"
    NOT_DONE = "not_done"
    NOT_ENOUGH_DATA = "not_enough_data"


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The values a verdict goes by, as they are in force on one day."""

    active_days: int
    active_weeks: int
    sessions: int
    clients: int
    working_share: Fraction
    still_in_use_days: int
    covered_share: Fraction
    differ_share: Fraction
    article: str

    @classmethod
    def of(cls, rulebook: Rulebook, on: date) -> Thresholds:
        """Read them from a rulebook; raises NotInForce where one is missing on that day."""

        def dated(key: str) -> Dated:
            return rulebook.value(f"usage.{key}", on)

        return cls(
            dated("least_active_days").value,
            dated("least_active_weeks").value,
            dated("least_sessions").value,
            dated("least_clients").value,
            dated("least_working_share").value,
            dated("still_in_use_days").value,
            dated("least_covered_share").value,
            dated("sources_differ_share").value,
            dated("least_active_days").article,
        )


@dataclass(frozen=True, slots=True)
class Figures:
    """One source's figures on one service in the period, and how far the source reaches."""

    active_days: int = 0
    active_weeks: int = 0
    sessions: int = 0
    clients: int = 0
    working: int = 0  # sessions that start in working hours
    last_on: date | None = None
    common_days: int = 0  # active days among those that both sources cover
    covered_days: int = 0
    covered_weeks: int = 0
    covered_last_on: date | None = None  # the last covered day up to the claim


@dataclass(frozen=True, slots=True)
class Reason:
    """One ground of a verdict: a code with its numbers, and the same in words."""

    code: str
    measure: str
    text: str
    met: bool = False

    def __str__(self) -> str:
        return f"{self.code} {self.measure}".strip()


@dataclass(frozen=True, slots=True)
class Judgement:
    """What is said, by which source, and every ground; those not met come first."""

    outcome: Outcome
    source: str
    reasons: tuple[Reason, ...]
    article: str


def judge(
    figures: Mapping[str, Figures], thresholds: Thresholds, *, period_days: int, near_on: date
) -> Judgement:
    """Judge one service by the figures of each source; `near_on` is the claim's day or the period's last.

    >>> few = Thresholds(20, 6, 100, 1, Fraction(3, 10), 30, Fraction(1, 2), Fraction(1, 2), "D47-5.13")
    >>> used = Figures(45, 12, 900, 2, 700, date(2018, 12, 28), 0, 90, 13, date(2018, 12, 31))
    >>> judge({"operator": used}, few, period_days=92, near_on=date(2018, 12, 31)).outcome.value
    'done'
    >>> silent = Figures(covered_days=90, covered_weeks=13)
    >>> judge({"operator": silent}, few, period_days=92, near_on=date(2018, 12, 31)).outcome.value
    'not_done'
    >>> judge({"operator": Figures()}, few, period_days=92, near_on=date(2018, 12, 31)).outcome.value
    'not_enough_data'
    """
    found: list[Judgement] = []
    for source in SOURCES:
        if source in figures and figures[source].covered_days:
            found.append(_by_one(source, figures[source], thresholds, period_days, near_on))
    if not found:
        reason = Reason("no_data", f"0/{period_days}", f"期间 {period_days} 天内没有任何数据")
        return Judgement(Outcome.NOT_ENOUGH_DATA, "", (reason,), thresholds.article)
    said = next((one for one in found if one.outcome is not Outcome.NOT_ENOUGH_DATA), found[0])
    extra = []
    if said.source == "application" and len(found) > 1:
        covered = figures["operator"].covered_days
        extra.append(
            Reason(
                "operator_short",
                f"{covered}/{period_days}",
                f"运营商数据只覆盖 {covered} 天，按应用系统日志判定",
            )
        )
    extra += _difference(figures, thresholds, said.source)
    return Judgement(said.outcome, said.source, (*said.reasons, *extra), said.article)


def _by_one(source: str, one: Figures, least: Thresholds, period_days: int, near_on: date) -> Judgement:
    grounds = [
        _at_least("active_days", "活跃天数", one.active_days, least.active_days, "天"),
        _at_least("active_weeks", "活跃周数", one.active_weeks, least.active_weeks, "周"),
        _at_least("sessions", "使用次数", one.sessions, least.sessions, "次"),
        _at_least("clients", "用户端", one.clients, least.clients, "个"),
    ]
    if one.sessions:
        share = Fraction(one.working, one.sessions)
        grounds.append(
            Reason(
                "working_share",
                f"{float(share):.3f}{_sign(share >= least.working_share)}{float(least.working_share):.3f}",
                f"工作时间使用占 {_percent(share)}，要求不低于 {_percent(least.working_share)}",
                share >= least.working_share,
            )
        )
    ago = (near_on - one.last_on).days if one.last_on else None
    is_recent = ago is not None and ago <= least.still_in_use_days
    if ago is not None:
        words = f"最后一次使用在 {one.last_on}，要求 {near_on} 前 {least.still_in_use_days} 天内仍有使用"
        sign = "<=" if is_recent else ">"
        measure = f"{max(ago, 0)}{sign}{least.still_in_use_days}"
        grounds.append(Reason("last_use_days_ago", measure, words, is_recent))
    missed = [ground for ground in grounds if not ground.met]
    if not missed:
        return Judgement(Outcome.DONE, source, tuple(grounds), least.article)
    has_only_stopped = [ground.code for ground in missed] == ["last_use_days_ago"]
    is_blind = one.covered_last_on is None or (near_on - one.covered_last_on).days > least.still_in_use_days
    short = _shortfall(source, one, least, period_days, is_end_unseen=has_only_stopped and is_blind)
    outcome = Outcome.NOT_ENOUGH_DATA if short else Outcome.NOT_DONE
    met = [ground for ground in grounds if ground.met]
    return Judgement(outcome, source, (*short, *missed, *met), least.article)


def _shortfall(
    source: str, one: Figures, least: Thresholds, period_days: int, *, is_end_unseen: bool
) -> list[Reason]:
    """Why the days covered are too few to say that a service was not used."""
    label, short = SOURCE_LABELS[source], []
    covered = f"{one.covered_days}/{period_days}"
    if one.covered_days < least.covered_share * period_days:
        need = _percent(least.covered_share)
        short.append(
            Reason(
                "covered_days",
                covered,
                f"{label}只覆盖期间 {period_days} 天中的 {one.covered_days} 天，不足 {need}",
            )
        )
    elif one.covered_days < least.active_days or one.covered_weeks < least.active_weeks:
        words = f"{label}只覆盖 {one.covered_days} 天、{one.covered_weeks} 周，短于要求的活跃天数或周数"
        short.append(Reason("period_too_short", covered, words))
    elif is_end_unseen:
        words = f"兑现前 {least.still_in_use_days} 天没有{label}，不能说已停用"
        short.append(Reason("no_recent_data", f"0/{least.still_in_use_days}", words))
    return short


def _difference(figures: Mapping[str, Figures], least: Thresholds, judged_by: str) -> list[Reason]:
    """Say where both sources cover the same days and tell of them differently."""
    if any(source not in figures or not figures[source].covered_days for source in SOURCES):
        return []
    operator, application = (figures[source].common_days for source in SOURCES)
    if abs(operator - application) <= least.differ_share * max(operator, application):
        return []
    words = f"两类数据都有的日子里，运营商数据活跃 {operator} 天，应用系统日志 {application} 天"
    if judged_by == "operator":
        words += "，以运营商数据为准"
    return [Reason("sources_differ", f"{operator}/{application}", words)]


def _at_least(code: str, title: str, found: int, needed: int, unit: str) -> Reason:
    met = found >= needed
    return Reason(
        code, f"{found}{_sign(met)}{needed}", f"{title} {found} {unit}，要求不少于 {needed} {unit}", met
    )


def _sign(met: bool) -> str:
    return ">=" if met else "<"


def _percent(share: Fraction) -> str:
    return f"{float(share * 100):.1f}".removesuffix(".0") + " %"
