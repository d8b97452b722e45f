"""The use of a voucher as people see it: words, a calendar of days, hours, clients, both sources, signals (D47-5.13).

Calendar and bars are SVG with shades as classes; every picture has its table. Officials see ends whole, the
enterprise its own, others masked; signals and their evidence are for officials alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from yunquan.kernel.workflow import Actor
from yunquan.usage import queries
from yunquan.usage.completion import ELSEWHERE, VOUCHER_NUMBER
from yunquan.usage.pictures import Picture, ServicePicture, masked, picture
from yunquan.vouchers import access as vouchers_access
from yunquan.vouchers.verification import case_of

OUTCOMES = {
    "done": ("完成", "good"),
    "not_done": ("未完成", "bad"),
    "not_enough_data": ("数据不足", "waiting"),
}
SOURCES = {"operator": "运营商连接记录", "application": "应用系统登录日志"}
_SHORT = {"operator": "运营商", "application": "应用系统", "": ""}
_WEEKDAYS = "一二三四五六日"
PENDING = "行为数据正在重新汇总，最迟明早可以看到按日、按时段的数字；已作出的判定不受影响。"
_CELL, _LEFT, _TOP = 13, 22, 16
_MOST_EVIDENCE = 20
_HEADS = {
    "client": "用户端", "days": "天数", "sessions": "次数", "enterprises": "企业数", "vouchers": "服务券",
    "kind": "类别", "owner": "归属", "region": "所在地", "expected": "企业所在地", "claimed": "申报台套",
    "seen": "见到台套", "source": "来源", "claimed_on": "申请兑现", "sessions_near": "前后次数", "days_near": "前后天数",
    "days_outside": "其余使用天数", "days_with_data_outside": "其余有数据天数", "paid_on": "兑付日期",
    "a_day_before": "兑付前日均", "a_day_after": "兑付后日均", "days_before": "兑付前天数", "days_after": "兑付后天数",
    "last_on": "最后使用", "first_on": "最早使用", "day": "日期", "rhythm": "节律", "strength": "强度",
    "bytes": "字节", "of": "合计", "clients": "用户端数", "when_shut": "停工时段次数", "other_voucher": "相似的券",
    "other_service": "相似的服务", "same": "相同之处", "same_days": "相同天数", "operator": "运营商次数",
    "application": "应用系统次数",
}  # fmt: skip


def usage_page(
    voucher: Any, *, actor: Actor, own: bool = False, whole: bool = True, today: date | None = None
) -> dict[str, Any]:
    """Everything the page of a voucher's use shows; `own` is the enterprise's view of its own use.

    Who need not see clients `whole` sees them masked.
    """
    verdict = queries.latest_verdict(voucher.number)
    computed = queries.latest_computed([voucher.number]).get(voucher.number)
    parts = {part.service: part for part in queries.services_of(computed)}
    case = case_of(voucher)
    seen = picture(case, to_on=None if own else today) if case is not None else None
    hide = None if own else hider(actor, parts.values())
    services = []
    for number, name in (case.services if case is not None else {}).items():
        part = parts.get(number)
        shown = _service(seen, seen.services[number], whole) if seen is not None else {}
        services.append(
            shown
            | {
                "number": number,
                "name": name,
                "outcome": outcome_shown(part.outcome) if part is not None else None,
                "checks": reasons_shown(part.reasons) if part is not None else [],
                "signals": signals_shown(part.signals, hide, whole=whole)
                if part is not None and hide is not None
                else [],
                "source": _SHORT.get(part.figures.get("source", ""), "") if part is not None else "",
            }
        )
    return {
        "voucher": voucher,
        "verdict": verdict_shown(verdict, computed),
        "services": services,
        "pending": len(seen.pending) if seen is not None and not seen.is_pending else 0,
        "period": (case.from_on, case.to_on) if case is not None else None,
        "own": own,
        "tables": [] if own else queries.table_lines_of(voucher.number)[:20],
    }


def verdict_shown(verdict: Any, computed: Any = None) -> dict[str, Any] | None:
    """The verdict that holds, in words; whether by hand, and what the machine says otherwise."""
    if verdict is None:
        return None
    label, tone = OUTCOMES[verdict.outcome]
    by_hand = verdict.source == "hand"
    otherwise = ""
    if by_hand and computed is not None and computed.outcome != verdict.outcome:
        otherwise = OUTCOMES[computed.outcome][0]
    return {
        "label": label,
        "tone": tone,
        "by_hand": by_hand,
        "at": verdict.at,
        "reasons": [said(reason) for reason in verdict.reasons],
        "document": verdict.document,
        "otherwise": otherwise,
        "rules": verdict.rule_version,
        "input": verdict.input_hash,
    }


def outcome_shown(outcome: str) -> dict[str, str]:
    """An outcome with its tone."""
    label, tone = OUTCOMES[outcome]
    return {"label": label, "tone": tone}


def said(reason: Mapping[str, Any]) -> str:
    """A reason in words."""
    return "：".join(str(reason[key]) for key in ("label", "text") if reason.get(key))


def reasons_shown(reasons: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Reasons with numbers as the checks tag draws them: met, not met, or to be looked at."""
    hints = ("operator_short", "sources_differ")
    return [
        {
            "passed": None if reason.get("code") in hints else bool(reason.get("met")),
            "text": said(reason),
            "article": str(reason.get("article", "")),
            "mend": str(reason.get("mend", "")),
        }
        for reason in reasons
    ]


