"""Replays of rule changes as pages to read: the list, a report with its tables, two side by side, downloads.

The desks that may read them mount these views; what acts stands on the province's own pages.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from django.http import FileResponse, Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.shortcuts import render

from yunquan.desks.shared import exports
from yunquan.desks.shared.desk import Desk, View
from yunquan.desks.shared.rule_values import flat
from yunquan.desks.shared.templatetags.gov import yuan
from yunquan.insight import access, queries, sheets
from yunquan.papers.tables import write_xlsx
from yunquan.parties import queries as parties

MOST_LISTED = 200
# Which columns of a table stand on the page; a file has them all.
_SHOWN = {
    "cities": ("label", "count", "base", "tried", "change", "percent", "refused", "paid_base", "paid_tried", "apart"),
    "quota": ("label", "given", "base", "base_short", "tried", "tried_short", "tried_short_fen"),
}  # fmt: skip
_SHOWN |= {"sizes": _SHOWN["cities"], "funds": _SHOWN["quota"]}
_ARTICLES = {
    "cities": "D47-4.4.2,D47-4.4.3", "services": "D47-A1.1", "sizes": "D47-4.4.2", "refused": "D47-4.1",
    "claims": "D47-5.14", "quota": "D47-8.2a", "funds": "D47-8.2b", "cases": "D47-4.4.2,D47-4.4.3",
    "apart": "D47-4.4.1",
}  # fmt: skip
_NOTES = {
    "services": "每项应用服务在累计上限和合同金额封顶之前的核定，所以合计大于券面合计。",
    "quota": "按申领先后用各地市现有的发放额度：前面的不够时，后面金额小的仍可发放。不够的，就是在试算规则下发不出的。",
    "funds": "按结算先后用已下达的资金：第一张不够即停止，其后全部结转。",
    "cases": f"按金额变化的绝对值从大到小，最多 {queries.MOST_CASES} 张；每张都用单张计算复核过。",
    "apart": f"这些券不计入上面各表，最多列出 {queries.MOST_APART} 张。",
}
_NOTHING = {
    "refused": "没有新增的不予受理。",
    "claims": "没有新增的兑现审核不通过。",
    "cases": "没有一张券有变化。",
    "apart": "没有不能计算的券。",
    "quota": "所选周期没有下达额度，或没有已发放的券。",
    "funds": "所选周期没有下达资金，或没有审核通过的兑现。",
    "sizes": "没有可以试算的券。",
    "services": "没有可以试算的券。",
}


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table on a page."""

    title: str
    text: str
    is_number: bool
    url: str = ""


@dataclass(slots=True)
class Table:
    """One table of a report as it is shown."""

    key: str
    title: str
    heads: list[tuple[str, bool]]
    rows: list[list[Cell]]
    article: str = ""
    note: str = ""
    nothing: str = ""
    has_total: bool = False
    files: list[dict[str, str]] = field(default_factory=list)


def views(desk: Desk, *, base: str, voucher_base: str) -> dict[str, View]:
    """The views of one desk: `listing`, `show`, `compare`, `download`."""

    def listing(request: HttpRequest) -> HttpResponseBase:
        """Every replay, the latest first."""
        context = listed(request, base)
        return REPLAYS.asked(request, context["replays"]) or render(request, "shared/replays.html", context)

    def show(request: HttpRequest, pk: int) -> HttpResponseBase:
        """One replay: its report, or how far the work is."""
        row = found(request, pk)
        return render(request, "shared/replay.html", page_of(request, row, base, voucher_base))

    def compare(request: HttpRequest) -> HttpResponseBase:
        """Two reports side by side, on the page or as a file."""
        return _compare(request, base)

    def download(request: HttpRequest, pk: int, table: str, kind: str) -> HttpResponseBase:
        """All tables as a workbook, or one as CSV or XLSX."""
        return _download(found(request, pk), table, kind)

    made: dict[str, View] = {"listing": listing, "show": show, "compare": compare, "download": download}
    return {name: desk(view) for name, view in made.items()}


REPLAYS = exports.Listing(
    "规则试算",
    ("试算", "row.title"), ("状态", "state"), ("提出", "by"), ("提出时间", "row.asked_at", "time"),
    ("完成时间", "made_at", "time"),
)  # fmt: skip


