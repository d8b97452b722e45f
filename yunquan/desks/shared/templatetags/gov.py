"""The tags that draw one thing the same way on every desk; `{% load gov %}`.

Each tag accepts dicts or objects and fills in what a caller leaves out, so that a page never
meets an unknown variable.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.utils import timezone
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from yunquan.desks.shared import articles
from yunquan.desks.shared.forms import BaseForm, dress
from yunquan.desks.shared.problems import field_problems, problems_of
from yunquan.kernel.money import format_wan, format_yuan

register = template.Library()
LARGE_FEN = 1_000_000_00  # From a million yuan on, a sum is also said in 万元.


def read(thing: Any, name: str, default: Any = "") -> Any:
    """One field of a dict or an object, `default` where it is absent or None."""
    value = thing.get(name) if isinstance(thing, Mapping) else getattr(thing, name, None)
    return default if value is None else value


def filled(things: Iterable[Any], **defaults: Any) -> list[dict[str, Any]]:
    """Each thing as a dict with exactly the named fields."""
    return [
        {name: read(thing, name, default) for name, default in defaults.items()} for thing in things or ()
    ]


@register.filter
def yuan(fen: int | None) -> str:
    """Fen as 110,000.00, an absent sum as a dash."""
    return "—" if fen is None or fen == "" else format_yuan(int(fen))


@register.filter
def wan(fen: int | None) -> str:
    """Fen as 11 万元."""
    return "—" if fen is None or fen == "" else format_wan(int(fen))


@register.simple_tag
def money(fen: int | None, unit: bool = True) -> str:
    """A sum in 元 with thousands, large ones also in 万元."""
    if fen is None or fen == "":
        return mark_safe('<span class="money">—</span>')
    said = format_html('<span class="money">{}{}</span>', format_yuan(int(fen)), " 元" if unit else "")
    if unit and abs(int(fen)) >= LARGE_FEN:
        return format_html('{} <span class="g-quiet">（{}）</span>', said, format_wan(int(fen)))
    return said


@register.filter
def on(day: date | datetime | None) -> str:
    """A day as 2018-12-31 in Shanghai."""
    if not day:
        return "—"
    if isinstance(day, datetime):
        day = timezone.localtime(day) if timezone.is_aware(day) else day
    return day.strftime("%Y-%m-%d")


@register.filter
def at(moment: datetime | date | None) -> str:
    """A moment as 2018-12-31 17:00 in Shanghai; a bare day stays a day, text stays text."""
    if not moment:
        return "—"
    if isinstance(moment, str):
        return moment
    if not isinstance(moment, datetime):
        return on(moment)
    return (timezone.localtime(moment) if timezone.is_aware(moment) else moment).strftime("%Y-%m-%d %H:%M")


@register.filter
def until(moment: datetime | None) -> str:
    """The moment at which something ends, for people: the midnight after a day is the end of that day, 24:00."""
    if not isinstance(moment, datetime):
        return at(moment)
    local = timezone.localtime(moment) if timezone.is_aware(moment) else moment
    if (local.hour, local.minute) != (0, 0):
        return at(moment)
    return f"{local - timedelta(days=1):%Y-%m-%d} 24:00"


@register.simple_tag
def article(*citations: str) -> str:
    """A small dotted link to the clause: {% article "D47-5.10" %}; several stand side by side.

    Those that read the same (paragraphs of one clause) stand once and lead to the first of them.
    """
    named: dict[str, str] = {}
    for text in citations:
        for one in str(text or "").replace("、", ",").split(","):
            if one.strip():
                named.setdefault(articles.short(one.strip()), one.strip())
    return format_html_join(
        " ",
        '<a class="g-article" href="/rules/#{}" title="{}">{}</a>',
        ((one, articles.title(one), short) for short, one in named.items()),
    )


@register.simple_tag
def badge(label: str, tone: str = "") -> str:
    """A state in a frame; tones: good, bad, waiting, now, over, or none."""
    return format_html('<span class="g-badge{}">{}</span>', f" is-{tone}" if tone else "", label)


def left_words(left: int | None) -> tuple[str, str]:
    """How long is left in working days, and the tone of it."""
    if left is None:
        return "", ""
    if left < 0:
        return f"已逾期 {-left} 个工作日", "over"
    if left == 0:
        return "今天到期", "over"
    return f"还剩 {left} 个工作日", "near" if left <= 3 else ""


@register.inclusion_tag("shared/parts/deadline.html")
def deadline(due: date | datetime | None, left: int | None = None, then: str = "", article: str = "") -> dict:
    """Until when, how many working days are left, and what happens then."""
    words, tone = left_words(left)
    return {"due": at(due) if due else "", "words": words, "tone": tone, "then": then, "article": article}


@register.simple_tag
def left_badge(left: int | None) -> str:
    """The working days left as a badge: red at the last day and after it."""
    words, tone = left_words(left)
    if left in (0, 1):
        tone = "bad"
    return badge(words or "—", {"near": "waiting"}.get(tone, tone))


@register.inclusion_tag("shared/parts/timeline.html")
def timeline(steps: Iterable[Any]) -> dict:
    """Steps with title, note, at, mark (done, now, next, bad), article."""
    spoken = {"done": "已完成", "now": "现在这一步", "next": "尚未开始", "bad": "未通过"}
    rows = filled(steps, title="", note="", at="", mark="done", article="")
    return {
        "steps": [
            row | {"at": at(row["at"]) if row["at"] else "", "spoken": spoken.get(row["mark"], "")}
            for row in rows
        ]
    }


@register.inclusion_tag("shared/parts/checks.html")
def checks(rows: Iterable[Any], folds: bool = False) -> dict:
    """Checks with passed (True, False, None = look), text, article, detail, mend, url, url_label.

    Where it folds, what passed stands folded below what didn't, and each of these is a step of the key D.
    """
    signs = {True: ("✓", "good", "符合"), False: ("✗", "bad", "不符"), None: ("!", "waiting", "请留意")}
    found = []
    for row in rows or ():
        passed = row.get("passed") if isinstance(row, Mapping) else row.passed
        sign, tone, spoken = signs[passed]
        shown = filled([row], text="", article="", detail="", mend="", url="", url_label="查看")[0]
        found.append(shown | {"sign": sign, "tone": tone, "spoken": spoken, "passed": passed})
    judged = [row for row in found if row["passed"] is not None]
    good = sum(row["passed"] for row in judged)
    passed = [row for row in found if row["passed"]] if folds else []
    open_ones = [row for row in found if not row["passed"]] if folds else found
    return {"checks": open_ones, "passed": passed, "good": good, "judged": len(judged), "folds": folds}


@register.inclusion_tag("shared/parts/award.html")
def award(explanation: Any) -> dict:
    """这笔钱怎么算的: total_fen, notes, article and lines.

    A line has service, reckoning, cap_fen, fee_fen, award_fen, binding, article.
    """
    lines = filled(
        read(explanation, "lines", ()),
        service="",
        reckoning="",
        cap_fen=None,
        fee_fen=None,
        award_fen=0,
        binding="",
        article="",
    )
    for line in lines:
        line["cap"] = line["reckoning"] or (f"上限 {format_yuan(line['cap_fen'])}" if line["cap_fen"] else "")
    return {
        "lines": lines,
        "total_fen": read(explanation, "total_fen", 0),
        "notes": list(read(explanation, "notes", ())),
        "article": read(explanation, "article", ""),
    }


@register.inclusion_tag("shared/parts/compare.html")
def compare(rows: Iterable[Any]) -> dict:
    """Entered against read from the document: label, entered, found, money; differences are marked.

    An item without a reading (found is None) is said to be unread, not to agree.
    """
    shown = []
    for row in rows or ():
        item = filled([row], label="", entered="", found=None, money=False, note="")[0]
        unread = item["found"] is None
        differs = not unread and item["entered"] != item["found"]
        if differs and item["money"]:
            item["note"] = item["note"] or f"差 {format_yuan(abs(item['entered'] - item['found']))}"
        verdict = item["note"] or ("未能读出，请看原件" if unread else "不一致" if differs else "一致")
        if item["money"]:
            item["entered"], item["found"] = yuan(item["entered"]), "—" if unread else yuan(item["found"])
        item["found"] = "—" if unread else item["found"]
        shown.append(item | {"differs": differs, "verdict": verdict})
    return {"rows": shown}


@register.inclusion_tag("shared/parts/tiles.html")
def tiles(items: Iterable[Any]) -> dict:
    """Figures with label, value, note, tone, url."""
    return {"tiles": filled(items, label="", value="", note="", tone="", url="")}


@register.inclusion_tag("shared/parts/tabs.html")
def tabs(items: Iterable[Any], label: str = "分页") -> dict:
    """Tabs with label, url, active, count."""
    return {"tabs": filled(items, label="", url="", active=False, count=None), "label": label}


@register.inclusion_tag("shared/parts/steps.html")
def steps(labels: Iterable[str], current: int) -> dict:
    """Where a wizard stands; `current` counts from 1."""
    return {
        "steps": [
            {"label": label, "mark": "done" if number < current else "now" if number == current else ""}
            for number, label in enumerate(labels, start=1)
        ]
    }


@register.inclusion_tag("shared/parts/downloads.html")
def downloads(items: Iterable[Any], label: str = "下载") -> dict:
    """A menu of files: label, url, note."""
    return {"items": filled(items, label="", url="", note=""), "label": label}


@register.inclusion_tag("shared/parts/empty.html")
def empty(title: str, text: str = "", url: str = "", action: str = "") -> dict:
    """An empty page says what to do."""
    return {"title": title, "text": text, "url": url, "action": action}


@register.inclusion_tag("shared/parts/document.html")
def document(
    name: str,
    image_url: str = "",
    page: int = 1,
    pages: int = 1,
    original_url: str = "",
    previous_url: str = "",
    next_url: str = "",
    digest: str = "",
    scan: str = "",
) -> dict:
    """A document page by page, with the way to the original, its hash and what is known about viruses."""
    return {
        "name": name,
        "image_url": image_url,
        "page": page,
        "pages": pages,
        "original_url": original_url,
        "previous_url": previous_url,
        "next_url": next_url,
        "digest": digest,
        "scan": scan,
    }


@register.inclusion_tag("shared/parts/countdown.html")
def countdown(starts: date, ends: date, days_left: int, days: int = 7, article: str = "D47-5.22") -> dict:
    """How long a list still stands in public; days_left below 0 means it is over, above `days` not begun."""
    return {
        "starts": on(starts),
        "ends": on(ends),
        "days_left": days_left,
        "days": days,
        "article": article,
        "gone": max(0, min(days, days - days_left)),
        "over": days_left < 0,
    }


@register.inclusion_tag("shared/parts/reasons.html")
def reasons(
    codes: Iterable[Any],
    chosen: Iterable[str] = (),
    text: str = "",
    name: str = "reasons",
    article: str = "D47-5.21",
    errors: Iterable[str] = (),
    late_words: str = "",
) -> dict:
    """The coded reasons of a return with free text: code, label, suggested, and the day since which one is late."""
    chosen = set(chosen)
    rows = [
        row | {"checked": row["code"] in chosen or (not chosen and row["suggested"])}
        for row in filled(codes, code="", label="", suggested=False, article="", late="")
    ]
    opened = bool(errors) or bool(text) or any(row["checked"] for row in rows)
    return {
        "codes": rows,
        "text": text,
        "name": name,
        "article": article,
        "errors": list(errors),
        "open": opened,
        "late_words": late_words,
    }


@register.inclusion_tag("shared/parts/chart.html")
def chart(key: str, title: str, option: Mapping[str, Any], low: bool = False) -> dict:
    """A picture from an ECharts option; the page's table below it holds the same numbers."""
    return {"key": key, "title": title, "option": option, "low": low}


