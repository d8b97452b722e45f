"""Registration of a supplier: open to everyone, in and out of the province (D47-5.3)."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from yunquan.desks.shared.perform import perform
from yunquan.desks.shared.registering import keep_pace, open_account
from yunquan.desks.supplier.asking import account_blank
from yunquan.journal import clock
from yunquan.parties import actions as parties


def register(request: HttpRequest) -> HttpResponse:
    """Open an account for a supplier; every fault beside its field, what was typed stays."""
    if request.user.is_authenticated:
        return HttpResponseRedirect("/desk/")
    blank = account_blank()
    typed, _faults = blank.read(request)
    form = blank.form(typed, once=request.POST.get("once", ""))
    status = 200
    if request.method == "POST":
        by, now = request.actor, clock.read()  # type: ignore[attr-defined]
        made: list[Any] = []

        def call() -> None:
            keep_pace(request)
            _row, person = open_account(parties.register_supplier, typed, by=by, now=now)
            made.append(person)

        place = reverse("supplier:registration")
        answer = perform(request, call, then=place, done="账号已开通，请填写注册资料后提交审核。", form=form)
        if answer is not None:
            if made:
                login(request, made[0], backend="django.contrib.auth.backends.ModelBackend")
            return answer
        status = 422
    context = {
        "form": form,
        "title": "供应商注册",
        "lead": "省内供应商由所在地市初审、专家审核后由省厅注册；省外供应商直接由省厅审核。开通账号后填写注册资料。",
        "other_url": reverse("enterprise:register"),
        "other": "我是工业企业",
        "articles": "D47-5.3",
    }
    return render(request, "shared/register.html", context, status=status)
