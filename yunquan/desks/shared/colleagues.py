"""同事与代理: who acts for an enterprise or supplier today, and letting a colleague stand in for a time (D47-7)."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from yunquan.desks.shared.forms import BaseForm, DayField
from yunquan.desks.shared.perform import perform
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.kernel.refusal import Refusal, Refused
from yunquan.parties import actions, queries


class DeputyForm(BaseForm):
    """Who stands in, from when until when."""

    deputy = forms.CharField(label="代理人的登录名", max_length=60, help_text="同事须已有平台账号")
    starts_on = DayField(label="自")
    ends_on = DayField(label="至")


def page(request: HttpRequest) -> HttpResponse:
    """The people who act for the organisation; a POST appoints a deputy or withdraws one's own."""
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    rows = queries.colleagues(actor, local_date(now))
    held = request.appointment  # type: ignore[attr-defined]
    may_appoint = held is not None and held.deputy_for_id is None
    adding = request.method == "POST" and "revoke" not in request.POST
    form = DeputyForm(request.POST if adding else None, initial={"starts_on": local_date(now)})
    if request.method == "POST" and not adding:
        return _revoke(request, rows)
    if adding and form.is_valid():
        answer = perform(
            request,
            lambda: _deputise(request, form),
            then=request.path,
            done="已委派代理人，代理期间的每一步都记在代理人名下。",
            form=form,
        )
        if answer is not None:
            return answer
    context = {
        "rows": [
            {
                "row": row,
                "for": row.deputy_for.person.name if row.deputy_for is not None else "",
                "mine": row.deputy_for is not None and row.appointed_by == actor.person,
            }
            for row in rows
        ],
        "form": form if may_appoint else None,
    }
    return render(request, "shared/colleagues.html", context, status=422 if adding else 200)


def _deputise(request: HttpRequest, form: DeputyForm) -> Any:
    key = queries.person_key(form.facts["deputy"])
    person = queries.person_of(key) if key else None
    if person is None:
        message = f"没有登录名为“{form.facts['deputy']}”的账号。"
        mend = "请核对登录名；同事没有账号的，请联系系统管理员开通。"
        raise Refused([Refusal("no_such_person", message, "D47-7", mend, "deputy")])
    return actions.deputise(
        appointment=request.appointment,  # type: ignore[attr-defined]
        deputy=person,
        starts_on=form.facts["starts_on"],
        ends_on=form.facts["ends_on"],
        by=request.actor,  # type: ignore[attr-defined]
        now=clock.read(),
    )


def _revoke(request: HttpRequest, rows: list[Any]) -> HttpResponse:
    row = next((one for one in rows if str(one.pk) == request.POST.get("revoke", "")), None)
    if row is None:
        messages.info(request, "这项代理已经不在了。")
        return HttpResponseRedirect(request.path)
    by, now = request.actor, clock.read()  # type: ignore[attr-defined]
    answer = perform(
        request,
        lambda: actions.revoke(appointment=row, by=by, now=now),
        then=request.path,
        done="已撤销代理，即时生效。",
    )
    return answer or HttpResponseRedirect(request.path)
