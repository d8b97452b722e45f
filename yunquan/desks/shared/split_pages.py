"""额度测算 to read: every working, and one with the formula line by line (D47-5.17, D47-8.2c)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import path, re_path
from django.views.decorators.http import require_safe

from yunquan.desks.shared import exports
from yunquan.desks.shared.registers import past_acts
from yunquan.insight import splitting_queries as queries
from yunquan.insight import splitting_sheets
from yunquan.insight.lifecycle import SPLIT
from yunquan.parties import queries as parties

TONES = {"drafted": "waiting", "proposed": "now", "decided": "good", "discarded": "bad"}
WORKINGS = exports.Listing(
    "下一周期额度测算",
    ("周期", "row.cycle.name"), ("上一周期", "row.base.name"), ("产业规模年度", "row.industry_year", "count"),
    ("目标额度合计（元）", "row.total_fen", "money"), ("发放系数（%）", "row.factor_percent", "count"),
    ("测算时间", "row.drafted_at", "time"), ("状态", "state"), ("测算摘要", "row.content_hash"),
)  # fmt: skip


def found(request: HttpRequest, pk: int) -> Any:
    """The split, or 404."""
    row = queries.split_for(request.actor, pk)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return row


def listing(request: HttpRequest, base: str, **more: Any) -> HttpResponseBase:
    """Every working in scope, the latest first."""
    rows = queries.splits_visible_to(request.actor)[: exports.most(request, 200)]  # type: ignore[attr-defined]
    shown = [{"row": row, "state": SPLIT.states[row.state], "tone": TONES[row.state]} for row in rows]
    context = {"rows": shown, "base": base, "files": WORKINGS.files(request), **more}
    return WORKINGS.asked(request, shown) or render(request, "shared/splits/list.html", context)


def context_of(row: Any, base: str) -> dict[str, Any]:
    """What the page of one working tells, whoever reads it."""
    keys = {name: getattr(row, f"{name}_by") for name in ("drafted", "proposed", "decided")}
    people = parties.person_names([key for key in keys.values() if key])
    return {
        **queries.working(row), "row": row, "base": base, "title": f"{row.cycle.name}：地市额度测算",
        "state": SPLIT.states[row.state], "tone": TONES[row.state],
        "by": {name: people.get(key, "") for name, key in keys.items()},
        "files": [
            {"label": label, "url": f"{base}{row.pk}/table.{kind}"} for kind, label in exports.KINDS.items()
        ],
        "acts": past_acts(row.journal_key),
    }  # fmt: skip


def download(request: HttpRequest, pk: int, kind: str) -> HttpResponseBase:
    """The working as a file."""
    row = found(request, pk)
    return exports.answer(kind, f"{row.cycle.name}地市额度测算", splitting_sheets.sheet_of(row))


class ReadPages:
    """The workings for a desk that only reads; `base` is the address of the list."""

    def __init__(self, desk: Callable[..., Any], base: str) -> None:
        self.desk, self.base = desk, base

    def urls(self) -> list[Any]:
        """The addresses below the desk's own."""
        at = self.base.split("/", 2)[2]
        return [
            path(at, self.desk(require_safe(self.index)), name="splits"),
            path(f"{at}<int:pk>/", self.desk(require_safe(self.one)), name="split"),
            re_path(
                rf"^{at}(?P<pk>[0-9]{{1,9}})/table\.(?P<kind>xlsx|csv)$",
                self.desk(require_safe(download)),
                name="split_file",
            ),
        ]

    def index(self, request: HttpRequest) -> HttpResponseBase:
        """The workings in scope."""
        return listing(request, self.base)

    def one(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One working with what each ground gives each city."""
        return render(request, "shared/splits/one.html", context_of(found(request, pk), self.base))