def signals_shown(
    signals: Iterable[Mapping[str, Any]], hide: Callable[[str], str] = str, *, whole: bool = True
) -> list[dict[str, Any]]:
    """Signals with their evidence as small tables."""
    found = []
    for signal in signals:
        rows = [row for row in signal.get("evidence", []) if isinstance(row, Mapping)][:_MOST_EVIDENCE]
        names = list(dict.fromkeys(name for row in rows for name in row))
        found.append(
            {
                "title": str(signal.get("label", "")),
                "text": hide(str(signal.get("text", ""))),
                "heads": [_HEADS.get(name, name) for name in names],
                "rows": [[hide(_cell(name, row.get(name, ""), whole)) for name in names] for row in rows],
            }
        )
    return found


def _cell(name: str, value: Any, whole: bool) -> str:
    if name == "client" and not whole:
        return masked(str(value))
    return SOURCES.get(value, value) if isinstance(value, str) else str(value)


def hider(actor: Actor, parts: Iterable[Any]) -> Callable[[str], str]:
    """Hide the numbers of vouchers that the actor may not see; asked once for all of them."""
    named = {number for part in parts for number in VOUCHER_NUMBER.findall(str(part.signals))}
    seen = set()
    if named:
        rows = vouchers_access.visible_to(actor).filter(number__in=named)
        seen = set(rows.values_list("number", flat=True))
    return lambda text: VOUCHER_NUMBER.sub(lambda one: one[0] if one[0] in seen else ELSEWHERE, text)


def _service(seen: Picture, service: ServicePicture, whole: bool) -> dict[str, Any]:
    if seen.is_pending:
        return {"words": PENDING}
    return {
        "words": words_of(seen, service),
        "heat": calendar_of(seen, service),
        "hours": hours_of(service),
        "sources": [
            {
                "label": label,
                "covered": len(service.covered.get(source, ())),
                "active": service.active_days(source),
                "sessions": service.sessions(source),
            }
            for source, label in SOURCES.items()
        ],
        "disagree": _disagree(service),
        "clients": service.clients
        if whole
        else [replace(one, end=masked(one.end)) for one in service.clients],
        "client_count": service.client_count,
        "days": [day for day in reversed(service.days) if day.count],
    }


def words_of(seen: Picture, service: ServicePicture) -> str:
    """The use in one paragraph."""
    days = [day for day in service.days if day.count]
    whole = (seen.to_on - seen.from_on).days + 1
    covered = len(set().union(*service.covered.values()))
    if not days:
        if not covered:
            return f"{seen.from_on} 至 {seen.to_on} 这 {whole} 天里还没有收到任何行为数据，不能说明没有使用。"
        return (
            f"{seen.from_on} 至 {seen.to_on} 这 {whole} 天里有数据的 {covered} 天中，没有见到本项服务的使用。"
        )
    total = sum(day.count for day in days)
    busiest = max(days, key=lambda day: day.count)
    weekdays = [0] * 7
    for day in days:
        weekdays[day.day.weekday()] += 1
    usual = "、".join(
        f"周{_WEEKDAYS[place]}" for place in range(7) if weekdays[place] * 10 >= max(weekdays) * 6
    )
    return (
        f"{seen.from_on} 至 {seen.to_on} 这 {whole} 天里，有 {len(days)} 天使用，共 {total:,} 次，见到 "
        f"{service.client_count} 个用户端；多在{usual}使用，最多的一天是 {busiest.day}（{busiest.count:,} 次），"
        f"最近一次在 {days[-1].day}。" + _judged_until(seen)
    )