@register.inclusion_tag("shared/parts/form.html")
def form_fields(form: Any) -> dict:
    """The error summary and every field of a form, each error beside its field; any Django form will do."""
    if not isinstance(form, BaseForm):
        dress(form)
    return {"form": form}


@register.inclusion_tag("shared/parts/summary.html")
def error_summary(form: Any) -> dict:
    """All that is wrong at once, each with a link to its field."""
    return {"form": form, "problems": problems_of(form)}


@register.inclusion_tag("shared/parts/field.html")
def field(bound: Any) -> dict:
    """One field: label, hint, widget, errors with article and the way to mend."""
    widget = bound.field.widget
    ids = [f"{bound.auto_id}_hint"] if bound.help_text else []
    ids += [f"{bound.auto_id}_error"] if bound.errors else []
    many = bool(getattr(widget, "use_fieldset", False))
    attrs: dict[str, str] = {} if many or not ids else {"aria-describedby": " ".join(ids)}
    if bound.errors and not many:
        attrs["aria-invalid"] = "true"
    return {
        "field": bound,
        "widget": bound.as_widget(attrs=attrs),
        "many": many,
        "must": bound.field.required or bound.name in getattr(bound.form, "musts", ()),
        "tick": getattr(widget, "input_type", "") == "checkbox" and not many,
        "problems": field_problems(bound),
    }
