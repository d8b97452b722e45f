"""随机数保管: a custodian publishes a commitment, keeps the secret, and reveals it in time (D858-2.2, D1).

The browser makes the secret and sends the commitment alone; nothing here ever sees the secret before its time.
"""

from __future__ import annotations

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import re_path

from yunquan.desks.shared.inspections.plan_forms import CommitForm, RevealForm
from yunquan.desks.shared.perform import perform, show_again
from yunquan.inspections import plan_queries as queries
from yunquan.inspections.actions import drawing
from yunquan.inspections.lifecycle import PLAN
from yunquan.journal import clock

BASE = "/desk/custody/"


def _entered(request: HttpRequest) -> HttpResponseBase | None:
    if not request.user.is_authenticated:
        return redirect_to_login(request.get_full_path())
    request.nav = [  # type: ignore[attr-defined]
        {"url": "/desk/", "label": "我的工作台", "count": 0, "active": False},
        {"url": BASE, "label": "随机数保管", "count": 0, "active": True},
    ]
    return None


def listing(request: HttpRequest) -> HttpResponseBase:
    """The draws whose secrets I keep, and what is asked of me in each."""
    if (turned := _entered(request)) is not None:
        return turned
    rows = [
        {"row": one, "state": PLAN.states[one.plan.state], "next": _next(one)}
        for one in queries.custodies(request.actor)  # type: ignore[attr-defined]
    ]
    answer = render(request, "shared/inspections/custodies.html", {"rows": rows, "base": BASE})
    answer.headers["Cache-Control"] = "no-store"
    return answer


def one(request: HttpRequest, number: str) -> HttpResponseBase:
    """One draw: make and publish the commitment, or reveal the secret."""
    if (turned := _entered(request)) is not None:
        return turned
    actor, now = request.actor, clock.read()  # type: ignore[attr-defined]
    row = queries.custody_for(actor, number)
    if row is None:
        raise Http404
    plan = row.plan
    commits = plan.state == "published" and not row.commitment
    reveals = plan.state == "frozen" and not row.secret
    form = (
        CommitForm(request.POST or None) if commits else RevealForm(request.POST or None) if reveals else None
    )
    context = {
        "row": row, "plan": plan, "form": form, "commits": commits, "reveals": reveals, "base": BASE,
        "title": f"{plan.number} 随机数保管", "next": _next(row), "state": PLAN.states[plan.state],
    }  # fmt: skip
    if request.method == "POST":
        if form is None:
            raise Http404
        if form.is_valid():
            verb, done = (
                (drawing.commit, "承诺已公布。请保存好随机数，冻结名单后再回来揭示。")
                if commits
                else (drawing.reveal, "随机数已揭示，与承诺相符。")
            )
            answer = perform(
                request, lambda: verb(plan=plan, by=actor, now=now, **form.facts), then=f"{BASE}{number}/",
                done=done, form=form,
            )  # fmt: skip
            if answer:
                return answer
        return show_again(request, "shared/inspections/custody.html", context)
    shown: HttpResponse = render(request, "shared/inspections/custody.html", context)
    shown.headers["Cache-Control"] = "no-store"
    return shown


def _next(row: object) -> str:
    plan = row.plan  # type: ignore[attr-defined]
    if plan.state == "published":
        return "等待冻结名单" if row.commitment else "请公布承诺"  # type: ignore[attr-defined]
    if plan.state == "frozen":
        return "已揭示，等待抽取" if row.secret else "请在截止前揭示随机数"  # type: ignore[attr-defined]
    if plan.state == "aborted":
        return "计划已中止"
    return "已完成" if row.secret else "没有按时揭示，没有采用"  # type: ignore[attr-defined]


urlpatterns = [
    re_path(r"^$", listing, name="custodies"),
    re_path(r"^(?P<number>[0-9A-Z-]{1,40})/$", one, name="custody"),
]