def _judged_until(seen: Picture) -> str:
    """Where the picture goes on after the claim, up to which day the verdict looks."""
    return f"判定只看到兑现申请当日（{seen.judged_to}）。" if seen.judged_to < seen.to_on else ""


def _disagree(service: ServicePicture) -> str:
    """Where both sources cover the same days and tell of them differently; the operator's prevails."""
    both = service.covered.get("operator", set()) & service.covered.get("application", set())
    if not both:
        return ""
    only = [day for day in service.days if day.day in both and not all(day.sessions.values())]
    if not only:
        return f"两类数据都有的 {len(both)} 天里，活跃日期完全一致。"
    operator = sum(1 for day in only if day.sessions.get("operator"))
    return (
        f"两类数据都有的 {len(both)} 天里，只有运营商记录见到使用的 {operator} 天，"
        f"只有应用系统日志见到使用的 {len(only) - operator} 天；不一致时以运营商记录为准。"
    )


def calendar_of(seen: Picture, service: ServicePicture) -> dict[str, Any]:
    """Days as squares, a week a column, Monday on top; four shades by quarters of a busy day."""
    counts = {day.day: day.count for day in service.days if day.count}
    most = _most(sorted(counts.values()))
    covered = set[date]().union(*service.covered.values())
    monday = seen.from_on - timedelta(days=seen.from_on.weekday())
    cells: list[dict[str, Any]] = []
    months: list[dict[str, Any]] = []
    month = 0
    day = seen.from_on
    while day <= seen.to_on:
        column = (day - monday).days // 7
        count = counts.get(day, 0)
        shade = str(_shade(count, most)) if count else "0" if day in covered else "none"
        told = f"{count:,} 次" if count else "没有使用" if day in covered else "没有数据"
        cells.append(
            {
                "x": _LEFT + column * _CELL,
                "y": _TOP + day.weekday() * _CELL,
                "shade": shade,
                "title": f"{day} 周{_WEEKDAYS[day.weekday()]}：{told}",
            }
        )
        if day.month != month and (day.day <= 7 or not months):
            month = day.month
            label = f"{day.year}-{day.month:02d}" if day.month == 1 or not months else f"{day.month} 月"
            if not months or _LEFT + column * _CELL - months[-1]["x"] > 3 * _CELL:
                months.append({"x": _LEFT + column * _CELL, "label": label})
        day += timedelta(days=1)
    width = _LEFT + ((seen.to_on - monday).days // 7 + 1) * _CELL + 30
    weekdays = [{"y": _TOP + place * _CELL + 10, "label": _WEEKDAYS[place]} for place in (0, 2, 4)]
    return {
        "cells": cells,
        "months": months,
        "weekdays": weekdays,
        "width": width,
        "height": _TOP + 7 * _CELL + 4,
        "shown": round(width * 1.5),
        "size": _CELL - 1,
        "title": f"按日使用：{len(counts)} 天有使用",
    }


def _most(counts: Sequence[int]) -> int:
    """What a busy day has: the count that one active day in ten exceeds, so that one wild day pales no other."""
    return counts[len(counts) * 9 // 10] if counts else 1


def _shade(count: int, most: int) -> int:
    """One of four shades, by quarters of a busy day."""
    return min(4, -(-4 * count // most))


def hours_of(service: ServicePicture) -> dict[str, Any]:
    """Bars by hour of the source with more to say, and the numbers of both."""
    operator = service.hours.get("operator", [0] * 24)
    application = service.hours.get("application", [0] * 24)
    source = "operator" if sum(operator) else "application"
    chosen = operator if source == "operator" else application
    most = max(chosen, default=0) or 1
    bars = [
        {
            "x": 24 + hour * 16,
            "y": 90 - round(70 * count / most),
            "height": round(70 * count / most),
            "work": 8 <= hour < 20,
            "hour": hour,
            "title": f"{hour} 时：{count:,} 次",
        }
        for hour, count in enumerate(chosen)
    ]
    rows = [
        {"hour": f"{hour:02d}:00", "operator": operator[hour], "application": application[hour]}
        for hour in range(24)
        if operator[hour] or application[hour]
    ]
    return {"bars": bars, "rows": rows, "source": SOURCES[source], "any": any(chosen)}
