"""抽查 as the enterprise and the supplier see it: when, where, who comes, what to prepare, and their signature."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.urls.resolvers import URLPattern
from django.views.decorators.http import require_GET

from yunquan.desks.shared.forms import BaseForm
from yunquan.desks.shared.inspections import visit_pages
from yunquan.desks.shared.perform import perform
from yunquan.inspections import visit_queries
from yunquan.inspections.actions import signing
from yunquan.inspections.sheet_papers import shown_rows
from yunquan.inspections.visit_reading import strokes_of
from yunquan.journal import clock


class PartyPages:
    """The pages of one party's desk: `party` is what it signs as."""

    def __init__(self, desk: Callable[[Any], Any], party: str, base: str) -> None:
        self.desk, self.party, self.base = desk, party, base

    def urls(self) -> list[URLPattern]:
        """The addresses, to be put into the desk's own."""
        desk, head = self.desk, "inspections/visits/"
        one = f"{head}<int:pk>/"
        return [
            path(head, desk(require_GET(self.listing)), name="visits"),
            path(f"{head}visits.ics", desk(require_GET(self.ics)), name="visits_ics"),
            path(one, desk(self.show), name="visit"),
            path(f"{one}table.pdf", desk(require_GET(visit_pages.table_pdf)), name="visit_pdf"),
        ]

    def listing(self, request: HttpRequest) -> HttpResponse:
        """The visits that were announced, the latest first."""
        rows = [
            visit_pages.head(row, request.actor)  # type: ignore[attr-defined]
            for row in visit_queries.of_party(request.actor)[:100]  # type: ignore[attr-defined]
        ]
        return render(request, "shared/inspections/party_visits.html", {"rows": rows, "base": self.base})

    def ics(self, request: HttpRequest) -> HttpResponse:
        """The coming visits as a calendar file."""
        rows = visit_queries.of_party(request.actor)  # type: ignore[attr-defined]
        coming = [row for row in rows if row.state in visit_queries.COMING]
        return visit_pages.calendar_file(coming, now=clock.read(), actor=request.actor)  # type: ignore[attr-defined]

    def show(self, request: HttpRequest, pk: int) -> HttpResponse:
        """One visit: what to prepare, who comes, and once the sheets are closed what they say and the signature."""
        visit, actor, now = visit_pages.visit_or_404(request, pk), request.actor, clock.read()  # type: ignore[attr-defined]
        here, sent, form = f"{self.base}{pk}/", request.POST, BaseForm(request.POST or None)
        status = 200
        if request.method == "POST":
            answer = perform(
                request,
                lambda: signing.sign(
                    visit=visit, key=form.token[:40] or secrets.token_hex(12), party=self.party,
                    name=sent.get("name", "")[:60], strokes=strokes_of(sent.get("strokes", "")),
                    agrees=sent.get("agrees") != "no", remark=sent.get("remark", "")[:300], by=actor, now=now,
                ),
                then=here,
                done="签字已保存。",
            )  # fmt: skip
            if answer:
                return answer
            status = 422
            visit.refresh_from_db()
        digest = visit_queries.current_hash(visit)
        sheets = visit_queries.sheets_for(actor, visit) if digest else []
        wanted = visit_pages.signatures(visit) if digest else []
        mine = next((one for one in wanted if one["party"] == self.party), None)
        context = visit_pages.head(visit, actor) | {
            "base": self.base,
            "here": here,
            "digest": digest,
            "sheets": [
                {"sheet": one, "voucher": one.inspection.voucher, "rows": shown_rows(one)} for one in sheets
            ],
            "wanted": wanted,
            "mine": mine,
            "may_sign": mine is not None and mine["signature"] is None and visit.state == "under_way",
            "form": form,
            "typed": {name: sent.get(name, "") for name in ("name", "remark", "agrees")},
        }
        return render(request, "shared/inspections/party_visit.html", context, status=status)
