"""供应商评价 to read: the years, one year with every figure, one supplier's line; the same for all who may see them (D47-8.3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, re_path
from django.views.decorators.http import require_safe

from yunquan.desks.shared import evaluating as pages
from yunquan.desks.shared import exports
from yunquan.desks.shared.registers import past_acts
from yunquan.insight import evaluation_queries as queries
from yunquan.insight import title_actions as titles
from yunquan.insight.evaluation_scoring import FULL
from yunquan.journal import clock
from yunquan.kernel.calendar import CalendarNotAnnounced, local_date
from yunquan.parties import queries as parties
from yunquan.programme.queries import working_calendar

MOST_BARS = 20
YEARS = exports.Listing(
    "供应商评价",
    ("年度", "row.year", "count"), ("版次", "row.edition", "count"), ("评价期自", "row.from_on", "date"),
    ("评价期至", "row.until_on", "date"), ("状态", "state"), ("意见", "replies", "count"), ("已答复", "answers", "count"),
    ("提意见期限", "row.due_on", "date"), ("公示截止", "row.publicity_ends_on", "date"),
    ("测算摘要", "row.content_hash"),
)  # fmt: skip


def found(request: HttpRequest, pk: int) -> Any:
    """The evaluation, or 404."""
    row = queries.evaluation_for(request.actor, pk)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return row


def found_line(request: HttpRequest, pk: int, key: int) -> Any:
    """One supplier's line, or 404."""
    one = queries.line_for(request.actor, pk, key)  # type: ignore[attr-defined]
    if one is None:
        raise Http404
    return one


def listing(request: HttpRequest, base: str, *, computes: bool) -> HttpResponseBase:
    """Every evaluation, the latest first; `computes` for who may begin another."""
    rows = list(queries.evaluations_visible_to(request.actor)[: exports.most(request, 200)])  # type: ignore[attr-defined]
    counts = queries.reply_counts(rows)
    shown = [
        {
            **pages.heading(row),
            "replies": counts.get(row.pk, (0, 0))[0],
            "answers": counts.get(row.pk, (0, 0))[1],
        }
        for row in rows
    ]
    context = {"rows": shown, "base": base, "computes": computes, "files": YEARS.files(request)}
    return YEARS.asked(request, shown) or render(request, "shared/evaluations/list.html", context)


def context_of(row: Any, base: str) -> dict[str, Any]:
    """What the page of one evaluation tells, whoever reads it."""
    lines = list(queries.lines_of(row))
    least = titles.method_of(row).least_points * FULL // 100
    ranked = [one for one in lines if one.rank is not None]
    keys = {name: getattr(row, f"{name}_by") for name in ("drafted", "proposed", "decided")}
    names = parties.person_names([key for key in keys.values() if key])
    return {
        **pages.heading(row),
        **pages.method_context(row),
        "base": base,
        "lines": [pages.shown_line(one, row) for one in lines],
        "ranked": ranked,
        "good": [one for one in ranked if one.score >= least],
        "counts": {
            "all": len(lines),
            "ranked": len(ranked),
            "good": sum(one.score >= least for one in ranked),
        },
        "titles": [{"title": one, **pages.title_state(one)} for one in queries.titles_of(row)],
        "chart": _chart(ranked[:MOST_BARS]) if ranked else None,
        "left": _left(row),
        "is_low": len(ranked) < 6,
        "files": [
            {"label": label, "url": f"{base}{row.pk}/table.{kind}"} for kind, label in exports.KINDS.items()
        ],
        "acts": past_acts(row.journal_key),
        "by": {name: names.get(key, "") for name, key in keys.items()},
    }


def line_context(row: Any, one: Any, base: str, suppliers: str) -> dict[str, Any]:
    """What the page of one supplier's line tells."""
    said = getattr(one, "reply", None)
    return {
        **pages.heading(row),
        **pages.shown_line(one, row),
        "supplier": one.supplier,
        "reply": said,
        "answer": getattr(said, "answer", None) if said is not None else None,
        "base": base,
        "supplier_url": f"{suppliers}{one.supplier_id}/",
    }


def download(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """Every line as a file, with definitions and weights."""
    row = found(request, pk)
    return exports.answer(kind, f"{row.year}年度供应商评价", pages.sheet_of(row, queries.lines_of(row)))


def _left(row: Any) -> int | None:
    day = {"sent": row.due_on, "publicity": row.publicity_ends_on}.get(row.state)
    try:
        return working_calendar().working_days_between(local_date(clock.read()), day) if day else None
    except CalendarNotAnnounced:
        return None


def _chart(lines: list[Any]) -> dict[str, Any]:
    """The scores of the first, highest above; the table holds the same numbers."""
    return {
        "grid": {"left": 10, "right": 60, "top": 10, "bottom": 30, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "value", "max": 100},
        "yAxis": {
            "type": "category", "inverse": True, "data": [one.supplier.name for one in lines],
            "axisLabel": {"width": 180, "overflow": "truncate"},
        },
        "series": [
            {
                "name": "总分", "type": "bar", "barMaxWidth": 22, "data": [one.score / 100 for one in lines],
                "label": {"show": True, "position": "right"}, "itemStyle": {"color": "#0b3d91"},
            }
        ],
    }  # fmt: skip


class ReadPages:
    """The evaluations for a desk that only reads; `base` is the address of the list, `suppliers` of its suppliers."""

    def __init__(self, desk: Callable[..., Any], base: str, *, suppliers: str) -> None:
        self.desk, self.base, self.suppliers = desk, base, suppliers

    def urls(self) -> list[Any]:
        """The addresses below the desk's own."""
        at = self.base.split("/", 2)[2]
        return [
            path(at, self.desk(require_safe(self.index)), name="evaluations"),
            path(f"{at}<int:pk>/", self.desk(require_safe(self.one)), name="evaluation"),
            path(
                f"{at}<int:pk>/lines/<int:key>/", self.desk(require_safe(self.line)), name="evaluation_line"
            ),
            re_path(
                rf"^{at}(?P<pk>[0-9]{{1,9}})/table\.(?P<kind>xlsx|csv)$",
                self.desk(require_safe(download)),
                name="evaluation_file",
            ),
        ]

    def index(self, request: HttpRequest) -> HttpResponseBase:
        """The years in scope."""
        return listing(request, self.base, computes=False)

    def one(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One year with every supplier's figures."""
        return render(request, "shared/evaluations/one.html", context_of(found(request, pk), self.base))

    def line(self, request: HttpRequest, pk: int, key: int) -> HttpResponse:
        """One supplier's figures, its reply and the answer."""
        row = found(request, pk)
        context = line_context(row, found_line(request, pk, key), self.base, self.suppliers)
        return render(request, "shared/evaluations/line.html", context)
