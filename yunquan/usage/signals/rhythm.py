"""Signals on how the use is spread: like a machine, alike every day, by one person, when the plant is shut."""

from __future__ import annotations

from collections.abc import Sequence

from yunquan.usage.signals.clients import client_of
from yunquan.usage.signals.facts import (
    PERIODS,
    PERIODS_OVER_DAYS,
    Facts,
    phase_columns,
    used_hours,
)
from yunquan.usage.signals.signal import SOURCE_LABELS, Found, Row, limit, percent, told


def machine_intervals(facts: Facts) -> Found:
    """Starts that gather on one phase of a period, or follow one another at even intervals."""
    rule = facts.thresholds("machine_intervals")
    if rule is None:
        return iter(())

    def tell(rows: Sequence[Row]) -> str:
        first = rows[0]
        same = [row for row in rows if row["source"] == first["source"]]
        return (
            f"{len(same)} 个用户端的使用间隔像机器（{_rhythm(first)[0]}），"
            f"占{SOURCE_LABELS[first['source']]}中本项使用的 {percent(first['by_machine'], first['total'])}，"
            f"门槛 {limit(rule.share)}"
        )

    return told(
        "machine_intervals",
        "间隔规律像机器",
        facts.ask(
            "machine_intervals",
            sessions=rule.sessions,
            unevenness=rule.unevenness,
            share=rule.share,
            **phase_columns(rule.concentration, rule.sessions),
        ),
        tell,
        lambda row: {
            "client": client_of(row),
            "source": row["source"],
            "days": row["days"],
            "sessions": row["sessions"],
            "rhythm": _rhythm(row)[0],
            "strength": round(_rhythm(row)[1], 3),
        },
    )


def _rhythm(row: Row) -> tuple[str, float]:
    """The period that the starts keep best, in words, and how well from 0 to 1."""
    best, period = max(
        [(row[f"r{period}"] / row[f"n{period}"], period) for period in PERIODS if row[f"n{period}"]]
        + [(row[f"a{period}"] / row["sessions"], period) for period in PERIODS_OVER_DAYS],
        # Of a period and its parts, which hold as well, the longest says most.
        key=lambda pair: (round(pair[0], 1), pair[1]),
    )
    even = row["even"] / row["sessions"]
    if even > best + 0.2:
        return f"间隔几乎相等的日子占 {percent(even)}", even
    return f"按 {period} 秒重复，集中度 {best:.2f}", best


def identical_volume(facts: Facts) -> Found:
    """The same volume day by day."""
    rule = facts.thresholds("identical_volume")
    if rule is None:
        return iter(())
    return told(
        "identical_volume",
        "每天流量相同",
        facts.ask("identical_volume", days=rule.days, tolerance=rule.tolerance, share=rule.share),
        lambda rows: (
            f"{SOURCE_LABELS[rows[0]['source']]}中有流量的 {rows[0]['days']} 天里，{rows[0]['same']} 天都是约 "
            f"{rows[0]['centre']} 字节（相差不超过 {limit(rule.tolerance)}），门槛 {limit(rule.share)}"
        ),
        lambda row: {
            "day": row["day"],
            "source": row["source"],
            "sessions": row["sessions"],
            "bytes": row["bytes"],
        },
    )


def one_user(facts: Facts) -> Found:
    """One user's name for everything, and more of it than one person's own work."""
    rule = facts.thresholds("one_user")
    if rule is None:
        return iter(())
    return told(
        "one_user",
        "全部使用只有一个用户名",
        facts.ask(
            "one_user",
            days=rule.days,
            sessions_a_day=rule.sessions_a_day,
            hours_a_day=rule.hours_a_day,
            share=rule.share,
            used_hours=used_hours(),
        ),
        lambda rows: (
            f"应用系统登录日志中同一个用户名占 {percent(rows[0]['sessions'], rows[0]['total'])}，"
            f"平均每天 {rows[0]['sessions'] / rows[0]['days']:.0f} 次、{rows[0]['hours_a_day']:.1f} 个小时，"
            f"来自 {rows[0]['clients']} 个用户端"
        ),
        lambda row: {
            "sessions": row["sessions"],
            "of": row["total"],
            "days": row["days"],
            "clients": row["clients"],
            "hours_a_day": round(row["hours_a_day"], 1),
            "first_on": row["first_on"],
            "last_on": row["last_on"],
        },
    )


def shut_hours(facts: Facts) -> Found:
    """Use at night or on statutory holidays, when a plant with these shifts is shut."""
    rule = facts.thresholds("shut_hours")
    if rule is None:
        return iter(())
    return told(
        "shut_hours",
        "停工时段仍有使用",
        facts.ask("shut_hours", sessions=rule.sessions, share=rule.share),
        lambda rows: (
            f"{len(rows)} 天在停工时段（夜间或法定节假日）有使用，"
            f"占全部的 {percent(rows[0]['shut_total'], rows[0]['total'])}，门槛 {limit(rule.share)}"
        ),
        lambda row: {
            "day": row["day"],
            "source": row["source"],
            "sessions": row["sessions"],
            "when_shut": row["shut_sessions"],
        },
    )


def copied_log(facts: Facts) -> Found:
    """A series of days that is nearly another enterprise's."""
    rule = facts.thresholds("copied_log")
    if rule is None:
        return iter(())
    facts.run("copied_pairs")
    for first_on, last_on in facts.spans():
        facts.run("copied_marks", from_on=first_on, to_on=last_on, sessions=rule.sessions)
    kinds = {"hours": "各小时次数", "volume": "次数和流量"}
    return told(
        "copied_log",
        "记录与另一家企业几乎相同",
        facts.ask("copied_log", sessions=rule.sessions, days=rule.days, share=rule.share),
        lambda rows: (
            f"{SOURCE_LABELS[rows[0]['source']]}中有 {rows[0]['same_days']} 天的{kinds[rows[0]['kind']]}"
            f"与券 {rows[0]['other_voucher']} 完全相同，占可比的 {rows[0]['days']} 天的 "
            f"{percent(rows[0]['same_days'], rows[0]['days'])}，门槛 {limit(rule.share)}"
        ),
        lambda row: {
            "other_voucher": row["other_voucher"],
            "other_service": row["other_service"],
            "source": row["source"],
            "same": kinds[row["kind"]],
            "same_days": row["same_days"],
            "days": row["days"],
            "first_on": row["first_on"],
            "last_on": row["last_on"],
        },
    )
