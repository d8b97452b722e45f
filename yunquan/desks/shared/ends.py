"""使用端变更记录: who changed which end of a voucher when, and why; the same page on every desk (D47-5.12)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from yunquan.journal import queries as journal
from yunquan.parties import queries as parties
from yunquan.usage import queries as usage
from yunquan.usage.holding import ends_history
from yunquan.vouchers import access
from yunquan.vouchers import queries as vouchers


def history_page(
    request: HttpRequest, voucher: Any, *, back: str, amend_url: str = "", crumb: str = "服务券"
) -> HttpResponse:
    """What holds now, then each change with its person and its reason, the latest first."""
    names = {line.service: line.service_name for line in vouchers.lines_of(voucher)}
    acts = {
        act["at"]: act
        for act in journal.history(voucher.journal_key)
        if act["act"] in ("voucher.attest", "usage.amend_ends")
    }
    changes = ends_history(voucher.number)
    people = parties.person_names(
        [one.by for one in changes if one.by] + [act["actor"].partition(";")[0] for act in acts.values()]
    )
    shown = []
    for one in changes:
        act = acts.get(one.at, {"act": "voucher.attest", "actor": one.by, "payload": {}})
        amended = act["act"] == "usage.amend_ends"
        shown.append(
            {
                "at": one.at,
                "what": "更正" if amended else "确认兑现时填报",
                "who": people.get(act["actor"].partition(";")[0], "—"),
                "reason": str(act["payload"].get("reason", "")) if amended else "",
                "rows": [("新增", "good", row, _named(names, row)) for row in one.added]
                + [("撤下", "bad", row, _named(names, row)) for row in one.withdrawn],
            }
        )
    context = {
        "voucher": voucher,
        "back": back,
        "crumb": crumb,
        "amend_url": amend_url,
        "holding": [(row, _named(names, row)) for row in usage.ends_of(voucher.number)],
        "changes": shown,
    }
    return render(request, "shared/ends_history.html", context)


def _named(names: dict[int, str], row: Any) -> str:
    return names.get(row.service, str(row.service))


def view(desk: Callable[..., Any], base: str) -> Callable[..., HttpResponse]:
    """The page on a desk whose vouchers stand below `base`; a voucher out of scope is not there."""

    def history(request: HttpRequest, number: str) -> HttpResponse:
        row = access.voucher_for(request.actor, number)  # type: ignore[attr-defined]
        if row is None:
            raise Http404
        return history_page(request, row, back=f"{base}{number}/")

    return desk(history)
