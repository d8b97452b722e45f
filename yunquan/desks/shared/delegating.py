"""委托第三方机构: who works for the bureau as an operator, in which acts, until when; ended at once (D47-7)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from yunquan.desks.shared import exports
from yunquan.desks.shared.desk import Desk
from yunquan.desks.shared.forms import BaseForm, DayField
from yunquan.desks.shared.perform import perform
from yunquan.journal import clock
from yunquan.kernel.calendar import local_date
from yunquan.parties import actions, delegations, queries


class DelegationForm(BaseForm):
    """Who, for which operator, in which work, from when until when."""

    operator = forms.CharField(label="第三方机构", max_length=120)
    uscc = forms.CharField(label="统一社会信用代码", max_length=40, help_text="供应商和申领企业不能受托")
    username = forms.CharField(
        label="经办人的登录名", max_length=60, help_text="账号由系统管理员建立，不能兼任其他岗位"
    )
    works = forms.MultipleChoiceField(
        label="委托的事项", widget=forms.CheckboxSelectMultiple,
        choices=[(one.code, f"{one.label}（{one.means}）") for one in delegations.WORKS],
        help_text="审批清单、兑付、处罚和授权不能委托",
    )  # fmt: skip
    starts_on = DayField(label="自")
    ends_on = DayField(label="至", help_text="不超过一年")


DELEGATIONS = exports.Listing(
    "委托第三方机构",
    ("机构", "row.operator"), ("经办人", "row.person.name"), ("事项", "works_said"), ("自", "row.starts_on", "date"),
    ("至", "row.ends_on", "date"), ("状态", "state"),
)  # fmt: skip


def page(desk: Desk, base: str, **only: Any) -> Callable[..., HttpResponseBase]:
    """The page of a desk; `only` narrows the roles that may open it."""

    def show(request: HttpRequest) -> HttpResponseBase:
        actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
        ending = request.method == "POST" and "end" in request.POST
        adding = request.method == "POST" and not ending
        form = DelegationForm(request.POST if adding else None, initial={"starts_on": local_date(now)})
        if ending:
            done = _end(request, base, now)
            if done is not None:
                return done
        if adding and form.is_valid():
            done = perform(
                request,
                lambda: actions.delegate(**form.facts, by=actor, now=now),
                then=base,
                done="已委托。受托人登录后只能办理所选事项，每一步都记为受托办理。",
                form=form,
            )
            if done is not None:
                return done
        rows = [_shown(row, now) for row in queries.delegations_of(actor)]
        may = actor.role in delegations.DELEGATES
        file = DELEGATIONS.asked(request, rows)
        if file is not None:
            return file  # type: ignore[no-any-return]
        context = {
            "files": DELEGATIONS.files(request),
            "rows": rows,
            "form": form if may else None,
            "may": may,
        }
        return render(
            request, "shared/delegations.html", context, status=422 if request.method == "POST" else 200
        )

    return desk(show, **only) if only else desk(show)  # type: ignore[no-any-return]


def _shown(row: Any, now: datetime) -> dict[str, Any]:
    today = local_date(now)
    over = row.revoked_at is not None or (row.ends_on is not None and row.ends_on < today)
    return {
        "row": row,
        "works": (works := [one.label for one in delegations.works_in(row.acts)]),
        "works_said": "、".join(works),
        "is_over": over,
        "state": "已收回" if row.revoked_at is not None else "已到期" if over else "有效",
    }


def _end(request: HttpRequest, base: str, now: datetime) -> HttpResponse | None:
    wanted = request.POST.get("end", "")
    row = queries.delegation_for(request.actor, int(wanted) if wanted.isdecimal() else 0)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return perform(
        request,
        lambda: actions.end_delegation(
            appointment=row,
            reason=request.POST.get("reason", ""),
            by=request.actor,  # type: ignore[attr-defined]
            now=now,
        ),
        then=base,
        done="委托已收回，立即生效。",
    )
