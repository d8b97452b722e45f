"""The bureaus' supervision telephones and whether counties review (D47-8.5, D47-5.10)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from yunquan.desks.admin.frame import desk
from yunquan.desks.shared import exports
from yunquan.desks.shared.forms import BaseForm
from yunquan.desks.shared.perform import perform, show_again
from yunquan.journal import clock
from yunquan.parties import actions
from yunquan.parties import queries as parties
from yunquan.policy.roles import Role

BUREAUS = exports.Listing("主管部门", ("代码", "code"), ("名称", "name"), ("监督电话", "telephone"))
LEVELS = {"province": "省级", "city": "地市", "county": "县区"}


class BureauForm(BaseForm):
    """The telephone of a bureau."""

    telephone = forms.CharField(label="监督电话", max_length=40, required=False, help_text="公众页面会显示")


@desk(only=[Role.SYSTEM_ADMIN])
def bureaus(request: HttpRequest) -> HttpResponseBase:
    """The province's and the cities' bureaus; counties where they are asked for."""
    level = request.GET.get("level", "city")
    level = level if level in LEVELS else "city"
    rows = list(parties.bureaus(level))
    context = {
        "rows": rows,
        "files": BUREAUS.files(request),
        "tabs": [
            {"label": label, "url": f"?level={code}", "active": code == level}
            for code, label in LEVELS.items()
        ],
        "level": level,
    }
    return BUREAUS.asked(request, rows) or render(request, "admin/bureaus.html", context)


@desk(only=[Role.SYSTEM_ADMIN])
def bureau(request: HttpRequest, code: str) -> HttpResponse:
    """One bureau's telephone."""
    row: Any = parties.bureau(code)
    if row is None:
        raise Http404
    form = BureauForm(request.POST or None, initial={"telephone": row.telephone})
    context = {
        "title": row.name,
        "form": form,
        "button": "保存",
        "back": f"/admin/bureaus/?level={row.level}",
    }
    if request.method != "POST":
        return render(request, "shared/form.html", context)
    if form.is_valid():
        answer = perform(
            request,
            lambda: actions.set_telephone(
                bureau=row,
                telephone=form.facts["telephone"],
                by=request.actor,
                now=clock.read(),  # type: ignore[attr-defined]
            ),
            then=f"/admin/bureaus/?level={row.level}",
            done="已保存。",
            form=form,
        )
        if answer:
            return answer
    return show_again(request, "shared/form.html", context)