def found(request: HttpRequest, pk: int | str) -> Any:
    """The replay, or 404."""
    row = access.replay_for(request.actor, int(pk))  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return row


def finished(row: Any) -> bool:
    """Whether a replay has its report."""
    return hasattr(row, "report")


def listed(request: HttpRequest, base: str) -> dict[str, Any]:
    """What the list shows."""
    rows = list(queries.replays(request.actor)[: exports.most(request, MOST_LISTED)])  # type: ignore[attr-defined]
    names = parties.person_names([row.asked_by for row in rows])
    replays = [
        {
            "row": row,
            "by": names.get(row.asked_by, ""),
            "made_at": row.report.made_at if finished(row) else None,
            **standing(row),
        }
        for row in rows
    ]
    return {
        "replays": replays,
        "files": REPLAYS.files(request),
        "base": base,
        "can_compare": sum(map(finished, rows)) > 1,
    }


def standing(row: Any) -> dict[str, str]:
    """How far a replay is, in words."""
    if finished(row):
        return {"state": "已完成", "tone": "good"}
    if row.work.fault:
        return {"state": "没有完成", "tone": "bad"}
    return (
        {"state": "正在试算", "tone": "now"}
        if row.work.begun_at
        else {"state": "等待试算", "tone": "waiting"}
    )


def page_of(request: HttpRequest, row: Any, base: str, voucher_base: str) -> dict[str, Any]:
    """The page of one replay."""
    names = parties.person_names([row.asked_by])
    context = {
        "row": row, "base": base, "by": names.get(row.asked_by, ""), **standing(row),
        "changes": [{**one, "words": flat(one["value"])} for one in queries.changes_of(row)],
        "always": queries.ALWAYS, "is_small": False,
    }  # fmt: skip
    if not finished(row):
        return {**context, "is_small": queries.is_small(row)}
    report = queries.report_of(row.report)
    tables = [shown(key, report, row.pk, base, voucher_base) for key in sheets.TABLES if key != "left_out"]
    return {
        **context,
        "report": row.report,
        "told": report,
        "tiles": tiles(report),
        "tables": tables,
        "chart": None if report.changes_nothing else chart_of(report),
        "files": [{"label": "全部表格 Excel（XLSX）", "url": f"{base}{row.pk}/report.xlsx"}],
        "others": queries.comparable(request.actor, row),  # type: ignore[attr-defined]
    }


def signed(fen: int) -> str:
    """A difference in 元 with its sign."""
    return f"+{yuan(fen)}" if fen > 0 else yuan(fen)


def tiles(report: Any) -> list[dict[str, Any]]:
    """The report at a glance."""
    figures = report.total.figures
    lost = "bad" if figures["refused"] or figures["claims_refused"] else ""
    return [
        {"label": "试算张数", "value": figures["count"], "note": f"另有 {figures['apart']} 张不能计算"},
        {"label": "原规则核定（元）", "value": yuan(figures["base_fen"])},
        {"label": "试算核定（元）", "value": yuan(figures["tried_fen"])},
        {"label": "差额（元）", "value": signed(report.total.change_fen), "note": report.total.percent},
        {
            "label": "新增不予受理、兑现不通过",
            "value": f"{figures['refused']}、{figures['claims_refused']} 张",
            "tone": lost,
        },
        {
            "label": "已兑付的会变（元）",
            "value": signed(report.total.paid_change_fen),
            "note": f"已兑付 {figures['paid']} 张",
        },
    ]


def shown(key: str, report: Any, pk: int, base: str, voucher_base: str) -> Table:
    """One table of a report for the page."""
    title, fields, lines_of = sheets.TABLES[key]
    wanted = _SHOWN.get(key, tuple(name for name, *_rest in fields))
    fields = tuple(one for one in fields if one[0] in wanted)
    lines = list(lines_of(report))
    has_total = bool(lines) and lines[-1] is report.total
    if has_total and len(lines) == 1:
        lines = []
    rows = [
        [
            _cell(head, kind, name, read(line), f"{voucher_base}{line.key}/" if name == "label" else "", key)
            for name, head, kind, read in fields
        ]
        for line in lines
    ]
    address = f"{base}{pk}/{key}"
    files = [{"label": label, "url": f"{address}.{kind}"} for kind, label in exports.KINDS.items()]
    return Table(
        key=key,
        title=title,
        heads=[(head, kind != "text") for _name, head, kind, _read in fields],
        rows=rows,
        article=_ARTICLES.get(key, ""),
        note=_NOTES.get(key, ""),
        nothing=_NOTHING.get(key, "没有数据。"),
        has_total=has_total,
        files=files if rows else [],
    )


