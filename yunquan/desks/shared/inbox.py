"""The inbox of an organisation: messages with the way to what they are about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from yunquan.desks.shared.desk import may_open
from yunquan.journal import actions as journal_actions
from yunquan.journal import clock
from yunquan.journal import queries as journal


def page(
    request: HttpRequest,
    *,
    voucher_url: str,
    places: Mapping[str, str],
    keyed: Mapping[str, str] | None = None,
) -> HttpResponse:
    """The latest messages; `places` leads other kinds of things (enterprise, product …) to a page's name,
    `keyed` those whose page carries their number."""
    actor = request.actor  # type: ignore[attr-defined]
    notices = [
        _shown(row, actor.role, voucher_url, places, keyed or {}) for row in journal.inbox([actor.org])
    ]
    context = {"notices": notices, "unread": any(row["read_at"] is None for row in notices)}
    return render(request, "shared/inbox.html", context)


def mark_read(request: HttpRequest) -> HttpResponse:
    """Mark every message of the organisation as read and show the page again."""
    actor = request.actor  # type: ignore[attr-defined]
    journal_actions.mark_read(org=actor.org, now=clock.read())
    return HttpResponseRedirect(request.path)


def _shown(
    row: Any, role: str, voucher_url: str, places: Mapping[str, str], keyed: Mapping[str, str]
) -> dict[str, Any]:
    kind, _, key = row.obj.partition(":")
    url = row.link
    if not url and kind == "voucher":
        url = reverse(voucher_url, args=[key])
    elif not url and kind in keyed and key.isdecimal():
        url = reverse(keyed[kind], args=[int(key)])
    elif not url and kind in places:
        url = reverse(places[kind])
    if url and not may_open(url, role):
        url = ""
    return {"at": row.at, "title": row.title, "text": row.text, "read_at": row.read_at, "url": url}