def _cell(head: str, kind: str, name: str, value: Any, url: str, table: str) -> Cell:
    money = signed if name == "change" else yuan
    text = money(value) if kind == "money" else str(value)
    return Cell(head, text, kind != "text" or name == "percent", url if table in ("cases", "apart") else "")


def chart_of(report: Any) -> dict[str, Any]:
    """What each city gets under both, in 万元; the table below holds the same numbers."""
    series = (("原规则核定", "base_fen", "#b9cdf3"), ("试算核定", "tried_fen", "#0b3d91"))
    return {
        "grid": {"left": 60, "right": 10, "top": 40, "bottom": 60},
        "legend": {"top": 0},
        "tooltip": {"trigger": "axis"},
        "xAxis": {
            "type": "category", "data": [line.label for line in report.cities], "axisLabel": {"rotate": 45},
        },
        "yAxis": {"type": "value", "name": "万元"},
        "series": [
            {
                "name": label,
                "type": "bar",
                "data": [line.figures[name] // 1_000_000 for line in report.cities],
                "itemStyle": {"color": colour},
            }
            for label, name, colour in series
        ],
    }  # fmt: skip


def _compare(request: HttpRequest, base: str) -> HttpResponseBase:
    asked = [request.GET.get(name, "") for name in ("one", "other")]
    choices = [row for row in queries.replays(request.actor)[:MOST_LISTED] if finished(row)]  # type: ignore[attr-defined]
    context: dict[str, Any] = {"base": base, "choices": choices, "asked": asked}
    if not all(asked):
        return render(request, "shared/replay_compare.html", context)
    if not all(pk.isdigit() and len(pk) < 10 for pk in asked):
        raise Http404
    one, other = (found(request, pk) for pk in asked)
    if not finished(one) or not finished(other):
        raise Http404
    if (one.pack, one.cycles) != (other.pack, other.cycles):
        context["wrong"] = "两次试算的规则包或周期不同，不能并排对比。请选择周期相同的两次。"
        return render(request, "shared/replay_compare.html", context, status=422)
    pairs = queries.compared(queries.report_of(one.report), queries.report_of(other.report))
    kind = request.GET.get("format", "")
    if kind in exports.KINDS:
        return exports.answer(kind, "试算对比", sheets.compared_sheet(pairs, one.title, other.title))
    query = urlencode({"one": one.pk, "other": other.pk})
    files = [{"label": label, "url": f"?{query}&format={kind}"} for kind, label in exports.KINDS.items()]
    context |= {"one": one, "other": other, "pairs": _pairs(pairs), "files": files}
    return render(request, "shared/replay_compare.html", context)


def _pairs(pairs: Mapping[str, Iterable[Any]]) -> list[dict[str, Any]]:
    return [
        {"title": title, "rows": [{"pair": pair, "apart": signed(pair.apart_fen)} for pair in lines]}
        for title, lines in pairs.items()
    ]


def _download(row: Any, table: str, kind: str) -> HttpResponseBase:
    if not finished(row):
        raise Http404
    report = queries.report_of(row.report)
    notes = (f"报告摘要 {row.report.content_hash}", *queries.ALWAYS)
    if table == "report" and kind == "xlsx":
        place = tempfile.SpooledTemporaryFile(max_size=4 * 1024 * 1024)  # noqa: SIM115  FileResponse closes it.
        write_xlsx(place, sheets.all_sheets(report, notes=notes))
        place.seek(0)
        headers = {"Content-Disposition": exports.disposition(row.title, "xlsx")}
        return FileResponse(place, content_type=exports.CONTENT_TYPES["xlsx"], headers=headers)
    if table not in sheets.TABLES:
        raise Http404
    sheet = sheets.sheet(table, report)
    return exports.answer(kind, f"{row.title} {sheet.title}", sheet)
